"""Small records of one dialect, kept at hand in every worker: FindFace's roles, for example.

Simpler than for principals (`watchword.core.revocation`), because a kind's slot is known before
anything is read: a change is committed, then renews the slot; a look reads the slot, then the
documents; a worker that sees another number later looks again. What was read before a commit
stands under a number from before the renewal, so it is never taken for the new state, and changes
elsewhere disturb nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from watchword.core.ports import Stamps, Storage
from watchword.core.revocation import ALL, kind_slot
from watchword.core.subjects import Audience

__all__ = ["ColdError", "Shelf"]


@dataclass(eq=False)
class ColdError(Exception):
    """Something must be read from the storage first: run ``warm`` where blocking is allowed."""

    warm: Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Kept:
    documents: Mapping[str, bytes]
    stamps: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents of dialects. One instance a process, shared by its threads."""

    storage: Storage
    stamps: Stamps
    _kept: dict[tuple[Audience, str], _Kept] = field(
        default_factory=dict[tuple[Audience, str], _Kept], repr=False
    )

    def recall(self, audience: Audience, kind: str) -> Mapping[str, bytes]:
        """Return all documents of a kind without blocking. Raises `ColdError` if it cannot."""
        kept = self._kept.get((audience, kind))
        if kept is None or kept.stamps != self._stamps(audience, kind):
            raise ColdError(lambda: self.list_of(audience, kind))
        return kept.documents

    def list_of(self, audience: Audience, kind: str) -> Mapping[str, bytes]:
        """Return all documents of a kind, by key."""
        stamps = self._stamps(audience, kind)
        with self.storage.read() as transaction:
            documents = MappingProxyType(dict(transaction.documents.list_of(audience, kind)))
        self._kept[audience, kind] = _Kept(documents, stamps)
        return documents

    def put(self, audience: Audience, kind: str, documents: Mapping[str, bytes]) -> None:
        """Set or replace documents, all or none."""
        with self.storage.write() as transaction:
            for key, document in documents.items():
                transaction.documents.put(audience, kind, key, document)
        self.stamps.renew([kind_slot(audience, kind)])

    def remove(self, audience: Audience, kind: str, key: str) -> None:
        """Remove a document. Raises `NotFoundError`."""
        with self.storage.write() as transaction:
            transaction.documents.remove(audience, kind, key)
        self.stamps.renew([kind_slot(audience, kind)])

    def _stamps(self, audience: Audience, kind: str) -> tuple[int, int]:
        table = self.stamps.table
        return table[ALL], table[kind_slot(audience, kind)]
