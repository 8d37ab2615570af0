"""What is counted and noted, in SQL: failed attempts, known devices, documents, the audit chain."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, zip_longest
from typing import Final

from watchword.core.audit import GENESIS, Link
from watchword.core.errors import NotFoundError
from watchword.core.lockout import Attempts
from watchword.core.subjects import Audience, SubjectId
from watchword.storage.sql import statements as sql
from watchword.storage.sql.directory import require_subject
from watchword.storage.sql.doors import AnyChannel
from watchword.storage.sql.rows import (
    Values,
    bounded,
    from_attempts,
    from_link,
    to_attempts,
    to_link,
)
from watchword.storage.times import to_micros

__all__ = ["SqlAttempts", "SqlAudit", "SqlDevices", "SqlDocuments"]

FOUR: Final[tuple[str, ...]] = ("key0", "key1", "key2", "key3")


def _by_four(keys: Collection[str]) -> Iterator[Values]:
    """Deal keys out over the parameters of statements that take four."""
    left = iter(keys)
    while some := list(islice(left, len(FOUR))):
        yield dict(zip_longest(FOUR, some))


@dataclass(frozen=True, slots=True)
class SqlAttempts:
    """Failed attempts to log in."""

    channel: AnyChannel

    def find(self, keys: Collection[str]) -> dict[str, Attempts]:
        """Return the counts that exist."""
        found: dict[str, Attempts] = {}
        for values in _by_four(keys):
            for row in self.channel.all(sql.FIND_ATTEMPTS_FOUR, values):
                found[row[0]] = to_attempts(row)
        return found

    def put(self, attempts: Collection[Attempts]) -> None:
        """Set or replace counts."""
        for each in attempts:
            values = from_attempts(each)
            if not self.channel.change(sql.SET_ATTEMPTS, values):
                self.channel.change(sql.ADD_ATTEMPTS, values)

    def clear(self, keys: Collection[str]) -> None:
        """Forget counts."""
        self.channel.change_many(sql.CLEAR_ATTEMPTS, [{"key": key} for key in keys])

    def purge(self, failed_before: datetime) -> int:
        """Forget counts whose last failure is older."""
        return self.channel.change(sql.PURGE_ATTEMPTS, {"before": to_micros(failed_before)})


@dataclass(frozen=True, slots=True)
class SqlDevices:
    """Devices known from earlier logins."""

    channel: AnyChannel

    def knows(self, subject_id: SubjectId, keys: Collection[str]) -> frozenset[str]:
        """Return those of the keys that are known."""
        asked = [values | {"subject_id": subject_id.bytes} for values in _by_four(keys)]
        rows = [row for each in asked for row in self.channel.all(sql.FIND_DEVICES_FOUR, each)]
        return frozenset(row[0] for row in rows)

    def remember(self, subject_id: SubjectId, keys: Collection[str], at: datetime) -> None:
        """Note keys as known."""
        require_subject(self.channel, subject_id)
        for key in keys:
            values: Values = {"subject_id": subject_id.bytes, "key": key, "seen_at": to_micros(at)}
            if not self.channel.change(sql.SET_DEVICE, values):
                self.channel.change(sql.ADD_DEVICE, values)

    def purge(self, seen_before: datetime) -> int:
        """Forget keys not seen since."""
        return self.channel.change(sql.PURGE_DEVICES, {"before": to_micros(seen_before)})


@dataclass(frozen=True, slots=True)
class SqlDocuments:
    """Records that only one dialect understands."""

    channel: AnyChannel

    def find(self, audience: Audience, kind: str, key: str) -> bytes | None:
        """Return the document or None."""
        asked: Values = {"audience": audience, "kind": kind, "key": key}
        row = self.channel.one(sql.FIND_DOCUMENT, asked)
        return None if row is None else row[0]

    def put(self, audience: Audience, kind: str, key: str, document: bytes) -> None:
        """Set or replace the document."""
        values: Values = {"audience": audience, "kind": kind, "key": key, "document": document}
        if not self.channel.change(sql.SET_DOCUMENT, values):
            self.channel.change(sql.ADD_DOCUMENT, values)

    def remove(self, audience: Audience, kind: str, key: str) -> None:
        """Remove the document."""
        values: Values = {"audience": audience, "kind": kind, "key": key}
        if not self.channel.change(sql.REMOVE_DOCUMENT, values):
            raise NotFoundError("document")

    def list_of(self, audience: Audience, kind: str) -> Sequence[tuple[str, bytes]]:
        """Return all keys and documents of one kind, by key."""
        rows = self.channel.all(sql.LIST_DOCUMENTS, {"audience": audience, "kind": kind})
        # Sorted here: databases differ in how they order text.
        return sorted((key, document) for key, document in rows)


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """The chain of audit entries. A writing unit is alone, so the head stays the head."""

    channel: AnyChannel

    def head(self) -> bytes:
        """Return the hash of the newest link."""
        row = self.channel.one(sql.FIND_HEAD, {"limit": 1})
        return GENESIS if row is None else row[0]

    def append(self, link: Link) -> None:
        """Add a link after the head."""
        self.channel.change(sql.ADD_LINK, from_link(link))

    def list_page(self, after: int, limit: int) -> Sequence[tuple[int, Link]]:
        """Return links with their serials."""
        asked: Values = {"after": bounded(after), "limit": bounded(limit)}
        return [to_link(row) for row in self.channel.all(sql.LIST_LINKS, asked)]
