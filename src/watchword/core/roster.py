"""People whose passwords somebody else keeps, as that one tells of them. Records only.

A *roster* is such a place: an Active Directory, say. What we make of its people is
`watchword.core.enlisting`'s.
"""

from dataclasses import dataclass
from typing import NewType
from uuid import UUID

__all__ = ["Person", "PersonKey", "RosterGroup"]

PersonKey = NewType("PersonKey", UUID)
"""What a roster calls a person for good: logins change hands, this does not."""


@dataclass(frozen=True, slots=True)
class RosterGroup:
    """A group of a roster: its GUID, which stays, and its name, which is for people."""

    guid: UUID
    name: str

    def is_called(self, wanted: str) -> bool:
        """Say whether an operator means this group: by its GUID, or by its name in any case."""
        return wanted.casefold() in {str(self.guid), self.name.casefold()}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a roster, as of now. ``logins`` are in the order in which we are to show them.

    ``active`` says whether the roster itself lets this person in anywhere.
    """

    key: PersonKey
    logins: tuple[str, ...]
    full_name: str = ""
    groups: tuple[RosterGroup, ...] = ()
    active: bool = True
