"""The demands about logins and what led to them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from watchword.core.challenges import Posed
from watchword.core.lockout import Attempts
from watchword.core.session_lists import ListedSession, SessionSearch
from watchword.core.sessions import EndReason, Session, SessionFilter, SessionId, Touch
from watchword.core.subjects import SubjectId
from watchword.core.tokens import TokenDigest, TokenRecord

__all__ = ["AttemptCounts", "Challenges", "KnownDevices", "SessionLists", "Sessions", "Tokens"]


class Sessions(Protocol):
    """Logins on devices."""

    def add(self, session: Session) -> Session:
        """Add a session and return it with its id (and with its family, if it heads one).

        Raises `NotFoundError` for an unknown subject.
        """
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
        """End all sessions that match and have not ended, and return their ids in order.

        Expired ones too: where a policy grants a grace, they could still be refreshed.
        """
        ...

    def touch(self, touches: Collection[Touch]) -> None:
        """Note the use of living sessions. Times never go backwards; unknown ids are skipped."""
        ...

    def prolong(
        self, session_id: SessionId, expires_at: datetime, deadline: datetime | None
    ) -> None:
        """Let a living session end then, and slide no further than to that deadline.

        Any other is left as it is; a session that would end later keeps its end.
        """
        ...

    def list_living(self, which: SessionFilter, now: datetime, limit: int) -> Sequence[Session]:
        """Return up to ``limit`` sessions that match, have not ended and not expired, by id."""
        ...


class SessionLists(Protocol):
    """Sessions as lists show them (`watchword.core.session_lists`)."""

    def search(self, asked: SessionSearch) -> Sequence[ListedSession]:
        """Return the sessions that are asked for, in their order."""
        ...

    def drop(self, session_ids: Collection[SessionId]) -> None:
        """Show sessions that a block ended no longer; all others are skipped."""
        ...


class Tokens(Protocol):
    """Digests of issued tokens. They go when their session is purged."""

    def add(self, record: TokenRecord) -> None:
        """Add a token.

        Raises `AlreadyExistsError` if the digest is known, `NotFoundError` for an unknown session.
        """
        ...

    def redeem(self, digest: TokenDigest) -> bool:
        """Make a proof an access token. Says whether it was one; only the first to ask is told so.

        A proof belongs to its session from the beginning; the session's end stays what it was.
        """
        ...

    def purge_proofs(self, expired_before: datetime, limit: int) -> int:
        """Remove up to ``limit`` sessions whose proof was not redeemed, and that expired before.

        Returns how many sessions went.
        """
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

    def list_of(self, subject_id: SubjectId) -> Collection[str]:
        """Return all keys that are known, in no order."""
        ...

    def remember(self, subject_id: SubjectId, keys: Collection[str], at: datetime) -> None:
        """Note keys as known; those that are known already are renewed."""
        ...

    def purge(self, seen_before: datetime) -> int:
        """Forget keys not seen since. Returns how many."""
        ...


class Challenges(Protocol):
    """What faces were asked to do, by the digest of a nonce (`watchword.core.challenging`)."""

    def add(self, posed: Posed) -> None:
        """Add a challenge. Raises `AlreadyExistsError` if the digest is known."""
        ...

    def find(self, digest: TokenDigest) -> Posed | None:
        """Return the challenge or None."""
        ...

    def redeem(self, digest: TokenDigest) -> bool:
        """Mark a challenge as redeemed. Only the first to ask is told that it was not before."""
        ...

    def count_open(self, source: str, now: datetime) -> tuple[int, int]:
        """Return how many are neither redeemed nor late, of one source and in all."""
        ...

    def purge(self, due_before: datetime, limit: int) -> int:
        """Remove up to ``limit`` challenges whose deadline is older. Returns how many."""
        ...
