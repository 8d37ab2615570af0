"""What is counted and noted.

Attempts, challenges, devices, documents, jobs, blobs, the audit chain.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from watchword.core.audit import GENESIS, AuditSearch, Link
from watchword.core.blobs import BlobId
from watchword.core.challenges import Posed
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.jobs import Job, JobId
from watchword.core.lockout import Attempts
from watchword.core.subjects import Audience, SubjectId
from watchword.core.tokens import TokenDigest
from watchword.storage.memory.tables import Tables, drop, kept
from watchword.storage.times import in_utc

__all__ = [
    "MemoryAttempts",
    "MemoryAudit",
    "MemoryBlobs",
    "MemoryChallenges",
    "MemoryDevices",
    "MemoryDocuments",
    "MemoryJobs",
    "MemoryRenewals",
]


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
class MemoryChallenges:
    """What faces were asked to do."""

    tables: Tables

    def add(self, posed: Posed) -> None:
        """Add a challenge."""
        if posed.digest in self.tables.challenges.rows:
            raise AlreadyExistsError("challenge", "digest")
        self.tables.challenges.change()[posed.digest] = kept(posed)

    def find(self, digest: TokenDigest) -> Posed | None:
        """Return the challenge or None."""
        return self.tables.challenges.rows.get(digest)

    def redeem(self, digest: TokenDigest) -> bool:
        """Mark a challenge as redeemed, once."""
        found = self.tables.challenges.rows.get(digest)
        if found is None or found.redeemed:
            return False
        self.tables.challenges.change()[digest] = replace(found, redeemed=True)
        return True

    def count_open(self, source: str, now: datetime) -> tuple[int, int]:
        """Return how many are neither redeemed nor late."""
        rows = self.tables.challenges.rows.values()
        sources = [each.source for each in rows if each.deadline >= now and not each.redeemed]
        return sources.count(source), len(sources)

    def purge(self, due_before: datetime, limit: int) -> int:
        """Remove challenges whose deadline is older."""
        rows = self.tables.challenges.rows.values()
        late = (each.digest for each in rows if each.deadline < due_before)
        meant = frozenset(islice(late, limit))
        return drop(self.tables.challenges, lambda name, _: name in meant)


@dataclass(frozen=True, slots=True)
class MemoryDevices:
    """Devices known from earlier logins."""

    tables: Tables

    def knows(self, subject_id: SubjectId, keys: Collection[str]) -> frozenset[str]:
        """Return those of the keys that are known."""
        rows = self.tables.devices.rows
        return frozenset(key for key in keys if (subject_id, key) in rows)

    def list_of(self, subject_id: SubjectId) -> Collection[str]:
        """Return all keys that are known."""
        return [key for owner, key in self.tables.devices.rows if owner == subject_id]

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

    def find_many(
        self, audience: Audience, kind: str, keys: Collection[str]
    ) -> Mapping[str, bytes]:
        """Return those of the documents that exist, by key."""
        rows = self.tables.documents.rows
        return {k: rows[audience, kind, k] for k in keys if (audience, kind, k) in rows}

    def list_of(self, audience: Audience, kind: str) -> Sequence[tuple[str, bytes]]:
        """Return all keys and documents of one kind, by key."""
        rows = self.tables.documents.rows
        return sorted((key[2], rows[key]) for key in rows if key[:2] == (audience, kind))


@dataclass(frozen=True, slots=True)
class MemoryJobs:
    """Work that waits."""

    tables: Tables

    def add(self, job: Job) -> Job:
        """Add a job and give it an id."""
        stored = replace(kept(job), id=JobId(self.tables.next_serial("job")))
        self.tables.jobs.change()[stored.id] = stored
        return stored

    def take(
        self, kinds: Collection[str], now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Job]:
        """Take jobs that are due."""
        rows = self.tables.jobs.change()
        due = [job for job in rows.values() if job.kind in kinds and job.due_at <= now]
        due.sort(key=lambda job: (job.due_at, job.id))
        until = in_utc(now + lease)
        taken = [replace(job, due_at=until, attempts=job.attempts + 1) for job in due[:limit]]
        rows.update({job.id: job for job in taken})
        return taken

    def done(self, job_id: JobId) -> None:
        """Forget a job."""
        self.tables.jobs.change().pop(job_id, None)

    def retry(self, job_id: JobId, due_at: datetime) -> None:
        """Make a job due at another time."""
        rows = self.tables.jobs.change()
        if job_id in rows:
            rows[job_id] = replace(rows[job_id], due_at=in_utc(due_at))


@dataclass(frozen=True, slots=True)
class MemoryBlobs:
    """Which content is referred to."""

    tables: Tables

    def add(self, blob_id: BlobId) -> None:
        """Note that a record refers to a blob."""
        if blob_id in self.tables.blobs.rows:
            raise AlreadyExistsError("blob", "id")
        self.tables.blobs.change()[blob_id] = None

    def remove(self, blob_id: BlobId) -> None:
        """Note that no record refers to it any more."""
        self.tables.blobs.change().pop(blob_id, None)

    def known(self, blob_ids: Collection[BlobId]) -> frozenset[BlobId]:
        """Return those to which a record refers."""
        return frozenset(blob_ids) & self.tables.blobs.rows.keys()


class MemoryRenewals:
    """The journal of what other hosts have to look at again: there are none."""

    def add(self, slots: Collection[int]) -> int:
        """Write nothing down."""
        del slots
        return 0


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

    def search(self, asked: AuditSearch) -> Sequence[tuple[int, Link]]:
        """Return the links that are asked for, with their serials."""
        rows = self.tables.links.rows
        found = ((serial, rows[serial]) for serial in sorted(rows, reverse=asked.descending))
        return list(islice((row for row in found if _is_asked_for(*row, asked)), asked.limit))


def _is_asked_for(serial: int, link: Link, asked: AuditSearch) -> bool:
    entry = link.entry
    by = entry.details.get("by")
    wanted: tuple[tuple[Collection[object] | None, object], ...] = (
        (asked.serials, serial),
        (asked.audiences, entry.audience),
        (asked.actions, entry.action),
        (
            _one(None if asked.actor is None else str(asked.actor)),
            str(entry.subject_id) if by is None else by,
        ),
        (_one(asked.actor_login), entry.login if by is None else entry.details.get("by_login")),
        (_one(asked.address), entry.address),
        (_one(asked.device_key), entry.device_key),
    )
    if any(values is not None and value not in values for values, value in wanted):
        return False
    if asked.after is not None and not _is_behind(serial, asked.after, asked):
        return False
    if asked.about is not None:
        subject_id, told = asked.about
        said = any(entry.details.get(name) == value for name, value in told)
        if not said and (subject_id is None or entry.subject_id != subject_id):
            return False
    if asked.since is not None and entry.at < asked.since:
        return False
    return asked.until is None or entry.at <= asked.until


def _is_behind(serial: int, after: int, asked: AuditSearch) -> bool:
    return serial < after if asked.descending else serial > after


def _one(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else (value,)
