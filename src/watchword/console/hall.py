"""Which doors people may sign in at, and what each of them takes right now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from watchword.core.core import Core
from watchword.core.errors import NotFoundError
from watchword.core.faces import EntryPolicy
from watchword.core.subjects import Audience
from watchword.web.entrance import Entrance
from watchword.web.messages import Request
from watchword.web.operation import Dialect

__all__ = ["Entry", "Hall", "Offer"]

Offer: TypeAlias = tuple[Dialect[Any], Any, str]
"""A dialect, its settings, and the host that its door is bound to (empty: any)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One door as the page offers it."""

    entrance: Entrance[Any]
    audience: Audience
    host: str = ""

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
    def of(cls, offers: Iterable[Offer]) -> Self:
        """Gather the doors that dialects offer under their settings."""
        return cls(
            {
                dialect.entrance.door: Entry(dialect.entrance, dialect.audience, host)
                for dialect, settings, host in offers
                if dialect.entrance is not None and dialect.entrance.when(settings)
            }
        )

    def seen_by(self, request: Request) -> Self:
        """Return the doors that are here for a request: one that is bound to a host is there alone.

        Whoever hides a door behind a name must not find it open under another.
        """
        host = request.host
        here = {name: each for name, each in self.entries.items() if each.host in {"", host}}
        return type(self)(here)

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
