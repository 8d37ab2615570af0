"""Roles: ``/groups/`` (wire contract FindFace 2.9).

Everybody may look at them, since the vendor's client asks for them right after any login; only
administrators may change them (*documented* of the client, wire contract FindFace 4.1).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.access import Principal
from watchword.core.audit import Actor
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.ports import Transaction
from watchword.core.subjects import Profile as StoredProfile
from watchword.core.subjects import SubjectId
from watchword.dialects.findface.asking import LARGEST_LIMIT, read_asked
from watchword.dialects.findface.bodies import GroupPatch, NewGroup
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.groups import (
    ADMINISTRATOR,
    BUILT_IN,
    KIND,
    Group,
    GroupDocument,
    Kept,
    document_of,
    kept_groups,
    list_groups,
    next_number,
    renamed,
)
from watchword.dialects.findface.members import has_members
from watchword.dialects.findface.numbers import number_in
from watchword.dialects.findface.paging import PlainList
from watchword.dialects.findface.parameters import LIMIT, ordering
from watchword.dialects.findface.permissions import CATALOGUE
from watchword.dialects.findface.profile import AUDIENCE, LONGEST_GROUP_NAME, parse, written
from watchword.dialects.findface.reading import Body, read_body
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.settings import Settings
from watchword.web.about import About
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = [
    "add_group",
    "edit_group",
    "list_all_groups",
    "remove_group",
    "replace_group",
    "show_group",
]


ORDERS: Final = {"id": "id"}

CREATE_ACTION: Final = "group.create"
EDIT_ACTION: Final = "group.update"
REPLACE_ACTION: Final = "group.replace"
REMOVE_ACTION: Final = "group.remove"
"""What the audit trail calls them."""


class AdGroup(msgspec.Struct, frozen=True):
    """The directory's group that a role is mapped to."""

    group_guid: str


class GroupReply(msgspec.Struct, frozen=True):
    """A role."""

    id: int
    name: str
    permissions: tuple[str, ...]
    ad_group: AdGroup | None


def list_all_groups(desk: Desk[Settings], request: Request, _principal: Principal) -> Reply:
    """``GET /groups/``"""
    asked = read_asked(request)
    found = list_groups(kept_groups(desk.core.shelf))
    _, descending = asked.ordering(ORDERS, "id")
    groups = sorted(found, key=lambda group: group.id, reverse=descending)
    shown = groups[: asked.limit(LARGEST_LIMIT)]
    return json_reply(200, PlainList([to_group(group) for group in shown]))


def show_group(desk: Desk[Settings], request: Request, _principal: Principal) -> Reply:
    """``GET /groups/{id}/``"""
    kept = kept_groups(desk.core.shelf)
    return json_reply(200, to_group(_require_group(kept, number_in(request, "group"))))


def add_group(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /groups/``"""
    caller = caller_of(desk, request, principal)
    caller.require_administrator("auth.add_group")
    said = read_body(request.body)
    draft = _said(said, Group(0, said.text("name", LONGEST_GROUP_NAME), frozenset()))

    def work(kept: Kept) -> Group:
        return _unique(kept, replace(draft, id=next_number(kept)))

    return json_reply(201, to_group(_change_groups(desk, work, caller.actor, CREATE_ACTION)))


def edit_group(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /groups/{id}/``: what is not named stays."""
    return _edit(desk, request, principal, whole=False)


def replace_group(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PUT /groups/{id}/``: what is not named is empty, but for the rights to objects."""
    return _edit(desk, request, principal, whole=True)


def remove_group(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /groups/{id}/``: no built-in role, and none that is somebody's main one."""
    caller = caller_of(desk, request, principal)
    caller.require_administrator("auth.delete_group")
    number = number_in(request, "group")
    group = _require_group(kept_groups(desk.core.shelf), number)
    if any(number == each.id for each in BUILT_IN):
        raise BadFieldError("id", FieldFault.BAD_VALUE, "other than built-in")
    _remove(desk, group, caller.actor)
    return NO_CONTENT


def to_group(group: Group) -> GroupReply:
    """Return a role as users see it."""
    guid = group.ad_group_guid
    permissions = tuple(sorted(group.permissions))
    return GroupReply(group.id, group.name, permissions, None if guid is None else AdGroup(guid))


def _require_group(kept: Kept, number: int) -> Group:
    """Return the role with a number. Raises `NotFoundError`."""
    for group in list_groups(kept):
        if group.id == number:
            return group
    raise NotFoundError("group")


def _change_groups(
    desk: Desk[Settings], work: Callable[[Kept], Group], by: Actor, action: str
) -> Group:
    """Store the role that ``work`` makes in the light of all roles; return it."""
    made: list[Group] = []

    def change(before: Mapping[str, bytes]) -> Mapping[str, bytes]:
        group = work(tuple(before.items()))
        made.append(group)
        return {str(group.id): document_of(group)}

    desk.core.shelf.change(AUDIENCE, KIND, change, by=by, action=action)
    return made[-1]


def _edit(desk: Desk[Settings], request: Request, principal: Principal, *, whole: bool) -> Reply:
    caller = caller_of(desk, request, principal)
    caller.require_administrator("auth.change_group")
    number, said = number_in(request, "group"), read_body(request.body)
    _require_group(kept_groups(desk.core.shelf), number)
    if whole:
        said.text("name", LONGEST_GROUP_NAME)

    def work(kept: Kept) -> Group:
        before = _require_group(kept, number)
        emptied = replace(before, permissions=frozenset(), ad_group_guid=None)
        return _unique(kept, _said(said, emptied if whole else before))

    action = REPLACE_ACTION if whole else EDIT_ACTION
    return json_reply(200, to_group(_change_groups(desk, work, caller.actor, action)))


def _said(said: Body, before: Group) -> Group:
    """Return a role as a body wants it."""
    group = before
    if "name" in said:
        group = renamed(group, said.text("name", LONGEST_GROUP_NAME))
    if "permissions" in said:
        group = replace(group, permissions=_permissions(said))
    if "ad_group" in said:
        group = replace(group, ad_group_guid=_ad_group(said))
    _require_allowed(before, group)
    return group


def _require_allowed(before: Group, after: Group) -> None:
    """Refuse what would break what the names of built-in roles stand for (*chosen*)."""
    built_in = {group.id for group in BUILT_IN}
    if before.id in built_in and before.name != after.name:
        raise BadFieldError("name", FieldFault.BAD_VALUE, "other than built-in")
    if before.id == ADMINISTRATOR.id and after.permissions != ADMINISTRATOR.permissions:
        raise BadFieldError("permissions", FieldFault.BAD_VALUE, "other than built-in")


def _permissions(said: Body) -> frozenset[str]:
    wanted = said.texts("permissions")
    for name in wanted:
        if name not in CATALOGUE:
            raise BadFieldError("permissions", FieldFault.BAD_VALUE, "choice", name)
    return frozenset(wanted)


def _ad_group(said: Body) -> str | None:
    """Return the directory's group; none is null, or an object that holds null (*documented*)."""
    if said.fields.values["ad_group"] is None:
        return None
    guid = said.mapping("ad_group").get("group_guid")
    if guid is None:
        return None
    try:
        return str(UUID(guid if isinstance(guid, str) else ""))
    except ValueError as error:
        raise BadFieldError("ad_group", FieldFault.WRONG_TYPE, "uuid") from error


def _unique(kept: Kept, group: Group) -> Group:
    """Return a role whose names are no other's. Raises `AlreadyExistsError`."""
    others = {name for each in list_groups(kept) if each.id != group.id for name in each.names}
    if group.name in others:
        raise AlreadyExistsError("group", "name")
    return group


def _remove(desk: Desk[Settings], group: Group, by: Actor) -> None:
    """Take a role from whoever has it beside another one, then remove it.

    No profile may name a role that is gone: a later one of that name would be given to whoever has
    it. So both happen in turns until nobody is left, and the last look is in the unit that removes.
    """
    gone = msgspec.json.encode(GroupDocument(name="", permissions=(), removed=True))
    change = {str(group.id): gone}
    while True:
        try:
            desk.core.shelf.change(
                AUDIENCE,
                KIND,
                lambda _: change,
                by=by,
                guard=partial(_require_unused, group),
                action=REMOVE_ACTION,
            )
        except _StillUsedError as used:
            for subject_id in used.subject_ids:
                _take(desk, SubjectId(UUID(subject_id)), group, by)
        else:
            return


@dataclass(eq=False)
class _StillUsedError(Exception):
    """Some users have the role beside another one."""

    subject_ids: Sequence[str]


def _require_unused(group: Group, transaction: Transaction) -> None:
    """Raise `BadFieldError` if a role is somebody's main one, `_StillUsedError` if another."""
    if has_members(transaction, "primary_group", group.names):
        raise BadFieldError("id", FieldFault.BAD_VALUE, "unused")
    left = has_members(transaction, "groups", group.names)
    if left:
        raise _StillUsedError(left)


def _take(desk: Desk[Settings], subject_id: SubjectId, group: Group, by: Actor) -> None:
    """Take a role from a user that has it beside another one."""
    with desk.core.storage.read() as transaction:
        standing = transaction.standings.find_by_subject(subject_id, AUDIENCE)
    if standing is None or standing.profile is None:
        return
    profile = parse(standing.profile.document)
    others = tuple(name for name in profile.groups if name not in group.names)
    document = written(msgspec.structs.replace(profile, groups=others))
    desk.core.directory.put_profile(subject_id, StoredProfile(AUDIENCE, document), by=by)


LIST: Final = About("List roles", gives=PlainList[GroupReply], query=(ordering(ORDERS), LIMIT))
SHOW: Final = About("Show a role", gives=GroupReply)
ADD: Final = About("Add a role", NewGroup, GroupReply, 201)
EDIT: Final = About("Change a role", GroupPatch, GroupReply)
REPLACE: Final = About("Describe a role anew", NewGroup, GroupReply)
REMOVE: Final = About("Remove a role", status=204)
