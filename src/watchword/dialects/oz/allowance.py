"""How much of what is kept one answer may hold: not only how many records, but how long they are.

Meta data are free, so as many records as a list may have can be gigabytes by the time they are read
and written out (*chosen*, decision 0223).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from watchword.web.errors import BadFieldError, FieldFault

__all__ = ["Allowance", "portions"]

K = TypeVar("K")

HEAVIEST: Final = 33_554_432
"""Bytes, as they are kept. Five thousand folders of ten files each have less."""
PORTION: Final = 250
"""Records that are read before anybody looks at how long they are."""


@dataclass(slots=True)
class Allowance:
    """What is left of one answer's."""

    left: int = field(default_factory=lambda: HEAVIEST)

    def spend(self, size: int) -> None:
        """Take so many bytes in. Raises `BadFieldError` where that is too much."""
        self.left -= size
        if self.left < 0:
            raise BadFieldError("limit", FieldFault.BAD_VALUE, "smaller limit")


def portions(keys: Sequence[K]) -> Iterator[Sequence[K]]:
    """Cut keys into as many as are looked up at once."""
    return (keys[start : start + PORTION] for start in range(0, len(keys), PORTION))
