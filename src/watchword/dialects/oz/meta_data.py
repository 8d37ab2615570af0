"""``meta_data``: free JSON on a record, with four methods of its own, and a filter in lists.

Pure. What a record's meta data may be, how the methods change it (wire contract Oz 4.3, 8), what
the index is told of it, and what ``meta_data=key==value`` asks for (1.5). Where a record keeps it
is the resource's own affair.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias, cast

import msgspec

from watchword.core.index import Facets, Filter, Scalar, Test, equals
from watchword.core.subjects import is_storable
from watchword.web.errors import BadFieldError, FieldFault

__all__ = ["MetaData", "check", "facets_of", "read_condition"]

MetaData: TypeAlias = Mapping[str, object]

# Chosen: what one record may carry, as JSON. The vendor names no limit.
LONGEST: Final = 32_768
# Chosen: how much of it lists can be filtered by. What is beyond is kept and shown all the same.
MOST_VALUES: Final = 64
LONGEST_KEY: Final = 128
PREFIX: Final = "meta_data."

CONDITION: Final = re.compile(r"\s*([^=!<>]+?)\s*(==|!=|<=|>=|<(?!>)|>(?!<))\s*(.*?)\s*", re.DOTALL)
INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")

_encode = msgspec.json.Encoder().encode


def check(meta_data: MetaData, path: str = "meta_data") -> None:
    """Check that meta data is not too much. Raises `BadFieldError`."""
    if len(_encode(meta_data)) > LONGEST:
        raise BadFieldError(path, FieldFault.TOO_LONG, str(LONGEST))


def facets_of(meta_data: MetaData) -> Facets:
    """Return what the index is told: the scalars of meta data, by the dotted path to each."""
    found: dict[str, tuple[Scalar, ...]] = {}
    told = (pair for pair in _scalars(meta_data) if _is_nameable(pair[0]))
    for path, value in islice(told, MOST_VALUES):
        found[path] = (*found.get(path, ()), value)
    return {PREFIX + path: values for path, values in found.items()}


def read_condition(found: str) -> Sequence[Filter]:
    """Return the filters that ``key==value`` stands for. Raises `BadFieldError`.

    ``==`` and ``!=`` are *documented*, the others *inferred*. Numbers compare with numbers, and
    only whole ones know a less and a more; ``null`` is a key that is not there.
    """
    matched = CONDITION.fullmatch(found)
    if matched is None:
        raise BadFieldError("meta_data", FieldFault.BAD_VALUE)
    name, way, word = PREFIX + matched[1], matched[2], matched[3]
    integer = int(word) if INTEGER.fullmatch(word) else None
    match way:
        case "==":
            return [equals(name, *_meant(word, integer))]
        case "!=":
            return [Filter((name,), Test.NONE_OF, _meant(word, integer))]
        case _:
            return _ranged(name, way, word if integer is None else integer)


def _is_nameable(path: str) -> bool:
    return len(path) <= LONGEST_KEY and is_storable(path)


def _ranged(name: str, way: str, value: Scalar) -> Sequence[Filter]:
    test = Test.AT_LEAST if way[0] == ">" else Test.AT_MOST
    bound = Filter((name,), test, (value,))
    if len(way) > 1:
        return [bound]
    return [bound, Filter((name,), Test.NONE_OF, (value,))]


def _meant(word: str, integer: int | None) -> tuple[Scalar | None, ...]:
    """Return the values that a word may stand for: what is typed has no quotes."""
    if word == "null":
        return (None,)
    return (word,) if integer is None else (word, integer)


def _scalars(value: object, path: str = "") -> Iterator[tuple[str, Scalar]]:
    """Yield each scalar with its path. Lists have none of their own: each of their values counts.

    Truth values and fractions are told as JSON spells them.
    """
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _scalars(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _scalars(inner, path)
    elif isinstance(value, bool | float):
        yield path, _encode(value).decode()
    elif isinstance(value, str | int):
        yield path, value
