"""Service tokens: long-lived access for a machine, issued to it by somebody else.

A service token is a session that nobody logged in to, with one access token and nothing to refresh
it by. So everything that ends sessions ends service tokens (a subject switched off or removed, a
new password, a tenant in deletion), and `watchword.core.access` vouches for both alike.

Rules of this file:

1. Only digests are kept, so a token is never shown twice: issuing again gives a further token, and
   the earlier ones live on. Reissuing ends them in the same unit of work, so there is no moment
   with two tokens or with none.
   A subject has so many at once and no more: of those that there are too many, the ones that
   nobody ever used go first, then those that were not used for longest.
2. Who may ask is decided by the caller; whose tokens may be issued is decided here, each time.
3. An expiry date only ever shortens what the policy grants.
4. Who asks by a service token gives away no more than that token is: the same networks, and no
   later date.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from watchword.core.access import Principal, require_standing
from watchword.core.audit import Entry
from watchword.core.errors import NotFoundError
from watchword.core.networks import Network
from watchword.core.policy import AudiencePolicy, Policy, ServiceTokenPolicy
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, record, session_slot
from watchword.core.sessions import (
    EndReason,
    ServiceTokenId,
    Session,
    SessionFilter,
    SessionId,
)
from watchword.core.subjects import Audience, Standing, Subject, SubjectId
from watchword.core.tokens import Randomness, Token, TokenRecord, Use, mint, new_uuid

__all__ = ["Issued", "Order", "ServiceToken", "ServiceTokens"]

MOST_EXAMINED: Final = 2_000
"""More than a subject can have, but where the bound was lowered by much; then each issue ends some.
"""


@dataclass(frozen=True, slots=True)
class Order:
    """A service token as somebody wants it: for whom, until when at most, from which networks.

    ``by`` is who asks, None for the owner of the host (rule 4).
    """

    subject_id: SubjectId
    audience: Audience
    until: datetime | None = None
    networks: tuple[Network, ...] = ()
    by: Principal | None = None


@dataclass(frozen=True, slots=True)
class ServiceToken:
    """What is known of a living service token after it was handed out; not its secret.

    ``expires_at`` is when it dies unused, ``deadline`` when it dies however often it is used (None
    is never). ``used_at`` is None until it was used.
    """

    id: ServiceTokenId
    subject_id: SubjectId
    audience: Audience
    issued_at: datetime
    expires_at: datetime
    deadline: datetime | None
    networks: tuple[Network, ...]
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A service token at the one moment at which its secret is known."""

    subject: Subject
    service_token: ServiceToken
    token: Token


@dataclass(frozen=True, slots=True)
class ServiceTokens:
    """Issues, lists and revokes service tokens."""

    storage: Storage
    revocation: Revocation
    policy: Policy
    clock: Clock
    random: Randomness

    def issue(self, order: Order) -> Issued:
        """Issue a further service token; one of too many ends (rule 1).

        Raises `NotFoundError` (``audience`` where there are no service tokens, ``subject``, or
        ``service account`` for a subject that may not have one), `SubjectDisabledError`,
        `TenantClosedError`, or ``ValueError`` for an expiry date that has passed.
        """
        with self.revocation.change() as (transaction, stale):
            ended = self._make_room(transaction, order)
            issued = self._issue(transaction, order, "service-token.issue", ended)
            stale.update(map(session_slot, ended))
        return issued

    def reissue(self, order: Order) -> Issued:
        """Issue a service token in the place of all earlier ones of its subject and audience.

        Those are refused everywhere once this returns. Raises as `issue` does.
        """
        which = SessionFilter(subject_id=order.subject_id, audience=order.audience, of_service=True)
        with self.revocation.change() as (transaction, stale):
            ended = transaction.sessions.end(which, self.clock(), EndReason.REISSUED)
            issued = self._issue(transaction, order, "service-token.reissue", ended)
            stale.update(map(session_slot, ended))
        return issued

    def revoke(self, token_id: ServiceTokenId, by: SubjectId | None = None) -> ServiceToken:
        """End a living service token; no worker accepts it once this returns.

        Raises `NotFoundError`.
        """
        now = self.clock()
        which = SessionFilter(service_token=token_id)
        with self.revocation.change() as (transaction, stale):
            found = transaction.sessions.list_living(which, now, 1)
            if not found:
                raise NotFoundError("service token")
            stale.add(session_slot(found[0].id))
            transaction.sessions.end(which, now, EndReason.REVOKED)
            revoked = _describe(found[0], token_id)
            subject = transaction.subjects.find(revoked.subject_id)
            record(transaction, _entry("service-token.revoke", subject, revoked, now, by))
        return revoked

    def list_living(
        self, subject_id: SubjectId | None = None, limit: int = 1_000
    ) -> Sequence[ServiceToken]:
        """Return up to ``limit`` living service tokens, of one subject or of all, oldest first."""
        which = SessionFilter(subject_id=subject_id, of_service=True)
        with self.storage.read() as transaction:
            found = transaction.sessions.list_living(which, self.clock(), limit)
        pairs = ((each, each.service_token) for each in found)
        return [_describe(session, known) for session, known in pairs if known is not None]

    def _make_room(self, transaction: Transaction, order: Order) -> Sequence[SessionId]:
        """End as many of a subject's tokens as one more would be too many. Returns their ids."""
        audience = self.policy.audiences.get(order.audience)
        if audience is None or audience.service_tokens is None:
            return ()
        now = self.clock()
        which = SessionFilter(subject_id=order.subject_id, audience=order.audience, of_service=True)
        living = transaction.sessions.list_living(which, now, MOST_EXAMINED)
        surplus = len(living) + 1 - audience.service_tokens.most
        ended = sorted(living, key=_worth)[: max(0, surplus)]
        for session in ended:
            transaction.sessions.end(SessionFilter(id=session.id), now, EndReason.REISSUED)
        return [session.id for session in ended]

    def _issue(
        self, transaction: Transaction, order: Order, action: str, instead: Sequence[SessionId] = ()
    ) -> Issued:
        now = self.clock()
        order = _narrowed(order)
        audience = self.policy.audiences.get(order.audience)
        if audience is None or audience.service_tokens is None:
            raise NotFoundError("audience")
        standing = transaction.standings.find_by_subject(order.subject_id, order.audience)
        subject = _require_holder(standing, audience, audience.service_tokens)
        token_id = ServiceTokenId(new_uuid(self.random))
        opened = _new_session(order, audience.service_tokens, token_id, now)
        session = transaction.sessions.add(opened)
        token = mint(audience.access_form, self.random)
        transaction.tokens.add(TokenRecord(token.digest, session.id, Use.ACCESS))
        issued = Issued(subject, _describe(session, token_id), token)
        by = None if order.by is None else order.by.subject.id
        entry = _entry(action, subject, issued.service_token, now, by)
        if instead:
            entry = replace(entry, details={**entry.details, "ended": str(len(instead))})
        record(transaction, entry)
        return issued


def _worth(session: Session) -> tuple[bool, datetime]:
    """Say how much a token would be missed: one that was never used the least, then by last use."""
    return session.seen_at > session.opened_at, session.seen_at


def _narrowed(order: Order) -> Order:
    """Keep rule 4."""
    session = None if order.by is None else order.by.session
    if session is None or session.service_token is None:
        return order
    dates = [date for date in (order.until, session.deadline) if date is not None]
    networks = session.networks or order.networks
    return replace(order, until=min(dates, default=None), networks=networks)


def _require_holder(
    standing: Standing | None, audience: AudiencePolicy, policy: ServiceTokenPolicy
) -> Subject:
    """Return the subject if it may have a service token, as things are now."""
    if standing is None or standing.profile is None:
        raise NotFoundError("subject")
    profile = require_standing(standing, audience)
    if not policy.may_hold(standing.subject, profile):
        raise NotFoundError("service account")
    return standing.subject


def _new_session(
    order: Order, policy: ServiceTokenPolicy, token_id: ServiceTokenId, now: datetime
) -> Session:
    ends, deadline = policy.lifetime.reach(now)
    if order.until is not None:
        if order.until <= now:
            raise ValueError("the expiry date has passed")
        deadline = order.until if deadline is None else min(order.until, deadline)
        ends = min(ends, deadline)
    return Session(
        subject_id=order.subject_id,
        audience=order.audience,
        opened_at=now,
        seen_at=now,
        expires_at=ends,
        deadline=deadline,
        service_token=token_id,
        networks=order.networks,
    )


def _describe(session: Session, token_id: ServiceTokenId) -> ServiceToken:
    return ServiceToken(
        id=token_id,
        subject_id=session.subject_id,
        audience=session.audience,
        issued_at=session.opened_at,
        expires_at=session.expires_at,
        deadline=session.deadline,
        networks=session.networks,
        used_at=session.seen_at if session.seen_at > session.opened_at else None,
    )


def _entry(
    action: str,
    subject: Subject | None,
    told: ServiceToken,
    now: datetime,
    by: SubjectId | None,
) -> Entry:
    details = {"service-token": str(told.id), "by": str(by or "host")}
    if told.networks:
        details["networks"] = " ".join(str(network) for network in told.networks)
    return Entry(
        now,
        action,
        "done",
        audience=told.audience,
        subject_id=told.subject_id,
        login="" if subject is None else subject.name,
        tenant_id=None if subject is None else subject.tenant_id,
        details=details,
    )
