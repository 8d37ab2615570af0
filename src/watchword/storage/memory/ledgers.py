"""What is counted and noted: failed attempts, known devices, documents, the audit chain."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from watchword.core.audit import GENESIS, Link
from watchword.core.errors import NotFoundError
from watchword.core.lockout import Attempts
from watchword.core.subjects import Audience, SubjectId
from watchword.storage.memory.tables import Tables, drop, kept
from watchword.storage.times import in_utc

__all__ = ["MemoryAttempts", "MemoryAudit", "MemoryDevices", "MemoryDocuments"]


@dataclass(frozen=True, slots=True)
class MemoryAttempts:
    """Failed attempts to log in."""

    tables: Tables

    def find(self, keys: Collection[str]) -> dict[str, Attempts]:
        """Return the counts that exist."""
        rows = self.tables.attempts.rows
        return {key: rows[key] for key in keys if key in rows}

    def put(self, attempts: Collection[Attempts]) -> None:
        """Set or replace counts."""
        self.tables.attempts.change().update({each.key: kept(each) for each in attempts})

    def clear(self, keys: Collection[str]) -> None:
        """Forget counts."""
        rows = self.tables.attempts.change()
        for key in keys:
            rows.pop(key, None)

    def purge(self, failed_before: datetime) -> int:
        """Forget counts whose last failure is older."""
        return drop(self.tables.attempts, lambda _, each: each.failed_at < failed_before)


@dataclass(frozen=True, slots=True)
class MemoryDevices:
    """Devices known from earlier logins."""

    tables: Tables

    def knows(self, subject_id: SubjectId, keys: Collection[str]) -> frozenset[str]:
        """Return those of the keys that are known."""
        rows = self.tables.devices.rows
        return frozenset(key for key in keys if (subject_id, key) in rows)

    def remember(self, subject_id: SubjectId, keys: Collection[str], at: datetime) -> None:
        """Note keys as known."""
        self.tables.require_subject(subject_id)
        self.tables.devices.change().update({(subject_id, key): in_utc(at) for key in keys})

    def purge(self, seen_before: datetime) -> int:
        """Forget keys not seen since."""
        return drop(self.tables.devices, lambda _, seen_at: seen_at < seen_before)


@dataclass(frozen=True, slots=True)
class MemoryDocuments:
    """Records that only one dialect understands."""

    tables: Tables

    def find(self, audience: Audience, kind: str, key: str) -> bytes | None:
        """Return the document or None."""
        return self.tables.documents.rows.get((audience, kind, key))

    def put(self, audience: Audience, kind: str, key: str, document: bytes) -> None:
        """Set or replace the document."""
        self.tables.documents.change()[audience, kind, key] = document

    def remove(self, audience: Audience, kind: str, key: str) -> None:
        """Remove the document."""
        if self.tables.documents.change().pop((audience, kind, key), None) is None:
            raise NotFoundError("document")

    def list_of(self, audience: Audience, kind: str) -> Sequence[tuple[str, bytes]]:
        """Return all keys and documents of one kind, by key."""
        rows = self.tables.documents.rows
        return sorted((key[2], rows[key]) for key in rows if key[:2] == (audience, kind))


@dataclass(frozen=True, slots=True)
class MemoryAudit:
    """The chain of audit entries."""

    tables: Tables

    def head(self) -> bytes:
        """Return the hash of the newest link."""
        rows = self.tables.links.rows
        return rows[next(reversed(rows))].hash if rows else GENESIS

    def append(self, link: Link) -> None:
        """Add a link after the head."""
        serial = self.tables.next_serial("link")
        self.tables.links.change()[serial] = replace(link, entry=kept(link.entry))

    def list_page(self, after: int, limit: int) -> Sequence[tuple[int, Link]]:
        """Return links with their serials."""
        rows = self.tables.links.rows
        return list(islice(((serial, rows[serial]) for serial in rows if serial > after), limit))
