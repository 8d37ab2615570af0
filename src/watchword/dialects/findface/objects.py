"""The catalogue of permissions, and roles' rights to single objects (wire contract FindFace 2.10).

The objects are the built-in watch lists and camera groups; this server has no others.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import Final, TypeAlias

import msgspec

from watchword.core.access import Principal
from watchword.core.errors import NotFoundError
from watchword.dialects.findface.asking import LARGEST_LIMIT, read_asked
from watchword.dialects.findface.bodies import RightsPatch
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.groups import (
    ADMINISTRATOR,
    KIND,
    OBJECTS,
    Group,
    Kept,
    Kind,
    Level,
    document_of,
    kept_groups,
    list_groups,
)
from watchword.dialects.findface.numbers import number_in
from watchword.dialects.findface.paging import PlainList
from watchword.dialects.findface.parameters import LIMIT
from watchword.dialects.findface.permissions import CATALOGUE
from watchword.dialects.findface.profile import AUDIENCE
from watchword.dialects.findface.reading import read_body
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.settings import Settings
from watchword.web.about import About
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["edit_rights", "list_permissions", "list_rights", "show_permission", "show_rights"]

ABSENT: Final = {Kind.WATCH_LIST: "watch list", Kind.CAMERA_GROUP: "camera group"}


class Permission(msgspec.Struct, frozen=True):
    """A permission of the catalogue.

    What its texts are is *inferred*.
    """

    id: int
    name: str
    codename: str
    permission_id: str


class ObjectRights(msgspec.Struct, frozen=True):
    """The rights of all roles to one object."""

    id: int
    name: str
    permissions: Mapping[str, Level]


def list_permissions(_desk: Desk[Settings], request: Request, _principal: Principal) -> Reply:
    """``GET /permissions/``"""
    limit = read_asked(request).limit(LARGEST_LIMIT)
    return json_reply(200, PlainList(_catalogue()[:limit]))


def show_permission(_desk: Desk[Settings], request: Request, _principal: Principal) -> Reply:
    """``GET /permissions/{id}/``"""
    number = number_in(request, "permission")
    permissions = _catalogue()
    if not 1 <= number <= len(permissions):
        raise NotFoundError("permission")
    return json_reply(200, permissions[number - 1])


def _list_rights(kind: Kind, desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /permissions/watch-lists/`` and ``GET /permissions/camera-groups/``"""
    caller_of(desk, request, principal).require(f"view_{kind}")
    limit = read_asked(request).limit(LARGEST_LIMIT)
    kept = kept_groups(desk.core.shelf)
    return json_reply(
        200, PlainList([_to_rights(kept, kind, each) for each in OBJECTS[kind]][:limit])
    )


def _show_rights(kind: Kind, desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /permissions/watch-lists/{id}/`` and the like for camera groups"""
    caller_of(desk, request, principal).require(f"view_{kind}")
    number = _object_in(request, kind)
    return json_reply(200, _to_rights(kept_groups(desk.core.shelf), kind, number))


def _edit_rights(kind: Kind, desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /permissions/watch-lists/{id}/`` and the like for camera groups.

    *Chosen*: roles that are not named keep their right; null takes it away (*documented*).
    """
    caller = caller_of(desk, request, principal)
    caller.require_administrator(f"ffsecurity.change_{kind}")
    number, said = _object_in(request, kind), read_body(request.body)
    nothing: Mapping[str, object] = {}
    wanted = said.mapping("permissions") if "permissions" in said else nothing
    change = partial(_changed, kind, number, wanted)
    desk.core.shelf.change(AUDIENCE, KIND, change, by=caller.actor)
    return json_reply(200, _to_rights(kept_groups(desk.core.shelf), kind, number))


Endpoint: TypeAlias = Callable[[Desk[Settings], Request, Principal], Reply]


def list_rights(kind: Kind) -> Endpoint:
    """Return the endpoint that lists the rights to objects of a kind."""
    return partial(_list_rights, kind)


def show_rights(kind: Kind) -> Endpoint:
    """Return the endpoint that shows the rights to one object of a kind."""
    return partial(_show_rights, kind)


def edit_rights(kind: Kind) -> Endpoint:
    """Return the endpoint that changes the rights to one object of a kind."""
    return partial(_edit_rights, kind)


@cache
def _catalogue() -> tuple[Permission, ...]:
    """Return all permissions; made when they are first asked for, which is seldom."""
    found: list[Permission] = []
    for number, permission_id in enumerate(sorted(CATALOGUE), 1):
        codename = permission_id.partition(".")[2]
        name = f"Can {codename.replace('_', ' ')}"
        found.append(Permission(number, name, codename, permission_id))
    return tuple(found)


def _object_in(request: Request, kind: Kind) -> str:
    """Return the object that a path names. Raises `NotFoundError`."""
    number = str(number_in(request, ABSENT[kind]))
    if number not in OBJECTS[kind]:
        raise NotFoundError(ABSENT[kind])
    return number


def _to_rights(kept: Kept, kind: Kind, number: str) -> ObjectRights:
    levels = {str(group.id): group.level(kind, number) for group in list_groups(kept)}
    shown = {key: level for key, level in levels.items() if level is not Level.OFF}
    return ObjectRights(int(number), OBJECTS[kind][number], shown)


def _changed(
    kind: Kind, number: str, wanted: Mapping[str, object], before: Mapping[str, bytes]
) -> Mapping[str, bytes]:
    """Return the roles whose right to an object changes."""
    known = {str(group.id): group for group in list_groups(tuple(before.items()))}
    changed: dict[str, bytes] = {}
    for key, value in wanted.items():
        level = _level(value)
        if key not in known:
            raise BadFieldError("permissions", FieldFault.BAD_VALUE, "pk", key)
        group = known[key]
        if group.level(kind, number) is level:
            continue
        if group.id == ADMINISTRATOR.id:
            raise BadFieldError("permissions", FieldFault.BAD_VALUE, "other than built-in")
        changed[key] = document_of(_with_level(group, kind, number, level))
    return changed


def _with_level(group: Group, kind: Kind, number: str, level: Level) -> Group:
    if kind is Kind.WATCH_LIST:
        return replace(group, watch_lists={**group.watch_lists, number: level})
    return replace(group, camera_groups={**group.camera_groups, number: level})


def _level(value: object) -> Level:
    if value is None:
        return Level.OFF
    if isinstance(value, str) and value in {Level.VIEW, Level.EDIT}:
        return Level(value)
    raise BadFieldError("permissions", FieldFault.BAD_VALUE, "choice", str(value))


LIST: Final = About("List permissions", gives=PlainList[Permission], query=(LIMIT,))
SHOW: Final = About("Show a permission", gives=Permission)
LIST_RIGHTS: Final = About(
    "List the rights of roles to objects", gives=PlainList[ObjectRights], query=(LIMIT,)
)
SHOW_RIGHTS: Final = About("Show the rights of roles to an object", gives=ObjectRights)
EDIT_RIGHTS: Final = About("Change the rights of roles to an object", RightsPatch, ObjectRights)
