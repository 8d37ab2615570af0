"""Lists of sessions, in SQL: kept beside the sessions, walked or gathered."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import product
from typing import Final, TypeAlias

from watchword.core.networks import rank_of_address, span_of_network
from watchword.core.session_lists import (
    ListedSession,
    SessionSearch,
    SessionState,
    place_of,
)
from watchword.core.sessions import EndReason, Session, SessionId
from watchword.core.subjects import fold_login
from watchword.core.tokens import TokenDigest, Use
from watchword.storage.sql import listing as sql
from watchword.storage.sql.channel import AnyChannel
from watchword.storage.sql.dealing import FEW, MANY, deal, padded
from watchword.storage.sql.listing import ListShape
from watchword.storage.sql.rows import (
    SESSION_WIDTH,
    Row,
    Values,
    bounded,
    from_session,
    mark_of,
    to_session,
)
from watchword.storage.times import to_micros

__all__ = ["SqlSessionLists", "list_session", "unlist_sessions"]

LEADS: Final = ("ids", "waiting", "owner", "owner_numbers", "devices", "owners")
"""Conditions that a list is gathered by, the narrowest first."""

Conditions: TypeAlias = dict[str, tuple[object, ...]]
"""The values of each condition that is set."""

STATES: Final = (SessionState.ONLINE, SessionState.OFFLINE, SessionState.BLOCKED)
LIVING: Final = 1
ANY_ADDRESS: Final = "%@%"


@dataclass(frozen=True, slots=True)
class SqlSessionLists:
    """Sessions as lists show them."""

    channel: AnyChannel

    def search(self, asked: SessionSearch) -> Sequence[ListedSession]:
        """Return the sessions that are asked for, in their order."""
        given = self._conditions(asked)
        if any(not values for values in given.values()):
            return []
        values = _bind(asked, given)
        counts = tuple((name, len(listed)) for name, listed in given.items())
        lead = next((name for name in LEADS if name in given), "")
        behind = asked.after is not None
        shape = ListShape(asked.order, asked.descending, lead, behind, counts)
        found = merge(
            *(self._read(shape, values | segment) for segment in _segments(asked, lead)),
            key=lambda listed: place_of(listed, asked.order),
            reverse=asked.descending,
        )
        return list(found)[: asked.limit]

    def drop(self, session_ids: Collection[SessionId]) -> None:
        """Show sessions that a block ended no longer."""
        for values in deal([bounded(each) for each in session_ids], MANY):
            self.channel.change(sql.DROP_LISTED_MANY, values)

    def _read(self, shape: ListShape, values: Values) -> Sequence[ListedSession]:
        rows = self.channel.all(sql.find_listed(shape), values)
        return [_to_listed(row) for row in rows]

    def _conditions(self, asked: SessionSearch) -> Conditions:
        """Return the values of each condition that is set."""
        found: Conditions = {}
        if asked.digests is not None:
            found["ids"] = self._find(asked.digests)
        if asked.subject_id is not None:
            found["owner"] = (asked.subject_id.bytes,)
        if asked.mobile is not None:
            found["mobile"] = (int(asked.mobile),)
        if asked.active is not None:
            found["active" if asked.active else "waiting"] = (True,)
        several: dict[str, Collection[object] | None] = {
            "owner_numbers": asked.owner_numbers and tuple(map(bounded, asked.owner_numbers)),
            "owners": asked.owner_names,
            "devices": asked.device_keys,
            "states": asked.states,
            "networks": asked.networks,
        }
        found |= {name: tuple(given) for name, given in several.items() if given is not None}
        times = {"opened_from": asked.opened_from, "opened_to": asked.opened_to}
        found |= {name: (to_micros(at),) for name, at in times.items() if at is not None}
        return {name: padded(values) for name, values in found.items()}

    def _find(self, digests: Sequence[TokenDigest]) -> tuple[object, ...]:
        asked = deal(digests, MANY)
        found = [self.channel.all(sql.FIND_BY_DIGESTS_MANY, values) for values in asked]
        return tuple(row[0] for rows in found for row in rows)


def _to_listed(row: Row) -> ListedSession:
    use, number, name, digest = row[SESSION_WIDTH:]
    session = to_session(row[:SESSION_WIDTH])
    return ListedSession(session, number, name, TokenDigest(bytes(digest)), use == Use.ACCESS)


def list_session(channel: AnyChannel, session: Session) -> None:
    """Note a session that was just stored, if lists show it."""
    blocked = session.end_reason is EndReason.BLOCKED
    if session.ended_at is not None and not blocked:
        return
    stored = from_session(session)
    names = ("subject_id", "audience", "opened_at", "seen_at", "expires_at")
    channel.change(
        sql.ADD_LISTED,
        {name: stored[name] for name in (*names, "device_key", "device_mark")}
        | {
            "session_id": session.id,
            "standing": LIVING - blocked,
            "mobile": stored["device_mobile"],
            "address_rank": rank_of_address(session.address),
            "address": ANY_ADDRESS,
            "nobody": "",
        },
    )


def unlist_sessions(channel: AnyChannel, ended: Sequence[SessionId], reason: EndReason) -> None:
    """Note the end of sessions: lists show only those that a block ended."""
    if reason is EndReason.BLOCKED:
        for values in deal(ended, MANY):
            channel.change(sql.BLOCK_LISTED_MANY, values)
        return
    # A login displaces one: values cost as much to bind as to look for.
    unlist, places = (sql.UNLIST_FEW, FEW) if len(ended) <= FEW else (sql.UNLIST_MANY, MANY)
    for values in deal(ended, places):
        channel.change(unlist, values)


def _segments(asked: SessionSearch, lead: str) -> Iterator[Values]:
    """Yield the values that tell the segments of a walk apart; a gathered list is one."""
    if lead:
        yield {}
        return
    states = asked.states or frozenset(STATES)
    standings = {LIVING - (each is SessionState.BLOCKED) for each in states}
    kinds = (False, True) if asked.mobile is None else (asked.mobile,)
    if len(sql.WALKED[asked.order]) == 1:
        kinds = kinds[:1]
    for standing, mobile in product(standings, kinds):
        yield {"segment_standing": standing, "segment_mobile": int(mobile)}


def _bind(asked: SessionSearch, given: Conditions) -> Values:
    """Return the values of a statement's parameters but for the segment's."""
    values: Values = {
        "audience": asked.audience,
        "now": to_micros(asked.now),
        "limit": bounded(asked.limit),
        "use": Use.ACCESS.value,
    }
    for name, listed in given.items():
        values |= {f"{name}{at}": value for at, value in enumerate(listed)}
    for at, network in enumerate(padded(asked.networks or ())):
        values[f"networks{at}"], values[f"last{at}"] = span_of_network(network)
    for at, key in enumerate(padded(asked.device_keys or ())):
        values[f"marks{at}"] = mark_of(key)
    for at, name in enumerate(padded(asked.owner_names or ())):
        values[f"folded{at}"] = fold_login(name)
    if asked.states is not None:
        values["fresh_since"] = to_micros(asked.fresh_since)
        values |= {f"state{at}": int(each in asked.states) for at, each in enumerate(STATES)}
        values = {name: value for name, value in values.items() if not name.startswith("states")}
    if asked.after is not None:
        values |= {f"after{at}": value for at, value in enumerate(asked.after)}
    return values
