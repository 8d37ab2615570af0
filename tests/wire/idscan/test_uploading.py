"""``journey/upload``: what is taken and what is not (wire contract IDscan 2.1)."""

import base64
from uuid import UUID, uuid4

import pytest

from tests.wire.idscan.calls import opened, token_of
from tests.wire.idscan.capture import (
    BASE,
    BMP,
    INVALID,
    JPEG,
    PDF,
    PNG,
    Person,
    encoded,
    image,
    journeys_of,
    sealed_in,
    upload_of,
)

TOO_LARGE = {"Message": "The request entity is too large."}


class TestTheBody:
    def test_the_documented_members_make_a_journey(self, scanner, investigator) -> None:
        answer = scanner.upload(
            image(),
            AdditionalData=[{"Name": "UserName", "Value": "desk 4"}],
            ExcludeOutputImagesFromResponse="true",
            IsDocumentExtracted=True,
            Source=1,
        )

        assert investigator.journey(answer["JourneyId"])["JourneyId"] == answer["JourneyId"]

    def test_members_are_read_in_any_case(self, scanner) -> None:
        body = upload_of({key.lower(): value for key, value in image().items()})
        folded = {key.upper(): value for key, value in body.items()}

        assert scanner.post("journey/upload", folded).status_code == 200

    @pytest.mark.parametrize("path", ["Journey/Upload", "JOURNEY/UPLOAD", "journey/upload"])
    def test_the_path_is_found_in_any_case_of_letters(self, scanner, path) -> None:
        assert scanner.post(path, upload_of()).status_code == 200

    @pytest.mark.parametrize("member", ["InputImages", "IsDocumentExtracted", "Source"])
    @pytest.mark.parametrize("absence", [..., None])
    def test_what_is_mandatory_must_be_there(self, world, scanner, member, absence) -> None:
        body = upload_of() | {member: absence}
        answer = scanner.post("journey/upload", {k: v for k, v in body.items() if v is not ...})

        assert (answer.status_code, answer.json()) == (400, INVALID)
        assert journeys_of(world) == 0

    @pytest.mark.parametrize(
        "wrong",
        [
            {"Source": 0},
            {"Source": 4},
            {"Source": "camera"},
            {"Source": True},
            {"Source": 1.5},
            {"Source": 10**30},
            {"IsDocumentExtracted": "yes"},
            {"IsDocumentExtracted": 1},
            {"ExcludeOutputImagesFromResponse": "maybe"},
            {"PersonEntryId": "17"},
            {"PersonEntryId": 17},
            {"IdentitiyMeansId": "x" * 36},
            {"InputImages": []},
            {"InputImages": {}},
            {"InputImages": ["a"]},
            {"InputImages": [None]},
            {"AdditionalData": "UserName"},
            {"AdditionalData": ["UserName"]},
            {"AdditionalData": [{"Value": "nameless"}]},
            {"AdditionalData": [{"Name": " ", "Value": "nameless"}]},
            {"AdditionalData": [{"Name": "a", "Value": ["b"]}]},
            {"AdditionalData": [{"Name": "a" * 257, "Value": "b"}]},
            {"AdditionalData": [{"Name": "a", "Value": "b" * 4_097}]},
            {"AdditionalData": [{"Name": "a", "Value": "\x00"}]},
            {"AdditionalData": {"a": {"b": "c"}}},
            {"AdditionalData": {f"a{n}": "b" for n in range(201)}},
            {"source": 2},
        ],
        ids=lambda wrong: str(wrong)[:60],
    )
    def test_what_cannot_be_read_is_refused_and_leaves_nothing(self, world, scanner, wrong) -> None:
        answer = scanner.post("journey/upload", upload_of() | wrong)

        assert (answer.status_code, answer.json()) == (400, INVALID)
        assert journeys_of(world) == 0
        assert sealed_in(world) == 0

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'"a"', b"[" * 100_000])
    def test_what_is_no_json_object_is_refused(self, scanner, body) -> None:
        answer = scanner.post("journey/upload", body)

        assert (answer.status_code, answer.json()) == (400, INVALID)

    @pytest.mark.parametrize("flag", [True, False, "true", "false", "True", "FALSE"], ids=repr)
    def test_booleans_may_be_text(self, scanner, flag) -> None:
        scanner.upload(ExcludeOutputImagesFromResponse=flag, IsDocumentExtracted=flag)

    def test_numbers_may_be_text(self, scanner) -> None:
        scanner.upload(image(InputFormat="0"), Source="3")


class TestMetadata:
    def test_a_list_of_names_and_values_is_kept(self, scanner, investigator) -> None:
        said = [{"Name": "brand", "Value": "north"}, {"Name": "Ünï", "Value": "ço\n"}]

        answer = scanner.upload(AdditionalData=said)

        assert investigator.journey(answer["JourneyId"])["AdditionalData"] == said
        assert answer["EntryData"]["brand"] == "north"
        assert answer["EntryData"]["Ünï"] == "ço\n"

    def test_an_object_is_as_good_as_a_list(self, scanner, investigator) -> None:
        answer = scanner.upload(AdditionalData={"brand": "north", "n": 5, "b": True, "x": None})

        found = investigator.journey(answer["JourneyId"])["AdditionalData"]
        assert {pair["Name"]: pair["Value"] for pair in found} == {
            "brand": "north",
            "n": "5",
            "b": "true",
            "x": "",
        }

    def test_what_is_said_again_takes_the_place_of_what_was_said(
        self, scanner, investigator
    ) -> None:
        first = scanner.upload(AdditionalData={"brand": "north", "uid": "1"})
        scanner.upload(AdditionalData={"BRAND": "south"}, PersonEntryId=first["JourneyId"])

        found = investigator.journey(first["JourneyId"])["AdditionalData"]
        assert found == [{"Name": "BRAND", "Value": "south"}, {"Name": "uid", "Value": "1"}]

    def test_a_journey_has_no_more_metadata_than_an_upload_may_have(self, scanner) -> None:
        first = scanner.upload(AdditionalData={f"a{n}": "" for n in range(200)})

        more = scanner.send(AdditionalData={"b": ""}, PersonEntryId=first["JourneyId"])
        assert more.status_code == 400

    @pytest.mark.parametrize("name", ["UserName", "Username", "USERNAME"])
    def test_the_user_who_captures_may_be_named(self, scanner, name) -> None:
        assert scanner.upload(AdditionalData={name: "desk 4"})["EntryData"]["UserName"] == "desk 4"

    def test_else_the_user_is_the_caller(self, scanner) -> None:
        assert scanner.upload()["EntryData"]["UserName"] == "Alice"

    def test_the_callers_branch_is_added_unless_one_is_named(self) -> None:
        profile = {"role": "SuperAdministrator", "branch_code": "0042"}
        with opened(profile) as world, world.client() as client:
            scanner = Person(client, token_of(client, area="scanning"))

            assert scanner.upload()["EntryData"]["BranchCode"] == "0042"
            named = scanner.upload(AdditionalData={"branchcode": "7"})["EntryData"]
            assert (named["branchcode"], "BranchCode" in named) == ("7", False)

    def test_no_metadata_takes_the_place_of_a_fact(self, scanner) -> None:
        told = scanner.upload(AdditionalData={"ScanReference": "1", "AuthenticationLevel": "x"})

        assert told["EntryData"]["ScanReference"] == "1000000001"
        assert told["EntryData"]["AuthenticationLevel"] == "default"


class TestImages:
    @pytest.mark.parametrize(
        ("content", "content_type"),
        [
            (JPEG, "image/jpeg"),
            (PNG, "image/png"),
            (BMP, "image/bmp"),
            (PDF, "application/pdf"),
        ],
    )
    def test_the_first_bytes_tell_what_an_image_is(
        self, scanner, investigator, content, content_type
    ) -> None:
        answer = scanner.upload(image(content=content))

        [shown] = investigator.journey(answer["JourneyId"])["JourneyImages"]
        fetched = investigator.fetch(shown["ImageUrl"])
        assert (fetched.content, fetched.headers["content-type"]) == (content, content_type)

    @pytest.mark.parametrize(
        "named", ["jpg", "jpeg", "JPEG", "bmp", "png", "PNG", "pdf", ".jpg", None]
    )
    def test_the_known_names_of_formats_are_taken_in_any_case(self, scanner, named) -> None:
        scanner.upload(image(ImageFormat=named))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"ImageFormat": "gif"},
            {"ImageFormat": 1},
            {"Name": "OutputWhiteImage"},
            {"Name": "White"},
            {"Name": ""},
            {"Name": None},
            {"Data": None},
            {"Data": ""},
            {"Data": 1},
            {"Data": "%%%%"},
            {"Data": encoded(JPEG)[:-1]},
            {"Data": "data:image/jpeg;base64," + encoded(JPEG)},
            {"Data": encoded(JPEG) + "é"},
            {"Data": encoded(b"GIF89a" + bytes(99))},
            {"Data": encoded(b"<svg onload='x()'/>")},
            {"Data": encoded(b"\xff\xd8")},
            {"InputFormat": 1},
            {"InputFormat": "one"},
        ],
        ids=lambda wrong: str(wrong)[:24] + str(wrong)[-20:],
    )
    def test_whatever_is_no_image_is_refused(self, world, scanner, wrong) -> None:
        answer = scanner.send(image(**wrong))

        assert (answer.status_code, answer.json()) == (400, INVALID)
        assert journeys_of(world) == 0

    def test_base64_may_be_broken_into_lines(self, scanner, investigator) -> None:
        answer = scanner.upload(image(Data=base64.encodebytes(JPEG).decode()))

        [shown] = investigator.journey(answer["JourneyId"])["JourneyImages"]
        assert investigator.fetch(shown["ImageUrl"]).content == JPEG

    def test_a_pdf_may_be_announced(self, scanner) -> None:
        scanner.upload(image(content=PDF, ImageFormat="pdf", inputFormat=1))

    def test_several_images_of_one_page_come_together(self, scanner, investigator) -> None:
        answer = scanner.upload(
            image(), image("NearInfraredImage", PNG), image("UltravioletImage", BMP)
        )

        shown = investigator.journey(answer["JourneyId"])["JourneyImages"]
        fetched = {
            each["ImageRole"]: investigator.fetch(each["ImageUrl"]).content for each in shown
        }
        assert fetched == {"WhiteImage": JPEG, "NearInfraredImage": PNG, "UltravioletImage": BMP}

    @pytest.mark.parametrize("names", [["UltravioletImage"], ["WhiteImage", "whiteimage"]])
    def test_a_page_needs_its_white_image_once(self, scanner, names) -> None:
        assert scanner.send(*(image(name) for name in names)).status_code == 400

    def test_a_selfie_needs_no_white_image(self, scanner) -> None:
        scanner.upload(image("SelfiePhoto"))


class TestSize:
    def test_an_image_of_more_than_10_mb_in_base64_is_413(self, world, scanner) -> None:
        long = encoded(JPEG + bytes(10 * 1_024 * 1_024 * 3 // 4))

        answer = scanner.send(image(Data=long))

        assert len(long) > 10 * 1_024 * 1_024
        assert (answer.status_code, answer.json()) == (413, TOO_LARGE)
        assert journeys_of(world) == 0

    def test_an_image_of_10_mb_in_base64_is_taken(self, scanner) -> None:
        content = JPEG + bytes(10 * 1_024 * 1_024 * 3 // 4 - len(JPEG))

        assert len(encoded(content)) == 10 * 1_024 * 1_024
        scanner.upload(image(content=content))

    def test_a_body_of_more_than_that_and_an_envelope_is_413(self, client, scanner) -> None:
        answer = client.post(
            f"{BASE}/journey/upload",
            content=b"",
            headers={**scanner.headers, "content-length": str(10 * 1_024 * 1_024 + 65_537)},
        )

        assert (answer.status_code, answer.json()) == (413, TOO_LARGE)

    def test_the_limit_is_a_setting(self) -> None:
        with opened(upload_max_bytes=1_024) as world, world.client() as client:
            scanner = Person(client, token_of(client, area="scanning"))

            scanner.upload(image(content=JPEG + bytes(700 - len(JPEG))))
            assert scanner.send(image(content=JPEG + bytes(1_000))).status_code == 413

    def test_a_large_body_of_a_stranger_is_not_read(self, client) -> None:
        answer = client.post(f"{BASE}/journey/upload", content=bytes(1_000_000))

        assert answer.status_code == 401


class TestGoingOn:
    def test_pages_are_added_to_a_journey_and_to_a_document(self, scanner, investigator) -> None:
        front = scanner.upload()
        back = scanner.upload(
            image(content=PNG),
            PersonEntryId=front["PersonEntryId"],
            IdentitiyMeansId=front["IdentityMeansId"],
        )
        other = scanner.upload(PersonEntryId=front["PersonEntryId"])

        assert {front["JourneyId"]} == {back["JourneyId"], other["JourneyId"]}
        assert front["IdentityMeansId"] == back["IdentityMeansId"] != other["IdentityMeansId"]
        sides = [
            page["DocumentSide"]
            for page in investigator.journey(front["JourneyId"])["ProcessedDocuments"]
        ]
        assert sides == ["Front", "Back", "Front"]

    @pytest.mark.parametrize("spelt", ["IdentitiyMeansId", "identitiymeansid", "IdentityMeansId"])
    def test_the_document_is_named_in_either_spelling(self, scanner, spelt) -> None:
        first = scanner.upload()

        again = scanner.upload(**{spelt: first["IdentityMeansId"]})

        assert again["JourneyId"] == first["JourneyId"]

    def test_an_id_of_the_clients_own_begins_a_journey_under_it(self, scanner) -> None:
        own = str(uuid4())

        assert scanner.upload(PersonEntryId=own)["JourneyId"] == own
        assert scanner.upload(PersonEntryId=own)["EntryData"]["ScanReference"] == "1000000001"

    def test_ids_are_read_in_every_form_that_dot_net_writes(self, scanner) -> None:
        own = uuid4()
        forms = [str(own), str(own).upper(), own.hex, f"{{{own}}}", f"({own})"]

        assert {scanner.upload(PersonEntryId=form)["JourneyId"] for form in forms} == {str(own)}

    def test_an_empty_id_is_none(self, scanner) -> None:
        assert UUID(scanner.upload(PersonEntryId="", IdentitiyMeansId="")["JourneyId"]).version == 4

    def test_a_document_that_is_not_there_is_said_to_be_missing(self, world, scanner) -> None:
        first = scanner.upload()
        nowhere = str(uuid4())

        for more in ({}, {"PersonEntryId": first["JourneyId"]}, {"PersonEntryId": str(uuid4())}):
            answer = scanner.upload(IdentitiyMeansId=nowhere, **more)
            assert answer["CurrentResult"] == "SpecifiedEntryNotFound"
            assert (answer["HasError"], answer["IsFinished"]) == (True, False)
            assert answer["IdentityMeansId"] == nowhere
        assert journeys_of(world) == 1

    def test_a_journey_takes_a_bounded_number_of_captures(self, scanner) -> None:
        first = scanner.upload()["JourneyId"]
        for _ in range(99):
            scanner.upload(PersonEntryId=first)

        assert scanner.send(PersonEntryId=first).status_code == 400


class TestReferences:
    def test_journeys_are_numbered_one_after_the_other_in_ten_digits(self, scanner) -> None:
        numbers = [scanner.upload()["EntryData"]["ScanReference"] for _ in range(3)]

        assert numbers == ["1000000001", "1000000002", "1000000003"]

    def test_what_is_refused_uses_up_no_number(self, scanner) -> None:
        scanner.send(image(Data="x"))
        scanner.upload(IdentitiyMeansId=str(uuid4()))

        assert scanner.upload()["EntryData"]["ScanReference"] == "1000000001"


class TestTrail:
    def test_an_upload_is_in_the_audit_log_without_what_it_shows(self, world, scanner) -> None:
        scanner.upload(AdditionalData={"ManualFirstName": "Zacharias"})

        with world.storage.read() as transaction:
            entries = [link.entry for _, link in transaction.audit.list_page(0, 100)]
        [entry] = [entry for entry in entries if entry.action == "journey.upload"]
        assert (entry.result, entry.login, entry.details["images"]) == ("done", "Alice", "1")
        assert "Zacharias" not in str(entries)
