"""Sessions and tokens, kept in dictionaries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.sessions import EndReason, Session, SessionFilter, SessionId, Touch
from watchword.core.tokens import TokenDigest, TokenRecord, Use
from watchword.storage.memory.tables import Tables, drop, drop_orphans, kept
from watchword.storage.times import in_utc

__all__ = ["MemorySessions", "MemoryTokens"]


@dataclass(frozen=True, slots=True)
class MemorySessions:
    """Logins on devices."""

    tables: Tables

    def add(self, session: Session) -> Session:
        """Add a session and give it an id."""
        self.tables.require_subject(session.subject_id)
        session_id = SessionId(self.tables.next_serial("session"))
        family = session.family or session_id
        stored = replace(kept(session), id=session_id, family=family)
        self.tables.sessions.change()[session_id] = stored
        return stored

    def find(self, session_id: SessionId) -> Session | None:
        """Return the session or None."""
        return self.tables.sessions.rows.get(session_id)

    def find_successor(self, session_id: SessionId) -> Session | None:
        """Return the living session whose predecessor this is, or None."""
        living = (each for each in self.tables.sessions.rows.values() if each.ended_at is None)
        return next((each for each in living if each.predecessor == session_id), None)

    def settle(self, session_id: SessionId) -> None:
        """Forget the session's predecessor."""
        if session_id not in self.tables.sessions.rows:
            raise NotFoundError("session")
        sessions = self.tables.sessions.change()
        sessions[session_id] = replace(sessions[session_id], predecessor=None)

    def end(self, which: SessionFilter, at: datetime, reason: EndReason) -> Sequence[SessionId]:
        """End all living sessions that match; the first end is kept."""
        meant = [each for each in self._matching(which) if each.ended_at is None]
        if meant:
            ended = {
                each.id: replace(each, ended_at=in_utc(at), end_reason=reason) for each in meant
            }
            self.tables.sessions.change().update(ended)
        return [each.id for each in meant]

    def touch(self, touches: Collection[Touch]) -> None:
        """Note the use of living sessions."""
        sessions = self.tables.sessions.change()
        for touch in touches:
            found = sessions.get(touch.session_id)
            if found is not None and found.ended_at is None:
                sessions[found.id] = replace(
                    found,
                    seen_at=max(found.seen_at, in_utc(touch.seen_at)),
                    expires_at=max(found.expires_at, in_utc(touch.expires_at)),
                )

    def prolong(
        self, session_id: SessionId, expires_at: datetime, deadline: datetime | None
    ) -> None:
        """Let a living session end then, and slide no further than to that deadline."""
        found = self.tables.sessions.rows.get(session_id)
        if found is not None and found.ended_at is None:
            self.tables.sessions.change()[session_id] = replace(
                found,
                expires_at=max(found.expires_at, in_utc(expires_at)),
                deadline=None if deadline is None else in_utc(deadline),
            )

    def list_living(self, which: SessionFilter, now: datetime, limit: int) -> Sequence[Session]:
        """Return sessions that match, have not ended and not expired, by id."""
        matching = self._matching(which)
        living = (each for each in matching if each.ended_at is None and each.expires_at >= now)
        return list(islice(living, limit))

    def _matching(self, which: SessionFilter) -> Iterable[Session]:
        """Yield by id: sessions are added in that order, and a dictionary keeps it."""
        for session in self.tables.sessions.rows.values():
            if self._matches(session, which):
                yield session

    def _matches(self, session: Session, which: SessionFilter) -> bool:
        pairs = (
            (which.id, session.id),
            (which.family, session.family),
            (which.subject_id, session.subject_id),
            (which.audience, session.audience),
            (which.device_key, session.device.key),
            (which.service_token, session.service_token),
            (which.of_service, session.service_token is not None),
        )
        if session.id == which.other_than or any(a is not None and a != f for a, f in pairs):
            return False
        subject = self.tables.subjects.rows[session.subject_id]
        return which.tenant_id is None or subject.tenant_id == which.tenant_id


@dataclass(frozen=True, slots=True)
class MemoryTokens:
    """Digests of issued tokens."""

    tables: Tables

    def add(self, record: TokenRecord) -> None:
        """Add a token."""
        if record.session_id not in self.tables.sessions.rows:
            raise NotFoundError("session")
        if record.digest in self.tables.tokens.rows:
            raise AlreadyExistsError("token", "digest")
        self.tables.tokens.change()[record.digest] = record

    def redeem(self, digest: TokenDigest) -> bool:
        """Make a proof an access token, once."""
        found = self.tables.tokens.rows.get(digest)
        if found is None or found.use is not Use.PROOF:
            return False
        self.tables.tokens.change()[digest] = replace(found, use=Use.ACCESS)
        return True

    def purge_proofs(self, expired_before: datetime, limit: int) -> int:
        """Remove sessions whose proof was not redeemed, and that expired before then."""
        sessions = self.tables.sessions.rows
        proofs = (each for each in self.tables.tokens.rows.values() if each.use is Use.PROOF)
        dead = (
            each.session_id
            for each in proofs
            if sessions[each.session_id].expires_at < expired_before
        )
        return self._remove(frozenset(islice(dead, limit)))

    def purge(self, expired_before: datetime, limit: int) -> int:
        """Remove sessions, with tokens, that ended or expired before then."""
        sessions = self.tables.sessions
        dead = (
            each.id
            for each in sessions.rows.values()
            if min(each.ended_at or each.expires_at, each.expires_at) < expired_before
        )
        return self._remove(frozenset(islice(dead, limit)))

    def _remove(self, meant: frozenset[SessionId]) -> int:
        drop(self.tables.sessions, lambda session_id, _: session_id in meant)
        drop_orphans(self.tables)
        return len(meant)
