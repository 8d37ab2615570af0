"""Taking back a profile from the core, which carries it without knowing what it is."""

from collections.abc import Callable
from typing import TypeVar

__all__ = ["narrowing"]

T = TypeVar("T")


def narrowing(kind: type[T], audience: str) -> Callable[[object], T]:
    """Return what narrows a profile to what this audience's dialect has parsed it into.

    It raises ``TypeError`` for anything else, which only a fault of ours can hand to it.
    """

    def narrowed(profile: object) -> T:
        if not isinstance(profile, kind):
            message = f"not a profile of {audience}: {type(profile).__name__}"
            raise TypeError(message)
        return profile

    return narrowed
