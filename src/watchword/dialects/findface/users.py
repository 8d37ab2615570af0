"""Making, changing and removing users (wire contract FindFace 2.7).

Rules of this file:

1. Only administrators make, change or remove others (*observed*). To anybody else, others are not
   there; a permission changes nothing about it.
2. A user with ``change_user`` may change what is its own: real name, password, comment, language.
3. The super administrator is removed or switched off by nobody and keeps its rights whatever roles
   it is given (*observed* and *documented*; decision 0407); nobody removes itself.
4. What a change relies on is looked at once more in the unit of work that makes it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import msgspec

from watchword.core.access import Principal
from watchword.core.changing import Picture
from watchword.core.directory import NewPassword, NewSubject
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.ports import Transaction
from watchword.core.subjects import Standing, Subject
from watchword.dialects.findface.active_directory import require_changeable
from watchword.dialects.findface.bodies import NewUser, UserPatch
from watchword.dialects.findface.caller import Caller, caller_of
from watchword.dialects.findface.groups import (
    ADMINISTRATOR,
    KIND,
    Kept,
    kept_groups,
    list_groups,
    read_groups,
)
from watchword.dialects.findface.languages import Language
from watchword.dialects.findface.members import find_super, find_user, is_administrator
from watchword.dialects.findface.password_policy import require_good
from watchword.dialects.findface.people import require_visible, show_standing
from watchword.dialects.findface.profile import (
    AUDIENCE,
    LONGEST_COMMENT,
    Profile,
    parse,
    written,
)
from watchword.dialects.findface.reading import Body, read_body
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.schemas import User
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.user_data import forget_values
from watchword.web.about import About
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["add_user", "edit_user", "remove_user"]

LONGEST_NAME: Final = 80
"""*Documented* (wire contract FindFace 2.7), of ``name`` and ``real_name``."""
LONGEST_COVER: Final = 32
"""*Documented* (seed 002)."""

NEEDED: Final = ("active", "name", "password", "primary_group", "real_name")
"""*Documented*: what a new user must have."""

OTHERS_ONLY: Final = ("active", "name", "primary_group", "groups")
"""What nobody but an administrator changes, not even of itself (*chosen*)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a body wants of a user: fields of the subject, fields of the profile, a password."""

    subject: Mapping[str, Any]
    profile: Mapping[str, Any]
    password: str | None = field(default=None, repr=False)


def add_user(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /users/``: for administrators alone, whatever permissions others have (*observed*)."""
    caller = caller_of(desk, request, principal)
    caller.require_administrator("ffsecurity.add_user")
    new, wish = _read_new(desk, read_body(request.body))
    guard = partial(_require_roles, wish)
    added = desk.core.directory.add_subject(new, by=caller.actor, guard=guard)
    return json_reply(201, _shown(desk, added.number))


def edit_user(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /users/{id}/``: what is not named stays."""
    caller = caller_of(desk, request, principal)
    standing = require_visible(desk, request, caller)
    subject = standing.subject
    caller.require("change_user")
    wish = _read_change(desk, caller, standing, read_body(request.body))
    own = caller.session.id if subject.id == caller.subject.id else None
    change = partial(_changed, wish, is_super=_is_super(desk, subject))
    password = NewPassword(wish.password, keep=own)
    guard = partial(_require_sound, wish)
    desk.core.directory.revise(subject.id, change, password, by=caller.actor, guard=guard)
    return json_reply(200, _shown(desk, subject.number))


def remove_user(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /users/{id}/``: this door's profile goes, and the subject with its last."""
    caller = caller_of(desk, request, principal)
    subject = require_visible(desk, request, caller).subject
    if subject.id == caller.subject.id:
        raise ForbiddenError
    directory = desk.core.directory
    directory.remove_profile(subject.id, AUDIENCE, by=caller.actor, guard=_require_super_kept)
    forget_values(desk, subject, caller.actor)
    return NO_CONTENT


def _shown(desk: Desk[Settings], number: int) -> User:
    with desk.core.storage.read() as transaction:
        return show_standing(desk, find_user(transaction, number))


def _is_super(desk: Desk[Settings], subject: Subject) -> bool:
    with desk.core.storage.read() as transaction:
        first = find_super(transaction)
    return first is not None and first.id == subject.id


# --- reading ------------------------------------------------------------------------------------


def _read_new(desk: Desk[Settings], said: Body) -> tuple[NewSubject, Wish]:
    for key in NEEDED:
        said.given(key)
    wish = _read(desk, said, ())
    profile = msgspec.structs.replace(Profile(""), **wish.profile)
    name, real_name = str(wish.subject["name"]), str(wish.subject["real_name"])
    _require_good(desk, wish, name, real_name)
    new = NewSubject(
        logins=(name,),
        full_name=real_name,
        active=bool(wish.subject["active"]),
        password=wish.password,
        profiles={AUDIENCE: written(profile)},
    )
    return new, wish


def _read_change(desk: Desk[Settings], caller: Caller, standing: Standing, said: Body) -> Wish:
    subject = standing.subject
    if standing.profile is not None:
        require_changeable(parse(standing.profile.document), said)
    if not caller.administrates and any(key in said for key in OTHERS_ONLY):
        raise ForbiddenError
    faces = desk.core.enrolment.known(AUDIENCE, [subject.id]).get(subject.id, ())
    wish = _read(desk, said, faces)
    name = str(wish.subject.get("name", subject.name))
    _require_good(desk, wish, name, str(wish.subject.get("real_name", subject.full_name)))
    return wish


def _read(desk: Desk[Settings], said: Body, faces: Collection[str]) -> Wish:
    """Return what a body names, in the order of the vendor's table.

    ``faces`` are the user's photos, of which one may be its cover.
    """
    subject: dict[str, Any] = {}
    if "active" in said:
        subject["active"] = said.flag("active")
    if "name" in said:
        subject["name"] = _name(said)
    if "real_name" in said:
        subject["real_name"] = said.text("real_name", LONGEST_NAME)
    cover = {"face_cover": _cover(said, faces)} if "face_cover" in said else {}
    password = said.password("password") if "password" in said else None
    return Wish(subject, {**_profile(kept_groups(desk.core.shelf), said), **cover}, password)


def _name(said: Body) -> str:
    """Return a name to log in with. Basic credentials end it at the first colon (RFC 7617)."""
    name = said.text("name", LONGEST_NAME)
    if ":" in name:
        raise BadFieldError("name", FieldFault.BAD_VALUE, "no colon")
    return name


def _cover(said: Body, faces: Collection[str]) -> str | None:
    cover = said.text_or_null("face_cover", LONGEST_COVER)
    if cover is not None and cover not in faces:
        raise BadFieldError("face_cover", FieldFault.BAD_VALUE, "pk", cover)
    return cover


def _profile(kept: Kept, said: Body) -> Mapping[str, Any]:
    names = {group.id: group.name for group in list_groups(kept)}
    profile: dict[str, Any] = {}
    if "primary_group" in said:
        profile["primary_group"] = _role(names, "primary_group", said.number("primary_group"))
    if "groups" in said:
        wanted = said.numbers("groups")
        profile["groups"] = tuple(_role(names, "groups", number) for number in wanted)
    if "comment" in said:
        profile["comment"] = said.text("comment", LONGEST_COMMENT, blank=True)
    if "language" in said:
        profile["language"] = _language(said.text("language"))
    return profile


def _role(names: Mapping[int, str], key: str, number: int) -> str:
    if number not in names:
        raise BadFieldError(key, FieldFault.BAD_VALUE, "pk", str(number))
    return names[number]


def _language(written_: str) -> Language:
    """Return a language; the vendor's client may say ``en`` (*chosen*, wire contract 5)."""
    code = written_.lower()
    try:
        return Language.ENGLISH if code == "en" else Language(code)
    except ValueError as error:
        raise BadFieldError("language", FieldFault.BAD_VALUE, "choice", written_) from error


def _require_good(desk: Desk[Settings], wish: Wish, name: str, real_name: str) -> None:
    """Raise `BadFieldError` for a password that the user of these names may not have."""
    if wish.password is None:
        return
    longest = desk.core.policy.passwords.longest
    if len(wish.password.encode("utf-8", "surrogatepass")) > longest:
        raise BadFieldError("password", FieldFault.TOO_LONG, str(longest))
    if desk.settings.password_policy:
        require_good(wish.password, {"username": name, "real name": real_name})


# --- changing -----------------------------------------------------------------------------------


def _changed(wish: Wish, before: Picture, *, is_super: bool) -> Picture:
    """Return what becomes of a user. Raises `NotFoundError` if it is none any more."""
    if AUDIENCE not in before.profiles:
        raise NotFoundError("subject")
    subject = before.subject
    subject = replace(
        subject,
        logins=_renamed(before, str(wish.subject.get("name", subject.name))),
        full_name=str(wish.subject.get("real_name", subject.full_name)),
        active=bool(wish.subject.get("active", subject.active)),
    )
    profile = msgspec.structs.replace(parse(before.profiles[AUDIENCE]), **wish.profile)
    if is_super and not is_administrator(profile):
        groups = (*profile.groups, ADMINISTRATOR.name)
        profile = msgspec.structs.replace(profile, groups=groups)
    return Picture(subject, {**before.profiles, AUDIENCE: written(profile)})


def _renamed(before: Picture, name: str) -> tuple[str, ...]:
    """Return the logins of a user under another name: the one that is shown gives way to it.

    *Chosen*: not so an e-mail address by which the person is known at another door, since whoever
    may rename somebody here must not take that one away, nor put another one before it.
    """
    logins, shown, address = before.subject.logins, before.subject.name, before.subject.address
    if "@" in name and address not in {None, shown}:
        raise BadFieldError("name", FieldFault.BAD_VALUE, "one address")
    if "@" not in name and address == shown and len(before.profiles) > 1:
        return (*logins, name)
    return tuple(name if login == shown else login for login in logins)


def _require_roles(wish: Wish, transaction: Transaction, _before: Picture | None) -> None:
    """Raise `BadFieldError` if a role that is wished for has just gone."""
    known = read_groups(tuple(transaction.documents.list_of(AUDIENCE, KIND)))
    primary, others = wish.profile.get("primary_group"), wish.profile.get("groups", ())
    if primary is not None and primary not in known:
        raise BadFieldError("primary_group", FieldFault.BAD_VALUE, "pk", str(primary))
    for name in others:
        if name not in known:
            raise BadFieldError("groups", FieldFault.BAD_VALUE, "pk", str(name))


def _require_sound(wish: Wish, transaction: Transaction, before: Picture | None) -> None:
    _require_roles(wish, transaction, before)
    _require_super_kept(transaction, before)


def _require_super_kept(transaction: Transaction, before: Picture | None) -> None:
    """Raise `ForbiddenError` if the super administrator of before is none after the change.

    So there is always one who can let others in: nobody can remove the last administrator here.
    """
    if before is None or AUDIENCE not in before.profiles or not before.subject.active:
        return
    if not is_administrator(parse(before.profiles[AUDIENCE])):
        return
    first = find_super(transaction)
    if first is None or first.number > before.subject.number:
        raise ForbiddenError


ADD: Final = About("Add a user", NewUser, User, 201)
EDIT: Final = About("Change a user", UserPatch, User)
REMOVE: Final = About("Remove a user", status=204)
