"""Statements about logins and their tokens."""

from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    case,
    delete,
    exists,
    literal_column,
    not_,
    null,
    or_,
    select,
    update,
)

from watchword.core.tokens import Use
from watchword.storage.sql.statements.parameters import BEFORE, LIMIT, add_beside, bound
from watchword.storage.sql.tables import sessions, subjects, tokens

__all__ = [
    "ADD_SESSION",
    "ADD_TOKEN",
    "FIND_SESSION",
    "FIND_SUCCESSOR",
    "IS_PROOF",
    "PROLONG_SESSION",
    "PURGE_ENDED",
    "PURGE_EXPIRED",
    "PURGE_PROOFS",
    "REDEEM_PROOF",
    "SETTLE_SESSION",
    "TOUCH_SESSION",
    "end_sessions",
    "list_sessions",
]

# --- sessions ------------------------------------------------------------------------------------

_one_session: Final = sessions.c.id == bound(sessions.c.id, "id")
_not_ended: Final = sessions.c.ended_at.is_(None)


def _latest(column: ColumnElement[int]) -> ColumnElement[int]:
    given = bound(column, column.key or "")
    return case((column < given, given), else_=column)


ADD_SESSION: Final = add_beside(
    sessions, subjects.c.id == bound(subjects.c.id, "subject_id"), "id"
).returning(sessions.c.id)
FIND_SESSION: Final = select(sessions).where(_one_session)
FIND_SUCCESSOR: Final = (
    select(sessions)
    .where(sessions.c.predecessor == bound(sessions.c.predecessor, "predecessor"), _not_ended)
    .order_by(sessions.c.id)
    .limit(LIMIT)
)
SETTLE_SESSION: Final = update(sessions).values(predecessor=null()).where(_one_session)
PROLONG_SESSION: Final = (
    update(sessions)
    .values(
        expires_at=_latest(sessions.c.expires_at),
        deadline=bound(sessions.c.deadline, "deadline"),
    )
    .where(_one_session, _not_ended)
)
TOUCH_SESSION: Final = (
    update(sessions)
    .values(seen_at=_latest(sessions.c.seen_at), expires_at=_latest(sessions.c.expires_at))
    .where(_one_session, _not_ended)
)


_CONDITIONS: Final = {
    "no_device": sessions.c.device_mark.is_(None),
    "of_people": sessions.c.service_token.is_(None),
    # Compared, although any would do: then no other index is as good as the one of these.
    "of_service": sessions.c.service_token > bound(sessions.c.service_token, "of_service"),
    "other_than": sessions.c.id != bound(sessions.c.id, "other_than"),
}


def _condition(name: str) -> ColumnElement[bool]:
    """Return what a field of a filter asks of a session."""
    if name == "family":
        family = bound(sessions.c.family, "family")
        # The head of a family has the family's number as its own.
        head = and_(sessions.c.family.is_(None), sessions.c.id == family)
        return or_(sessions.c.family == family, head)
    if name == "tenant_id":
        tenant = subjects.c.tenant_id == bound(subjects.c.tenant_id, "tenant_id")
        return sessions.c.subject_id.in_(select(subjects.c.id).where(tenant))
    if name == "device_key":
        # The mark finds, the key decides.
        mark = sessions.c.device_mark == bound(sessions.c.device_mark, "device_mark")
        return and_(mark, sessions.c.device_key == bound(sessions.c.device_key, "device_key"))
    if name in _CONDITIONS:
        return _CONDITIONS[name]
    column = sessions.c[name]
    return column == bound(column, name)


@cache
def end_sessions(names: frozenset[str]) -> Update:
    """Return the statement that ends the living sessions that match fields of these names."""
    reason, at = sessions.c.end_reason, sessions.c.ended_at
    return (
        update(sessions)
        .values(ended_at=bound(at, "at"), end_reason=bound(reason, "reason"))
        .where(_not_ended, *(_condition(name) for name in sorted(names)))
        .returning(sessions.c.id)
    )


@cache
def list_sessions(names: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """Return the statement that finds living sessions that match fields of these names."""
    not_expired = sessions.c.expires_at >= bound(sessions.c.expires_at, "now")
    return (
        select(sessions)
        .where(_not_ended, not_expired, *(_condition(name) for name in sorted(names)))
        .order_by(sessions.c.id)
        .limit(LIMIT)
    )


# --- tokens --------------------------------------------------------------------------------------

_one_token: Final = tokens.c.digest == bound(tokens.c.digest, "digest")
_same_token: Final = select(tokens.c.digest).where(_one_token)

IS_PROOF: Final = tokens.c.use == literal_column(f"'{Use.PROOF.value}'")
"""Spelt out, since an index of these alone is used for nothing that is bound."""

ADD_TOKEN: Final = add_beside(
    tokens,
    and_(sessions.c.id == bound(sessions.c.id, "session_id"), not_(exists(_same_token))),
)
REDEEM_PROOF: Final = (
    update(tokens).values(use=bound(tokens.c.use, "use")).where(_one_token, IS_PROOF)
)
PURGE_PROOFS: Final = delete(sessions).where(
    sessions.c.id.in_(
        select(sessions.c.id)
        .where(
            sessions.c.id.in_(select(tokens.c.session_id).where(IS_PROOF)),
            sessions.c.expires_at < BEFORE,
        )
        .limit(LIMIT)
    )
)
# Two statements, because each can use one index: what they find is few among many.
PURGE_ENDED: Final = delete(sessions).where(
    sessions.c.id.in_(select(sessions.c.id).where(sessions.c.ended_at < BEFORE).limit(LIMIT))
)
PURGE_EXPIRED: Final = delete(sessions).where(
    sessions.c.id.in_(select(sessions.c.id).where(sessions.c.expires_at < BEFORE).limit(LIMIT))
)
