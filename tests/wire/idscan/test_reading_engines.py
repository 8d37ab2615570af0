"""Engines that read what was captured: what they are asked, and what of their answers is kept."""

import json
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.support.listener import listening
from tests.wire.idscan.calls import PROFILE, opened, token_of
from tests.wire.idscan.capture import (
    JPEG,
    PNG,
    Person,
    encoded,
    image,
    journeys_of,
    run_jobs,
    sealed_in,
)
from watchword.config import TableError, read_table
from watchword.dialects.idscan.settings import Settings
from watchword.web.multipart import read_form

ANSWER: Final[dict[str, Any]] = {
    "HighLevelResult": "Passed",
    "ResultDetails": ["DOCUMENTEXPIRY:PASSED", "UNDERAGERULE:FAILED", "DOCUMENTEXPIRY:PASSED"],
    "IssuingCountryCode": "GBR",
    "IssuingCountryName": "United Kingdom",
    "DocumentCategory": "Driving License",
    "DocumentType": "Driving License",
    "DocumentName": "United Kingdom - Driving License - Front - 2015",
    "DocumentSide": "Front",
    "FaceMatchConfidenceScore": 0.5,
    "ExtractedFields": [
        {"Name": "FirstName", "Value": "Zoë", "OCRValue": "ZOE", "LocalValue": "Zoë"},
        {"Name": "LastName", "Value": "Quint"},
        {"Name": "BirthDate", "Value": "1990-03-05"},
        {"Name": "DocumentNumber", "Value": "Q-1"},
    ],
    "OutputImages": [{"Name": "OutputWhiteImage", "Data": encoded(PNG)}],
}
BRIEF: Final = "Search/GetEvaluatedPersonEntryValidationResults"


@pytest.fixture
def engine():
    with listening() as engine:
        engine.answers(ANSWER)
        yield engine


@pytest.fixture
def world(engine):
    kinds = ("identity", "selfie")
    engines = {kind: {"url": f"{engine.url}/{kind}", "timeout_seconds": 5} for kind in kinds}
    with opened(PROFILE, engines=engines) as world:
        yield world


def question_of(call) -> tuple[dict[str, Any], dict[str, bytes]]:
    first, *rest = read_form(call.headers["content-type"], call.body, most_parts=10)
    assert first.name == "capture"
    return json.loads(first.content), {part.name: part.content for part in rest}


class TestQuestion:
    def test_the_engine_of_the_kind_gets_the_capture_and_its_images(self, engine, scanner) -> None:
        made = scanner.upload(
            image(), image("NearInfraredImage", PNG), AdditionalData={"a": "b"}, Source=1
        )

        [call] = engine.calls
        asked, images = question_of(call)
        assert call.path == "/identity"
        assert asked == {
            "JourneyId": made["JourneyId"],
            "IdentityMeansId": made["IdentityMeansId"],
            "Kind": "identity",
            "Step": "FRONTSIDE",
            "Attempt": 1,
            "Source": 1,
            "IsDocumentExtracted": False,
            "AuthenticationToleranceLevel": "default",
            "AdditionalData": [{"Name": "a", "Value": "b"}],
        }
        assert images == {"WhiteImage": JPEG, "NearInfraredImage": PNG}

    def test_what_has_no_engine_is_not_sent_anywhere(self, engine, scanner) -> None:
        answer = scanner.upload(Source=3)

        assert engine.calls == []
        assert answer["HighLevelResult"] == "Undefined"

    def test_a_selfie_goes_to_its_own_engine(self, engine, scanner) -> None:
        scanner.upload(image("SelfiePhoto"))

        assert engine.calls[0].path == "/selfie"


class TestAnswer:
    def test_the_answer_is_told_at_once(self, scanner) -> None:
        answer = scanner.upload()

        assert (answer["HighLevelResult"], answer["CurrentResult"]) == ("Passed", "Pass")
        assert answer["ResultDetails"] == ANSWER["ResultDetails"]
        assert answer["EntryData"]["CountryCode"] == "GBR"
        assert answer["EntryData"]["DocumentType"] == "Driving License"
        assert answer["EntryData"]["ExtractedFields.FirstName"] == "Zoë"
        assert answer["EntryImages"] == [
            {"Name": "OutputWhiteImage", "Data": encoded(PNG), "ImageFormat": "png"}
        ]
        assert not answer["HasError"]

    @pytest.mark.parametrize("flag", ["true", True, "True"], ids=repr)
    def test_output_images_are_left_out_where_that_is_asked_for(self, scanner, flag) -> None:
        assert scanner.upload(ExcludeOutputImagesFromResponse=flag)["EntryImages"] == []

    def test_the_answer_is_kept_and_shown(self, scanner, investigator) -> None:
        made = scanner.upload()["JourneyId"]

        shown = investigator.journey(made)
        [page] = shown["ProcessedDocuments"]
        assert shown["HighLevelResultDetails"] == ANSWER["ResultDetails"]
        assert page["DocumentName"] == ANSWER["DocumentName"]
        assert (page["IsValidated"], page["FaceMatchConfidenceScore"]) == ("true", 0.5)
        assert page["ExtractedFields"][:2] == [
            {
                "Name": "FirstName",
                "Value": "Zoë",
                "OCRValue": "ZOE",
                "LocalValue": "Zoë",
                "OCRLocalValue": "",
            },
            {
                "Name": "LastName",
                "Value": "Quint",
                "OCRValue": "",
                "LocalValue": "",
                "OCRLocalValue": "",
            },
        ]
        images = {
            each["Role"]: investigator.fetch(each["Url"]).content for each in page["DocumentImages"]
        }
        assert images == {"WhiteImage": JPEG, "OutputWhiteImage": PNG}

    def test_what_was_read_is_found_and_exported(self, scanner, investigator) -> None:
        made = scanner.upload()["JourneyId"]

        words = {"KeywordValue": "zoë quint"}
        criteria = {"HighLevelResult": "passed", "KeywordSearchCriteria": words}
        asked = {"EvaluatedPersonEntrySearchCriteria": criteria}
        [entry] = investigator.post("Search/Entries", asked).json()["Entries"]
        assert (entry["JourneyId"], entry["FullName"]) == (made, "Zoë Quint")
        row = investigator.get("Search/ExportEntries").text.splitlines()[1].split(",")
        assert (row[9], row[10], row[12], row[18]) == ("Zoë Quint", "1990-03-05", "Q-1", "Passed")
        assert (row[11], row[13]) == ("Driving License", "GBR")

    def test_what_was_read_counts_before_what_was_typed_in(
        self, engine, scanner, investigator
    ) -> None:
        read = [{"Name": "FirstName", "Value": "Zoë"}, {"Name": "BirthDate", "Value": ""}]
        engine.answers(ANSWER | {"ExtractedFields": read})
        investigator.post("Configuration/Update", {"Id": 1, "Value": "true"})
        typed = {
            "ManualFirstName": "Zoe",
            "ManualLastName": "Quint",
            "ManualBirthDate": "1990-03-04",
        }
        made = scanner.upload(AdditionalData=typed)["JourneyId"]

        brief = investigator.get(BRIEF, id=made).json()
        told = [brief[name] for name in ("FirstName", "LastName", "BirthDate", "Age")]
        assert told == ["Zoë", "Quint", "1990-03-04", 35]
        [entry] = investigator.get("Search/Entries").json()["Entries"]
        assert entry["FullName"] == "Zoë Quint"

    def test_validation_results_flag_what_failed(self, scanner, investigator) -> None:
        brief = investigator.get(BRIEF, id=scanner.upload()["JourneyId"]).json()

        flags = {each["Name"]: each["Result"] for each in brief["ValidationDetails"]}
        assert flags == {"DOCUMENTEXPIRY": 1, "UNDERAGERULE": 2}
        assert (brief["FirstName"], brief["LastName"]) == ("Zoë", "Quint")
        # The clock of the tests stands the day before this birthday.
        assert brief["Age"] == 34
        assert brief["DocumentName"] == ANSWER["DocumentName"]

    def test_a_date_that_is_none_gives_no_age(self, engine, scanner, investigator) -> None:
        engine.answers(ANSWER | {"ExtractedFields": [{"Name": "BirthDate", "Value": "in May"}]})

        brief = investigator.get(BRIEF, id=scanner.upload()["JourneyId"]).json()
        assert (brief["BirthDate"], brief["Age"]) == ("in May", None)

    def test_a_journey_is_as_good_as_the_worst_of_its_captures(
        self, engine, scanner, investigator
    ) -> None:
        made = scanner.upload()["JourneyId"]
        engine.answers({"HighLevelResult": "Refer"})
        scanner.upload(PersonEntryId=made)
        engine.answers({"HighLevelResult": "Passed"})
        scanner.upload(image("SelfiePhoto"), PersonEntryId=made)

        assert investigator.journey(made)["HighLevelResult"] == "Refer"

    def test_a_capture_that_is_repeated_takes_the_place_of_the_first(
        self, engine, scanner, investigator
    ) -> None:
        engine.answers({"HighLevelResult": "Refer", "RequiredAction": "FRONTSIDE:SECONDSCAN"})
        first = scanner.upload()
        engine.answers({"HighLevelResult": "Passed"})
        same = {"PersonEntryId": first["JourneyId"], "IdentitiyMeansId": first["IdentityMeansId"]}
        second = scanner.upload(**same)

        assert (first["RequiredAction"], first["IsFinished"]) == ("FRONTSIDE:SECONDSCAN", False)
        assert (second["RequiredAction"], second["IsFinished"]) == ("NONE", True)
        shown = investigator.journey(first["JourneyId"])
        assert shown["HighLevelResult"] == "Passed"
        assert shown["JourneySteps"][0]["TripleScanAttempts"] == "2"
        assert [each["Attempt"] for each in shown["JourneyImages"]] == [1, 2]

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"Passed",
            [],
            {},
            {"HighLevelResult": "Good"},
            {"HighLevelResult": "Passed", "ResultDetails": ["free text"]},
            {"HighLevelResult": "Passed", "ResultDetails": ["A:B\n"]},
            {"HighLevelResult": "Passed", "RequiredAction": "DANCE"},
            {"HighLevelResult": "Passed", "RequiredAction": "FRONTSIDE:FOURTHSCAN"},
            {"HighLevelResult": "Passed", "DocumentName": "\x00"},
            {"HighLevelResult": "Passed", "DocumentName": "x" * 4_097},
            {"HighLevelResult": "Passed", "ExtractedFields": [{"Value": "a"}]},
            {"HighLevelResult": "Passed", "ExtractedFields": [{"Name": "a b"}]},
            {"HighLevelResult": "Passed", "ExtractedFields": [{"Name": "a"}] * 201},
            {"HighLevelResult": "Passed", "ExtractedFields": [{"Name": "a", "Value": "\x00"}]},
            {"HighLevelResult": "Passed", "OutputImages": [{"Name": "WhiteImage", "Data": "Qk0="}]},
            {"HighLevelResult": "Passed", "OutputImages": [{"Name": "OutputA", "Data": "AAAA"}]},
            {"HighLevelResult": "Passed", "OutputImages": [{"Name": "OutputA", "Data": "%"}]},
            {
                "HighLevelResult": "Passed",
                "OutputImages": [{"Name": "OutputA", "Data": "Qk0="}] * 2,
            },
            b'{"HighLevelResult": "Passed", "a": ' + b"[" * 5_000,
        ],
        ids=lambda answer: str(answer)[:80],
    )
    def test_an_answer_that_is_none_is_not_believed(self, world, engine, scanner, answer) -> None:
        engine.answers(answer)

        told = scanner.upload()

        assert told["HighLevelResult"] == "Undefined"
        assert (told["CurrentResult"], told["HasError"]) == ("CommunicationError", True)
        assert sealed_in(world) == 1


class TestSilence:
    def test_an_upload_is_kept_whatever_becomes_of_its_engine(
        self, engine, scanner, investigator
    ) -> None:
        engine.answers({}, 503)

        told = scanner.upload()

        assert (told["CurrentResult"], told["HasError"]) == ("CommunicationError", True)
        assert told["ResultDetails"][0].endswith(":SKIPPED")
        assert investigator.journey(told["JourneyId"])["HighLevelResult"] == "Undefined"

    def test_the_engine_is_asked_again_until_it_answers(
        self, world, engine, scanner, investigator
    ) -> None:
        engine.answers({}, 503)
        made = scanner.upload()["JourneyId"]
        # Not while the request that brought it may still be asking.
        world.clock.advance(seconds=19)
        assert (len(run_jobs(world)), len(engine.calls)) == (0, 1)
        world.clock.advance(seconds=2)
        run_jobs(world)
        assert len(engine.calls) == 2
        engine.answers(ANSWER)
        world.clock.advance(seconds=60)
        run_jobs(world)

        assert len(engine.calls) == 3
        assert investigator.journey(made)["HighLevelResult"] == "Passed"
        world.clock.advance(seconds=600)
        run_jobs(world)
        assert len(engine.calls) == 3

    def test_after_its_patience_is_over_nobody_asks(self, world, engine, scanner) -> None:
        engine.answers({}, 503)
        made = scanner.upload()["JourneyId"]
        for _ in range(40):
            world.clock.advance(minutes=2)
            run_jobs(world)
        asked = len(engine.calls)
        engine.answers(ANSWER)
        world.clock.advance(hours=2)
        run_jobs(world)

        assert len(engine.calls) == asked
        investigator = Person(scanner.client, token_of(scanner.client))
        shown = investigator.journey(made)
        assert (shown["HighLevelResult"], shown["ProcessedDocuments"][0]["IsValidated"]) == (
            "Undefined",
            "false",
        )

    def test_an_engine_that_was_taken_out_of_the_settings_is_not_asked(
        self, world, engine, scanner
    ) -> None:
        engine.answers({}, 503)
        scanner.upload()
        world.clock.advance(minutes=1)
        run_jobs(world, Settings())

        assert len(engine.calls) == 1

    def test_what_was_deleted_meanwhile_stays_deleted(
        self, world, engine, scanner, investigator
    ) -> None:
        def answer(call):
            question, _ = question_of(call)
            investigator.delete("entrymanagement/deleteentrybyid", entryId=question["JourneyId"])
            return 200, ANSWER

        engine.behave = answer
        told = scanner.upload()

        assert told["HighLevelResult"] == "Undefined"
        assert (journeys_of(world), sealed_in(world)) == (0, 0)

    def test_a_journey_that_began_anew_under_the_same_id_keeps_to_itself(
        self, world, engine, scanner, investigator
    ) -> None:
        def answer(call):
            made = question_of(call)[0]["JourneyId"]
            engine.answers({}, 503)
            investigator.delete("entrymanagement/deleteentrybyid", entryId=made)
            scanner.upload(PersonEntryId=made)
            return 200, ANSWER

        engine.behave = answer
        made = scanner.upload()["JourneyId"]

        assert investigator.journey(made)["HighLevelResult"] == "Undefined"
        assert sealed_in(world) == 1


class TestSettings:
    @pytest.mark.parametrize(
        "table",
        [
            {"engines": {"passport": {"url": "http://a/"}}},
            {"engines": {"identity": {}}},
            {"engines": {"identity": {"url": "ftp://a/"}}},
            {"engines": {"identity": {"url": "http://a/", "timeout_seconds": 121}}},
            {"engines": {"identity": {"url": "http://a/", "more": 1}}},
            {"webhook": {"url": "a"}},
            {"webhook": {"url": "http://a/?b=c"}},
            {"webhook": {"url": "http://a/", "timeout_seconds": 0}},
            {"upload_max_bytes": 0},
            {"retention_days": -1},
        ],
        ids=str,
    )
    def test_what_cannot_be_is_told_at_start(self, table) -> None:
        with pytest.raises(TableError):
            read_table(Settings, table)

    def test_how_long_an_engine_may_take_leaves_room_for_the_lease_of_a_job(self) -> None:
        table = {"engines": {"identity": {"url": "http://a/", "timeout_seconds": 120}}}

        engine = read_table(Settings, table).engines["identity"]
        assert timedelta(seconds=engine.timeout_seconds) < timedelta(minutes=5)
