"""Small records of one dialect, kept at hand in every worker: FindFace's roles, for example.

Simpler than for principals (`watchword.core.revocation`), because a kind's slot is known before
anything is read: a change is committed, then renews the slot; a look reads the slot, then the
documents; a worker that sees another number later looks again. What was read before a commit
stands under a number from before the renewal, so it is never taken for the new state, and changes
elsewhere disturb nobody.

Where the host has lost its trust (`watchword.core.nodes`), nothing is at hand for longer than the
piece of work that had it read (`insist`).
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from watchword.core.audit import Actor, Entry, attributed
from watchword.core.errors import NotFoundError
from watchword.core.ports import Clock, Stamps, Storage, Transaction
from watchword.core.revocation import ALL, kind_slot, record, renewing
from watchword.core.subjects import Audience, printable

__all__ = ["ColdError", "InHand", "Shelf", "insist", "is_trusted"]

K = TypeVar("K")
T = TypeVar("T")

CHANGE: Final = "document.change"
LONGEST_LIST: Final = 1_000
"""Characters that the audit trail gives to the keys of what was changed at once."""


def _nothing() -> None:
    pass


@dataclass(eq=False)
class ColdError(Exception):
    """Something must be read from the storage first: `insist` where blocking is allowed.

    What ``warm`` reads is there for this thread until ``release``.
    """

    warm: Callable[[], object]
    release: Callable[[], object] = _nothing


def insist(work: Callable[[], T]) -> T:
    """Do a piece of work where blocking is allowed, warming whatever it finds cold."""
    met: list[ColdError] = []
    try:
        while True:
            try:
                return work()
            except ColdError as cold:
                met.append(cold)
                cold.warm()
    finally:
        for each in met:
            each.release()


@dataclass(frozen=True, slots=True)
class _Kept:
    documents: Mapping[str, bytes]
    stamps: tuple[int, int]


class InHand(threading.local, Generic[K, T]):
    """What one thread has just had read for its piece of work."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.kept: dict[K, T] = {}


def is_trusted(stamps: Stamps) -> bool:
    """Say whether what was remembered under these stamps may be believed; *then* look at them."""
    trusted = stamps.trusted
    return trusted is None or trusted()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents of dialects. One instance a process, shared by its threads."""

    storage: Storage
    stamps: Stamps
    clock: Clock
    _kept: dict[tuple[Audience, str], _Kept] = field(
        default_factory=dict[tuple[Audience, str], _Kept], repr=False
    )
    _in_hand: InHand[tuple[Audience, str], Mapping[str, bytes]] = field(
        default_factory=InHand[tuple[Audience, str], Mapping[str, bytes]], repr=False
    )

    def recall(self, audience: Audience, kind: str) -> Mapping[str, bytes]:
        """Return all documents of a kind without blocking. Raises `ColdError` if it cannot."""
        kept = self._kept.get((audience, kind))
        if kept is not None and self._holds(kept, audience, kind):
            return kept.documents
        documents = self._in_hand.kept.get((audience, kind))
        if documents is None:
            raise ColdError(
                lambda: self._take_in_hand(audience, kind),
                lambda: self._in_hand.kept.pop((audience, kind), None),
            )
        return documents

    def list_of(self, audience: Audience, kind: str) -> Mapping[str, bytes]:
        """Return all documents of a kind, by key."""
        stamps = self._stamps(audience, kind)
        with self.storage.read() as transaction:
            documents = MappingProxyType(dict(transaction.documents.list_of(audience, kind)))
        self._kept[audience, kind] = _Kept(documents, stamps)
        return documents

    def put(
        self,
        audience: Audience,
        kind: str,
        documents: Mapping[str, bytes],
        *,
        by: Actor | None = None,
    ) -> None:
        """Set or replace documents, all or none. ``by`` is who asks for it."""
        self.change(audience, kind, lambda _before: documents, by=by)

    def remove(self, audience: Audience, kind: str, key: str, *, by: Actor | None = None) -> None:
        """Remove a document. Raises `NotFoundError`."""

        def work(before: Mapping[str, bytes]) -> Mapping[str, bytes | None]:
            if key not in before:
                raise NotFoundError("document")
            return {key: None}

        self.change(audience, kind, work, by=by)

    def change(
        self,
        audience: Audience,
        kind: str,
        work: Callable[[Mapping[str, bytes]], Mapping[str, bytes | None]],
        *,
        by: Actor | None = None,
        guard: Callable[[Transaction], None] | None = None,
        action: str = CHANGE,
    ) -> Mapping[str, bytes | None]:
        """Change documents of a kind in the light of those that are there, all or none.

        ``work`` is given all documents and returns what becomes of some: another document, or
        None for those that go. ``guard`` looks at the rest of the unit of work, after the change.
        What either raises leaves everything as it was. ``action`` is what the audit trail calls it.
        Returns what was done.
        """
        with renewing(self.storage, self.stamps) as (transaction, stale):
            stale.add(kind_slot(audience, kind))
            before = dict(transaction.documents.list_of(audience, kind))
            changes = work(MappingProxyType(before))
            for key, document in changes.items():
                if document is not None:
                    transaction.documents.put(audience, kind, key, document)
                elif key in before:
                    transaction.documents.remove(audience, kind, key)
            if guard is not None:
                guard(transaction)
            entry = _entry(self.clock(), audience, kind, changes)
            record(transaction, attributed(replace(entry, action=action), by))
        return changes

    def _take_in_hand(self, audience: Audience, kind: str) -> None:
        self._in_hand.kept[audience, kind] = self.list_of(audience, kind)

    def _holds(self, kept: _Kept, audience: Audience, kind: str) -> bool:
        return is_trusted(self.stamps) and kept.stamps == self._stamps(audience, kind)

    def _stamps(self, audience: Audience, kind: str) -> tuple[int, int]:
        table = self.stamps.table
        return table[ALL], table[kind_slot(audience, kind)]


def _entry(
    now: datetime, audience: Audience, kind: str, changes: Mapping[str, bytes | None]
) -> Entry:
    """Return the audit entry for a change to documents. What they say is not told."""
    put = (key for key, document in changes.items() if document is not None)
    gone = (key for key, document in changes.items() if document is None)
    details = {"kind": kind, "put": _listed(put), "removed": _listed(gone)}
    told = {name: text for name, text in details.items() if text}
    return Entry(now, CHANGE, "done", audience=audience, details=told)


def _listed(keys: Iterable[str]) -> str:
    return printable(" ".join(sorted(keys)), LONGEST_LIST)
