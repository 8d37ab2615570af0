"""Photos of users (wire contract FindFace 2.8).

Rules of this file:

1. Administrators see and change everybody's photos, others their own (*inferred* from 2.7); to
   anybody else a user's photos are not there, and neither is the user.
2. Who adds a photo vouches for it that its user has agreed (*chosen*: the wire has no word for it);
   who did and when is kept with it.
3. A photo itself is kept only where a setting says so. Where it is not, its thumbnail is a drawing
   that says that there is none (*chosen*).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from watchword.core.access import Principal
from watchword.core.core import Core
from watchword.core.enrolment import NewFace
from watchword.core.errors import FaceRefusedError, ForbiddenError, NotFoundError
from watchword.core.faces import FaceFault
from watchword.core.gallery import FACES, Face, find_face, find_faces
from watchword.core.index import Filter, Order, Query, equals
from watchword.core.subjects import Standing
from watchword.dialects.findface.asking import Asked, read_asked
from watchword.dialects.findface.bodies import Form, PhotoForm, PhotoPatch
from watchword.dialects.findface.caller import Caller, caller_of
from watchword.dialects.findface.choosing import choose_face, frame_in
from watchword.dialects.findface.forms import read_parts, texts_in
from watchword.dialects.findface.members import find_user
from watchword.dialects.findface.paging import Offsets
from watchword.dialects.findface.parameters import PAGING, Number, among, ordering
from watchword.dialects.findface.profile import AUDIENCE, parse
from watchword.dialects.findface.reading import Body, read_body
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.schemas import Date
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.translate import to_date
from watchword.web.about import About, Parameter
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.multipart import is_form
from watchword.web.operation import Desk

__all__ = [
    "Photo",
    "add_photo",
    "edit_photo",
    "list_photos",
    "remove_photo",
    "show_photo",
    "show_thumbnail",
]

T = TypeVar("T")

PURPOSE: Final = "login"
SOURCE: Final = "source_photo"
FACE_ID: Final = re.compile(r"[0-9]{1,32}")
"""*Documented*: at most 32 signs; *observed* of sibling objects: digits."""

NO_PICTURE: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" '
    b'aria-label="No photo is kept"><rect width="96" height="96" fill="#d8dce2"/>'
    b'<circle cx="48" cy="38" r="17" fill="#98a2b0"/>'
    b'<path d="M14 96a34 34 0 0 1 68 0z" fill="#98a2b0"/></svg>\n'
)


class CountedList(msgspec.Struct, Generic[T], frozen=True):
    """A list that tells how long it is, with the address of its next page."""

    next_page: str | None
    count: int
    results: Sequence[T]


class Photo(msgspec.Struct, frozen=True):
    """A photo of a user. *Documented*: every key; that ``features`` are empty is *chosen*."""

    id: str
    created_date: Date
    modified_date: Date
    source_photo_name: str
    frame_coords_left: int
    frame_coords_top: int
    frame_coords_right: int
    frame_coords_bottom: int
    thumbnail: str
    features: Mapping[str, object]
    user: int


def list_photos(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /user-face/``"""
    caller, asked = caller_of(desk, request, principal), read_asked(request)
    caller.require("view_user")
    query, pages = _query(asked, caller), Offsets.read(asked)
    with desk.core.storage.read() as transaction:
        found = transaction.index.search(replace(query, offset=pages.start, limit=pages.limit + 1))
        faces = {str(face.id): face for face in find_faces(transaction, found.keys)}
    page = pages.turn([faces[key] for key in found.keys if key in faces])
    following = page.following and _address(request, asked, page.following)
    shown = [to_photo(face) for face in page.items]
    return json_reply(200, CountedList(following, found.total or 0, shown))


def show_photo(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /user-face/{id}/``"""
    caller = caller_of(desk, request, principal)
    face = _require_visible(desk.core, request, caller)
    caller.require("view_user")
    return json_reply(200, to_photo(face))


def add_photo(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /user-face/``"""
    caller = caller_of(desk, request, principal)
    caller.require("change_user")
    parts = read_parts(request)
    said = texts_in(parts, SOURCE)
    user = _require_user(desk.core, caller, said)
    picked = choose_face(desk, caller.subject.id, said, parts.get(SOURCE))
    new = NewFace(
        AUDIENCE, user.subject.id, picked.photo, picked.name, picked.found, purpose=PURPOSE
    )
    return json_reply(201, to_photo(_enrol(desk.core, new, caller)))


def edit_photo(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /user-face/{id}/``: what is not named stays."""
    caller = caller_of(desk, request, principal)
    face = _require_visible(desk.core, request, caller)
    caller.require("change_user")
    # *Documented* as a form; *chosen*: JSON is taken as well, as for other changes.
    is_json = not is_form(request.header(b"content-type") or "")
    said = read_body(request.body) if is_json else texts_in(read_parts(request), SOURCE)
    frame = frame_in(said, face.box)
    if "user" in said:
        face = _hand_over(desk.core, face, _require_user(desk.core, caller, said), caller)
    face = desk.core.enrolment.move(AUDIENCE, face.id, frame or face.box, by=caller.actor)
    return json_reply(200, to_photo(face))


def remove_photo(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /user-face/{id}/``: with a user's last one goes the key of all there ever were."""
    caller = caller_of(desk, request, principal)
    face = _require_visible(desk.core, request, caller)
    caller.require("change_user")
    desk.core.enrolment.remove(AUDIENCE, face.id, by=caller.actor)
    return NO_CONTENT


def show_thumbnail(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /user-face/{id}/thumbnail/``: a picture, or a drawing where none is kept."""
    caller = caller_of(desk, request, principal)
    face = _require_visible(desk.core, request, caller)
    caller.require("view_user")
    kept = desk.core.enrolment.thumbnail(face)
    kind, picture = (b"image/svg+xml", NO_PICTURE) if kept is None else (b"image/jpeg", kept)
    headers = ((b"content-type", kind), (b"cache-control", b"no-store"))
    return Reply(200, picture, (*headers, (b"x-content-type-options", b"nosniff")))


def to_photo(face: Face) -> Photo:
    """Return a face as users see it."""
    return Photo(
        id=face.id,
        created_date=to_date(face.created_at),
        modified_date=to_date(face.modified_at),
        source_photo_name=face.photo_name,
        frame_coords_left=face.box.left,
        frame_coords_top=face.box.top,
        frame_coords_right=face.box.right,
        frame_coords_bottom=face.box.bottom,
        thumbnail=f"/user-face/{face.id}/thumbnail/",
        features={},
        user=face.number,
    )


def _address(request: Request, asked: Asked, page: str) -> str:
    """Return where another page of the same is. *Documented* to be an address (1.1)."""
    query = urlencode({**asked.values, "page": [page]}, doseq=True)
    return f"{request.origin}{request.path}?{query}"


def _query(asked: Asked, caller: Caller) -> Query:
    """Return what a query string asks of the photos that a caller sees."""
    filters: list[Filter] = [equals("audience", AUDIENCE)]
    active, ids, users = asked.flag("active"), asked.joined("id_in"), asked.numbers("user")
    if active is False:
        # *Chosen*: a photo is in use for as long as it is there.
        filters.append(equals("id", ""))
    if ids is not None:
        filters.append(equals("id", *ids))
    if users is not None:
        filters.append(equals("number", *users))
    if not caller.administrates:
        filters.append(equals("number", caller.subject.number))
    order, descending = asked.ordering({"id": "id"}, "id")
    return Query(FACES, tuple(filters), (Order(order, descending),))


def _require_visible(core: Core, request: Request, caller: Caller) -> Face:
    """Return the photo that a path names, if the caller sees it. Raises `NotFoundError`."""
    name = request.parameters["id"]
    face = None
    if FACE_ID.fullmatch(name):
        with core.storage.read() as transaction:
            face = find_face(transaction, AUDIENCE, name)
    if face is None or not (caller.administrates or face.subject_id == caller.subject.id):
        raise NotFoundError("photo")
    return face


def _require_user(core: Core, caller: Caller, said: Body) -> Standing:
    """Return the user that a form names; to others than administrators there is but one.

    Raises `BadFieldError`, also for a user of the directory, whose photos are not ours to keep
    (*documented* of the vendor's client).
    """
    number = said.number("user")
    try:
        standing = _visible_user(core, caller, number)
    except NotFoundError as error:
        raise BadFieldError("user", FieldFault.BAD_VALUE, "pk", str(number)) from error
    if standing.profile is not None and parse(standing.profile.document).ad_user:
        raise BadFieldError("user", FieldFault.BAD_VALUE, "kept elsewhere")
    return standing


def _visible_user(core: Core, caller: Caller, number: int) -> Standing:
    if not caller.administrates and number != caller.subject.number:
        raise NotFoundError("subject")
    with core.storage.read() as transaction:
        return find_user(transaction, number)


def _enrol(core: Core, new: NewFace, caller: Caller) -> Face:
    try:
        return core.enrolment.enrol(new, by=caller.actor)
    except (FaceRefusedError, ForbiddenError) as error:
        raise _explained(error) from error


def _hand_over(core: Core, face: Face, user: Standing, caller: Caller) -> Face:
    try:
        return core.enrolment.hand_over(AUDIENCE, face.id, user.subject.id, by=caller.actor)
    except (FaceRefusedError, ForbiddenError) as error:
        raise _explained(error) from error


def _explained(error: FaceRefusedError | ForbiddenError) -> BadFieldError:
    """Return what is wrong with a form whose face cannot be its user's."""
    if isinstance(error, ForbiddenError):
        return BadFieldError("user", FieldFault.BAD_VALUE, "fewer photos")
    unlike = error.fault is FaceFault.NO_MATCH
    return BadFieldError(SOURCE, FieldFault.BAD_VALUE, "own face" if unlike else "image")


OF_PHOTO: Final = {"id": Annotated[str, Meta(min_length=1, max_length=32)]}
LIST: Final = About(
    "List photos of users",
    gives=CountedList[Photo],
    query=(
        Parameter("active", "Whether they are in use", bool),
        among("id_in", "One of these photos"),
        among("user", "Of one of these users", Number),
        ordering(("id",)),
        *PAGING,
    ),
)
ADD: Final = About("Add a photo of a user", PhotoForm, Photo, 201, media=Form)
SHOW: Final = About("Show a photo of a user", gives=Photo, names=OF_PHOTO)
EDIT: Final = About("Change a photo of a user", PhotoPatch, Photo, media=Form, names=OF_PHOTO)
REMOVE: Final = About("Remove a photo of a user", status=204, names=OF_PHOTO)
THUMBNAIL: Final = About(
    "Show a small picture of a photo",
    gives=Annotated[str, Meta(extra_json_schema={"format": "binary"})],
    names=OF_PHOTO,
    answers=("image/jpeg", "image/svg+xml"),
)
