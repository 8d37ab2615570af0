"""What is demanded of a place that keeps people and their passwords for us."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from watchword.core.roster import Person, PersonKey, RosterGroup

__all__ = ["Roster"]


class Roster(Protocol):
    """A roster that is asked. Safe to call from several threads.

    Any call may raise `RosterUnavailableError`, and then tells nothing; it returns or raises within
    a bounded time. Nothing of what it was told is kept.
    """

    def verify(self, login: str, password: str) -> Person | None:
        """Return whom a login and a password belong to, or None.

        A login that nobody has takes the work that a wrong password does. One that two people
        have belongs to none, and no password at all is wrong everywhere: RFC 4513 section 5.1.2
        has servers that call it right.
        """
        ...

    def find(self, login: str) -> Person | None:
        """Return whom a login belongs to, or None."""
        ...

    def find_many(self, keys: Collection[PersonKey]) -> Mapping[PersonKey, Person]:
        """Return those of the people who are still there, by key."""
        ...

    def list_groups(self) -> Sequence[RosterGroup]:
        """Return all groups that there are, by name."""
        ...

    def close(self) -> None:
        """Give up whatever connections there are."""
        ...
