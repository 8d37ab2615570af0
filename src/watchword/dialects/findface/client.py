"""What the vendor's client asks for on its way to its first page, and what is not here.

Everything is answered truthfully: there are no cameras here, no dictionaries and no photos, so
lists are empty and uploads are refused (wire contract FindFace 2.3, 2.4, 2.5, 2.7, 2.8, 2.11).
"""

from collections.abc import Sequence
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from msgspec import Meta

from watchword.core.access import Principal
from watchword.core.errors import NotFoundError
from watchword.dialects.findface.asking import read_asked
from watchword.dialects.findface.bodies import (
    DetectForm,
    Form,
    PhotoForm,
    SettingsPatch,
)
from watchword.dialects.findface.caller import Caller, caller_of
from watchword.dialects.findface.groups import OBJECTS, Kind
from watchword.dialects.findface.paging import CursorList, Offsets, PlainList
from watchword.dialects.findface.parameters import PAGING, Number, among, ordering
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.schemas import Date
from watchword.dialects.findface.settings import Settings
from watchword.web.about import About, Parameter
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = [
    "camera_groups",
    "cameras",
    "detect",
    "dictionaries",
    "edit_runtime_settings",
    "photo",
    "photos",
    "runtime_settings",
    "upload_photo",
    "watch_lists",
]

T = TypeVar("T")


class NoSettings(msgspec.Struct, frozen=True):
    """The run-time settings: none of the vendor's means anything here."""


class NamedObject(msgspec.Struct, frozen=True):
    """A watch list or a camera group."""

    id: int
    name: str


class CountedList(msgspec.Struct, Generic[T], frozen=True):
    """A list that tells how long it is."""

    next_page: str | None
    count: int
    results: Sequence[T]


def photos(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /user-face/``: no photo is kept, whatever is asked for."""
    caller_of(desk, request, principal).require("view_user")
    asked = read_asked(request)
    asked.flag("active")
    asked.numbers("user")
    asked.ordering({"id": "id"}, "id")
    Offsets.read(asked)
    return json_reply(200, CountedList[Photo](None, 0, []))


def upload_photo(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /user-face/``: refused, since nothing would be done with it."""
    caller_of(desk, request, principal).require("change_user")
    raise BadFieldError("source_photo", FieldFault.BAD_VALUE, "no photo")


def detect(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /detect``: nothing here looks for faces in photos, so none are said to be found."""
    caller_of(desk, request, principal).require("change_user")
    raise BadFieldError("photo", FieldFault.BAD_VALUE, "no photo")


def photo(_desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """``GET``, ``PATCH`` and ``DELETE /user-face/{id}/``: there is none."""
    raise NotFoundError("photo")


def runtime_settings(_desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """``GET /settings``: *documented*: nothing of it is about authentication."""
    return json_reply(200, NoSettings())


def edit_runtime_settings(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /settings``: unknown keys are ignored, and all are unknown."""
    caller_of(desk, request, principal).require("change_runtimesetting")
    return json_reply(200, NoSettings())


def camera_groups(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /camera-groups/``: those that the caller has a right to."""
    caller = caller_of(desk, request, principal)
    return json_reply(200, PlainList(_visible(caller, Kind.CAMERA_GROUP)))


def watch_lists(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /watch-lists/``: those that the caller has a right to."""
    caller = caller_of(desk, request, principal)
    return json_reply(200, PlainList(_visible(caller, Kind.WATCH_LIST)))


def cameras(_desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """``GET /cameras/``"""
    return json_reply(200, CursorList[NamedObject](None, None, []))


def dictionaries(_desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """``GET /dicts.json``"""
    return json_reply(200, NoSettings())


def _visible(caller: Caller, kind: Kind) -> Sequence[NamedObject]:
    rights = caller.rights
    held = rights.watch_lists if kind is Kind.WATCH_LIST else rights.camera_groups
    return [NamedObject(int(key), name) for key, name in OBJECTS[kind].items() if key in held]


class Photo(msgspec.Struct, frozen=True):
    """A photo of a user. *Documented*."""

    id: str
    created_date: Date
    modified_date: Date
    source_photo_name: str
    thumbnail: str
    features: dict[str, object]
    user: int


class Detected(msgspec.Struct, frozen=True):
    """What was found in a photo: objects by their kind."""

    objects: dict[str, list[object]]


OF_PHOTO: Final = {"id": Annotated[str, Meta(min_length=1, max_length=32)]}
PHOTOS: Final = About(
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
DETECT: Final = About("Find faces in a photo", DetectForm, Detected, media=Form)
ADD_PHOTO: Final = About("Add a photo of a user", PhotoForm, Photo, 201, media=Form)
SHOW_PHOTO: Final = About("Show a photo of a user", gives=Photo, names=OF_PHOTO)
EDIT_PHOTO: Final = About("Change a photo of a user", gives=Photo, names=OF_PHOTO)
REMOVE_PHOTO: Final = About("Remove a photo of a user", status=204, names=OF_PHOTO)
SETTINGS: Final = About("Show the run-time settings", gives=NoSettings)
EDIT_SETTINGS: Final = About("Change the run-time settings", SettingsPatch, NoSettings)
DICTIONARIES: Final = About("List dictionaries", gives=NoSettings)
CAMERAS: Final = About("List cameras", gives=CursorList[NamedObject])
CAMERA_GROUPS: Final = About("List camera groups", gives=PlainList[NamedObject])
WATCH_LISTS: Final = About("List watch lists", gives=PlainList[NamedObject])
