"""Whatever is sent to these calls is answered in the vendor's shape, and never with a fault."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.idscan.capture import JPEG, encoded, sealed_in, upload_of

NAMES = st.sampled_from(
    [
        "InputImages",
        "AdditionalData",
        "Source",
        "IsDocumentExtracted",
        "PersonEntryId",
        "IdentitiyMeansId",
        "ExcludeOutputImagesFromResponse",
        "Name",
        "Value",
        "Data",
        "ImageFormat",
        "InputFormat",
        "EvaluatedPersonEntrySearchCriteria",
        "DataPagingCriteria",
        "ResultItemsCount",
        "KeywordSearchCriteria",
        "KeywordValue",
        "EntryDateTimeMin",
        "AdditionalDataFilters",
        "Type",
        "EntryDefinitions",
        "JourneyDefinitionId",
        "Key",
        "Id",
    ]
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([encoded(JPEG), "WhiteImage", "SelfiePhoto", "jpg", "2", "1/1/2025"])
    | st.uuids().map(str)
)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)
CHANGES = st.dictionaries(NAMES, ANYTHING, max_size=4)
PATHS = st.sampled_from(
    [
        "Search/Entries",
        "JourneyDefinition/Add",
        "JourneyDefinition/Update",
        "JourneyDefinition/AddOrUpdateEntryDefinition",
        "JourneyEntryDefinition/Add",
        "Configuration/Update",
        "entrymanagement/deletejourneyperson",
        "EntryManagement/DeactivateEntries",
    ]
)
QUIETLY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def bodies(draw: Any) -> bytes:
    """Return JSON that is nearly right, anything else that is JSON, or no JSON at all."""
    if draw(st.booleans()):
        return json.dumps(draw(ANYTHING)).encode("utf-8", "surrogatepass")
    return bytes(draw(st.binary(max_size=64)))


class TestAnyBody:
    def test_an_upload_is_taken_whole_or_refused_and_leaves_nothing(self, world, scanner) -> None:
        @QUIETLY
        @given(changes=CHANGES, image=CHANGES)
        def hold(changes, image) -> None:
            sent = {"Data": encoded(JPEG), "Name": "WhiteImage"} | image
            before = sealed_in(world)

            answer = scanner.post("journey/upload", upload_of(sent) | changes)

            taken = answer.status_code == 200 and not answer.json()["HasError"]
            assert answer.status_code in {200, 400, 413}
            assert (sealed_in(world) > before) is taken

        hold()

    def test_any_other_call_is_answered_in_the_vendors_shape(self, investigator) -> None:
        @QUIETLY
        @given(body=bodies(), path=PATHS)
        def hold(body, path) -> None:
            answer = investigator.post(path, body)

            assert answer.status_code in {200, 202, 400, 404}
            if answer.status_code >= 400:
                assert list(answer.json()) == ["Message"]

        hold()

    def test_any_query_is_answered_in_the_vendors_shape(self, investigator) -> None:
        @QUIETLY
        @given(query=st.text(max_size=40) | ANYTHING.map(json.dumps))
        def hold(query) -> None:
            for path, name in (
                ("Search/ExportEntries", "searchrequest"),
                ("Journey/Get", "journeyID"),
                ("Journey/GetImage", "id"),
                ("reporting/ExportJourneyReports", "evaluatedPersonEntryIds"),
            ):
                text = query.encode("utf-8", "surrogatepass").decode("latin-1")
                answer = investigator.get(path, **{name: text})
                assert answer.status_code in {200, 400, 404}

        hold()
