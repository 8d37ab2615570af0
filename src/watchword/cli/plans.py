"""How a command that changes the directory shows what it does: lines, their sum, and progress."""

import sys
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from watchword.core.seeding import Change, ChangeKind
from watchword.core.subjects import printable

__all__ = ["WORTH_A_BAR", "line_of", "shown", "sum_of"]

T = TypeVar("T")

WORTH_A_BAR: Final = 100
"""Subjects from which on progress is shown."""

_SIGNS: Final = {
    ChangeKind.CREATE: "+",
    ChangeKind.UPDATE: "~",
    ChangeKind.REMOVE: "-",
    ChangeKind.KEEP: "=",
}


def line_of(change: Change) -> str:
    """Return the line of a plan that tells of a change."""
    fields = f" ({', '.join(change.fields)})" if change.fields else ""
    # A name may come from somebody else's file, and a terminal obeys what is written to it.
    return f"{_SIGNS[change.kind]} {change.noun} {printable(change.name)}{fields}"


def sum_of(counted: Mapping[ChangeKind, int]) -> str:
    """Return the last line of a plan."""
    return ", ".join(f"{count} to {kind}" for kind, count in counted.items())


def shown(things: Iterable[T], doing: str, total: int | None) -> Iterable[T]:
    """Show progress on a terminal where there is much to do; None is much, of unknown length."""
    if (total is not None and total < WORTH_A_BAR) or not sys.stderr.isatty():
        return things
    from rich.console import Console
    from rich.progress import track

    return track(things, doing, total=total, console=Console(stderr=True))
