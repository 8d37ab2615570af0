"""The statements of session lists.

A list is *walked* along an index, segment by segment: a segment holds what has the same standing,
and the same kind of device where the order wants it, so that each is one stretch of the index
whatever the order. Of each as much is read as a page can hold; the page is the first of all these,
and only what is on it is looked up in the other tables. Or a list is *gathered*: what one condition
leads to is looked up and sorted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import ge, le
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from watchword.core.session_lists import SessionOrder
from watchword.core.tokens import Use
from watchword.storage.sql.dealing import MANY, places_for
from watchword.storage.sql.statements.sessions import IS_PROOF
from watchword.storage.sql.tables import logins, session_list, sessions, subjects, tokens

__all__ = [
    "ADD_LISTED",
    "BLOCK_LISTED_MANY",
    "DROP_LISTED_MANY",
    "FIND_BY_DIGESTS_MANY",
    "FIND_OWNERS_BY_NAMES_MANY",
    "FIND_OWNERS_BY_NUMBERS_MANY",
    "FRESH",
    "PROLONG_LISTED",
    "RENAME_OWNER",
    "STALE",
    "TOUCH_LISTED",
    "UNLIST_MANY",
    "UNLIST_ONE",
    "ListShape",
    "Segment",
    "find_listed",
]

SHAPES: Final = 1_024
LIMIT: Final = bindparam("limit", type_=BigInteger)
BLOCKED: Final = 0
FRESH: Final = "fresh"
STALE: Final = "stale"
STATES: Final = 3

_c: Final = session_list.c

ORDERS: Final[Mapping[SessionOrder, tuple[ColumnElement[Any], ...]]] = {
    SessionOrder.OPENED: (_c.opened_at, _c.session_id),
    SessionOrder.SEEN: (_c.seen_at, _c.session_id),
    SessionOrder.MOBILE: (_c.mobile, _c.opened_at, _c.session_id),
    SessionOrder.STATE: (_c.standing, _c.seen_at, _c.session_id),
    SessionOrder.OWNER: (_c.owner, _c.session_id),
}
"""The columns of a place (`watchword.core.session_lists.place_of`)."""

WALKED: Final[Mapping[SessionOrder, tuple[Column[Any], ...]]] = {
    SessionOrder.OPENED: (_c.standing, _c.mobile),
    SessionOrder.SEEN: (_c.standing,),
    SessionOrder.MOBILE: (_c.standing, _c.mobile),
    SessionOrder.STATE: (_c.standing,),
    SessionOrder.OWNER: (_c.standing,),
}
"""What is the same all through a segment."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a walk.

    ``age`` says whether those in it were used lately (`FRESH`), longer ago (`STALE`) or whenever.
    """

    standing: int
    mobile: int
    age: str = ""


@dataclass(frozen=True, slots=True)
class ListShape:
    """The shape of a statement. ``counts`` has, by condition, how many values it is given.

    ``lead`` is the condition that a gathered list begins with; empty, the list is walked along
    ``segments``.
    """

    order: SessionOrder
    descending: bool
    lead: str
    behind: bool
    counts: tuple[tuple[str, int], ...]
    segments: tuple[Segment, ...] = ()


def _bound(column: ColumnElement[Any], name: str) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


def _any_of(column: ColumnElement[Any], places: int = MANY) -> ColumnElement[bool]:
    return column.in_([_bound(column, name) for name in places_for(places)])


_owner: Final = (
    select(logins.c.written)
    .where(logins.c.subject_id == _bound(_c.subject_id, "subject_id"))
    # As `Subject.name` has it: the first that is no e-mail address, else the first.
    .order_by(
        case((logins.c.written.like(_bound(logins.c.written, "address")), 1), else_=0),
        logins.c.position,
    )
    .limit(1)
    .scalar_subquery()
)

ADD_LISTED: Final = insert(session_list).values(
    {column.name: _bound(column, column.name) for column in _c if column.name != "owner"}
    | {"owner": func.coalesce(_owner, _bound(_c.owner, "nobody"))}
)
BLOCK_LISTED_MANY: Final = (
    update(session_list).values(standing=BLOCKED).where(_any_of(_c.session_id))
)
UNLIST_ONE: Final = delete(session_list).where(_c.session_id == _bound(_c.session_id, "id"))
UNLIST_MANY: Final = delete(session_list).where(_any_of(_c.session_id))
DROP_LISTED_MANY: Final = UNLIST_MANY.where(_c.standing == BLOCKED)
RENAME_OWNER: Final = (
    update(session_list)
    .values(owner=_bound(_c.owner, "owner"))
    .where(
        _c.subject_id == _bound(_c.subject_id, "subject_id"), _c.owner != _bound(_c.owner, "owner")
    )
)


def _latest(column: ColumnElement[int]) -> ColumnElement[int]:
    given = _bound(column, column.key or "")
    return case((column < given, given), else_=column)


TOUCH_LISTED: Final = (
    update(session_list)
    .values(seen_at=_latest(_c.seen_at), expires_at=_latest(_c.expires_at))
    .where(_c.session_id == _bound(_c.session_id, "id"), _c.standing != BLOCKED)
)
PROLONG_LISTED: Final = (
    update(session_list)
    .values(expires_at=_latest(_c.expires_at))
    .where(_c.session_id == _bound(_c.session_id, "id"), _c.standing != BLOCKED)
)
FIND_BY_DIGESTS_MANY: Final = select(tokens.c.session_id).where(_any_of(tokens.c.digest))
FIND_OWNERS_BY_NUMBERS_MANY: Final = select(subjects.c.id).where(_any_of(subjects.c.number))
# Every name is a login; whether one *is* the name is a condition of its own.
FIND_OWNERS_BY_NAMES_MANY: Final = select(logins.c.subject_id).where(_any_of(logins.c.folded))


# Written into the statement: SQLite compiles it anew at each use where a value that it is given may
# decide whether the index of proofs would do.
_OF_SESSIONS: Final = or_(tokens.c.use == literal_column(f"'{Use.ACCESS}'"), IS_PROOF)
"""The one token of a session that lists show: not that by which it is refreshed."""


@lru_cache(SHAPES)
def find_listed(shape: ListShape) -> Select[Any]:
    """Return the statement that finds a page of sessions, in order.

    Parameters: ``audience``, ``now``, ``limit``, those of `_condition` and `_aged`, and
    ``after0`` … where it begins behind a place.
    """
    page = _page_of(shape).subquery("page")
    again = _sorted(shape, [page.c[column.key or ""] for column in ORDERS[shape.order]])
    return (
        select(*sessions.c, tokens.c.use, subjects.c.number, page.c.owner, tokens.c.digest)
        .select_from(
            page.join(sessions, sessions.c.id == page.c.session_id)
            .join(subjects, subjects.c.id == page.c.subject_id)
            .join(tokens, and_(tokens.c.session_id == page.c.session_id, _OF_SESSIONS))
        )
        .order_by(*again)
    )


def _page_of(shape: ListShape) -> Select[Any]:
    """Return the first of all segments, or of what was gathered."""
    if not shape.segments:
        return _stretch(shape, [])
    stretches = [
        _stretch(shape, _within_segment(shape, segment)).subquery(f"segment{at}")
        for at, segment in enumerate(shape.segments)
    ]
    if len(stretches) == 1:
        return select(stretches[0])
    every = union_all(*map(select, stretches)).subquery("every")
    again = _sorted(shape, [every.c[column.key or ""] for column in ORDERS[shape.order]])
    return select(every).order_by(*again).limit(LIMIT)


def _stretch(shape: ListShape, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    """Return what meets all conditions, in order, as much as a page can hold."""
    order = ORDERS[shape.order]
    conditions += [_condition(name, count, shape.lead) for name, count in shape.counts]
    if shape.behind:
        place = tuple_(*(_bound(column, f"after{at}") for at, column in enumerate(order)))
        here = tuple_(*order)
        conditions.append(here < place if shape.descending else here > place)
    shown = dict.fromkeys([*order, _c.session_id, _c.subject_id, _c.owner])
    return (
        select(*shown)
        .where(
            _apart(_c.audience, shape.lead) == _bound(_c.audience, "audience"),
            _c.expires_at >= _bound(_c.expires_at, "now"),
            *conditions,
        )
        .order_by(*_sorted(shape, order))
        .limit(LIMIT)
    )


def _sorted(
    shape: ListShape, columns: Sequence[ColumnElement[Any]]
) -> Sequence[ColumnElement[Any]]:
    return [column.desc() if shape.descending else column.asc() for column in columns]


def _within_segment(shape: ListShape, segment: Segment) -> list[ColumnElement[bool]]:
    """Return what is the same all through a segment.

    The values are written into the statement: there are few, and it is the same text each time.
    """
    known = {"standing": segment.standing, "mobile": segment.mobile}
    fixed = [column == literal_column(str(known[column.key])) for column in WALKED[shape.order]]
    return [*fixed, *([_aged(shape.order, segment.age)] if segment.age else [])]


def _apart(column: ColumnElement[Any], lead: str) -> ColumnElement[Any]:
    """Return a column such that a gathered list does not walk along it after all."""
    return func.coalesce(column, null()) if lead else column


def _condition(name: str, count: int, lead: str) -> ColumnElement[bool]:
    """Return what one condition of a search asks; ``count`` is how many values it has."""
    given: list[BindParameter[Any]] = [bindparam(f"{name}{at}") for at in range(count)]
    match name:
        case "states":
            condition = _of_states(lead)
        case "networks":
            condition = _within(count)
        case "devices":
            # The mark finds, the key decides.
            marks = [_bound(_c.device_mark, f"marks{at}") for at in range(count)]
            condition = and_(_c.device_mark.in_(marks), _c.device_key.in_(given))
        case "opened_from" | "opened_to":
            condition = (ge if name == "opened_from" else le)(_c.opened_at, given[0])
        case "mobile":
            condition = _apart(_c.mobile, lead) == given[0]
        case _:
            condition = FIXED[name] if name in FIXED else SIMPLE[name].in_(given)
    return condition


WAITING: Final = select(tokens.c.session_id).where(IS_PROOF)
"""The sessions whose proof was not redeemed; there are few."""

FIXED: Final[Mapping[str, ColumnElement[bool]]] = {
    "waiting": _c.session_id.in_(WAITING),
    "active": _c.session_id.not_in(WAITING),
}
"""Conditions without a value."""

SIMPLE: Final[Mapping[str, ColumnElement[Any]]] = {
    "ids": _c.session_id,
    "owner": _c.subject_id,
    "owners": _c.owner,
}


def _aged(order: SessionOrder, age: str) -> ColumnElement[bool]:
    """Return whether the living were used lately, or not.

    Where the walk is by the last use it begins there. Any other must not be led astray by it.
    """
    by_use = order in {SessionOrder.SEEN, SessionOrder.STATE}
    seen = _c.seen_at if by_use else func.coalesce(_c.seen_at, null())
    since = _bound(_c.seen_at, "fresh_since")
    return seen >= since if age == FRESH else seen < since


def _of_states(lead: str) -> ColumnElement[bool]:
    """Return whether a session is in one of the states that flags ask for.

    The living were used lately or not; what a block ended is in a state of its own.
    """
    seen = _bound(_c.seen_at, "fresh_since")
    standing = _apart(_c.standing, lead)
    online, offline, blocked = (
        bindparam(f"state{at}", type_=BigInteger) == 1 for at in range(STATES)
    )
    return or_(
        and_(online, standing != BLOCKED, _c.seen_at >= seen),
        and_(offline, standing != BLOCKED, _c.seen_at < seen),
        and_(blocked, standing == BLOCKED),
    )


def _within(count: int) -> ColumnElement[bool]:
    """Return whether an address lies in one of so many networks."""
    rank = _c.address_rank
    ends = ((_bound(rank, f"networks{at}"), _bound(rank, f"last{at}")) for at in range(count))
    return or_(false(), *(rank.between(low, high) for low, high in ends))
