"""Looking for users: listed, counted and one by one (wire contract FindFace 2.7)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.access import Principal
from watchword.core.errors import NotFoundError
from watchword.core.gallery import list_faces
from watchword.core.index import Filter, Order, Query, Test, equals
from watchword.core.ports import Transaction
from watchword.core.subjects import Standing, SubjectId
from watchword.dialects.findface.asking import Asked, read_asked
from watchword.dialects.findface.blocklist import spanning
from watchword.dialects.findface.caller import Caller, caller_of
from watchword.dialects.findface.entering import faces_among
from watchword.dialects.findface.groups import Kept, kept_groups, list_groups, rights_of
from watchword.dialects.findface.languages import Language
from watchword.dialects.findface.members import USERS, find_user
from watchword.dialects.findface.numbers import number_in
from watchword.dialects.findface.paging import CursorList, Offsets
from watchword.dialects.findface.parameters import MATCH, PAGING, Number, among, ordering, span
from watchword.dialects.findface.profile import AUDIENCE, as_profile, parse
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.schemas import Text, User
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.translate import to_user
from watchword.web.about import About, Parameter
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["count_users", "list_users", "require_visible", "show_standing", "show_user"]

ORDERS: Final = {
    "id": "number",
    "date_joined": "created_at",
    "modified_date": "modified_at",
    "username": "name",
    "first_name": "real_name",
    # *Chosen*: there is one name here, and it is the first.
    "last_name": "real_name",
    # *Chosen*: by the role's name, which the index has.
    "primary_group": "primary_group",
    "is_active": "active",
}
OLDEST_FIRST: Final = "id"
"""*Chosen*: the vendor is silent on the usual order."""


class Count(msgspec.Struct, frozen=True):
    """How many there are."""

    count: int


def list_users(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /users/``"""
    caller, asked = caller_of(desk, request, principal), read_asked(request)
    caller.require("view_user")
    pages = Offsets.read(asked)
    query = _query(desk, asked, caller)
    query = replace(query, offset=pages.start, limit=pages.limit + 1, counted=False)
    with desk.core.storage.read() as transaction:
        page = pages.turn(_search(transaction, query))
    return json_reply(200, page.showing(show_standings(desk, page.items)))


def count_users(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /users/count/``"""
    caller, asked = caller_of(desk, request, principal), read_asked(request)
    caller.require("view_user")
    query = replace(_query(desk, asked, caller), order=(), limit=0)
    with desk.core.storage.read() as transaction:
        total = transaction.index.search(query).total
    return json_reply(200, Count(total or 0))


def show_user(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /users/{id}/``"""
    caller = caller_of(desk, request, principal)
    standing = require_visible(desk, request, caller)
    caller.require("view_user")
    return json_reply(200, show_standing(desk, standing))


def require_visible(desk: Desk[Settings], request: Request, caller: Caller) -> Standing:
    """Return the user that a path names, if the caller sees it.

    *Observed* (wire contract FindFace 2.7): who is no administrator sees itself, whatever its
    permissions. Raises `NotFoundError`.
    """
    number = number_in(request, "subject")
    if not caller.administrates and number != caller.subject.number:
        raise NotFoundError("subject")
    with desk.core.storage.read() as transaction:
        return find_user(transaction, number)


def show_standing(desk: Desk[Settings], standing: Standing) -> User:
    """Return a user as users see it."""
    return show_standings(desk, [standing])[0]


def show_standings(desk: Desk[Settings], standings: Sequence[Standing]) -> Sequence[User]:
    """Return users as users see them."""
    known = faces_among(desk, [each.subject for each in standings])
    return [_show(desk, each, known.get(each.subject.id, ())) for each in standings]


def _show(desk: Desk[Settings], standing: Standing, faces: Collection[str]) -> User:
    if standing.profile is None:
        raise NotFoundError("subject")
    profile = as_profile(parse(standing.profile.document))
    rights = rights_of(kept_groups(desk.core.shelf), profile)
    return to_user(standing.subject, profile, rights, desk.settings, faces)


def _search(transaction: Transaction, query: Query) -> Sequence[Standing]:
    keys = transaction.index.search(query).keys
    subject_ids = [SubjectId(UUID(key)) for key in keys]
    return transaction.standings.find_many(subject_ids, AUDIENCE)


def _query(desk: Desk[Settings], asked: Asked, caller: Caller) -> Query:
    """Return what a query string asks of the users that the caller sees."""
    order, descending = asked.ordering(ORDERS, OLDEST_FIRST)
    kept = kept_groups(desk.core.shelf)
    filters = [*_plain(desk, asked), *_spelt(asked), *_of_roles(kept, asked)]
    filters += spanning("created_at", asked.span("date_joined", desk.core.clock()))
    if not caller.administrates:
        filters.append(equals("number", caller.subject.number))
    return Query(USERS, tuple(filters), (Order(order, descending),))


def _plain(desk: Desk[Settings], asked: Asked) -> Iterator[Filter]:
    """Yield the filters by what a user is."""
    active, numbers = asked.flag("active"), asked.numbers("id_in")
    languages = asked.choices("language", Language)
    if active is not None:
        yield equals("active", int(active))
    if numbers is not None:
        yield equals("number", *numbers)
    if languages is not None:
        # Who has none is shown with the server's.
        none = (None,) if desk.settings.language in languages else ()
        yield equals("language", *languages, *none)
    has_face = asked.flag("has_face")
    if has_face is not None:
        test = Test.ANY_OF if has_face else Test.NONE_OF
        yield Filter(("number",), test, _with_faces(desk))


def _with_faces(desk: Desk[Settings]) -> tuple[int, ...]:
    """Return the numbers of all who have a photo, if it is any use (`faces_among`)."""
    if desk.core.enrolment.engine is None:
        return ()
    with desk.core.storage.read() as transaction:
        return tuple({face.number for face in list_faces(transaction, AUDIENCE)})


def _spelt(asked: Asked) -> Iterator[Filter]:
    """Yield the filters by parts of names."""
    for facet, key in (("real_name", "real_name_contains"), ("name", "username_contains")):
        part = asked.text(key)
        if part is not None:
            yield Filter((facet,), Test.CONTAINS, (part,))


def _of_roles(kept: Kept, asked: Asked) -> Iterator[Filter]:
    """Yield the filters by roles, which profiles have by their names."""
    for facet in ("groups", "primary_group"):
        numbers = asked.numbers(facet)
        if numbers is not None:
            meant = [group for group in list_groups(kept) if group.id in numbers]
            yield equals(facet, *(name for group in meant for name in group.names))


FILTERS: Final = (
    Parameter("active", "Whether they may log in", bool),
    *span("date_joined", "gt", "gte", "lt", "lte"),
    among("groups", "With one of these roles beside their primary one", Number),
    among("primary_group", "With one of these as their primary role", Number),
    Parameter("has_face", "Whether there is a photo of them", bool),
    among("id_in", "One of these users", Number),
    among("language", "Whose language is one of these", Language),
    Parameter("real_name_contains", f"By their real name: {MATCH.lower()}", Text),
    Parameter("username_contains", f"By their login: {MATCH.lower()}", Text),
)
LIST: Final = About(
    "List users", gives=CursorList[User], query=(*FILTERS, ordering(ORDERS), *PAGING)
)
COUNT: Final = About("Count users", gives=Count, query=FILTERS)
SHOW: Final = About("Show a user", gives=User)
