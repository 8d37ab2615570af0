"""Refreshing: a pair of tokens for the one that grows old (RFC 6749 section 6, RFC 9700 4.14).

Rules of this file, for every audience that has refresh tokens:

1. A refresh opens a successor session and kills nothing. The old pair dies when the successor is
   first used (documented for Oz, wire contract 3.3), be it for a call (`watchword.core.access`) or
   for the next refresh: otherwise a session two steps behind would live on unseen.
2. Until then a repeated or parallel refresh gives the same successor with the same tokens: they
   are derived from the old refresh token and a stored nonce. Its life begins anew each time.
3. A refresh token that comes back after its death ends its whole family of sessions and is
   written to the audit log: either its holder or a thief is a step behind. What the caller hears
   is decided before that, so that a replay looks like any refresh token that nobody has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from watchword.core.access import require_standing, supersede
from watchword.core.admission import Admitted, new_session, open_session
from watchword.core.audit import Entry
from watchword.core.blocklist import is_blocked
from watchword.core.errors import (
    CoreError,
    RefreshForeignError,
    RefreshUnknownError,
    TokenExpiredError,
    TokenMissingError,
    TokenUnknownError,
)
from watchword.core.grants import Visit
from watchword.core.policy import AudiencePolicy, Policy
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, record, session_slot, subject_slot
from watchword.core.sessions import EndReason, Session, SessionFilter, Touch
from watchword.core.subjects import Audience, Standing
from watchword.core.tokens import Randomness, Token, Use, derive, digest

__all__ = ["Renewal"]

NONCE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Renewal:
    """Exchanges a refresh token for a new pair."""

    storage: Storage
    revocation: Revocation
    policy: Policy
    clock: Clock
    random: Randomness

    def renew(self, access: str | None, refresh: str, audience: Audience) -> Admitted:
        """Open, or find, the successor of the session that ``refresh`` belongs to.

        ``access`` is the caller's access token; where the policy grants a grace it may have
        expired. Raises `TokenMissingError`, `TokenUnknownError`, `TokenExpiredError`,
        `RefreshUnknownError`, `RefreshForeignError`, `SubjectDisabledError`,
        `TenantClosedError` or `StorageUnavailableError`.
        """
        if not access:
            raise TokenMissingError
        with self.revocation.change() as (transaction, stale):
            outcome, ended = self._decide(transaction, access, refresh, audience)
            stale.update(ended)
        if isinstance(outcome, CoreError):
            raise outcome
        return outcome

    def _decide(
        self, transaction: Transaction, access: str, refresh: str, audience: Audience
    ) -> tuple[Admitted | CoreError, Sequence[int]]:
        """Return the outcome, and the slots of what came to an end on the way to it."""
        now = self.clock()
        ended: list[int] = []
        outcome: Admitted | CoreError
        try:
            caller = self._require_caller(transaction, access, audience, now)
            if caller.predecessor is not None:
                supersede(transaction, caller, caller.predecessor, now)
                ended.append(session_slot(caller.predecessor))
            standing, session = _require_refresh(transaction, refresh, audience)
            if session.subject_id != caller.subject_id:
                raise RefreshForeignError
            if session.expires_at + self.policy.audiences[audience].refresh_grace < now:
                raise RefreshUnknownError
            outcome = self._succeed(transaction, standing, session, refresh, now)
        except CoreError as refusal:
            outcome = refusal
        replayed = self._end_if_replayed(transaction, refresh, audience, now)
        if replayed is not None:
            ended.append(subject_slot(replayed.subject_id))
        return outcome, ended

    def _require_caller(
        self, transaction: Transaction, access: str, audience: Audience, now: datetime
    ) -> Session:
        found = transaction.standings.find_by_token(digest(access))
        if found is None or found[1].audience != audience or found[2].use is not Use.ACCESS:
            raise TokenUnknownError
        standing, session, _ = found
        if session.end_reason is EndReason.DISABLED:
            # As at any other call: whoever was kept out since is told so.
            require_standing(standing, self.policy.audiences[audience])
        # A service token is no half of a pair, and nothing here knows from which network it came.
        if session.ended_at is not None or session.service_token is not None:
            raise TokenUnknownError
        if is_blocked(transaction, audience, session.device.key, now):
            raise TokenUnknownError
        if session.expires_at + self.policy.audiences[audience].refresh_grace < now:
            raise TokenExpiredError
        return session

    def _succeed(
        self,
        transaction: Transaction,
        standing: Standing,
        session: Session,
        refresh: str,
        now: datetime,
    ) -> Admitted:
        policy = self.policy.audiences[session.audience]
        profile = require_standing(standing, policy)
        visit = Visit(session.audience, session.scopes, session.device, session.address)
        begun = new_session(standing, profile, policy, visit, now, session.deadline)
        if begun.expires_at < now:
            raise RefreshUnknownError
        successor = transaction.sessions.find_successor(session.id)
        if successor is not None:
            transaction.sessions.touch([Touch(successor.id, now, begun.expires_at)])
            successor = replace(successor, seen_at=now, expires_at=begun.expires_at)
            token, again = _derive_pair(policy, refresh, successor.nonce)
            return Admitted(standing.subject, standing.tenant, profile, successor, token, again)
        fresh = replace(
            begun,
            family=session.family,
            predecessor=session.id,
            nonce=self.random(NONCE_BYTES),
        )
        pair = _derive_pair(policy, refresh, fresh.nonce)
        admitted = open_session(transaction, standing, fresh, profile, pair)
        record(transaction, _entry(session, "renewed", now, successor=admitted.session))
        return admitted

    def _end_if_replayed(
        self, transaction: Transaction, refresh: str, audience: Audience, now: datetime
    ) -> Session | None:
        """Rule 3. Returns the dead session if its refresh token came back."""
        found = transaction.standings.find_by_token(digest(refresh))
        if found is None or found[2].use is not Use.REFRESH or found[1].audience != audience:
            return None
        session = found[1]
        if session.end_reason is not EndReason.REPLACED:
            return None
        which = SessionFilter(family=session.family)
        transaction.sessions.end(which, now, EndReason.REPLAYED)
        record(transaction, _entry(session, "replayed", now))
        return session


def _require_refresh(
    transaction: Transaction, refresh: str, audience: Audience
) -> tuple[Standing, Session]:
    found = transaction.standings.find_by_token(digest(refresh))
    if found is None:
        raise RefreshUnknownError
    standing, session, kept = found
    if kept.use is not Use.REFRESH or session.audience != audience or session.ended_at is not None:
        raise RefreshUnknownError
    return standing, session


def _derive_pair(policy: AudiencePolicy, refresh: str, nonce: bytes) -> tuple[Token, Token]:
    refresh_form = policy.refresh_form or policy.access_form
    return (
        derive(policy.access_form, refresh, nonce, b"access"),
        derive(refresh_form, refresh, nonce, b"refresh"),
    )


def _entry(session: Session, result: str, now: datetime, successor: Session | None = None) -> Entry:
    details = {"session": str(session.id), "family": str(session.family)}
    if successor is not None:
        details["successor"] = str(successor.id)
    return Entry(
        now,
        "renew",
        result,
        audience=session.audience,
        subject_id=session.subject_id,
        address=session.address,
        device_key=session.device.key,
        details=details,
    )
