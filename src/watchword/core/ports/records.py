"""The demands about records of other kinds: documents, the index, jobs, blobs, the audit chain."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from watchword.core.audit import AuditSearch, Link
from watchword.core.blobs import BlobId
from watchword.core.index import Facets, Page, Query
from watchword.core.jobs import Job, JobId
from watchword.core.subjects import Audience

__all__ = ["AuditLog", "Blobs", "Documents", "Index", "Jobs"]


class Documents(Protocol):
    """Small records that only one dialect understands, such as its roles. JSON by opaque key."""

    def find(self, audience: Audience, kind: str, key: str) -> bytes | None:
        """Return the document or None."""
        ...

    def put(self, audience: Audience, kind: str, key: str, document: bytes) -> None:
        """Set or replace the document."""
        ...

    def remove(self, audience: Audience, kind: str, key: str) -> None:
        """Remove the document. Raises `NotFoundError` (kind ``document``) if there is none."""
        ...

    def find_many(
        self, audience: Audience, kind: str, keys: Collection[str]
    ) -> Mapping[str, bytes]:
        """Return those of the documents that exist, by key."""
        ...

    def list_of(self, audience: Audience, kind: str) -> Sequence[tuple[str, bytes]]:
        """Return all keys and documents of one kind, by key."""
        ...


class Index(Protocol):
    """What records say, so that they can be found by it (`watchword.core.index`)."""

    def put(self, collection: str, key: str, facets: Facets) -> None:
        """Set or replace what an entry says. An entry that is there keeps its age."""
        ...

    def remove(self, collection: str, key: str) -> None:
        """Forget an entry. It is no error if there is none."""
        ...

    def search(self, query: Query) -> Page:
        """Return the keys of the entries that match. An unknown collection is an empty one."""
        ...


class Jobs(Protocol):
    """Work that waits to be done (`watchword.core.jobs`)."""

    def add(self, job: Job) -> Job:
        """Add a job and return it with its id."""
        ...

    def take(
        self, kinds: Collection[str], now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Job]:
        """Take up to ``limit`` jobs of these kinds that are due, the longest due first.

        A job that was taken is due again when its lease is over, unless it is `done` or put off by
        `retry` before: whoever took it may have died. Until then nobody else gets it.
        """
        ...

    def done(self, job_id: JobId) -> None:
        """Forget a job. It is no error if somebody else has done it."""
        ...

    def retry(self, job_id: JobId, due_at: datetime) -> None:
        """Make a job due at another time. It is no error if somebody else has done it."""
        ...


class Blobs(Protocol):
    """The ledger of the content that some record refers to (`watchword.core.blobs`)."""

    def add(self, blob_id: BlobId) -> None:
        """Note that a record refers to a blob. Raises `AlreadyExistsError` if one did before."""
        ...

    def remove(self, blob_id: BlobId) -> None:
        """Note that no record refers to it any more. It is no error if none did."""
        ...

    def known(self, blob_ids: Collection[BlobId]) -> frozenset[BlobId]:
        """Return those to which a record refers."""
        ...


class AuditLog(Protocol):
    """The chain of audit entries."""

    def head(self) -> bytes:
        """Return the hash of the newest link (32 zero bytes before the first).

        Holds other writers of the chain off until the transaction ends.
        """
        ...

    def append(self, link: Link) -> None:
        """Add a link after the head."""
        ...

    def list_page(self, after: int, limit: int) -> Sequence[tuple[int, Link]]:
        """Return up to ``limit`` links with a larger serial than ``after``, with their serials."""
        ...

    def search(self, asked: AuditSearch) -> Sequence[tuple[int, Link]]:
        """Return the links that are asked for, with their serials, in the order of these."""
        ...
