"""Asking for several keys with one statement, whose text must not depend on how many there are."""

from collections.abc import Collection, Iterator
from functools import cache
from itertools import islice, zip_longest
from typing import Final, TypeVar

from watchword.storage.sql.rows import Values

__all__ = ["FEW", "MANY", "deal", "padded", "places_for"]

T = TypeVar("T")

FEW: Final = 2
"""For what a login asks."""
MANY: Final = 64
"""For a page of a list."""


@cache
def places_for(places: int) -> tuple[str, ...]:
    """Return the names of the parameters that so many keys are bound to."""
    return tuple(f"key{place}" for place in range(places))


def deal(keys: Collection[object], places: int) -> Iterator[Values]:
    """Deal keys out over the parameters of a statement; those that stay empty are None."""
    names = places_for(places)
    left = iter(keys)
    while some := list(islice(left, places)):
        yield dict(zip_longest(names, some))


def padded(values: tuple[T, ...]) -> tuple[T, ...]:
    """Return the values, the last one repeated, such that few lengths occur."""
    if not values:
        return values
    length = 1 << (len(values) - 1).bit_length()
    return values + values[-1:] * (length - len(values))
