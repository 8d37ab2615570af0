"""Searching, exporting and reports (wire contract IDscan 2.3 and 2.4)."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from tests.wire.idscan.calls import token_of
from tests.wire.idscan.capture import INVALID, NOT_FOUND, Person, image

EXPORT: Final = "Search/ExportEntries"
LIST: Final = "Search/Entries"
BRIEF: Final = "Search/GetEvaluatedPersonEntryValidationResults"
REPORTS: Final = "reporting/ExportJourneyReports"

# As a client was seen to send it (wire contract IDscan 2.3).
OBSERVED: Final = {
    "DataPagingCriteria": {"ResultItemsStartIndex": 0, "ResultItemsCount": 15},
    "EvaluatedPersonEntrySearchCriteria": {
        "EntryDateTimeMax": "19/11/2024 23:59:59",
        "EntryDateTimeMin": "9/11/2024",
        "HighLevelResult": None,
        "PersonEntryMetaDatas": [],
        "ScanReason": None,
        "AdditionalDataFilters": None,
        "DecisionOrigin": None,
        "KeywordSearchCriteria": {"KeywordValue": None, "KeywordValueForReference": None},
        "AdditionalDataNames": ["BranchCode", "UserName"],
    },
    "UserId": None,
}


def criteria(**changes: Any) -> dict[str, Any]:
    return {"EvaluatedPersonEntrySearchCriteria": changes}


def keyword(**changes: Any) -> dict[str, Any]:
    return criteria(KeywordSearchCriteria=changes)


def table(person: Person, asked: Any = None) -> list[list[str]]:
    query = {} if asked is None else {"searchrequest": json.dumps(asked)}
    answer = person.get(EXPORT, **query)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text)))


def found(person: Person, asked: Any = None) -> list[str]:
    """Return the ids that a search finds, by both of its calls."""
    answer = person.post(LIST, {} if asked is None else asked)
    assert answer.status_code == 200, answer.text
    ids = [entry["JourneyId"] for entry in answer.json()["Entries"]]
    assert [row[0] for row in table(person, asked)[1:]] == ids
    assert answer.json()["TotalCount"] == len(ids)
    return ids


class TestExport:
    def test_the_observed_request_is_answered_with_csv(self, world, client) -> None:
        world.clock.time = datetime(2024, 11, 10, 9, 8, 7, 654321, UTC)
        scanner = Person(client, token_of(client, area="scanning"))
        investigator = Person(client, token_of(client))
        made = scanner.upload(AdditionalData={"BranchCode": "0042", "UserName": "desk 4"})

        answer = investigator.get(EXPORT, searchrequest=json.dumps(OBSERVED))

        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        header, row = list(csv.reader(io.StringIO(answer.text)))
        assert (row[0], row[8], row[18]) == (
            made["JourneyId"],
            "2024-11-10T09:08:07Z",
            "Undefined",
        )
        assert row[9] == row[10] == row[12] == ""
        assert (header[9], header[10], header[18]) == ("Full Name", "Birth Date", "Journey Outcome")
        assert dict(zip(header[19:], row[19:], strict=True)) == {
            "BranchCode": "0042",
            "UserName": "desk 4",
        }

    def test_who_captured_is_told_where_nobody_was_named(self, scanner, investigator) -> None:
        scanner.upload()
        scanner.upload(AdditionalData={"username": "desk 4"})

        rows = table(investigator, criteria(AdditionalDataNames=["UserName", "x"]))[1:]
        assert [row[2] for row in rows] == ["desk 4", "Alice"]
        assert [row[19:] for row in rows] == [["desk 4", ""], ["Alice", ""]]

    def test_many_are_read_a_few_at_a_time(self, scanner, investigator, monkeypatch) -> None:
        monkeypatch.setattr("watchword.dialects.idscan.journeys.keeping.AT_ONCE", 2)
        made = [scanner.upload()["JourneyId"] for _ in range(5)][::-1]

        assert found(investigator) == made

    @pytest.mark.parametrize(
        ("limit", "path"),
        [
            ("retrieval.LARGEST_EXPORT", EXPORT),
            ("retrieval.LARGEST_LIST", LIST),
            ("exporting.LONGEST_TABLE", EXPORT),
        ],
    )
    def test_what_would_fill_the_memory_is_refused(
        self, scanner, investigator, monkeypatch, limit, path
    ) -> None:
        for _ in range(3):
            scanner.upload(AdditionalData={f"name {n}": "x" * 4_000 for n in range(20)})
        asked = json.dumps(criteria(AdditionalDataNames=[f"name {n}" for n in range(20)]))
        assert investigator.get(path, searchrequest=asked).status_code == 200

        monkeypatch.setattr(f"watchword.dialects.idscan.journeys.{limit}", 200_000)

        answer = investigator.get(path, searchrequest=asked)
        assert (answer.status_code, answer.json()) == (400, INVALID)

    def test_without_criteria_everything_is_exported(self, scanner, investigator) -> None:
        made = [scanner.upload()["JourneyId"] for _ in range(20)]

        assert [row[0] for row in table(investigator)[1:]] == made[::-1]

    def test_paging_does_not_cut_an_export(self, scanner, investigator) -> None:
        for _ in range(3):
            scanner.upload()
        asked = {"DataPagingCriteria": {"ResultItemsStartIndex": 1, "ResultItemsCount": 1}}

        assert len(table(investigator, asked)) == 4

    def test_a_period_with_too_much_in_it_is_refused(
        self, scanner, investigator, monkeypatch
    ) -> None:
        monkeypatch.setattr("watchword.dialects.idscan.journeys.retrieval.MOST_EXPORTED", 2)
        for _ in range(3):
            scanner.upload()

        answer = investigator.get(EXPORT)

        assert (answer.status_code, answer.json()) == (400, INVALID)

    @pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@a", "\ta", "\ra"], ids=repr)
    def test_no_cell_is_a_formula(self, scanner, investigator, value) -> None:
        scanner.upload(AdditionalData={"BranchCode": value, "x": value})

        header, row = table(investigator, criteria(AdditionalDataNames=["x", value]))
        assert row[3] == row[19] == f"'{value}"
        assert header[20] == f"'{value}"

    def test_an_export_is_in_the_audit_log(self, world, investigator) -> None:
        table(investigator)

        assert ("journey.export", "done") in world.audited()


class TestCriteria:
    def test_an_empty_search_finds_everything(self, scanner, investigator) -> None:
        made = [scanner.upload()["JourneyId"] for _ in range(3)]

        assert found(investigator) == found(investigator, criteria()) == made[::-1]
        assert investigator.post(LIST, b"").json()["TotalCount"] == 3

    @pytest.mark.parametrize(
        ("least", "most", "hit"),
        [
            ("4/3/2025", None, True),
            ("5/3/2025", None, False),
            (None, "4/3/2025", True),
            (None, "3/3/2025", False),
            ("4/3/2025 05:06:07", "4/3/2025 05:06:07", True),
            ("4/3/2025 5:06:08", None, False),
            (None, "4/3/2025 5:06", False),
            ("", "04/03/2025 05:06:08", True),
        ],
    )
    def test_a_period_has_both_of_its_ends(self, scanner, investigator, least, most, hit) -> None:
        made = scanner.upload()["JourneyId"]

        asked = criteria(EntryDateTimeMin=least, EntryDateTimeMax=most)
        assert found(investigator, asked) == ([made] if hit else [])

    @pytest.mark.parametrize(
        "wrong",
        [
            criteria(EntryDateTimeMin="2024-11-09"),
            criteria(EntryDateTimeMin="31/2/2024"),
            criteria(EntryDateTimeMax="1/1/0000"),
            criteria(EntryDateTimeMax="1/1/2024 25:00:00"),
            criteria(EntryDateTimeMax=5),
            criteria(HighLevelResult="Good"),
            criteria(KeywordSearchCriteria="a"),
            criteria(KeywordSearchCriteria={"KeywordValue": 5}),
            criteria(AdditionalDataNames="a"),
            criteria(AdditionalDataNames=[1]),
            criteria(AdditionalDataNames=["a"] * 51),
            criteria(AdditionalDataFilters=[{"Value": "b"}]),
            criteria(AdditionalDataFilters=[{"Name": "a", "Value": "b"}] * 21),
            {"EvaluatedPersonEntrySearchCriteria": []},
            {"DataPagingCriteria": {"ResultItemsCount": 1_001}},
            {"DataPagingCriteria": {"ResultItemsCount": -1}},
            {"DataPagingCriteria": {"ResultItemsStartIndex": -1}},
            {"DataPagingCriteria": {"ResultItemsStartIndex": "x"}},
            {"UserId": []},
            [],
        ],
        ids=str,
    )
    def test_criteria_that_cannot_be_read_are_refused(self, investigator, wrong) -> None:
        for answer in (
            investigator.post(LIST, wrong),
            investigator.get(LIST, searchrequest=json.dumps(wrong)),
            investigator.get(EXPORT, searchrequest=json.dumps(wrong)),
        ):
            assert (answer.status_code, answer.json()) == (400, INVALID)

    def test_the_last_day_there_is_can_be_asked_for(self, scanner, investigator) -> None:
        made = scanner.upload()["JourneyId"]

        assert found(investigator, criteria(EntryDateTimeMax="31/12/9999")) == [made]

    @pytest.mark.parametrize("result", ["Undefined", "undefined"])
    def test_by_result(self, scanner, investigator, result) -> None:
        made = scanner.upload()["JourneyId"]

        assert found(investigator, criteria(HighLevelResult=result)) == [made]
        assert found(investigator, criteria(HighLevelResult="Passed")) == []

    def test_by_a_word_of_what_is_known(self, scanner, investigator) -> None:
        made = scanner.upload(
            AdditionalData={
                "ManualFirstName": "Zoë",
                "ManualLastName": "Quint",
                "CustomerNumber": "C-77",
                "UserName": "desk 4",
            }
        )
        scanner.upload()

        for word in ("zoë q", "QUINT", "c-77", "Desk", "0000001", made["JourneyId"][:13].upper()):
            assert found(investigator, keyword(KeywordValue=word)) == [made["JourneyId"]]
        assert found(investigator, keyword(KeywordValue="nobody")) == []
        assert len(found(investigator, keyword(KeywordValue=" "))) == 2

    def test_by_reference(self, scanner, investigator) -> None:
        scanner.upload()
        second = scanner.upload()["JourneyId"]

        assert found(investigator, keyword(KeywordValueForReference="1000000002")) == [second]
        assert found(investigator, keyword(KeywordValueForReference="1000")) == []

    def test_by_user(self, scanner, investigator) -> None:
        made = scanner.upload(AdditionalData={"UserName": "desk 4"})["JourneyId"]
        scanner.upload()

        assert found(investigator, {"UserId": "desk 4"}) == [made]

    @pytest.mark.parametrize("name", ["AdditionalDataFilters", "PersonEntryMetaDatas"])
    def test_by_metadata_all_of_which_must_be_there(self, scanner, investigator, name) -> None:
        made = scanner.upload(AdditionalData={"brand": "north", "uid": "1"})["JourneyId"]
        scanner.upload(AdditionalData={"brand": "north", "uid": "2"})

        pairs = [{"Name": "BRAND", "Value": "north"}, {"Name": "uid", "Value": "1"}]
        assert found(investigator, criteria(**{name: pairs})) == [made]
        assert found(investigator, criteria(**{name: [{"Name": "brand", "Value": "NORTH"}]})) == []

    def test_by_the_reason_of_a_scan(self, scanner, investigator) -> None:
        made = scanner.upload(AdditionalData={"ScanReason": "renewal"})["JourneyId"]

        assert found(investigator, criteria(ScanReason="renewal")) == [made]
        assert found(investigator, criteria(ScanReason="other")) == []

    def test_nobody_has_decided_anything(self, scanner, investigator) -> None:
        scanner.upload()

        assert found(investigator, criteria(DecisionOrigin="ManualOverride")) == []

    def test_long_or_many_metadata_are_kept_though_not_found_by(
        self, scanner, investigator
    ) -> None:
        said = {f"n{n}": "v" for n in range(60)} | {"long": "x" * 300}
        made = scanner.upload(AdditionalData=said)["JourneyId"]

        assert len(investigator.journey(made)["AdditionalData"]) == 61
        pair = [{"Name": "long", "Value": "x" * 300}]
        assert found(investigator, criteria(AdditionalDataFilters=pair)) == []


class TestList:
    def test_a_page_at_a_time(self, scanner, investigator) -> None:
        made = [scanner.upload()["JourneyId"] for _ in range(20)][::-1]

        def page(**paging: int):
            body = investigator.post(LIST, {"DataPagingCriteria": paging}).json()
            assert body["TotalCount"] == 20
            return [entry["JourneyId"] for entry in body["Entries"]]

        assert page() == made[:15]
        assert page(ResultItemsStartIndex=18, ResultItemsCount=5) == made[18:]
        assert page(ResultItemsCount=0) == []

    def test_an_entry_says_in_short_what_there_is(self, scanner, investigator) -> None:
        said = {
            "ManualFirstName": "Zoë",
            "ManualLastName": "Quint",
            "ManualBirthDate": "1990-01-02",
        }
        made = scanner.upload(AdditionalData=said)

        [entry] = investigator.get(LIST).json()["Entries"]
        assert entry["JourneyId"] == made["JourneyId"]
        assert entry["ReferenceNumber"] == "1000000001"
        assert entry["CreatedDateTime"] == made["EntryDateTime"]
        assert (entry["FullName"], entry["BirthDate"]) == ("", "")

    def test_what_was_typed_in_counts_where_that_is_switched_on(
        self, scanner, investigator
    ) -> None:
        investigator.post("Configuration/Update", {"Id": 1, "Value": "true"})
        said = {
            "ManualFirstName": "Zoë",
            "ManualLastName": "Quint",
            "ManualBirthDate": "1990-01-02",
        }
        made = scanner.upload(AdditionalData=said)

        [entry] = investigator.get(LIST).json()["Entries"]
        assert (entry["FullName"], entry["BirthDate"]) == ("Zoë Quint", "1990-01-02")
        assert table(investigator)[1][9:11] == ["Zoë Quint", "1990-01-02"]
        brief = investigator.get(BRIEF, id=made["JourneyId"]).json()
        names = ("FirstName", "MiddleName", "LastName", "BirthDate")
        assert [brief[name] for name in names] == ["Zoë", "", "Quint", "1990-01-02"]
        assert brief["Age"] == 35


class TestValidationResults:
    def test_the_keys_are_those_that_a_client_reads(self, scanner, investigator) -> None:
        definition = {"JourneyDefinitionId": investigator.define(1)}
        made = scanner.upload(AdditionalData=definition)

        brief = investigator.get(BRIEF, id=made["JourneyId"]).json()
        assert brief["EvaluatedPersonEntryId"] == made["JourneyId"]
        assert brief["JourneySteps"] == [{"Type": "FRONTSIDE", "HighLevelResult": "Undefined"}]
        assert {"Name": "journeyDefinitionName", "Value": "of the tests"} in brief["AdditionalData"]
        assert {detail["Result"] for detail in brief["ValidationDetails"]} == {0}
        assert list(brief["ValidationDetails"][0]) == [
            "Name",
            "Description",
            "Result",
            "IdentityMeansScanId",
        ]
        assert (brief["FirstName"], brief["Age"]) == ("", None)
        assert brief["QualityCheckDetails"] == brief["LivenessActionsDetails"] == []

    def test_a_document_with_an_address_is_spelt_as_here(self, scanner, investigator) -> None:
        made = scanner.upload(Source=3)

        brief = investigator.get(BRIEF, id=made["JourneyId"]).json()
        assert [step["Type"] for step in brief["JourneySteps"]] == ["ADDRESS_DOCUMENT"]

    def test_an_unknown_journey_is_404_and_no_id_400(self, investigator) -> None:
        assert investigator.get(BRIEF, id=str(uuid4())).json() == NOT_FOUND
        assert investigator.get(BRIEF).status_code == 400


class TestReports:
    def test_an_archive_holds_each_journey_as_retrieval_shows_it(
        self, world, scanner, investigator
    ) -> None:
        ids = [scanner.upload(image())["JourneyId"] for _ in range(2)]

        answer = investigator.get(REPORTS, evaluatedPersonEntryIds=json.dumps(ids))

        assert answer.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            names = archive.namelist()
            reports = [json.loads(archive.read(name)) for name in names]
        assert names == ["1000000001.json", "1000000002.json"]
        assert reports == [investigator.journey(each) for each in ids]
        assert ("journey.report", "done") in world.audited()

    def test_all_or_none(self, scanner, investigator) -> None:
        ids = [scanner.upload()["JourneyId"], str(uuid4())]

        answer = investigator.get(REPORTS, evaluatedPersonEntryIds=json.dumps(ids))
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)

    @pytest.mark.parametrize(
        "wrong",
        ["", "x", "[]", "{}", '"a"', '["1"]', "[1]", json.dumps([str(UUID(int=1))] * 16)],
        ids=lambda wrong: wrong[:20],
    )
    def test_what_is_no_list_of_ids_is_refused(self, investigator, wrong) -> None:
        answer = investigator.get(REPORTS, evaluatedPersonEntryIds=wrong)

        assert (answer.status_code, answer.json()) == (400, INVALID)
