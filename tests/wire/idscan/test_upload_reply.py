"""What an upload is answered with, without an engine: the truth (wire contract IDscan 2.1)."""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from tests.wire.idscan.capture import PNG, image

KEYS: Final = [
    "PersonEntryId",
    "JourneyId",
    "IdentityMeansId",
    "RequestId",
    "EntryDateTime",
    "RequiredAction",
    "CurrentResult",
    "HighLevelResult",
    "ResultDetails",
    "EntryData",
    "EntryImages",
    "IsFinished",
    "HasError",
]
ZERO: Final = str(UUID(int=0))


class TestShape:
    def test_the_keys_are_those_that_a_client_reads(self, scanner) -> None:
        assert list(scanner.upload()) == KEYS

    def test_the_journey_has_one_id_under_two_names(self, scanner) -> None:
        answer = scanner.upload()

        assert answer["PersonEntryId"] == answer["JourneyId"] != answer["IdentityMeansId"]
        assert UUID(answer["RequestId"]).version == 4

    def test_the_time_has_seven_digits_and_a_zone(self, world, scanner) -> None:
        world.clock.time = datetime(2019, 12, 18, 8, 57, 38, 479189, UTC)

        assert scanner.upload()["EntryDateTime"] == "2019-12-18T08:57:38.4791890Z"

    def test_the_answer_is_kept_out_of_caches(self, scanner) -> None:
        headers = scanner.send().headers

        assert headers["content-type"] == "application/json; charset=utf-8"
        assert "no-store" in headers["cache-control"]

    def test_entry_data_is_an_object_of_texts(self, scanner) -> None:
        assert scanner.upload()["EntryData"] == {
            "UserName": "Alice",
            "RequiredJourneySteps": "",
            "AuthenticationLevel": "default",
            "ScanReference": "1000000001",
        }


class TestTruth:
    def test_what_nobody_judged_is_undefined_and_skipped(self, scanner) -> None:
        answer = scanner.upload()

        assert answer["HighLevelResult"] == "Undefined"
        assert (answer["CurrentResult"], answer["HasError"]) == ("Pass", False)
        assert "DOCUMENTVALIDATION:SKIPPED" in answer["ResultDetails"]
        assert all(re.fullmatch("[A-Z]+:SKIPPED", each) for each in answer["ResultDetails"])

    @pytest.mark.parametrize(
        ("images", "source", "rule"),
        [
            ([image()], 1, "UNDERAGERULE:SKIPPED"),
            ([image()], 3, "DOCUMENTPROOFPOLICY:SKIPPED"),
            ([image("SelfiePhoto")], 2, "FACEMATCHVALIDATION:SKIPPED"),
        ],
    )
    def test_the_rules_are_those_of_what_was_captured(self, scanner, images, source, rule) -> None:
        assert rule in scanner.upload(*images, Source=source)["ResultDetails"]

    def test_no_field_is_made_up(self, scanner, investigator) -> None:
        answer = scanner.upload(AdditionalData={"ManualFirstName": "Alice"})

        assert not [key for key in answer["EntryData"] if key.startswith("Extracted")]
        [page] = investigator.journey(answer["JourneyId"])["ProcessedDocuments"]
        assert (page["ExtractedFields"], page["IsValidated"]) == ([], "false")
        assert {page[key] for key in ("DocumentName", "DocumentType", "IssuingCountryCode")} == {""}

    def test_there_are_no_output_images(self, scanner) -> None:
        assert scanner.upload(ExcludeOutputImagesFromResponse="false")["EntryImages"] == []


class TestSteps:
    @pytest.fixture
    def begin(self, scanner, investigator):
        """Return a way to begin a journey by a definition with these steps."""

        def begun(*types: int, first=None):
            definition = investigator.define(*types)
            images = [first] if first else []
            return scanner.upload(*images, AdditionalData={"JourneyDefinitionId": definition})

        return begun

    def test_without_a_definition_nothing_more_is_asked_for(self, scanner) -> None:
        answer = scanner.upload()

        assert (answer["RequiredAction"], answer["IsFinished"]) == ("NONE", True)

    def test_the_definition_says_what_is_next_until_all_is_there(self, scanner, begin) -> None:
        front = begin(1, 2, 3, 4)
        same = {"PersonEntryId": front["JourneyId"]}
        back = scanner.upload(IdentitiyMeansId=front["IdentityMeansId"], **same)
        selfie = scanner.upload(image("SelfiePhoto"), **same)
        address = scanner.upload(Source=3, **same)

        asked = [each["RequiredAction"] for each in (front, back, selfie, address)]
        assert asked == ["BACKSIDE", "SELFIE", "ADDRESSDOCUMENT", "NONE"]
        finished = [each["IsFinished"] for each in (front, back, selfie, address)]
        assert finished == [False, False, False, True]
        assert front["EntryData"]["RequiredJourneySteps"] == (
            "FRONTSIDE,BACKSIDE,SELFIE,ADDRESSDOCUMENT"
        )

    def test_steps_are_asked_for_as_the_definition_lists_them(self, begin) -> None:
        assert begin(3, 1)["RequiredAction"] == "SELFIE"

    def test_a_selfie_that_comes_with_a_page_is_a_step_done(self, scanner, investigator) -> None:
        definition = {"JourneyDefinitionId": investigator.define(1, 3)}

        answer = scanner.upload(image(), image("SelfiePhoto", PNG), AdditionalData=definition)

        assert answer["RequiredAction"] == "NONE"

    def test_comparing_the_chips_photograph_is_nothing_to_capture(self, begin) -> None:
        assert begin(1, 5)["RequiredAction"] == "NONE"

    @pytest.mark.parametrize(
        ("kind", "asked"), [(6, "LIVENESS"), (7, "NFC"), (8, "PASSIVE_LIVENESS")]
    )
    def test_what_no_upload_can_bring_stays_asked_for(self, begin, kind, asked) -> None:
        answer = begin(1, kind)

        assert (answer["RequiredAction"], answer["IsFinished"]) == (asked, False)

    def test_a_journey_keeps_the_steps_that_it_began_with(
        self, scanner, investigator, begin
    ) -> None:
        front = begin(1, 2)
        definition = front["EntryData"]["JourneyDefinitionId"]
        investigator.delete("JourneyDefinition/delete", journeyDefinitionId=definition)

        again = scanner.upload(
            PersonEntryId=front["JourneyId"], AdditionalData={"JourneyDefinitionId": definition}
        )
        assert again["RequiredAction"] == "BACKSIDE"

    def test_a_journey_may_name_its_definition_later(self, scanner, investigator) -> None:
        first = scanner.upload()
        definition = {"journeydefinitionid": investigator.define(1, 3)}

        answer = scanner.upload(PersonEntryId=first["JourneyId"], AdditionalData=definition)

        assert answer["RequiredAction"] == "SELFIE"

    def test_a_definition_that_is_not_there_is_refused(self, scanner, investigator, begin) -> None:
        idle = investigator.define(1, IsActive=False)
        front, other = begin(1, 2), investigator.define(1)

        for wrong in (ZERO, idle, "17"):
            assert scanner.send(AdditionalData={"JourneyDefinitionId": wrong}).status_code == 400
        another = {"JourneyDefinitionId": other}
        answer = scanner.send(PersonEntryId=front["JourneyId"], AdditionalData=another)
        assert answer.status_code == 400
