"""Sessions and tokens, in SQL."""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.sessions import EndReason, Session, SessionFilter, SessionId, Touch
from watchword.core.subjects import Audience
from watchword.core.tokens import TokenDigest, TokenRecord, Use
from watchword.storage.sql.channel import AnyChannel
from watchword.storage.sql.listing import PROLONG_LISTED, TOUCH_LISTED
from watchword.storage.sql.rows import Values, bounded, from_session, mark_of, to_session
from watchword.storage.sql.session_lists import list_session, unlist_sessions
from watchword.storage.sql.statements import sessions as sql
from watchword.storage.times import to_micros

__all__ = ["SqlSessions", "SqlTokens"]


@dataclass(frozen=True, slots=True)
class SqlSessions:
    """Logins on devices. Lists show those of the ``listed`` audiences (None: of all)."""

    channel: AnyChannel
    listed: Container[Audience] | None = None

    def add(self, session: Session) -> Session:
        """Add a session and give it an id."""
        values = from_session(session)
        rows = self.channel.changed(sql.ADD_SESSION, values)
        if not rows:
            raise NotFoundError("subject")
        session_id = SessionId(rows[0][0])
        stored = replace(session, id=session_id, family=session.family or session_id)
        if self.listed is None or session.audience in self.listed:
            list_session(self.channel, stored, values)
        return stored

    def find(self, session_id: SessionId) -> Session | None:
        """Return the session or None."""
        row = self.channel.one(sql.FIND_SESSION, {"id": bounded(session_id)})
        return None if row is None else to_session(row)

    def find_successor(self, session_id: SessionId) -> Session | None:
        """Return the living session whose predecessor this is, or None."""
        asked: Values = {"predecessor": bounded(session_id), "limit": 1}
        row = self.channel.one(sql.FIND_SUCCESSOR, asked)
        return None if row is None else to_session(row)

    def settle(self, session_id: SessionId) -> None:
        """Forget the session's predecessor."""
        if not self.channel.change(sql.SETTLE_SESSION, {"id": bounded(session_id)}):
            raise NotFoundError("session")

    def end(self, which: SessionFilter, at: datetime, reason: EndReason) -> Sequence[SessionId]:
        """End all living sessions that match; the first end is kept."""
        names, values = _asked(which)
        values |= {"at": to_micros(at), "reason": reason.value}
        rows = self.channel.changed(sql.end_sessions(names), values)
        ended = sorted(SessionId(row[0]) for row in rows)
        unlist_sessions(self.channel, ended, reason)
        return ended

    def touch(self, touches: Collection[Touch]) -> None:
        """Note the use of living sessions."""
        rows: list[Values] = [
            {
                "id": bounded(touch.session_id),
                "seen_at": to_micros(touch.seen_at),
                "expires_at": to_micros(touch.expires_at),
            }
            for touch in touches
        ]
        self.channel.change_many(sql.TOUCH_SESSION, rows)
        self.channel.change_many(TOUCH_LISTED, rows)

    def prolong(
        self, session_id: SessionId, expires_at: datetime, deadline: datetime | None
    ) -> None:
        """Let a living session end then, and slide no further than to that deadline."""
        values: Values = {
            "id": bounded(session_id),
            "expires_at": to_micros(expires_at),
            "deadline": None if deadline is None else to_micros(deadline),
        }
        self.channel.change(sql.PROLONG_SESSION, values)
        self.channel.change(PROLONG_LISTED, values)

    def list_living(self, which: SessionFilter, now: datetime, limit: int) -> Sequence[Session]:
        """Return sessions that match, have not ended and not expired, by id."""
        names, values = _asked(which)
        values |= {"now": to_micros(now), "limit": bounded(limit)}
        return [to_session(row) for row in self.channel.all(sql.list_sessions(names), values)]


@dataclass(frozen=True, slots=True)
class SqlTokens:
    """Digests of issued tokens."""

    channel: AnyChannel

    def add(self, record: TokenRecord) -> None:
        """Add a token."""
        session_id = bounded(record.session_id)
        values: Values = {
            "digest": record.digest,
            "session_id": session_id,
            "use": record.use.value,
        }
        if not self.channel.change(sql.ADD_TOKEN, values):
            if self.channel.one(sql.FIND_SESSION, {"id": session_id}) is None:
                raise NotFoundError("session")
            raise AlreadyExistsError("token", "digest")

    def redeem(self, digest: TokenDigest) -> bool:
        """Make a proof an access token, once."""
        values: Values = {"digest": digest, "use": Use.ACCESS.value}
        return bool(self.channel.change(sql.REDEEM_PROOF, values))

    def purge_proofs(self, expired_before: datetime, limit: int) -> int:
        """Remove sessions whose proof was not redeemed, and that expired before then."""
        asked: Values = {"before": to_micros(expired_before), "limit": bounded(limit)}
        return self.channel.change(sql.PURGE_PROOFS, asked)

    def purge(self, expired_before: datetime, limit: int) -> int:
        """Remove sessions that ended or expired before then; their tokens go with them."""
        before, left = to_micros(expired_before), bounded(limit)
        for statement in (sql.PURGE_ENDED, sql.PURGE_EXPIRED):
            left -= self.channel.change(statement, {"before": before, "limit": left})
        return bounded(limit) - left


def _asked(which: SessionFilter) -> tuple[frozenset[str], Values]:
    """Return the names of the conditions that a filter sets, and their values."""
    values: Values = {
        "audience": which.audience,
        "subject_id": which.subject_id and which.subject_id.bytes,
        "tenant_id": which.tenant_id and which.tenant_id.bytes,
        "id": _bounded(which.id),
        "family": _bounded(which.family),
        "other_than": _bounded(which.other_than),
        "device_key": which.device_key or None,
        "no_device": "" if which.device_key == "" else None,
        "service_token": which.service_token and which.service_token.bytes,
        "of_service": b"" if which.of_service else None,
        "of_people": True if which.of_service is False else None,
    }
    names = frozenset(name for name, value in values.items() if value is not None)
    return names, values | {"device_mark": mark_of(which.device_key or "")}


def _bounded(session_id: SessionId | None) -> int | None:
    return None if session_id is None else bounded(session_id)
