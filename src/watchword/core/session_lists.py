"""Lists of sessions: what can be asked for, in which order, and how the next page is found.

A list shows the sessions of one audience that live, and beside them those that a block of their
device ended, until somebody closes them. A page begins behind a *place*, the sorting key of the
last session before it, so that any page costs as much as the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias, cast

from watchword.core.networks import Network
from watchword.core.sessions import EndReason, Session
from watchword.core.subjects import Audience, SubjectId, is_storable
from watchword.core.tokens import TokenDigest

__all__ = [
    "ListedSession",
    "Place",
    "SessionOrder",
    "SessionSearch",
    "SessionState",
    "is_listed",
    "place_of",
    "read_place",
    "state_of",
]

Place: TypeAlias = tuple[int | str, ...]
"""What a session is sorted by, its id last. Times are microseconds since 1970."""


class SessionState(StrEnum):
    """How a listed session is."""

    ONLINE = "online"
    """It was used lately."""
    OFFLINE = "offline"
    """It lives, but was not used lately."""
    BLOCKED = "blocked"
    """A block of its device ended it."""


class SessionOrder(StrEnum):
    """What a list is sorted by; equals by their age, and states by their last use."""

    OPENED = "opened"
    SEEN = "seen"
    MOBILE = "mobile"
    STATE = "state"
    OWNER = "owner"


LENGTHS: Final[Mapping[SessionOrder, int]] = {
    SessionOrder.OPENED: 2,
    SessionOrder.SEEN: 2,
    SessionOrder.MOBILE: 3,
    SessionOrder.STATE: 3,
    SessionOrder.OWNER: 2,
}
LARGEST: Final = 2**63 - 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session as a list shows it: with whose it is, and the digest of its access token.

    Unless it is ``active`` its token is a proof that was not redeemed.
    """

    session: Session
    owner_number: int
    owner_name: str
    digest: TokenDigest
    active: bool = True


@dataclass(frozen=True, slots=True)
class SessionSearch:
    """Which sessions of an audience, in which order, and which part of them.

    A session must pass every condition that is set; of several values one is enough. What expired
    before ``now`` is not listed; what was used at ``fresh_since`` or later is online. Both ends of
    ``opened_from`` and ``opened_to`` belong to the span.
    """

    audience: Audience
    now: datetime
    fresh_since: datetime
    order: SessionOrder = SessionOrder.OPENED
    descending: bool = True
    after: Place | None = None
    limit: int = 100
    digests: tuple[TokenDigest, ...] | None = None
    subject_id: SubjectId | None = None
    owner_numbers: tuple[int, ...] | None = None
    owner_names: tuple[str, ...] | None = None
    device_keys: tuple[str, ...] | None = None
    states: frozenset[SessionState] | None = None
    networks: tuple[Network, ...] | None = None
    mobile: bool | None = None
    active: bool | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None


def is_listed(session: Session, now: datetime) -> bool:
    """Say whether a list shows a session at all."""
    living = session.ended_at is None or session.end_reason is EndReason.BLOCKED
    return living and session.expires_at >= now


def state_of(session: Session, fresh_since: datetime) -> SessionState:
    """Return how a listed session is."""
    if session.ended_at is not None:
        return SessionState.BLOCKED
    return SessionState.ONLINE if session.seen_at >= fresh_since else SessionState.OFFLINE


def place_of(listed: ListedSession, order: SessionOrder) -> Place:
    """Return the place of a session in a list of this order."""
    session = listed.session
    match order:
        case SessionOrder.OPENED:
            return _micros(session.opened_at), session.id
        case SessionOrder.SEEN:
            return _micros(session.seen_at), session.id
        case SessionOrder.MOBILE:
            return int(session.device.mobile), _micros(session.opened_at), session.id
        case SessionOrder.STATE:
            return int(session.ended_at is None), _micros(session.seen_at), session.id
        case SessionOrder.OWNER:
            return listed.owner_name, session.id


def read_place(values: Sequence[object], order: SessionOrder) -> Place:
    """Return what came back from outside as a place in a list of this order.

    Raises ``ValueError`` for what is none.
    """
    kinds = (str, int) if order is SessionOrder.OWNER else (int,) * LENGTHS[order]
    if [type(value) for value in values] != list(kinds):
        raise ValueError("not a place")
    place = cast("Place", tuple(values))
    if all(is_storable(v) if isinstance(v, str) else abs(v) <= LARGEST for v in place):
        return place
    raise ValueError("not a place")


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
