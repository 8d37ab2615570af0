"""The audit trail: every decision, chained so that an edit, a removal or a reordering shows.

Each link's hash covers the previous link's hash and the entry. Secrets are never part of an entry;
nothing here takes a password or a token. What the chain cannot show is the removal of its newest
links: for that, keep the head that ``watchword doctor`` prints somewhere else.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

__all__ = ["GENESIS", "Actor", "AuditSearch", "Entry", "Link", "attributed", "find_break", "seal"]

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))

GENESIS: Final = bytes(32)
"""What the first link is chained to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision: who did what, when, from where, and how it ended.

    ``details`` holds facts of this action, text to text.
    """

    at: datetime
    action: str
    result: str
    audience: str = ""
    subject_id: UUID | None = None
    login: str = ""
    tenant_id: UUID | None = None
    address: str = ""
    device_key: str = ""
    details: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked for a change, at which audience and from where. The owner of the host is nobody.

    ``device_key`` is that of the device in whose session it was asked for, if it is known.
    """

    subject_id: UUID
    login: str
    audience: str = ""
    address: str = ""
    device_key: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry in its place in the chain."""

    entry: Entry
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Which links of the chain, in which direction, and where to begin.

    Every condition that is set must hold; of several values one is enough. ``after`` is the serial
    behind which a page begins. ``actor`` is who asked for what an entry tells of, and where nobody
    is named as such, whom the entry is about; ``actor_login`` is the same by its name. Both ends
    of ``since`` and ``until`` belong to the span.
    """

    descending: bool = True
    after: int | None = None
    limit: int = 100
    serials: tuple[int, ...] | None = None
    audiences: tuple[str, ...] | None = None
    actions: tuple[str, ...] | None = None
    actor: UUID | None = None
    actor_login: str | None = None
    about: tuple[UUID | None, tuple[tuple[str, str], ...]] | None = None
    """Whom the entry is about, or what its details say: any one of these."""
    address: str | None = None
    device_key: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def attributed(entry: Entry, by: Actor | None) -> Entry:
    """Return the entry with who asked for what it tells of, and from where.

    Where the asker's device is known, another one that the entry is about goes to its details.
    """
    if by is None:
        return entry
    details = {**entry.details, "by": str(by.subject_id), "by_login": by.login}
    if by.device_key and entry.device_key not in {"", by.device_key}:
        details["device"] = entry.device_key
    return replace(
        entry,
        audience=entry.audience or by.audience,
        address=by.address,
        device_key=by.device_key or entry.device_key,
        details=details,
    )


def seal(previous: bytes, entry: Entry) -> Link:
    """Return the link that follows ``previous``."""
    return Link(entry, previous, hashlib.sha256(previous + _canonical(entry)).digest())


def find_break(links: Iterable[Link], start: bytes = GENESIS) -> int | None:
    """Return the index of the first link that does not follow from the one before, or None."""
    previous = start
    for index, link in enumerate(links):
        if link.previous != previous or link != seal(previous, link.entry):
            return index
        previous = link.hash
    return None


def _canonical(entry: Entry) -> bytes:
    """One spelling for one entry: a JSON array, so that no field can run into the next."""
    fields = [
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.action,
        entry.result,
        entry.audience,
        str(entry.subject_id or ""),
        entry.login,
        str(entry.tenant_id or ""),
        entry.address,
        entry.device_key,
        sorted(entry.details.items()),
    ]
    return _ENCODER.encode(fields).encode()
