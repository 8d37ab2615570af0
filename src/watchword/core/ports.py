"""Everything the core demands of the world, one small Protocol a noun.

Rules of this file:

1. A `Storage` has two doors. ``read()`` sees one consistent state and never waits for a writer;
   ``write()`` is serialised with other writers as far as it must be and is durable once its block
   has been left without an exception. An exception rolls everything back.
2. Any call may raise `StorageUnavailableError`; it is not repeated at each method.
3. Times are aware and in UTC, to the microsecond. Logins are looked up folded
   (`watchword.core.subjects.fold_login`) and given back as written.
4. Records that are absent are None from ``find_*`` and `NotFoundError` from everything else.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from watchword.core.audit import Link
from watchword.core.lockout import Attempts
from watchword.core.sessions import EndReason, Session, SessionFilter, SessionId, Touch
from watchword.core.subjects import (
    Audience,
    Credential,
    Profile,
    Standing,
    Subject,
    SubjectId,
    Tenant,
    TenantId,
)
from watchword.core.tokens import TokenDigest, TokenRecord

__all__ = [
    "AttemptCounts",
    "AuditLog",
    "Clock",
    "Credentials",
    "Documents",
    "KnownDevices",
    "Profiles",
    "Sessions",
    "Stamps",
    "Standings",
    "Storage",
    "Subjects",
    "Tenants",
    "Tokens",
    "Transaction",
]

Clock = Callable[[], datetime]
"""Tells the time: aware, UTC."""


class Tenants(Protocol):
    """Organisations."""

    def add(self, tenant: Tenant) -> None:
        """Add a tenant. Raises `AlreadyExistsError` if its id is taken."""
        ...

    def find(self, tenant_id: TenantId) -> Tenant | None:
        """Return the tenant or None."""
        ...

    def find_by_name(self, name: str) -> Tenant | None:
        """Return the oldest tenant of exactly this name or None. Names need not be unique."""
        ...

    def replace(self, tenant: Tenant) -> None:
        """Store the tenant's new state. Raises `NotFoundError`."""
        ...

    def remove(self, tenant_id: TenantId) -> None:
        """Remove a tenant; its subjects are left without one. Raises `NotFoundError`."""
        ...

    def list_page(self, after: TenantId | None, limit: int) -> Sequence[Tenant]:
        """Return up to ``limit`` tenants after that one, in the order of their ids."""
        ...


class Subjects(Protocol):
    """Persons and machine accounts."""

    def add(self, subject: Subject) -> Subject:
        """Add a subject and return it with its number.

        Raises `AlreadyExistsError` (field ``login`` or ``id``) if one of its logins is taken.
        """
        ...

    def find(self, subject_id: SubjectId) -> Subject | None:
        """Return the subject or None."""
        ...

    def find_by_login(self, login: str) -> Subject | None:
        """Return the subject with this login, in whatever case it is written, or None."""
        ...

    def replace(self, subject: Subject) -> None:
        """Store the subject's new state, logins included.

        Raises `NotFoundError`, or `AlreadyExistsError` if one of its logins is another's.
        """
        ...

    def remove(self, subject_id: SubjectId) -> None:
        """Remove a subject with its credential, profiles, sessions and tokens.

        Raises `NotFoundError`. The audit log keeps its entries.
        """
        ...

    def list_page(self, after: int, limit: int) -> Sequence[Subject]:
        """Return up to ``limit`` subjects with a larger number than ``after``, by number."""
        ...


class Credentials(Protocol):
    """What is stored to check a proof. So far: one password hash a subject."""

    def find_password(self, subject_id: SubjectId) -> Credential | None:
        """Return the credential or None."""
        ...

    def put_password(self, subject_id: SubjectId, credential: Credential) -> None:
        """Set or replace the credential. Raises `NotFoundError` for an unknown subject."""
        ...


class Profiles(Protocol):
    """What each audience knows about a subject."""

    def put(self, subject_id: SubjectId, profile: Profile) -> None:
        """Set or replace the profile. Raises `NotFoundError` for an unknown subject."""
        ...

    def remove(self, subject_id: SubjectId, audience: Audience) -> None:
        """Remove the profile. Raises `NotFoundError` if there is none."""
        ...

    def list_of(self, subject_id: SubjectId) -> Sequence[Profile]:
        """Return all profiles of a subject, by audience."""
        ...


class Standings(Protocol):
    """Everything about a subject at one audience, in one look (one round trip to a database)."""

    def find_by_login(self, login: str, audience: Audience) -> Standing | None:
        """Return how the subject with this login stands at the audience, or None."""
        ...

    def find_by_subject(self, subject_id: SubjectId, audience: Audience) -> Standing | None:
        """Return how this subject stands at the audience, or None."""
        ...

    def find_by_token(self, digest: TokenDigest) -> tuple[Standing, Session, TokenRecord] | None:
        """Return the token with its session, and how its subject stands at its audience.

        Ended and expired sessions are found too. None for a token that was never issued.
        """
        ...


class Sessions(Protocol):
    """Logins on devices."""

    def add(self, session: Session) -> Session:
        """Add a session and return it with its id (and with its family, if it heads one)."""
        ...

    def find(self, session_id: SessionId) -> Session | None:
        """Return the session or None."""
        ...

    def find_successor(self, session_id: SessionId) -> Session | None:
        """Return the living session whose predecessor this is, or None."""
        ...

    def settle(self, session_id: SessionId) -> None:
        """Forget the session's predecessor: it was used. Raises `NotFoundError`."""
        ...

    def end(self, which: SessionFilter, at: datetime, reason: EndReason) -> Sequence[SessionId]:
        """End all living sessions that match and return their ids. The first end is kept."""
        ...

    def touch(self, touches: Collection[Touch]) -> None:
        """Note the use of living sessions. Times never go backwards; unknown ids are skipped."""
        ...

    def list_living(self, which: SessionFilter, now: datetime, limit: int) -> Sequence[Session]:
        """Return up to ``limit`` sessions that match, have not ended and not expired, by id."""
        ...


class Tokens(Protocol):
    """Digests of issued tokens. They go when their session is purged."""

    def add(self, record: TokenRecord) -> None:
        """Add a token. Raises `AlreadyExistsError` if the digest is known."""
        ...

    def purge(self, expired_before: datetime, limit: int) -> int:
        """Remove up to ``limit`` sessions, with tokens, that ended or expired before then.

        Returns how many sessions went.
        """
        ...


class AttemptCounts(Protocol):
    """Failed attempts to log in, by opaque key."""

    def find(self, keys: Collection[str]) -> dict[str, Attempts]:
        """Return the counts that exist."""
        ...

    def put(self, attempts: Collection[Attempts]) -> None:
        """Set or replace counts."""
        ...

    def clear(self, keys: Collection[str]) -> None:
        """Forget counts; unknown keys are skipped."""
        ...

    def purge(self, failed_before: datetime) -> int:
        """Forget counts whose last failure is older. Returns how many."""
        ...


class KnownDevices(Protocol):
    """Devices and addresses from which a subject has logged in before, by opaque key."""

    def knows(self, subject_id: SubjectId, keys: Collection[str]) -> frozenset[str]:
        """Return those of the keys that are known."""
        ...

    def remember(self, subject_id: SubjectId, keys: Collection[str], at: datetime) -> None:
        """Note keys as known; those that are known already are renewed."""
        ...

    def purge(self, seen_before: datetime) -> int:
        """Forget keys not seen since. Returns how many."""
        ...


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

    def list_of(self, audience: Audience, kind: str) -> Sequence[tuple[str, bytes]]:
        """Return all keys and documents of one kind, by key."""
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


class Transaction(Protocol):
    """One unit of work, giving access to every noun."""

    @property
    def tenants(self) -> Tenants:
        """Organisations."""
        ...

    @property
    def subjects(self) -> Subjects:
        """Persons and machine accounts."""
        ...

    @property
    def credentials(self) -> Credentials:
        """Password hashes."""
        ...

    @property
    def profiles(self) -> Profiles:
        """What each audience knows about a subject."""
        ...

    @property
    def standings(self) -> Standings:
        """Subjects as they stand at one audience."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Logins on devices."""
        ...

    @property
    def tokens(self) -> Tokens:
        """Digests of tokens."""
        ...

    @property
    def attempts(self) -> AttemptCounts:
        """Failed logins."""
        ...

    @property
    def devices(self) -> KnownDevices:
        """Devices known from earlier logins."""
        ...

    @property
    def documents(self) -> Documents:
        """Records that only one dialect understands."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit chain."""
        ...


class Storage(Protocol):
    """A place that remembers. Safe to call from several threads."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a unit that only looks."""
        ...

    def write(self) -> AbstractContextManager[Transaction]:
        """Open a unit that may change things."""
        ...


class Stamps(Protocol):
    """A table of 64-bit numbers that every process of this host sees at once.

    Slot 0 changes with every renewal of any slot, slot 1 with none but its own. A renewal gives a
    slot a number that it never had: *renew*, not *increment*, so that two processes that renew at
    once cannot undo each other. `watchword.core.revocation` has the protocol.
    """

    @property
    def table(self) -> Sequence[int]:
        """The live table; reading an element costs no call into the kernel."""
        ...

    def renew(self, slots: Collection[int]) -> None:
        """Give slot 0, then each of these slots, a new number."""
        ...
