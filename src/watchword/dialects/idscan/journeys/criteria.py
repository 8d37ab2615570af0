"""Reading what a search asks for: the criteria object of the vendor's own pages (*observed*).

Most of it may be null or missing, and an empty search lists everything (wire contract IDscan 2.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import msgspec

from watchword.core.index import Filter, Query, Test, equals, fold_text, instant
from watchword.dialects.idscan.dates import parse_day
from watchword.dialects.idscan.form import read_form
from watchword.dialects.idscan.journeys.keeping import COLLECTION, pair_facet, tenant_facet
from watchword.dialects.idscan.journeys.reach import Caller
from watchword.dialects.idscan.journeys.records import HighLevelResult
from watchword.dialects.idscan.members import Members, fold_members, read_members
from watchword.web.errors import FieldFault

__all__ = ["Criteria", "read_criteria", "read_search_request"]

MOST_NAMES: Final = 50
MOST_PAIRS: Final = 20
USUAL_PAGE: Final = 15
LARGEST_PAGE: Final = 1_000
LARGEST_START: Final = 1_000_000
WORDS: Final = ("word", "user", "reference", "id")
"""*Documented*: name, user, customer number, reference number or GUID."""
RESULTS: Final = {result.lower(): result for result in HighLevelResult}


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is asked for. ``names`` are the metadata that an export shows in columns."""

    filters: tuple[Filter, ...]
    names: tuple[str, ...]
    start: int
    count: int

    def query(self, caller: Caller, limit: int, *, offset: int = 0) -> Query:
        """Return what to ask the index for: within the caller's reach, and nothing that is not."""
        reach = [equals("tenant", tenant_facet(caller.tenant_id)), equals("active", 1)]
        if caller.is_bound:
            reach.append(equals("id", str(caller.bound_to)))
        return Query(COLLECTION, (*reach, *self.filters), offset=offset, limit=limit)


def read_search_request(query: bytes) -> Criteria:
    """Read the criteria in a query string. Raises `UnreadableBodyError` or `BadFieldError`."""
    text = read_form(query).get("searchrequest", "") if query else ""
    return read_criteria(text.encode("utf-8", "surrogatepass")) if text else _criteria(Members({}))


def read_criteria(body: bytes) -> Criteria:
    """Read the criteria in a body. Raises `UnreadableBodyError` or `BadFieldError`."""
    return _criteria(read_members(body)) if body.strip() else _criteria(Members({}))


def _criteria(asked: Members) -> Criteria:
    criteria = _object(asked, "EvaluatedPersonEntrySearchCriteria")
    paging = _object(asked, "DataPagingCriteria")
    start, count = paging.number("ResultItemsStartIndex"), paging.number("ResultItemsCount")
    if not 0 <= (start or 0) <= LARGEST_START or not 0 <= (count or 0) <= LARGEST_PAGE:
        raise paging.wrong("ResultItemsCount")
    return Criteria(
        filters=tuple(_filters(asked, criteria)),
        names=_names(criteria),
        start=start or 0,
        count=USUAL_PAGE if count is None else count,
    )


def _filters(asked: Members, criteria: Members) -> Sequence[Filter]:
    filters = [
        *_span(criteria, "EntryDateTimeMin", Test.AT_LEAST),
        *_span(criteria, "EntryDateTimeMax", Test.AT_MOST),
        *_result(criteria),
        *_keywords(_object(criteria, "KeywordSearchCriteria")),
        *_pairs(criteria, "PersonEntryMetaDatas"),
        *_pairs(criteria, "AdditionalDataFilters"),
        *_reason(criteria),
    ]
    user = asked.text("UserId")
    if user:
        filters.append(equals("user", user))
    if criteria.text("DecisionOrigin"):
        # Nobody decides anything here, so there is none with such a decision.
        filters.append(equals("decision", criteria.text("DecisionOrigin")))
    return filters


def _span(criteria: Members, name: str, test: Test) -> Sequence[Filter]:
    text = criteria.text(name)
    if not text:
        return ()
    try:
        at: datetime = parse_day(text, ends=test is Test.AT_MOST)
    except ValueError as error:
        raise criteria.wrong(name) from error
    return (Filter(("created",), test, (instant(at),)),)


def _result(criteria: Members) -> Sequence[Filter]:
    text = criteria.text("HighLevelResult")
    if not text:
        return ()
    result = RESULTS.get(text.lower())
    if result is None:
        raise criteria.wrong("HighLevelResult")
    return (equals("result", result),)


def _keywords(keywords: Members) -> Sequence[Filter]:
    filters: list[Filter] = []
    word, reference = keywords.text("KeywordValue"), keywords.text("KeywordValueForReference")
    if word and fold_text(word.strip()):
        filters.append(Filter(WORDS, Test.CONTAINS, (word.strip(),)))
    if reference:
        filters.append(equals("reference", reference.strip()))
    return filters


def _pairs(criteria: Members, name: str) -> Sequence[Filter]:
    """Read pairs of metadata that must all be there. *Chosen*: as uploads have them."""
    pairs = criteria.objects(name) or ()
    if len(pairs) > MOST_PAIRS:
        raise criteria.wrong(name, FieldFault.TOO_LONG)
    return [
        equals("additional", pair_facet(each.required_text("Name"), each.text("Value") or ""))
        for each in pairs
    ]


def _reason(criteria: Members) -> Sequence[Filter]:
    """Read the reason of a scan: metadata of that name (*observed*, wire contract IDscan 2.1)."""
    reason = criteria.text("ScanReason")
    return (equals("additional", pair_facet("ScanReason", reason)),) if reason else ()


def _names(criteria: Members) -> tuple[str, ...]:
    value = criteria.find("AdditionalDataNames")
    if value is None:
        return ()
    try:
        names = msgspec.convert(value, tuple[str, ...])
    except msgspec.ValidationError as error:
        raise criteria.wrong("AdditionalDataNames", FieldFault.WRONG_TYPE) from error
    if len(names) > MOST_NAMES:
        raise criteria.wrong("AdditionalDataNames", FieldFault.TOO_LONG)
    return names


def _object(members: Members, name: str) -> Members:
    """Return an object inside of another; one that is missing is empty."""
    value = members.find(name)
    if value is None:
        return Members({})
    if not isinstance(value, dict):
        raise members.wrong(name, FieldFault.WRONG_TYPE)
    return fold_members(cast("dict[str, object]", value), name)
