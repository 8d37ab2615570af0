"""The rows of the reference storage, and how a unit of work gets a state of its own.

A table that was committed is never changed again: a writing unit copies a table when it first
changes it.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from watchword.core.audit import Entry, Link
from watchword.core.blobs import BlobId
from watchword.core.challenges import Posed
from watchword.core.errors import NotFoundError
from watchword.core.index import Facets
from watchword.core.jobs import Job, JobId
from watchword.core.lockout import Attempts
from watchword.core.sessions import Session, SessionId
from watchword.core.subjects import (
    Audience,
    Credential,
    Profile,
    Subject,
    SubjectId,
    Tenant,
    TenantId,
)
from watchword.core.tokens import TokenDigest, TokenRecord
from watchword.storage.times import in_utc

__all__ = ["Indexed", "Table", "Tables", "drop", "drop_orphans", "kept"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Record = TypeVar("Record", Tenant, Subject, Session, Attempts, Entry, Job, Posed)


class Table(Generic[K, V]):
    """Rows by key, shared with the state it was forked from until it is first changed."""

    __slots__ = ("frozen", "rows", "shared")

    def __init__(self) -> None:
        self.rows: dict[K, V] = {}
        self.shared = False
        self.frozen = True

    def fork(self) -> Self:
        """Return a table of the same rows that may be changed."""
        table = type(self)()
        table.rows, table.shared, table.frozen = self.rows, True, False
        return table

    def change(self) -> dict[K, V]:
        """Return the rows in order to change them."""
        if self.frozen:
            message = "this unit of work only looks, or is over"
            raise RuntimeError(message)
        if self.shared:
            self.rows, self.shared = dict(self.rows), False
        return self.rows


@dataclass(frozen=True, slots=True)
class Indexed:
    """What an entry of the index says, and its place in the order in which entries came."""

    serial: int
    facets: Facets


@dataclass(frozen=True, slots=True)
class Tables:
    """One state of everything. ``serials`` holds the last number given out of each kind."""

    serials: Table[str, int] = field(default_factory=Table[str, int])
    tenants: Table[TenantId, Tenant] = field(default_factory=Table[TenantId, Tenant])
    subjects: Table[SubjectId, Subject] = field(default_factory=Table[SubjectId, Subject])
    logins: Table[str, SubjectId] = field(default_factory=Table[str, SubjectId])
    passwords: Table[SubjectId, Credential] = field(default_factory=Table[SubjectId, Credential])
    profiles: Table[tuple[SubjectId, Audience], Profile] = field(
        default_factory=Table[tuple[SubjectId, Audience], Profile]
    )
    sessions: Table[SessionId, Session] = field(default_factory=Table[SessionId, Session])
    unlisted: Table[SessionId, None] = field(default_factory=Table[SessionId, None])
    tokens: Table[TokenDigest, TokenRecord] = field(default_factory=Table[TokenDigest, TokenRecord])
    attempts: Table[str, Attempts] = field(default_factory=Table[str, Attempts])
    challenges: Table[TokenDigest, Posed] = field(default_factory=Table[TokenDigest, Posed])
    documents: Table[tuple[Audience, str, str], bytes] = field(
        default_factory=Table[tuple[Audience, str, str], bytes]
    )
    devices: Table[tuple[SubjectId, str], datetime] = field(
        default_factory=Table[tuple[SubjectId, str], datetime]
    )
    entries: Table[tuple[str, str], Indexed] = field(
        default_factory=Table[tuple[str, str], Indexed]
    )
    jobs: Table[JobId, Job] = field(default_factory=Table[JobId, Job])
    blobs: Table[BlobId, None] = field(default_factory=Table[BlobId, None])
    links: Table[int, Link] = field(default_factory=Table[int, Link])

    def fork(self) -> Self:
        """Return a state like this one that may be changed."""
        return type(self)(*(table.fork() for table in self._all()))

    def freeze(self) -> None:
        """Let nobody change this state any more."""
        for table in self._all():
            table.frozen = True

    def next_serial(self, kind: str) -> int:
        """Give out the next number of a kind."""
        serials = self.serials.change()
        serials[kind] = serials.get(kind, 0) + 1
        return serials[kind]

    def require_subject(self, subject_id: SubjectId) -> None:
        """Raise `NotFoundError` unless there is such a subject."""
        if subject_id not in self.subjects.rows:
            raise NotFoundError("subject")

    def _all(self) -> Iterable[Any]:
        return (getattr(self, each.name) for each in fields(self))


def kept(record: Record) -> Record:
    """Return the record with its times in UTC, as a database would give them back."""
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    times: dict[str, Any] = {n: in_utc(v) for n, v in values.items() if isinstance(v, datetime)}
    return replace(record, **times)


def drop(table: Table[K, V], meant: Callable[[K, V], bool]) -> int:
    """Remove the rows that are meant. Returns how many."""
    doomed = [key for key, row in table.rows.items() if meant(key, row)]
    if doomed:
        rows = table.change()
        for key in doomed:
            del rows[key]
    return len(doomed)


def drop_orphans(tables: Tables) -> None:
    """Remove the tokens whose session is gone."""
    sessions = tables.sessions.rows
    drop(tables.unlisted, lambda session_id, _: session_id not in sessions)
    drop(tables.tokens, lambda _, record: record.session_id not in sessions)
