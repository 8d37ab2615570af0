"""Lists of sessions, in SQL: kept beside the sessions, walked or gathered."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, TypeAlias

from sqlalchemy import Select

from watchword.core.networks import rank_of_address, span_of_network
from watchword.core.session_lists import (
    ListedSession,
    SessionSearch,
    SessionState,
)
from watchword.core.sessions import EndReason, Session, SessionId
from watchword.core.subjects import fold_login
from watchword.core.tokens import TokenDigest, Use
from watchword.storage.sql import listing as sql
from watchword.storage.sql.channel import AnyChannel
from watchword.storage.sql.dealing import MANY, deal, padded
from watchword.storage.sql.listing import ListShape, Segment
from watchword.storage.sql.rows import (
    SESSION_WIDTH,
    Row,
    Values,
    bounded,
    mark_of,
    to_session,
)
from watchword.storage.times import to_micros

__all__ = ["SqlSessionLists", "list_session", "unlist_sessions"]

LEADS: Final = ("ids", "waiting", "owner", "devices")
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
        lead = next((name for name in LEADS if name in given), "")
        # A walk knows the states by its segments.
        counts = tuple(
            (name, len(listed)) for name, listed in given.items() if lead or name != "states"
        )
        segments = () if lead else tuple(_segments(asked))
        if not (lead or segments):
            return []
        behind = asked.after is not None
        shape = ListShape(asked.order, asked.descending, lead, behind, counts, segments)
        rows = self.channel.all(sql.find_listed(shape), _bind(asked, given))
        return [_to_listed(row) for row in rows]

    def drop(self, session_ids: Collection[SessionId]) -> None:
        """Show sessions that a block ended no longer."""
        for values in deal([bounded(each) for each in session_ids], MANY):
            self.channel.change(sql.DROP_LISTED_MANY, values)

    def _conditions(self, asked: SessionSearch) -> Conditions:
        """Return the values of each condition that is set."""
        found: Conditions = {}
        if asked.digests is not None:
            found["ids"] = self._find(asked.digests)
        owners = self._find_owners(asked)
        if owners is not None:
            found["owner"] = owners
        if asked.mobile is not None:
            found["mobile"] = (int(asked.mobile),)
        if asked.active is not None:
            found["active" if asked.active else "waiting"] = (True,)
        several: dict[str, Collection[object] | None] = {
            "owners": asked.owner_names,
            "devices": asked.device_keys,
            "states": asked.states,
            "networks": asked.networks,
        }
        found |= {name: tuple(given) for name, given in several.items() if given is not None}
        times = {"opened_from": asked.opened_from, "opened_to": asked.opened_to}
        found |= {name: (to_micros(at),) for name, at in times.items() if at is not None}
        return {name: padded(values) for name, values in found.items()}

    def _find_owners(self, asked: SessionSearch) -> tuple[object, ...] | None:
        """Return whose sessions are asked for, or None for everybody's."""
        meant: list[set[bytes]] = []
        if asked.subject_id is not None:
            meant.append({asked.subject_id.bytes})
        if asked.owner_numbers is not None:
            numbers = [bounded(each) for each in asked.owner_numbers]
            meant.append(self._look_up(sql.FIND_OWNERS_BY_NUMBERS_MANY, numbers))
        if asked.owner_names is not None:
            names = [fold_login(each) for each in asked.owner_names]
            meant.append(self._look_up(sql.FIND_OWNERS_BY_NAMES_MANY, names))
        return tuple(meant[0].intersection(*meant[1:])) if meant else None

    def _look_up(self, statement: Select[Any], keys: Sequence[object]) -> set[bytes]:
        asked = deal(keys, MANY)
        return {bytes(row[0]) for values in asked for row in self.channel.all(statement, values)}

    def _find(self, digests: Sequence[TokenDigest]) -> tuple[object, ...]:
        asked = deal(digests, MANY)
        found = [self.channel.all(sql.FIND_BY_DIGESTS_MANY, values) for values in asked]
        return tuple(row[0] for rows in found for row in rows)


def _to_listed(row: Row) -> ListedSession:
    use, number, name, digest = row[SESSION_WIDTH:]
    session = to_session(row[:SESSION_WIDTH])
    return ListedSession(session, number, name, TokenDigest(bytes(digest)), use == Use.ACCESS)


def list_session(channel: AnyChannel, session: Session, stored: Values) -> None:
    """Note a session that was just stored with these values, if lists show it."""
    blocked = session.end_reason is EndReason.BLOCKED
    if session.ended_at is not None and not blocked:
        return
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
    # A login displaces one: a list of many places costs three times as much.
    if len(ended) == 1:
        channel.change(sql.UNLIST_ONE, {"id": ended[0]})
        return
    for values in deal(ended, MANY):
        channel.change(sql.UNLIST_MANY, values)


def _segments(asked: SessionSearch) -> Iterator[Segment]:
    """Yield the stretches of a walk."""
    states = STATES if asked.states is None else asked.states
    standings = sorted({LIVING - (each is SessionState.BLOCKED) for each in states})
    kinds = (False, True) if asked.mobile is None else (asked.mobile,)
    if len(sql.WALKED[asked.order]) == 1:
        kinds = kinds[:1]
    age = _age(frozenset(states))
    for standing, mobile in product(standings, kinds):
        yield Segment(standing, int(mobile), age if standing == LIVING else "")


def _age(states: frozenset[SessionState]) -> str:
    """Return when the living must have been used last: lately, longer ago, or whenever."""
    online, offline = SessionState.ONLINE in states, SessionState.OFFLINE in states
    if online is offline:
        return ""
    return sql.FRESH if online else sql.STALE


def _bind(asked: SessionSearch, given: Conditions) -> Values:
    """Return the values of a statement's parameters."""
    values: Values = {
        "audience": asked.audience,
        "now": to_micros(asked.now),
        "limit": bounded(asked.limit),
    }
    for name, listed in given.items():
        values |= {f"{name}{at}": value for at, value in enumerate(listed)}
    for at, network in enumerate(padded(asked.networks or ())):
        values[f"networks{at}"], values[f"last{at}"] = span_of_network(network)
    for at, key in enumerate(padded(asked.device_keys or ())):
        values[f"marks{at}"] = mark_of(key)
    if asked.states is not None:
        values["fresh_since"] = to_micros(asked.fresh_since)
        values |= {f"state{at}": int(each in asked.states) for at, each in enumerate(STATES)}
        values = {name: value for name, value in values.items() if not name.startswith("states")}
    if asked.after is not None:
        values |= {f"after{at}": value for at, value in enumerate(asked.after)}
    return values
