"""What a body may not say, and what it may say that means nothing (wire contract IDscan 2.1)."""

import json
from typing import Final
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.wire.idscan.capture import (
    BASE,
    INVALID,
    PDF,
    encoded,
    image,
    journeys_of,
    sealed_in,
    upload_of,
)
from watchword.dialects.idscan.journeys.drafts import ENVELOPE, MOST_MARKS
from watchword.dialects.idscan.members import read_members
from watchword.web.errors import BadFieldError, UnreadableBodyError

UPLOAD: Final = "journey/upload"
ZEROS: Final = str(UUID(int=0))
MARK: Final = b"\xef\xbb\xbf"


def planted(body: object, place: str, more: str) -> bytes:
    """Return JSON with one more member behind a place in it."""
    text = json.dumps(body)
    assert place in text
    return text.replace(place, f"{place}{more}, ", 1).encode()


class TestWhatComesTwice:
    @pytest.mark.parametrize(
        ("place", "more"),
        [
            ("{", '"Source": 1'),
            ("{", '"source": 1'),
            ('"InputImages": [{', '"Name": "SelfiePhoto"'),
            ('"AdditionalData": {', '"brand": "south"'),
        ],
    )
    def test_no_member_counts_that_comes_twice(self, world, scanner, place, more) -> None:
        body = planted(upload_of(AdditionalData={"brand": "north"}), place, more)

        answer = scanner.post(UPLOAD, body)

        assert (answer.status_code, answer.json()) == (400, INVALID)
        assert (journeys_of(world), sealed_in(world)) == (0, 0)

    def test_names_of_the_clients_own_may_differ_in_case(self, scanner, investigator) -> None:
        made = scanner.upload(AdditionalData={"brand": "north", "Brand": "south"})["JourneyId"]

        told = investigator.journey(made)["AdditionalData"]
        assert told == [{"Name": "Brand", "Value": "south"}]

    def test_nor_in_any_other_body(self, investigator) -> None:
        for path, body in (
            ("JourneyDefinition/Add", b'{"Name": "a", "Name": "b"}'),
            ("Configuration/Update", b'[{"Id": 1, "Value": "true", "Value": "false"}]'),
            ("Search/Entries", b'{"UserId": "a", "UserId": null}'),
        ):
            assert investigator.post(path, body).status_code == 400
        assert investigator.get("JourneyDefinition/GetAll").json() == []
        criteria = '{"UserId": "a", "UserId": null}'
        assert investigator.get("Search/ExportEntries", searchrequest=criteria).status_code == 400

    @given(st.lists(st.sampled_from('{}[]:," ab1.-\\ud\u00e9\x7f\ufeff\ud800')).map("".join))
    @example('{"a": 1e999, "b": -0.0, "c": 99999999999999999999999}')
    @example('{"a": "\\ud800", "b": "\x7f"}')
    def test_reading_is_total(self, text: str) -> None:
        body = text.encode("utf-8", "surrogatepass")
        try:
            values = read_members(body).values
        except (BadFieldError, UnreadableBodyError):
            return
        read: object = msgspec.json.decode(body.removeprefix(MARK))
        assert isinstance(read, dict)
        assert len(values) == sum(value is not None for value in read.values())


class TestWhatMeansNothing:
    """.NET writes zeros for an id that nobody has set, and marks the order of bytes in UTF-8."""

    def test_an_id_of_zeros_is_none(self, scanner) -> None:
        made = [scanner.upload(PersonEntryId=ZEROS, IdentitiyMeansId=ZEROS) for _ in range(2)]

        assert not any(each["HasError"] for each in made)
        assert len({ZEROS, *(each["JourneyId"] for each in made)}) == 3
        assert all(each["IdentityMeansId"] != ZEROS for each in made)

    def test_an_id_under_the_other_name_counts_then(self, scanner) -> None:
        made = scanner.upload()

        for unset in ("", ZEROS, None):
            added = scanner.upload(
                PersonEntryId=unset,
                JourneyId=made["JourneyId"],
                IdentitiyMeansId=unset,
                IdentityMeansId=made["IdentityMeansId"],
            )
            same = ("JourneyId", "IdentityMeansId")
            assert [added[name] for name in same] == [made[name] for name in same]

    def test_definitions_and_steps_get_ids_of_their_own(self, investigator) -> None:
        step = {"Type": 1, "JourneyEntryDefinitionId": ZEROS}
        body = {"Name": "a", "JourneyDefinitionId": ZEROS, "EntryDefinitions": [step, step]}
        made = [investigator.post("JourneyDefinition/Add", body).json() for _ in range(2)]

        ids = [each["JourneyDefinitionId"] for each in made]
        steps = [s["JourneyEntryDefinitionId"] for each in made for s in each["EntryDefinitions"]]
        assert (len({ZEROS, *ids}), len({ZEROS, *steps})) == (3, 5)
        update = {"JourneyDefinitionId": ZEROS, "Name": "b"}
        assert investigator.post("JourneyDefinition/Update", update).status_code == 400

    def test_a_byte_order_mark_is_passed_over(self, scanner, investigator) -> None:
        answer = scanner.post(UPLOAD, MARK + json.dumps(upload_of()).encode())

        assert answer.status_code == 200
        marked = MARK + b'[{"Id": 1, "Value": "true"}]'
        assert investigator.post("Configuration/Update", marked).status_code == 200
        gone = MARK + json.dumps([answer.json()["JourneyId"]]).encode()
        assert investigator.post("entrymanagement/deletejourneyperson", gone).status_code == 204

    @pytest.mark.parametrize("announced", ["text/xml", "application/x-www-form-urlencoded", ""])
    def test_the_content_type_of_an_upload_is_not_looked_at(self, scanner, announced) -> None:
        headers = {**scanner.headers, "content-type": announced}

        answer = scanner.client.post(f"{BASE}/{UPLOAD}", json=upload_of(), headers=headers)

        assert answer.status_code == 200


class TestInputFormats:
    @pytest.mark.parametrize(("value", "status"), [(0, 200), ("1", 200), (None, 200)])
    def test_an_image_or_a_pdf_is_announced(self, scanner, value, status) -> None:
        assert scanner.send(image(content=PDF, InputFormat=value)).status_code == status

    @pytest.mark.parametrize("value", [2, -1, "image", 1.5, True])
    def test_nothing_else_is(self, world, scanner, value) -> None:
        answer = scanner.send(image(content=PDF, inputFormat=value))

        assert (answer.status_code, answer.json()) == (400, INVALID)
        assert sealed_in(world) == 0


class TestManySmallParts:
    """Ten megabytes of empty lists would hold up everybody whom the same process serves."""

    @pytest.mark.parametrize("part", ["[]", "{}", "1", '"a"', "[[]]"])
    def test_a_body_of_nothing_but_small_parts_is_413(self, world, scanner, part) -> None:
        parts = "[" + ",".join([part] * (MOST_MARKS + 1)) + "]"
        body = planted(upload_of(), "{", f'"More": {parts}')

        answer = scanner.post(UPLOAD, body)

        assert answer.status_code == 413
        assert list(answer.json()) == ["Message"]
        assert journeys_of(world) == 0

    def test_an_image_beside_them_changes_nothing(self, scanner) -> None:
        parts = ",".join(["[]"] * (MOST_MARKS + 1))
        large = image(content=b"\xff\xd8\xff" + bytes(ENVELOPE))
        body = planted(upload_of(large), "{", f'"More": [{parts}]')

        assert scanner.post(UPLOAD, body).status_code == 413

    def test_as_many_names_as_there_may_be_are_taken(self, scanner) -> None:
        said = {f"name {n}": "a, [b], {c}: " * 30 for n in range(199)}
        large = {"Data": encoded(b"\xff\xd8\xff" + bytes(200_000)), "Name": "WhiteImage"}

        for body in (upload_of(large), upload_of(image(), AdditionalData=said)):
            assert scanner.post(UPLOAD, body).status_code == 200
            escaped = json.dumps(body).replace("/", "\\/").encode()
            assert scanner.post(UPLOAD, escaped).status_code == 200
