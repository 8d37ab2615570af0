"""Which doors people may sign in at, and what each of them takes right now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from watchword.core.core import Core
from watchword.core.errors import NotFoundError
from watchword.core.faces import EntryPolicy
from watchword.core.subjects import Audience
from watchword.web.entrance import Entrance
from watchword.web.operation import Dialect

__all__ = ["Entry", "Hall"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One door as the page offers it."""

    entrance: Entrance[Any]
    audience: Audience

    def policy(self, core: Core) -> EntryPolicy:
        """Return what a login takes here."""
        return core.policy.audiences[self.audience].entry

    def offers(self, core: Core) -> tuple[str, bool]:
        """Return which factors the settings want, and whether faces can be known at all."""
        return self.policy(core).factors.value, core.recognition.offered(self.audience)


@dataclass(frozen=True, slots=True)
class Hall:
    """All doors, by their names."""

    entries: Mapping[str, Entry]

    @classmethod
    def of(cls, dialects: Iterable[tuple[Dialect[Any], Any]]) -> Self:
        """Gather the doors that dialects offer under their settings."""
        return cls(
            {
                dialect.entrance.door: Entry(dialect.entrance, dialect.audience)
                for dialect, settings in dialects
                if dialect.entrance is not None and dialect.entrance.when(settings)
            }
        )

    def entry(self, name: str) -> Entry:
        """Return a door. Raises `NotFoundError`."""
        if name not in self.entries:
            raise NotFoundError("door")
        return self.entries[name]

    def chosen(self, name: str | None) -> Entry:
        """Return the door of this name, or else the first. Raises `NotFoundError` for none."""
        if name is not None and name in self.entries:
            return self.entries[name]
        return self.entry(next(iter(self.entries), ""))
