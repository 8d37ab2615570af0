"""What is counted and noted, in SQL.

Attempts, challenges, devices, documents, jobs, blobs, the audit chain.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from watchword.core.audit import GENESIS, AuditSearch, Link
from watchword.core.blobs import BlobId
from watchword.core.challenges import Posed
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.jobs import Job, JobId
from watchword.core.lockout import Attempts
from watchword.core.subjects import Audience, SubjectId
from watchword.core.tokens import TokenDigest
from watchword.storage.sql.auditing import find_links
from watchword.storage.sql.channel import AnyChannel
from watchword.storage.sql.dealing import FEW, MANY, deal, padded
from watchword.storage.sql.directory import require_subject
from watchword.storage.sql.rows import (
    Values,
    bounded,
    from_attempts,
    from_job,
    from_link,
    from_posed,
    to_attempts,
    to_job,
    to_link,
    to_posed,
)
from watchword.storage.sql.statements import ledgers as sql
from watchword.storage.times import in_utc, to_micros

__all__ = [
    "SqlAttempts",
    "SqlAudit",
    "SqlBlobs",
    "SqlChallenges",
    "SqlDevices",
    "SqlDocuments",
    "SqlJobs",
    "SqlRenewals",
]

BY_ANYBODY: Final = '"by": '
"""What details say where they name who asked (`watchword.storage.sql.rows.from_link`)."""


@dataclass(frozen=True, slots=True)
class SqlAttempts:
    """Failed attempts to log in."""

    channel: AnyChannel

    def find(self, keys: Collection[str]) -> dict[str, Attempts]:
        """Return the counts that exist."""
        found: dict[str, Attempts] = {}
        for values in deal(keys, FEW):
            for row in self.channel.all(sql.FIND_ATTEMPTS_FEW, values):
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
class SqlChallenges:
    """What faces were asked to do."""

    channel: AnyChannel

    def add(self, posed: Posed) -> None:
        """Add a challenge."""
        if self.find(posed.digest) is not None:
            raise AlreadyExistsError("challenge", "digest")
        self.channel.change(sql.ADD_CHALLENGE, from_posed(posed))

    def find(self, digest: TokenDigest) -> Posed | None:
        """Return the challenge or None."""
        row = self.channel.one(sql.FIND_CHALLENGE, {"digest": digest})
        return None if row is None else to_posed(row)

    def redeem(self, digest: TokenDigest) -> bool:
        """Mark a challenge as redeemed, once."""
        return bool(self.channel.change(sql.REDEEM_CHALLENGE, {"digest": digest}))

    def count_open(self, source: str, now: datetime) -> tuple[int, int]:
        """Return how many are neither redeemed nor late."""
        asked: Values = {"source": source, "now": to_micros(now)}
        [(here, everywhere)] = self.channel.all(sql.COUNT_CHALLENGES, asked)
        return here, everywhere

    def purge(self, due_before: datetime, limit: int) -> int:
        """Remove challenges whose deadline is older."""
        asked: Values = {"before": to_micros(due_before), "limit": bounded(limit)}
        return self.channel.change(sql.PURGE_CHALLENGES, asked)


@dataclass(frozen=True, slots=True)
class SqlDevices:
    """Devices known from earlier logins."""

    channel: AnyChannel

    def knows(self, subject_id: SubjectId, keys: Collection[str]) -> frozenset[str]:
        """Return those of the keys that are known."""
        asked = [values | {"subject_id": subject_id.bytes} for values in deal(keys, FEW)]
        rows = [row for each in asked for row in self.channel.all(sql.FIND_DEVICES_FEW, each)]
        return frozenset(row[0] for row in rows)

    def list_of(self, subject_id: SubjectId) -> Collection[str]:
        """Return all keys that are known."""
        asked: Values = {"subject_id": subject_id.bytes}
        return [row[0] for row in self.channel.all(sql.FIND_DEVICES, asked)]

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

    def find_many(
        self, audience: Audience, kind: str, keys: Collection[str]
    ) -> Mapping[str, bytes]:
        """Return those of the documents that exist, by key."""
        one_kind: Values = {"audience": audience, "kind": kind}
        asked = [values | one_kind for values in deal(keys, MANY)]
        return dict(
            row for each in asked for row in self.channel.all(sql.FIND_DOCUMENTS_MANY, each)
        )

    def list_of(self, audience: Audience, kind: str) -> Sequence[tuple[str, bytes]]:
        """Return all keys and documents of one kind, by key."""
        rows = self.channel.all(sql.LIST_DOCUMENTS, {"audience": audience, "kind": kind})
        # Sorted here: databases differ in how they order text.
        return sorted((key, document) for key, document in rows)


@dataclass(frozen=True, slots=True)
class SqlJobs:
    """Work that waits. A writing unit is alone, so nobody else takes what it found."""

    channel: AnyChannel

    def add(self, job: Job) -> Job:
        """Add a job and give it an id."""
        [(number,)] = self.channel.changed(sql.ADD_JOB, from_job(job))
        return replace(job, id=JobId(number))

    def take(
        self, kinds: Collection[str], now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Job]:
        """Take jobs that are due."""
        names = sorted(set(kinds))
        if not names:
            return []
        asked: Values = {f"kind{place}": kind for place, kind in enumerate(names)}
        asked |= {"now": to_micros(now), "limit": bounded(limit)}
        due = [to_job(row) for row in self.channel.changed(sql.due_jobs(len(names)), asked)]
        until = now + lease
        leases: list[Values] = [{"id": job.id, "due_at": to_micros(until)} for job in due]
        self.channel.change_many(sql.LEASE_JOB, leases)
        return [replace(job, due_at=in_utc(until), attempts=job.attempts + 1) for job in due]

    def done(self, job_id: JobId) -> None:
        """Forget a job."""
        self.channel.change(sql.REMOVE_JOB, {"id": bounded(job_id)})

    def retry(self, job_id: JobId, due_at: datetime) -> None:
        """Make a job due at another time."""
        values: Values = {"id": bounded(job_id), "due_at": to_micros(due_at)}
        self.channel.change(sql.PUT_OFF_JOB, values)


@dataclass(frozen=True, slots=True)
class SqlBlobs:
    """Which content is referred to."""

    channel: AnyChannel

    def add(self, blob_id: BlobId) -> None:
        """Note that a record refers to a blob."""
        if self.known([blob_id]):
            raise AlreadyExistsError("blob", "id")
        self.channel.change(sql.ADD_BLOB, {"id": blob_id})

    def remove(self, blob_id: BlobId) -> None:
        """Note that no record refers to it any more."""
        self.channel.change(sql.REMOVE_BLOB, {"id": blob_id})

    def known(self, blob_ids: Collection[BlobId]) -> frozenset[BlobId]:
        """Return those to which a record refers."""
        asked = deal(blob_ids, MANY)
        rows = [row for each in asked for row in self.channel.all(sql.FIND_BLOBS_MANY, each)]
        return frozenset(BlobId(row[0]) for row in rows)


@dataclass(frozen=True, slots=True)
class SqlRenewals:
    """The journal of what other hosts have to look at again."""

    channel: AnyChannel

    def add(self, slots: Collection[int]) -> int:
        """Write slots down, if other hosts can have the database, and wake them at the commit."""
        return self.channel.announce(slots)


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

    def search(self, asked: AuditSearch) -> Sequence[tuple[int, Link]]:
        """Return the links that are asked for, with their serials."""
        given = _conditions(asked)
        if any(not values for values in given.values()):
            return []
        values: Values = {
            f"{name}{at}": value
            for name, several in given.items()
            for at, value in enumerate(several)
        }
        values |= {"limit": bounded(asked.limit), "by": BY_ANYBODY}
        counts = tuple((name, len(several)) for name, several in given.items())
        rows = self.channel.all(find_links(counts, descending=asked.descending), values)
        return [to_link(row) for row in rows]


def _conditions(asked: AuditSearch) -> dict[str, tuple[object, ...]]:
    """Return the values of each condition that is set, as `find_links` takes them."""
    found: dict[str, tuple[object, ...]] = {}
    if asked.after is not None:
        found["below" if asked.descending else "above"] = (bounded(asked.after),)
    if asked.serials is not None:
        found["serial"] = tuple(map(bounded, asked.serials))
    if asked.actor is not None:
        found["actor"] = (asked.actor.bytes, _told("by", str(asked.actor)))
    if asked.actor_login is not None:
        found["actor_login"] = (asked.actor_login, _told("by_login", asked.actor_login))
    if asked.about is not None:
        subject_id, told = asked.about
        nobody = b"" if subject_id is None else subject_id.bytes
        found["about"] = (nobody, *(_told(name, value) for name, value in told))
    several = {"audience": asked.audiences, "action": asked.actions}
    found |= {name: values for name, values in several.items() if values is not None}
    single = {"address": asked.address, "device_key": asked.device_key}
    found |= {name: (value,) for name, value in single.items() if value is not None}
    times = {"since": asked.since, "until": asked.until}
    found |= {name: (to_micros(at),) for name, at in times.items() if at is not None}
    return {n: values if n == "about" else padded(values) for n, values in found.items()}


def _told(name: str, value: str) -> str:
    """Return how details say something (`watchword.storage.sql.rows.from_link`)."""
    return json.dumps({name: value})[1:-1]
