"""A roster in memory: the reference, and what tests of logins ask."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from watchword.core.errors import RosterUnavailableError
from watchword.core.roster import Person, PersonKey, RosterGroup
from watchword.core.subjects import fold_login

__all__ = ["MemoryRoster", "Record", "group", "key"]


def key(number: int) -> PersonKey:
    """Return a person's key."""
    return PersonKey(UUID(int=number))


def group(number: int, name: str = "") -> RosterGroup:
    """Return a group."""
    return RosterGroup(UUID(int=number), name or f"group {number}")


@dataclass
class Record:
    """A person with its password."""

    person: Person
    password: str


@dataclass
class MemoryRoster:
    """Implements `watchword.core.ports.Roster`. ``asked`` is what it had to judge."""

    records: dict[PersonKey, Record] = field(default_factory=dict)
    groups: list[RosterGroup] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    away: bool = False
    closed: bool = False

    def put(self, number: int, *logins: str, password: str = "plum", **facts: Any) -> Person:
        """Let there be a person, or let one be another."""
        person = Person(key(number), logins, **{"groups": (group(1),), **facts})
        self.records[person.key] = Record(person, password)
        return person

    def change(self, number: int, **facts: Any) -> None:
        """Change what is told of a person."""
        record = self.records[key(number)]
        record.person = replace(record.person, **facts)

    def remove(self, number: int) -> None:
        """Let a person be gone."""
        del self.records[key(number)]

    def verify(self, login: str, password: str) -> Person | None:
        """Return whom a login and a password belong to, or None."""
        self._answer()
        self.asked.append((login, password))
        record = self._one(login)
        right = record is not None and password and record.password == password
        return record.person if record is not None and right else None

    def find(self, login: str) -> Person | None:
        """Return whom a login belongs to, or None."""
        self._answer()
        record = self._one(login)
        return None if record is None else record.person

    def find_many(self, keys: Collection[PersonKey]) -> Mapping[PersonKey, Person]:
        """Return those of the people who are still there, by key."""
        self._answer()
        return {each: self.records[each].person for each in keys if each in self.records}

    def list_groups(self) -> Sequence[RosterGroup]:
        """Return all groups that there are, by name."""
        self._answer()
        return sorted(self.groups, key=lambda each: (each.name.casefold(), each.guid))

    def close(self) -> None:
        """Give up whatever connections there are."""
        self.closed = True

    def _answer(self) -> None:
        if self.away:
            raise RosterUnavailableError

    def _one(self, login: str) -> Record | None:
        folded = fold_login(login)
        found = [
            record
            for record in self.records.values()
            if folded in {fold_login(each) for each in record.person.logins}
        ]
        return found[0] if len(found) == 1 else None
