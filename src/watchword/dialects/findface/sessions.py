"""Sessions as users see them: who sees which, and what is shown (wire contract FindFace 2.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from watchword.core.access import Principal
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.session_lists import (
    ListedSession,
    SessionOrder,
    SessionSearch,
    SessionState,
    place_of,
    read_place,
    state_of,
)
from watchword.core.tokens import TokenDigest
from watchword.dialects.findface.asking import Asked, read_asked
from watchword.dialects.findface.bodies import CloseRequest
from watchword.dialects.findface.caller import Caller, caller_of
from watchword.dialects.findface.paging import Cursor, CursorList, read_cursor, turn
from watchword.dialects.findface.parameters import PAGING, Number, among, ordering, span
from watchword.dialects.findface.profile import AUDIENCE
from watchword.dialects.findface.reading import read_body
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.schemas import Date, Json
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.translate import to_date
from watchword.web.about import About, Parameter, Shape
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["AuthSession", "close_session", "close_sessions", "list_sessions", "show_session"]

ONLINE_FOR: Final = timedelta(seconds=60)
"""*Chosen* (wire contract FindFace 3.5): a session is online for this long after its last use."""

ORDERS: Final = {
    "created": SessionOrder.OPENED,
    "last_ping_date": SessionOrder.SEEN,
    "mobile": SessionOrder.MOBILE,
    "status": SessionOrder.STATE,
    "user__username": SessionOrder.OWNER,
}
NEWEST_FIRST: Final = "-created"
LAST_USED_FIRST: Final = "-last_ping_date"
"""*Chosen*: the vendor is silent on the usual order. A list of those in a state is by last use,
since those who are online are one stretch of that order, and may be few and far between in another.
"""

ID_BYTES: Final = 64

CLOSE_ACTION: Final = "session.end-several"
"""What the audit trail calls a call that closes several; the vendor has a name for it."""


class AuthSession(msgspec.Struct, frozen=True):
    """A session.

    *Documented*: every key, always.
    """

    id: str
    status: SessionState
    active: bool
    uuid: str
    mobile: bool
    device_info: Json
    ip: str
    last_ping_date: Date
    user__username: str
    created_date: Date
    user_id: int


def list_sessions(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /sessions/``"""
    asked, now = read_asked(request), desk.core.clock()
    cursor, limit = read_cursor(asked), asked.limit()
    search = _search(asked, caller_of(desk, request, principal), now)
    found = desk.core.listing.search(_page(search, cursor, limit))
    page = turn(found, [place_of(each, search.order) for each in found], limit, cursor)
    return json_reply(200, page.showing([to_session(each, now) for each in page.items]))


def show_session(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /sessions/{id}/``"""
    caller = caller_of(desk, request, principal)
    return json_reply(200, to_session(_find(desk, request, caller), desk.core.clock()))


def close_session(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /sessions/{id}/``: its token dies."""
    caller = caller_of(desk, request, principal)
    listed = _find(desk, request, caller)
    if not _may_close(caller, listed):
        raise ForbiddenError
    desk.core.listing.close([listed], by=caller.actor)
    return NO_CONTENT


def close_sessions(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /sessions/delete/``: what cannot be found or closed is skipped (*chosen*)."""
    caller, now = caller_of(desk, request, principal), desk.core.clock()
    digests = tuple(
        found for found in map(_digest, read_body(request.body).texts("id_in")) if found is not None
    )
    search = replace(_visible(caller, now), digests=digests, limit=len(digests))
    if not caller.administrates and not caller.may("view_all_own_sessions"):
        search = replace(search, digests=tuple({caller.token} & set(digests)))
    meant = [each for each in desk.core.listing.search(search) if _may_close(caller, each)]
    desk.core.listing.close(meant, by=caller.actor, action=CLOSE_ACTION)
    return NO_CONTENT


def to_session(listed: ListedSession, now: datetime) -> AuthSession:
    """Return a session as users see it.

    Its id is the digest of its token (*observed*, wire contract FindFace 3.1), which tells nothing
    of the token.
    """
    session = listed.session
    return AuthSession(
        id=listed.digest.hex(),
        status=state_of(session, now - ONLINE_FOR),
        # *Documented*: false between the face and the password, where a login takes both.
        active=listed.active,
        uuid=session.device.key,
        mobile=session.device.mobile,
        device_info=msgspec.Raw(session.device.details),
        ip=session.address,
        last_ping_date=to_date(session.seen_at),
        user__username=listed.owner_name,
        created_date=to_date(session.opened_at),
        user_id=listed.owner_number,
    )


def _visible(caller: Caller, now: datetime) -> SessionSearch:
    """Return a search for all that a user sees (*documented*, wire contract FindFace 2.6)."""
    everything = SessionSearch(AUDIENCE, now, now - ONLINE_FOR)
    if caller.administrates:
        return everything
    if caller.may("view_all_own_sessions"):
        return replace(everything, subject_id=caller.subject.id)
    return replace(everything, digests=(caller.token,))


def _search(asked: Asked, caller: Caller, now: datetime) -> SessionSearch:
    """Return a search for what a query asks of what the caller sees."""
    states = asked.choices("status", SessionState)
    usual = NEWEST_FIRST if states is None else LAST_USED_FIRST
    order, descending = asked.ordering(ORDERS, usual)
    opened = asked.span("created_date", now)
    visible = _visible(caller, now)
    digests = visible.digests
    wanted = asked.texts("id_in")
    if wanted is not None:
        named = tuple(found for found in map(_digest, wanted) if found is not None)
        digests = named if digests is None else tuple(set(digests) & set(named))
    return replace(
        visible,
        order=order,
        descending=descending,
        digests=digests,
        owner_numbers=asked.numbers("user_id_in"),
        owner_names=asked.texts("user_name_in"),
        device_keys=asked.texts("uuid_in"),
        states=states,
        networks=asked.networks("ip_in"),
        mobile=asked.flag("mobile"),
        active=asked.flag("active"),
        opened_from=opened.start,
        opened_to=opened.end,
    )


def _page(search: SessionSearch, cursor: Cursor | None, limit: int) -> SessionSearch:
    """Return a search for one page and one session more."""
    search = replace(search, limit=limit + 1)
    if cursor is None:
        return search
    try:
        place = read_place(cursor.place, search.order)
    except ValueError as error:
        raise BadFieldError("page", FieldFault.BAD_VALUE, "choice", cursor.written()) from error
    return replace(search, after=place, descending=search.descending ^ cursor.back)


def _find(desk: Desk[Settings], request: Request, caller: Caller) -> ListedSession:
    """Return the session that a path names, if the caller sees it. Raises `NotFoundError`."""
    wanted = _digest(request.parameters["id"])
    search = _visible(caller, desk.core.clock())
    if wanted is None or (search.digests is not None and wanted not in search.digests):
        raise NotFoundError("session")
    found: Sequence[ListedSession] = desk.core.listing.search(
        replace(search, digests=(wanted,), limit=1)
    )
    if not found:
        raise NotFoundError("session")
    return found[0]


def _may_close(caller: Caller, listed: ListedSession) -> bool:
    """Say whether a user who sees a session may close it, too: the one in use always."""
    own = listed.session.id == caller.session.id
    return own or caller.may("delete_all_own_sessions")


def _digest(written: str) -> TokenDigest | None:
    """Return the digest that an id spells, None for what is no id."""
    try:
        raw = bytes.fromhex(written)
    except ValueError:
        return None
    fits = len(raw) == ID_BYTES and raw.hex() == written
    return TokenDigest(raw) if fits else None


OF_SESSION: Final[Mapping[str, Shape]] = {
    "id": Annotated[str, Meta(min_length=2 * ID_BYTES, max_length=2 * ID_BYTES)]
}
LIST: Final = About(
    "List sessions",
    gives=CursorList[AuthSession],
    query=(
        Parameter("active", "Whether the token is good; it is not between two factors", bool),
        *span("created_date", "gt", "gte", "lt", "lte"),
        among("id_in", "One of these sessions"),
        among("ip_in", "From one of these addresses or networks"),
        Parameter("mobile", "Whether the device is mobile", bool),
        among("status", "How it is", SessionState),
        among("user_id_in", "One of these users', by their numbers", Number),
        among("user_name_in", "One of these users', by their names"),
        among("uuid_in", "On one of these devices"),
        ordering(ORDERS),
        *PAGING,
    ),
)
SHOW: Final = About("Show a session", gives=AuthSession, names=OF_SESSION)
CLOSE: Final = About("Close a session", status=204, names=OF_SESSION)
CLOSE_SEVERAL: Final = About("Close several sessions", CloseRequest, status=204)
