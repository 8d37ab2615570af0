"""``Journey/Get`` and ``Journey/GetImage`` (wire contract IDscan 2.2)."""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from tests.wire.idscan.calls import opened, token_of
from tests.wire.idscan.capture import INVALID, JPEG, NOT_FOUND, PNG, Person, image, seat
from watchword.core.errors import NotFoundError

KEYS: Final = [
    "JourneyId",
    "HighLevelResult",
    "HighLevelResultDetails",
    "InitiatedDateTime",
    "ProcessedDocuments",
    "ReferenceNumber",
    "AuthenticationToleranceLevel",
    "LastDecision",
    "AdditionalData",
    "ProcessedLiveness",
    "JourneySteps",
    "JourneyImages",
    "MetaData",
    "RequiredAction",
]
PAGE: Final = [
    "IssuingCountryCode",
    "IssuingCountryName",
    "IssuingStateName",
    "DocumentCategory",
    "DocumentType",
    "DocumentName",
    "DocumentSide",
    "IsValidated",
    "ScanDateTime",
    "HighLevelResult",
    "ExtractedFields",
    "DocumentImages",
    "DigitalTamperingValidator",
    "FaceMatchConfidenceScore",
]


class TestAJourney:
    def test_the_keys_are_those_of_the_documentation(self, scanner, investigator) -> None:
        shown = investigator.journey(scanner.upload()["JourneyId"])

        assert list(shown) == KEYS
        assert list(shown["ProcessedDocuments"][0]) == PAGE

    def test_times_have_seven_digits_and_no_zone(self, world, scanner, investigator) -> None:
        world.clock.time = datetime(2021, 2, 19, 16, 10, 33, 875007, UTC)
        journey_id = scanner.upload()["JourneyId"]
        world.clock.advance(minutes=1)
        scanner.upload(PersonEntryId=journey_id)

        shown = investigator.journey(journey_id)
        assert shown["InitiatedDateTime"] == "2021-02-19T16:10:33.8750070"
        times = [page["ScanDateTime"] for page in shown["ProcessedDocuments"]]
        assert times == ["2021-02-19T16:10:33.8750070", "2021-02-19T16:11:33.8750070"]

    def test_the_reference_is_that_of_the_upload(self, scanner, investigator) -> None:
        answer = scanner.upload()

        shown = investigator.journey(answer["JourneyId"])
        assert shown["ReferenceNumber"] == answer["EntryData"]["ScanReference"]

    def test_nothing_is_made_up(self, scanner, investigator) -> None:
        shown = investigator.journey(scanner.upload()["JourneyId"])

        assert (shown["HighLevelResult"], shown["LastDecision"]) == ("Undefined", None)
        assert shown["ProcessedLiveness"] == {"LivenessActions": []}
        assert all(each.endswith(":SKIPPED") for each in shown["HighLevelResultDetails"])
        [page] = shown["ProcessedDocuments"]
        assert page["IssuingStateName"] == "Not available"
        assert page["DigitalTamperingValidator"] is None

    def test_details_of_several_pages_may_repeat_each_other(self, scanner, investigator) -> None:
        journey_id = scanner.upload()["JourneyId"]
        scanner.upload(PersonEntryId=journey_id)

        details = investigator.journey(journey_id)["HighLevelResultDetails"]
        assert details.count("DOCUMENTEXPIRY:SKIPPED") == 2

    def test_steps_have_the_lower_case_letter_of_this_call(self, scanner, investigator) -> None:
        journey_id = scanner.upload()["JourneyId"]
        scanner.upload(image("SelfiePhoto"), PersonEntryId=journey_id)

        steps = investigator.journey(journey_id)["JourneySteps"]
        assert [step["Type"] for step in steps] == ["FRONTSIDE", "SELFIE"]
        assert [list(step) for step in steps] == [
            ["Type", "HighLevelresult", "ValidationChecks"]
        ] * 2

    def test_an_unfinished_journey_says_where_it_stopped(self, scanner, investigator) -> None:
        definition = {"JourneyDefinitionId": investigator.define(1, 2)}
        journey_id = scanner.upload(AdditionalData=definition)["JourneyId"]

        assert investigator.journey(journey_id)["RequiredAction"] == "BACKSIDE"

    def test_a_selfie_is_no_document_but_an_image(self, scanner, investigator) -> None:
        shown = investigator.journey(scanner.upload(image("SelfiePhoto"))["JourneyId"])

        assert shown["ProcessedDocuments"] == []
        [found] = shown["JourneyImages"]
        assert (found["StepName"], found["ImageRole"]) == ("Selfie", "SelfiePhoto")

    def test_images_say_what_they_show_and_which_attempt_they_are(
        self, scanner, investigator
    ) -> None:
        first = scanner.upload()
        same = {"PersonEntryId": first["JourneyId"], "IdentitiyMeansId": first["IdentityMeansId"]}
        scanner.upload(**same)
        scanner.upload(**same)
        scanner.upload(Source=3, PersonEntryId=first["JourneyId"])

        shown = investigator.journey(first["JourneyId"])
        found = [
            (each["StepName"], each["ImageRole"], each["Attempt"])
            for each in shown["JourneyImages"]
        ]
        assert found == [
            ("ID Document", "WhiteImage", 1),
            ("ID Document", "WhiteImage", 1),
            ("ID Document", "WhiteImage", 2),
            ("Address Document", "WhiteImage", 1),
        ]
        assert [step.get("TripleScanAttempts") for step in shown["JourneySteps"]] == [
            None,
            "2",
            None,
        ]

    @pytest.mark.parametrize("key", ["journeyID", "JourneyID", "journeyid", "JOURNEYID"])
    def test_the_key_of_the_query_is_read_in_any_case(self, scanner, investigator, key) -> None:
        journey_id = scanner.upload()["JourneyId"]

        assert investigator.get("Journey/Get", **{key: journey_id.upper()}).status_code == 200

    def test_an_unknown_journey_is_404(self, investigator) -> None:
        answer = investigator.get("Journey/Get", journeyID=str(uuid4()))

        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)

    @pytest.mark.parametrize("query", [{}, {"journeyID": ""}, {"journeyID": "17"}, {"id": "x"}])
    def test_without_an_id_the_request_is_invalid(self, investigator, query) -> None:
        answer = investigator.get("Journey/Get", **query)

        assert (answer.status_code, answer.json()) == (400, INVALID)


class TestMetaData:
    def test_only_full_administrators_see_technical_data(self, world, client, scanner) -> None:
        journey_id = scanner.upload(AdditionalData={"Platform": "kiosk"})["JourneyId"]
        seen = {}
        for role in ("SuperAdministrator", "Administrator", "Investigator"):
            person = seat(world, client, area="investigation", role=role)
            shown = person.journey(journey_id)
            brief = person.get("Search/GetEvaluatedPersonEntryValidationResults", id=journey_id)
            assert ("MetaData" in shown) is ("MetaData" in brief.json())
            seen[role] = shown.get("MetaData")

        assert seen == {
            "SuperAdministrator": [
                {"Name": "Platform", "Value": "kiosk"},
                {"Name": "Browser", "Value": "testclient"},
            ],
            "Administrator": None,
            "Investigator": None,
        }

    def test_what_a_browser_calls_itself_cannot_forge_anything(self, client, scanner) -> None:
        scanner.headers["user-agent"] = "a\tb" + "c" * 5_000
        investigator = Person(client, token_of(client))

        [browser] = investigator.journey(scanner.upload()["JourneyId"])["MetaData"]
        assert browser["Value"].startswith("a\\tbccc")
        assert len(browser["Value"]) == 256


class TestImages:
    def test_an_image_comes_back_byte_for_byte(self, scanner, investigator) -> None:
        content = JPEG + bytes(range(256)) * 400
        answer = scanner.upload(image(content=content), image("SelfiePhoto", PNG))

        shown = investigator.journey(answer["JourneyId"])
        fetched = {
            each["ImageRole"]: investigator.fetch(each["ImageUrl"]).content
            for each in shown["JourneyImages"]
        }
        assert fetched == {"WhiteImage": content, "SelfiePhoto": PNG}

    def test_addresses_are_absolute_and_of_the_observed_form(self, scanner, investigator) -> None:
        shown = investigator.journey(scanner.upload()["JourneyId"])

        [found] = shown["JourneyImages"]
        url = urlsplit(found["ImageUrl"])
        assert (url.scheme, url.netloc) == ("http", "testserver")
        assert url.path == "/idscanenterprisesvc/Journey/GetImage"
        assert set(parse_qs(url.query)) == {"id", "role"}
        assert shown["ProcessedDocuments"][0]["DocumentImages"] == [
            {"Role": "WhiteImage", "Url": found["ImageUrl"]}
        ]

    def test_what_stands_before_their_paths_is_a_setting(self) -> None:
        with opened(public_url="https://id.example/x/") as world, world.client() as client:
            scanner = Person(client, token_of(client, area="scanning"))
            investigator = Person(client, token_of(client))

            [found] = investigator.journey(scanner.upload()["JourneyId"])["JourneyImages"]
        assert found["ImageUrl"].startswith(
            "https://id.example/x/idscanenterprisesvc/Journey/GetImage?id="
        )

    def test_a_host_that_is_none_is_not_repeated(self, scanner, investigator) -> None:
        journey_id = scanner.upload()["JourneyId"]
        investigator.headers["host"] = 'evil"<b>'

        [found] = investigator.journey(journey_id)["JourneyImages"]
        assert found["ImageUrl"].startswith("/idscanenterprisesvc/")

    def test_the_address_opens_nothing_without_a_token(self, client, scanner, investigator) -> None:
        [found] = investigator.journey(scanner.upload()["JourneyId"])["JourneyImages"]

        assert client.get(found["ImageUrl"]).status_code == 401
        assert scanner.fetch(found["ImageUrl"]).status_code == 401

    def test_no_browser_runs_or_keeps_an_image(self, scanner, investigator) -> None:
        [found] = investigator.journey(scanner.upload()["JourneyId"])["JourneyImages"]

        headers = investigator.fetch(found["ImageUrl"]).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]
        assert "no-store" in headers["cache-control"]

    def test_roles_are_read_in_any_case(self, scanner, investigator) -> None:
        [found] = investigator.journey(scanner.upload()["JourneyId"])["JourneyImages"]

        url = found["ImageUrl"].replace("WhiteImage", "WHITEimage")
        assert investigator.fetch(url).status_code == 200

    def test_the_id_of_a_document_finds_its_first_page(self, scanner, investigator) -> None:
        front = scanner.upload()
        scanner.upload(image(content=PNG), IdentitiyMeansId=front["IdentityMeansId"])

        query = {"id": front["IdentityMeansId"], "role": "WhiteImage"}
        assert investigator.get("Journey/GetImage", **query).content == JPEG

    def test_an_image_that_is_not_there_is_404(self, scanner, investigator) -> None:
        [found] = investigator.journey(scanner.upload()["JourneyId"])["JourneyImages"]
        scan_id = parse_qs(urlsplit(found["ImageUrl"]).query)["id"][0]

        for query in (
            {"id": scan_id, "role": "OutputWhiteImage"},
            {"id": scan_id},
            {"id": str(uuid4()), "role": "WhiteImage"},
        ):
            answer = investigator.get("Journey/GetImage", **query)
            assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
        assert investigator.get("Journey/GetImage", role="WhiteImage").status_code == 400

    def test_one_that_was_lost_is_a_fault_and_not_just_missing(
        self, world, scanner, investigator, caplog
    ) -> None:
        [found] = investigator.journey(scanner.upload()["JourneyId"])["JourneyImages"]
        for blob_id in list(world.vault.list_older(world.clock.time + timedelta(days=1))):
            world.vault.remove(blob_id)

        answer = investigator.fetch(found["ImageUrl"])

        assert (answer.status_code, answer.json()) == (500, {"Message": "An error has occurred."})
        assert "LostImageError" in caplog.text

    def test_one_that_is_deleted_meanwhile_is_missing(
        self, world, scanner, investigator, monkeypatch
    ) -> None:
        made = scanner.upload()["JourneyId"]
        [found] = investigator.journey(made)["JourneyImages"]

        def get_late(*_: object) -> bytes:
            investigator.delete("entrymanagement/deleteentrybyid", entryId=made)
            raise NotFoundError("blob")

        monkeypatch.setattr(type(world.vault), "get", get_late)

        answer = investigator.fetch(found["ImageUrl"])
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
