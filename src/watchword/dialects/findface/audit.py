"""The audit log: ``/audit-logs/``, read from the core's chain (wire contract FindFace 2.12).

Shown is what happened at this door, and what the owner of the host did to the directory; of other
dialects' doors nothing is told. What an action of the core is called here is in `CALLED`.

Who is no longer in the directory has no number: entries keep the login that it had.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from watchword.core.access import Principal
from watchword.core.audit import AuditSearch, Entry, Link
from watchword.core.errors import NotFoundError
from watchword.core.ports import Transaction
from watchword.core.subjects import SubjectId
from watchword.dialects.findface.asking import Asked, read_asked
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.numbers import number_in
from watchword.dialects.findface.paging import Cursor, CursorList, read_cursor, turn
from watchword.dialects.findface.parameters import PAGING, Number, among, ordering, span
from watchword.dialects.findface.profile import AUDIENCE
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.schemas import Date, Text
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.translate import to_date
from watchword.web.about import About, Parameter
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["list_entries", "show_entry", "show_map"]

ORDERS: Final = {"id": "id", "created_date": "id"}
"""*Chosen*: entries come one after another, so both are the order of the chain."""
NEWEST_FIRST: Final = "-id"

LONGEST_LOGIN: Final = 128
"""*Documented* (wire contract FindFace 2.12). A longer one, tried by whomever, is cut."""
MOST_DIGITS: Final = 18
NOBODY: Final = UUID(int=0)
Told: TypeAlias = tuple[str, str]


class ActionType(StrEnum):
    """What was done. *Documented*."""

    ACKNOWLEDGE = "acknowledge"
    AD_AUTH = "ad_auth"
    AUTH_UPLOAD = "auth_upload"
    BASIC_AUTH = "basic_auth"
    CLOSE_SEVERAL = "close_multiple_sessions"
    CREATE = "create"
    DESTROY = "destroy"
    LIST = "list"
    MERGE = "merge"
    PARTIAL_UPDATE = "partial_update"
    PURGE = "purge"
    PURGE_ALL = "purge_all"
    RESTART = "restart"
    SEARCH = "search"
    UPDATE = "update"
    UPDATE_SEARCH = "update_search"
    UPLOAD = "upload"
    VERIFY = "verify"
    VIDEO_AUTH = "video_auth"
    VIDEO_AUTH_RENEW = "video_auth_renew"


class ObjectType(StrEnum):
    """What it was done to.

    *Documented*, but for the last two: the one is named as its permission is, the other, *chosen*,
    as its records are in refusals.
    """

    USER = "user"
    GROUP = "group"
    SESSION = "ffsecauthsession"
    BLOCK = "deviceblacklistrecord"
    SETTINGS = "settings"
    VALUE = "userkeyvalue"
    FACE = "userface"


NUMBERLESS: Final = frozenset({ObjectType.SESSION, ObjectType.SETTINGS})
"""What has no number that outlives it."""

CALLED: Final[Mapping[str, tuple[ActionType, ObjectType]]] = {
    "login": (ActionType.BASIC_AUTH, ObjectType.SESSION),
    "login.vouched": (ActionType.AD_AUTH, ObjectType.SESSION),
    "face-login": (ActionType.VIDEO_AUTH, ObjectType.SESSION),
    "face-renewal": (ActionType.VIDEO_AUTH_RENEW, ObjectType.SESSION),
    "face-challenge": (ActionType.VIDEO_AUTH, ObjectType.SESSION),
    "face.enrol": (ActionType.CREATE, ObjectType.FACE),
    "face.update": (ActionType.PARTIAL_UPDATE, ObjectType.FACE),
    "face.remove": (ActionType.DESTROY, ObjectType.FACE),
    "session.end": (ActionType.DESTROY, ObjectType.SESSION),
    "session.end-several": (ActionType.CLOSE_SEVERAL, ObjectType.SESSION),
    "subject.create": (ActionType.CREATE, ObjectType.USER),
    "subject.update": (ActionType.PARTIAL_UPDATE, ObjectType.USER),
    "subject.recover": (ActionType.PARTIAL_UPDATE, ObjectType.USER),
    "subject.remove": (ActionType.DESTROY, ObjectType.USER),
    "device-block.create": (ActionType.CREATE, ObjectType.BLOCK),
    "device-block.update": (ActionType.PARTIAL_UPDATE, ObjectType.BLOCK),
    "device-block.remove": (ActionType.DESTROY, ObjectType.BLOCK),
    "document.change": (ActionType.PARTIAL_UPDATE, ObjectType.GROUP),
    "group.create": (ActionType.CREATE, ObjectType.GROUP),
    "group.update": (ActionType.PARTIAL_UPDATE, ObjectType.GROUP),
    "group.replace": (ActionType.UPDATE, ObjectType.GROUP),
    "group.remove": (ActionType.DESTROY, ObjectType.GROUP),
    "user-data.put": (ActionType.UPDATE, ObjectType.VALUE),
    "user-data.remove": (ActionType.DESTROY, ObjectType.VALUE),
}
"""The core's actions by the vendor's names. Logins that failed are among them (*chosen*)."""

ACTORS: Final = frozenset({"by", "by_login"})


class AuditLog(msgspec.Struct, frozen=True):
    """An entry. *Documented*."""

    id: int
    uuid: str
    created_date: Date
    user_id: int | None
    user_login: Annotated[str, Meta(max_length=LONGEST_LOGIN)] | None
    request_ip: str
    device_uid: str | None
    object_type: ObjectType
    object_id: str | None
    action_type: ActionType
    action_details: Mapping[str, str]
    related_entities: Mapping[str, str]


EVERYTHING: Final = AuditSearch(audiences=(AUDIENCE, ""), actions=tuple(CALLED))


def list_entries(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /audit-logs/``"""
    caller_of(desk, request, principal).require("view_auditlog")
    asked = read_asked(request)
    cursor, limit = read_cursor(asked), asked.limit()
    with desk.core.storage.read() as transaction:
        search = _search(desk, transaction, asked, cursor)
        found = _gather(transaction, search, asked.text("object_id"), limit + 1)
    page = turn(found, [(entry.id,) for entry in found], limit, cursor)
    return json_reply(200, page.showing(page.items))


def show_entry(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /audit-logs/{id}/``"""
    caller_of(desk, request, principal).require("view_auditlog")
    search = replace(EVERYTHING, serials=(number_in(request, "entry"),))
    with desk.core.storage.read() as transaction:
        found = _show(transaction, transaction.audit.search(search))
    if not found:
        raise NotFoundError("entry")
    return json_reply(200, found[0])


def show_map(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /audit-logs/map/``: every value that the two types may have (the shape is *chosen*)."""
    caller_of(desk, request, principal).require("view_auditlog")
    return json_reply(200, TYPES)


TYPES: Final = {
    "action_type": {each.value: each.value.replace("_", " ") for each in ActionType},
    "object_type": {each.value: each.value for each in ObjectType},
}


def _search(
    desk: Desk[Settings], transaction: Transaction, asked: Asked, cursor: Cursor | None
) -> AuditSearch:
    """Return what a query asks of the chain."""
    _, descending = asked.ordering(ORDERS, NEWEST_FIRST)
    span = asked.span("created_date", desk.core.clock())
    about = asked.text("object_id")
    search = replace(
        EVERYTHING,
        descending=descending,
        actions=_actions(asked, about),
        serials=asked.numbers("id_in"),
        actor_login=asked.text("user_login"),
        about=None if about is None else _about(transaction, about),
        address=asked.text("request_ip"),
        device_key=asked.text("device_uid"),
        since=span.start,
        until=span.end,
    )
    users = asked.numbers("user_id")
    if users is not None:
        search = replace(search, actor=_id_of(transaction, users[-1]) or NOBODY)
    if cursor is None:
        return search
    match cursor.place:
        case (int(serial),) if not isinstance(serial, bool):
            return replace(search, after=serial, descending=descending ^ cursor.back)
        case _:
            raise BadFieldError("page", FieldFault.BAD_VALUE, "choice", cursor.written())


def _actions(asked: Asked, about: str | None) -> tuple[str, ...]:
    """Return the core's actions that have one of the types asked for.

    Who asks for an object by its number asks for none that has no number: else the many logins of
    a user would be looked through for the few changes of it.
    """
    types = asked.choices("action_type", ActionType) or frozenset(ActionType)
    objects = asked.choices("object_type", ObjectType) or frozenset(ObjectType)
    if about is not None:
        objects -= NUMBERLESS
    return tuple(
        action for action, called in CALLED.items() if called[0] in types and called[1] in objects
    )


def _about(transaction: Transaction, object_id: str) -> tuple[UUID | None, tuple[Told, ...]]:
    """Return what entries about an object may say of it; `_object_id` decides."""
    told = tuple((name, object_id) for name in ("block", "face", "put", "removed"))
    number = int(object_id) if object_id.isdecimal() and len(object_id) <= MOST_DIGITS else 0
    return _id_of(transaction, number), told


def _id_of(transaction: Transaction, number: int) -> UUID | None:
    found = transaction.subjects.list_page(number - 1, 1)
    return next((each.id for each in found if each.number == number), None)


def _gather(
    transaction: Transaction, search: AuditSearch, object_id: str | None, wanted: int
) -> Sequence[AuditLog]:
    """Return as many entries as are wanted, about one object if one is asked for."""
    found: list[AuditLog] = []
    search = replace(search, limit=wanted)
    while True:
        links = transaction.audit.search(search)
        shown = _show(transaction, links)
        found += [each for each in shown if object_id in {None, each.object_id}]
        if len(links) < wanted or len(found) >= wanted:
            return found[:wanted]
        search = replace(search, after=links[-1][0])


def _show(transaction: Transaction, links: Sequence[tuple[int, Link]]) -> Sequence[AuditLog]:
    """Return entries as users see them, with the numbers that those in them have now."""
    named = {each for _, link in links for each in _subjects(link.entry)}
    known = transaction.subjects.find_many([SubjectId(each) for each in named])
    numbers = {UUID(bytes=each.id.bytes): each.number for each in known}
    return [_to_entry(serial, link, numbers) for serial, link in links]


def _to_entry(serial: int, link: Link, numbers: Mapping[UUID, int]) -> AuditLog:
    entry = link.entry
    action, kind = CALLED[entry.action]
    actor, login = _actor(entry)
    return AuditLog(
        id=serial,
        # Whatever names an entry for good: its place in the chain does.
        uuid=str(UUID(bytes=link.hash[:16])),
        created_date=to_date(entry.at),
        user_id=None if actor is None else numbers.get(actor),
        user_login=login[:LONGEST_LOGIN] or None,
        request_ip=entry.address,
        device_uid=entry.device_key or None,
        object_type=kind,
        object_id=_object_id(entry, kind, numbers),
        action_type=action,
        action_details=_details(entry),
        related_entities={},
    )


def _actor(entry: Entry) -> tuple[UUID | None, str]:
    """Return who asked: whoever is named as such, else whom the entry is about."""
    by = entry.details.get("by")
    if by is None:
        return entry.subject_id, entry.login
    try:
        return UUID(by), entry.details.get("by_login", "")
    except ValueError:
        return None, by


def _subjects(entry: Entry) -> Iterator[UUID]:
    actor, _ = _actor(entry)
    for each in (actor, entry.subject_id):
        if each is not None:
            yield each


def _object_id(entry: Entry, kind: ObjectType, numbers: Mapping[UUID, int]) -> str | None:
    """Return the number of what an entry is about, None for the `NUMBERLESS`."""
    match kind:
        case ObjectType.USER:
            number = None if entry.subject_id is None else numbers.get(entry.subject_id)
            return None if number is None else str(number)
        case ObjectType.BLOCK:
            return entry.details.get("block")
        case ObjectType.GROUP | ObjectType.VALUE:
            return entry.details.get("put") or entry.details.get("removed")
        case ObjectType.FACE:
            return entry.details.get("face")
        case ObjectType.SESSION | ObjectType.SETTINGS:
            return None


def _details(entry: Entry) -> Mapping[str, str]:
    """Return what else an entry tells; how it ended among it."""
    own = {name: text for name, text in entry.details.items() if name not in ACTORS}
    about = {"login": entry.login} if "by" in entry.details and entry.login else {}
    return {"result": entry.result, **about, **own}


LIST: Final = About(
    "List the audit log",
    gives=CursorList[AuditLog],
    query=(
        among("action_type", "What was done", ActionType),
        among("object_type", "What it was done to", ObjectType),
        Parameter("object_id", "The number of what it was done to", Text),
        Parameter("user_id", "The number of who did it", Number),
        Parameter("user_login", "The login of who did it", Text),
        Parameter("request_ip", "The address that it was done from", Text),
        Parameter("device_uid", "The device that it was done from", Text),
        among("id_in", "One of these entries", Number),
        *span("created_date"),
        ordering(ORDERS),
        *PAGING,
    ),
)
SHOW: Final = About("Show an entry of the audit log", gives=AuditLog)
SHOW_MAP: Final = About(
    "List what entries of the audit log may say", gives=dict[str, dict[str, str]]
)
