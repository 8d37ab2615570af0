"""From a list's query string to the core's question, and from its answer to a page.

Nothing here knows whose list it is. A resource says in a `Listed` what
it can be filtered and sorted by; wire contract Oz 1.5 has the parameters. Rules of this file:

1. A parameter that the list does not know is left alone, as the framework does (*inferred*); one
   that it knows and that is wrong is refused, in the framework's words where it has any.
2. Of a parameter that is given twice the last counts (*inferred*), but for ``meta_data``: all of
   these hold (*chosen*).
3. Nothing is left out without a word. A list without a limit that would be too long for one answer
   is refused (*chosen*, decision 0223).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl

from watchword.core.access import Principal
from watchword.core.index import Filter, Order, Page, Query, Scalar, Test, equals
from watchword.core.ports import Transaction
from watchword.core.subjects import is_storable, printable
from watchword.dialects.oz.columns import LONGEST_SHOWN, Column, flag, text
from watchword.dialects.oz.meta_data import read_condition
from watchword.dialects.oz.profile import company_of, profile_of
from watchword.dialects.oz.rights import Reach
from watchword.dialects.oz.schemas import PageBody
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Request

__all__ = [
    "LARGEST_LIMIT",
    "LARGEST_OFFSET",
    "LONGEST",
    "NO_LIMIT",
    "Asked",
    "Listed",
    "read_array",
    "read_flag",
    "read_list",
    "search",
    "to_page",
    "within",
]

# Documented (wire contract Oz 1.5).
USUAL_LIMIT: Final = 100
# Inferred: the framework's bound, and its word for none.
LARGEST_LIMIT: Final = 5_000
NO_LIMIT: Final = -1
# Chosen: what one answer without a limit may hold.
LONGEST: Final = 10_000
# Chosen: what a query string may hold.
MOST_PARAMETERS: Final = 100
MOST_VALUES: Final = 500
LARGEST_OFFSET: Final = 10**15 - 1

WHOLE: Final = re.compile(r"\s*[+-]?[0-9]{1,15}\s*")
ENDLESS: Final = re.compile(r"\s*\+?[0-9]{16,}\s*")
"""A number that is too large to be looked at closer."""
SORTING: Final = re.compile(r"\s*(\w+)(?:\{(asc|desc)\})?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource as lists see it.

    ``collection`` is where the index has it, ``columns`` are its fields by their names on the wire,
    ``searched`` the facets that ``search_text`` looks into. With ``tagged`` it has meta data.
    """

    collection: str
    columns: Mapping[str, Column]
    searched: tuple[str, ...] = ()
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the limit in the words in which it was asked: the answer repeats it."""

    query: Query
    limit: int


def read_list(request: Request, listed: Listed, own: Sequence[Filter] = ()) -> Asked:
    """Return what a request asks of a list, within what the filters of one's ``own`` leave of it.

    Raises `BadFieldError`.
    """
    pairs = _pairs(request)
    given = dict(pairs)
    limit = _limit(given)
    query = Query(
        listed.collection,
        (*own, *_filters(listed, given), *_meta_data(listed, pairs), *_search(listed, given)),
        _order(listed, given.get("sorting", "")),
        _offset(given),
        LONGEST + 1 if limit == NO_LIMIT else limit,
        counted=flag("total_omit", given.get("total_omit", "no")) == (0,),
    )
    return Asked(query, limit)


def read_array(request: Request, listed: Listed, own: Sequence[Filter] = ()) -> Asked:
    """Return as `read_list` does what a request asks of a list that is answered as a bare array.

    That has no room to tell of more, so unless a limit is given there is none.
    """
    asked = read_list(request, listed, own)
    if "limit" not in dict(_pairs(request)):
        asked = Asked(replace(asked.query, limit=LONGEST + 1), NO_LIMIT)
    return replace(asked, query=replace(asked.query, counted=False))


def search(transaction: Transaction, asked: Asked) -> Page:
    """Return what was asked for. Raises `BadFieldError` if no limit makes that too much."""
    page = transaction.index.search(asked.query)
    if asked.limit == NO_LIMIT and len(page.keys) > LONGEST:
        raise BadFieldError("limit", FieldFault.BAD_VALUE, "smaller limit")
    return page


def read_flag(request: Request, name: str) -> bool:
    """Say whether a query switches something on. Raises `BadFieldError`."""
    return flag(name, dict(_pairs(request)).get(name, "no")) == (1,)


def to_page(asked: Asked, page: Page, items: Sequence[object]) -> PageBody:
    """Show a page."""
    return PageBody(
        offset=asked.query.offset, limit=asked.limit, total_count=page.total, items=items
    )


def within(principal: Principal, reach: Reach, owner: str, company: str) -> tuple[Filter, ...]:
    """Return what keeps a list within a reach, by the facets that hold owner and company."""
    if reach is Reach.ALL:
        return ()
    company_id = company_of(principal.subject, profile_of(principal.profile))
    own = equals(owner, str(principal.subject.id))
    if company_id is None:
        return (own, equals(company, None))
    if reach is Reach.COMPANY:
        return (equals(company, str(company_id)),)
    return (own, equals(company, None, str(company_id)))


def _pairs(request: Request) -> Sequence[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            request.query.decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=MOST_PARAMETERS,
            encoding="utf-8",
            errors="replace",
        )
    except ValueError as error:
        raise BadFieldError("", FieldFault.TOO_LONG, str(MOST_PARAMETERS)) from error
    for name, value in pairs:
        if not is_storable(value):
            raise BadFieldError(printable(name), FieldFault.BAD_VALUE)
    return pairs


def _offset(given: Mapping[str, str]) -> int:
    found = given.get("offset", "0")
    if not WHOLE.fullmatch(found) or int(found) < 0:
        raise BadFieldError("offset", FieldFault.BAD_VALUE, "offset")
    return int(found)


def _limit(given: Mapping[str, str]) -> int:
    found = given.get("limit", str(USUAL_LIMIT))
    endless = ENDLESS.fullmatch(found) is not None
    if not endless and (not WHOLE.fullmatch(found) or int(found) < NO_LIMIT):
        raise BadFieldError("limit", FieldFault.BAD_VALUE, "limit")
    if endless or int(found) > LARGEST_LIMIT:
        raise BadFieldError("limit", FieldFault.BAD_VALUE, "smaller limit")
    return int(found)


def _order(listed: Listed, sorting: str) -> tuple[Order, ...]:
    """Read ``field{asc},other``; without a direction the largest comes first (*inferred*)."""
    keys: dict[str, Order] = {}
    for descriptor in sorting.split(",") if sorting.strip() else ():
        found = SORTING.fullmatch(descriptor)
        column = listed.columns.get(found[1]) if found else None
        if found is None or column is None:
            shown = printable(descriptor, LONGEST_SHOWN)
            raise BadFieldError("sorting", FieldFault.BAD_VALUE, "sorting", shown)
        descending = (found[2] or "desc").lower() == "desc"
        keys.setdefault(column.facet, Order(column.facet, descending))
    return tuple(keys.values())


def _filters(listed: Listed, given: Mapping[str, str]) -> Iterator[Filter]:
    for parameter, found in given.items():
        name, dot, way = parameter.partition(".")
        column = listed.columns.get(name)
        if column is not None:
            yield _filter(parameter, dot + way, column, found)


def _filter(parameter: str, way: str, column: Column, found: str) -> Filter:
    """Read one condition: any of a list, none of it, at least, at most."""
    if way in {"", ".exclude"}:
        test = Test.NONE_OF if way else Test.ANY_OF
        return Filter((column.facet,), test, _values(parameter, column, found))
    if way not in {".min", ".max"} or not column.ranged:
        raise BadFieldError(printable(parameter), FieldFault.BAD_VALUE)
    test = Test.AT_LEAST if way == ".min" else Test.AT_MOST
    return Filter((column.facet,), test, column.parse(parameter, found))


def _values(parameter: str, column: Column, found: str) -> tuple[Scalar | None, ...]:
    words = found.split(",")
    if len(words) > MOST_VALUES:
        raise BadFieldError(parameter, FieldFault.TOO_LONG, str(MOST_VALUES))
    values: list[Scalar | None] = []
    for word in words:
        values += [None] if word.strip() == "null" else column.parse(parameter, word)
    return tuple(dict.fromkeys(values))


def _search(listed: Listed, given: Mapping[str, str]) -> Iterator[Filter]:
    (wanted,) = text("search_text", given.get("search_text", ""))
    if wanted and listed.searched:
        yield Filter(listed.searched, Test.CONTAINS, (wanted,))
    (unwanted,) = text("search_text.exclude", given.get("search_text.exclude", ""))
    if unwanted:
        yield from (Filter((name,), Test.LACKS, (unwanted,)) for name in listed.searched)


def _meta_data(listed: Listed, pairs: Sequence[tuple[str, str]]) -> Iterator[Filter]:
    for name, found in pairs:
        if name == "meta_data" and listed.tagged:
            yield from read_condition(found)
