"""A list's parameters, as the interface describes them itself (wire contract Oz 1.5).

A list of values may be as long as the request takes; ids are told in one form of several.
"""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta

from watchword.dialects.oz.columns import FLAG, Column
from watchword.dialects.oz.lists import LARGEST_LIMIT, LARGEST_OFFSET, NO_LIMIT, Listed
from watchword.web.about import Parameter, Shape

__all__ = ["list_query"]


def _text(pattern: str) -> Shape:
    return Annotated[str, Meta(pattern=f"^{pattern}$")]


Offset = Annotated[int, Meta(ge=0, le=LARGEST_OFFSET)]
Limit = Annotated[int, Meta(ge=NO_LIMIT, le=LARGEST_LIMIT)]

PAGING: Final = (
    Parameter("offset", "How many to leave out", Offset),
    Parameter("limit", "How many to show; -1 is all of them", Limit),
    Parameter("total_omit", "Do not count them", _text(FLAG)),
)
CONDITION: Final = r"[^=!<>\x00]+(==|!=|<=|>=|<(?!>)|>(?!<))[^\x00]*"
DIRECTION: Final = r"\{([aA][sS][cC]|[dD][eE][sS][cC])\}"


def list_query(listed: Listed) -> tuple[Parameter, ...]:
    """Return the parameters of a list."""
    order = rf"\s*({'|'.join(listed.columns)})({DIRECTION})?\s*"
    return (
        *PAGING,
        Parameter(
            "sorting", "The order: field{asc} or field{desc}", _text(rf"({_list(order)}|\s*)")
        ),
        *(each for name, column in listed.columns.items() for each in _filters(name, column)),
        *_further(listed),
    )


def _filters(name: str, column: Column) -> Iterator[Parameter]:
    one = f"({column.pattern})"
    several = _text(_list(f"({one}|null)"))
    yield Parameter(name, "One of these; null is none at all", several)
    yield Parameter(f"{name}.exclude", "None of these", several)
    if column.ranged:
        yield Parameter(f"{name}.min", "This or more", _text(one))
        yield Parameter(f"{name}.max", "This or less", _text(one))


def _further(listed: Listed) -> Iterator[Parameter]:
    if listed.searched:
        yield Parameter("search_text", "What is to be found in it", _text(r"[^\x00]*"))
        yield Parameter("search_text.exclude", "What is not to be found in it", _text(r"[^\x00]*"))
    if listed.tagged:
        yield Parameter("meta_data", "A key and what it is to be: key==value", _text(CONDITION))


def _list(one: str) -> str:
    return f"{one}(,{one})*"
