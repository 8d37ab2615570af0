"""Finding records by what they say: the words of a query, and what a page of answers is.

A *collection* holds keys (of documents, subjects or tenants) with *facets*: named values that can
be filtered and sorted by. The records themselves stay where they are; who changes one puts its
facets anew in the same unit of work.

Rules of this file:

1. A facet that is absent and a facet that is None are the same: null. Say None for whatever a list
   is sorted by: only a facet that every entry of a collection names is sorted by without looking
   at them all.
2. Numbers sort before texts, null before both; texts by code point. A facet of several values
   sorts by the least of them.
3. Text is compared exactly, but for `Test.CONTAINS` and its opposite, which take no notice of case.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, TypeAlias

__all__ = [
    "NULL",
    "Facets",
    "Filter",
    "Order",
    "Page",
    "Query",
    "Scalar",
    "Test",
    "equals",
    "fold_text",
    "instant",
    "rank_of",
    "ranks_of",
    "span_of",
    "values_of",
]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Scalar: TypeAlias = str | int
"""Text, or a whole number: times are microseconds since 1970, truth values 0 and 1."""

Facets: TypeAlias = Mapping[str, Scalar | tuple[Scalar, ...] | None]
"""What an entry says, by name. A tuple is several values at once; an empty one is none."""


class Test(Enum):
    """How a facet is compared. Of a facet with several values, one is enough to match.

    `AT_LEAST` and `AT_MOST` compare numbers with numbers and texts with texts.
    """

    ANY_OF = "any of"
    NONE_OF = "none of"
    """What `ANY_OF` is not."""
    AT_LEAST = "at least"
    AT_MOST = "at most"
    CONTAINS = "contains"
    LACKS = "lacks"
    """What `CONTAINS` is not."""

    __test__ = False  # pytest takes whatever is named Test for one of its own


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. With several ``names`` any one of the facets may fulfil it.

    Any one of the ``values`` is enough. None among those of `Test.ANY_OF` and `Test.NONE_OF`
    stands for null; by the other tests it is compared with nothing.
    """

    names: tuple[str, ...]
    test: Test
    values: tuple[Scalar | None, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One sorting key. Null sorts before every value."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Which keys of a collection, in which order, and which part of them.

    An entry must fulfil all ``filters``. After the keys of ``order``, or without any, newer entries
    come first. ``limit`` None is no limit. Without ``counted`` the total is not looked for.
    """

    collection: str
    filters: tuple[Filter, ...] = ()
    order: tuple[Order, ...] = ()
    offset: int = 0
    limit: int | None = 100
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """What a query found. ``total`` is how many keys match in all, None if it was not asked for."""

    keys: Sequence[str]
    total: int | None


def equals(name: str, *values: Scalar | None) -> Filter:
    """Return the most common filter: the facet is one of these values."""
    return Filter((name,), Test.ANY_OF, values)


def instant(at: datetime) -> int:
    """Return a time as facets have it: whole microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


# What follows is how back-ends compare values: all alike, since they compare what it returns.

NULL: Final = b""
NUMBER: Final = b"\x10"
TEXT: Final = b"\x20"
BEYOND: Final = b"\x30"
"""The first bytes of ranks, and what comes after the last one."""

NUMBER_BYTES: Final = 8
HALF: Final = 1 << 63
TEXT_BYTES: Final = 200
"""Of a longer text, this much is sorted by; a digest of the whole tells it from others."""


def values_of(said: Scalar | tuple[Scalar, ...] | None) -> tuple[Scalar, ...]:
    """Return the values of one facet."""
    if said is None:
        return ()
    return said if isinstance(said, tuple) else (said,)


def rank_of(value: Scalar | None) -> bytes:
    """Return bytes that are equal and sort as the values do.

    Numbers that 64 bits do not hold are taken for the nearest that they do.
    """
    if value is None:
        return NULL
    if isinstance(value, int):
        kept = max(-HALF, min(value, HALF - 1))
        return NUMBER + (kept + HALF).to_bytes(NUMBER_BYTES, "big")
    # Half of a surrogate pair comes from JSON now and then; it must not be an error to ask for it.
    encoded = value.encode("utf-8", "surrogatepass")
    if len(encoded) <= TEXT_BYTES:
        return TEXT + encoded
    return TEXT + encoded[:TEXT_BYTES] + hashlib.sha256(encoded).digest()


def ranks_of(said: Scalar | tuple[Scalar, ...] | None) -> frozenset[bytes]:
    """Return the ranks of one facet's values; null's own, if it has none."""
    return frozenset(map(rank_of, values_of(said) or (None,)))


def span_of(test: Test, value: Scalar) -> tuple[bytes, bytes]:
    """Return the ranks from which, and below which, a value passes `AT_LEAST` or `AT_MOST`."""
    rank = rank_of(value)
    lowest, beyond = (NUMBER, TEXT) if isinstance(value, int) else (TEXT, BEYOND)
    # Nothing sorts between a rank and the same with a zero byte behind it.
    return (rank, beyond) if test is Test.AT_LEAST else (lowest, rank + b"\x00")


def fold_text(text: str) -> str:
    """Return a text as `Test.CONTAINS` compares it."""
    return unicodedata.normalize("NFC", text.casefold())
