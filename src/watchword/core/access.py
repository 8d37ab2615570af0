"""Turning a token into a principal: the hot path.

`Access.recall` is pure computation on a cache hit: a digest, a dictionary, a few array reads. It
allocates no thread, opens no transaction, formats no date and parses no JSON, so it may run on an
event loop. `Access.principal` is the whole truth and may block.

How a cached principal stays true is in `watchword.core.revocation`, rules 3 and 4.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final, TypeAlias, cast

from watchword.core.audit import Entry
from watchword.core.blocklist import is_blocked
from watchword.core.errors import (
    NotFoundError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenMissingError,
    TokenUnknownError,
)
from watchword.core.networks import is_within
from watchword.core.policy import AccessPolicy, AudiencePolicy, Lifetime
from watchword.core.ports import Clock, Stamps, Storage, Transaction
from watchword.core.revocation import CHANGES, record, renewing, session_slot, slots_of
from watchword.core.sessions import EndReason, Session, SessionFilter, SessionId, Touch
from watchword.core.subjects import Audience, Standing, Subject, Tenant
from watchword.core.tokens import TokenDigest, TokenRecord, Use, digest

__all__ = [
    "Access",
    "Pick",
    "Principal",
    "find_access",
    "is_open",
    "lifetime_of",
    "picking",
    "require_standing",
    "supersede",
]

TRIES: Final = 3
"""How often a load is repeated while others keep changing things; after that it is not cached."""

TELL_EVERY: Final = timedelta(minutes=1)
"""How often the audit log is told that a token was shown from a network that it is not for."""
MOST_TOLD: Final = 4_096


Pick: TypeAlias = Callable[[Sequence[int]], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Principal:
    """A subject as vouched for by a token.

    ``profile`` is what the audience's dialect made of its document; the dialect knows its type.
    """

    subject: Subject
    tenant: Tenant | None
    profile: object
    session: Session


class _Kept:
    """A principal in the cache, with all that tells whether it still holds.

    What is looked at each time stands here itself, and not where it came from: every object that
    is not touched is one that need not be in the processor's cache.
    """

    __slots__ = (
        "audience", "deadline", "expires_at", "fresh_until", "networks", "pick", "principal",
        "seen_at", "session_id", "slides", "stamps", "touch_at",
    )  # fmt: skip

    def __init__(
        self,
        principal: Principal,
        pick: Pick,
        stamps: tuple[int, ...],
        slides: timedelta | None,
    ) -> None:
        self.principal = principal
        self.pick = pick
        self.stamps = stamps
        self.slides = slides
        session = principal.session
        self.session_id = session.id
        self.audience = session.audience
        self.networks = session.networks
        self.deadline = session.deadline
        self.expires_at = session.expires_at
        self.seen_at = self.touch_at = self.fresh_until = session.seen_at


class Access:
    """Vouches for tokens. One instance a process, shared by its threads."""

    def __init__(
        self,
        storage: Storage,
        stamps: Stamps,
        clock: Clock,
        policy: AccessPolicy,
        audiences: Mapping[Audience, AudiencePolicy],
    ) -> None:
        """Start with an empty cache."""
        self._storage = storage
        self._stamps = stamps
        self._table = stamps.table
        self._trusted = stamps.trusted
        self._clock = clock
        self._policy = policy
        self._audiences = audiences
        # Ordered, because threads share it: the oldest goes in one step that no other can disturb.
        self._kept: OrderedDict[TokenDigest, _Kept] = OrderedDict()
        # A sliding session is touched at every use, so what is noted is what is at hand anyway.
        self._touched: dict[SessionId, Touch | _Kept] = {}
        self._told: OrderedDict[SessionId, datetime] = OrderedDict()

    def recall(self, secret: str, audience: Audience, address: str = "") -> Principal | None:
        """Return the principal of an access token if this process knows it, else None.

        ``address`` is the caller's, as the server trusts it; a token that is bound to networks
        is never good without one. None means *ask* `principal`; it does not mean that the token
        is bad.
        """
        return self.recall_by(digest(secret), audience, address)

    def recall_by(
        self, name: TokenDigest, audience: Audience, address: str = ""
    ) -> Principal | None:
        """Return what `recall` does, for who remembers a token by its digest."""
        kept = self._kept.get(name)
        if kept is None or kept.audience != audience:
            return None
        if self._trusted is not None and not self._trusted():
            return None  # but kept: whatever was missed will show in the stamps
        now = self._clock()
        if kept.pick(self._table) != kept.stamps or now > kept.expires_at or now > kept.fresh_until:
            self._kept.pop(name, None)
            return None
        if kept.networks and not is_within(address, kept.networks):
            return None
        if now >= kept.touch_at:
            self._touch(kept, now)
        return kept.principal

    def recall_if(
        self, secret: str, covered: Callable[[Subject, Audience], bool], address: str = ""
    ) -> Principal | None:
        """Return what `recall` does for the audience at which the token is good, if it is covered.

        For `watchword.core.inspection`; a token that is not covered is not even noted as used.
        """
        name = digest(secret)
        kept = self._kept.get(name)
        if kept is None:
            return None
        audience = kept.audience
        if not covered(kept.principal.subject, audience):
            return None
        return self.recall_by(name, audience, address)

    def principal(self, secret: str | None, audience: Audience, address: str = "") -> Principal:
        """Return the principal that an access token vouches for, shown from ``address``.

        A token that is shown from a network that it is not for is as unknown as any other; only
        the audit log is told. Raises `TokenMissingError`, `TokenUnknownError`, `TokenExpiredError`,
        `SubjectDisabledError`, `TenantClosedError` or `StorageUnavailableError`.
        """
        if not secret:
            raise TokenMissingError
        known = self.recall(secret, audience, address)
        if known is not None:
            return known
        name = digest(secret)
        for _ in range(TRIES):
            changes = self._table[CHANGES]
            principal = self._load(name, audience, address)
            pick = picking(slots_of(principal.session, principal.subject.tenant_id))
            stamps = pick(self._table)
            if self._table[CHANGES] == changes:
                self._keep(name, principal, pick, stamps)
                return principal
        return self._load(name, audience, address)

    def note(self, session: Session) -> None:
        """Note that a session is in use, which prolongs none; for `watchword.core.watching`."""
        noted = self._touched.get(session.id)
        expires_at = session.expires_at if noted is None else noted.expires_at
        self._touched[session.id] = Touch(session.id, self._clock(), expires_at)

    def flush(self) -> int:
        """Write behind what `recall` and `note` noted. Returns of how many sessions."""
        touched, self._touched = self._touched, {}
        if touched:
            try:
                with self._storage.write() as transaction:
                    transaction.sessions.touch(
                        [
                            Touch(key, noted.seen_at, noted.expires_at)
                            for key, noted in touched.items()
                        ]
                    )
            except BaseException:
                self._touched = touched | self._touched
                raise
        return len(touched)

    def _load(self, name: TokenDigest, audience: Audience, address: str) -> Principal:
        now = self._clock()
        with self._storage.read() as transaction:
            standing, session = find_access(transaction, name, audience, now)
        if session.networks and not is_within(address, session.networks):
            self._tell(session, address, now)
            raise TokenUnknownError
        policy = self._audiences[audience]
        profile = require_standing(standing, policy)
        if session.predecessor is not None:
            self._supersede(session, session.predecessor, now)
        return Principal(standing.subject, standing.tenant, profile, session)

    def _supersede(self, session: Session, predecessor: SessionId, now: datetime) -> None:
        """End what a refresh replaced, at first use of the new (documented: Oz contract 3.3)."""
        try:
            with renewing(self._storage, self._stamps) as (transaction, stale):
                stale.add(session_slot(predecessor))
                supersede(transaction, session, predecessor, now)
        except NotFoundError as error:
            # Removed since it was read.
            raise TokenUnknownError from error

    def _tell(self, session: Session, address: str, now: datetime) -> None:
        """Note in the audit log where a token was shown, once in a while: nobody may flood it."""
        told = self._told.get(session.id)
        if told is not None and now - told < TELL_EVERY:
            return
        self._told[session.id] = now
        if len(self._told) > MOST_TOLD:
            with suppress(KeyError):
                self._told.popitem(last=False)
        with self._storage.write() as transaction:
            record(transaction, _out_of_place(session, address, now))

    def _keep(
        self,
        name: TokenDigest,
        principal: Principal,
        pick: Pick,
        stamps: tuple[int, ...],
    ) -> None:
        lifetime = lifetime_of(self._audiences[principal.session.audience], principal)
        kept = _Kept(principal, pick, stamps, lifetime.length if lifetime.slides else None)
        now = self._clock()
        kept.fresh_until = now + self._policy.lease
        self._touch(kept, now)
        self._kept[name] = kept
        if len(self._kept) > self._policy.entries:
            with suppress(KeyError):
                self._kept.popitem(last=False)

    def _touch(self, kept: _Kept, now: datetime) -> None:
        """Note a use; a sliding session lives on from it, up to its deadline."""
        if kept.slides is None:
            kept.touch_at = now + self._policy.touch_every
        else:
            ends = now + kept.slides
            kept.expires_at = ends if kept.deadline is None else min(ends, kept.deadline)
        kept.seen_at = now
        self._touched[kept.session_id] = kept


def supersede(
    transaction: Transaction, session: Session, predecessor: SessionId, now: datetime
) -> None:
    """End the predecessor of a session that is used for the first time, and forget about it.

    The caller's unit has to renew the predecessor's stamp.
    """
    if transaction.sessions.end(SessionFilter(id=predecessor), now, EndReason.REPLACED):
        record(transaction, _superseded(session, predecessor, now))
    transaction.sessions.settle(session.id)


def require_standing(standing: Standing, policy: AudiencePolicy) -> object:
    """Return the subject's profile, read by its dialect, if the subject may be here at all.

    Raises `SubjectDisabledError` or `TenantClosedError`.
    """
    if not standing.subject.active or standing.profile is None:
        raise SubjectDisabledError
    if policy.machines_only and not standing.subject.service:
        raise SubjectDisabledError
    if standing.tenant is not None and standing.tenant.in_deletion:
        raise TenantClosedError
    return policy.read_profile(standing.profile.document)


def find_access(
    transaction: Transaction, name: TokenDigest, audience: Audience, now: datetime
) -> tuple[Standing, Session]:
    """Return what a living access token of this audience stands for.

    Raises `TokenUnknownError` or `TokenExpiredError`. The subject may be shut out all the same:
    that is `require_standing`'s.
    """
    found = transaction.standings.find_by_token(name)
    standing, session = _require_access(found, audience, now)
    if is_blocked(transaction, audience, session.device.key, now):
        raise TokenUnknownError
    return standing, session


def _require_access(
    found: tuple[Standing, Session, TokenRecord] | None, audience: Audience, now: datetime
) -> tuple[Standing, Session]:
    """Pass a living access token of this audience. A token is good *at* its last instant."""
    if found is None:
        raise TokenUnknownError
    standing, session, record_ = found
    if record_.use is not Use.ACCESS or session.audience != audience:
        raise TokenUnknownError
    if session.end_reason is EndReason.DISABLED and not is_open(standing):
        return standing, replace(session, ended_at=None)
    if session.ended_at is not None:
        raise TokenUnknownError
    if session.expires_at < now:
        raise TokenExpiredError
    return standing, session


def picking(slots: tuple[int, ...]) -> Pick:
    """Return the quickest way to read these slots: one call into C."""
    return cast("Pick", itemgetter(*slots))


def is_open(standing: Standing) -> bool:
    """Say whether nothing about the subject itself keeps it out."""
    closed = standing.tenant is not None and standing.tenant.in_deletion
    return standing.subject.active and standing.profile is not None and not closed


def lifetime_of(policy: AudiencePolicy, principal: Principal) -> Lifetime:
    """Return how long the session of a principal lives; service tokens have a life of their own."""
    if principal.session.service_token is not None and policy.service_tokens is not None:
        return policy.service_tokens.lifetime
    return policy.lifetime(principal.subject, principal.profile)


def _out_of_place(session: Session, address: str, now: datetime) -> Entry:
    return Entry(
        now,
        "access",
        "wrong-network",
        audience=session.audience,
        subject_id=session.subject_id,
        address=address,
        details={"session": str(session.id), "service-token": str(session.service_token or "")},
    )


def _superseded(session: Session, predecessor: SessionId, now: datetime) -> Entry:
    return Entry(
        now,
        "session.end",
        EndReason.REPLACED,
        audience=session.audience,
        subject_id=session.subject_id,
        details={"session": str(predecessor), "successor": str(session.id)},
    )
