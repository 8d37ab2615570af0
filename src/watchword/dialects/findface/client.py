"""What the vendor's client asks for on its way to its first page, and what is not here.

Everything is answered truthfully: there are no cameras here and no dictionaries, so lists are empty
(wire contract FindFace 2.7, 2.11).
"""

from typing import Final

import msgspec

from watchword.core.access import Principal
from watchword.dialects.findface.asking import LARGEST_LIMIT, read_asked
from watchword.dialects.findface.bodies import SettingsPatch
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.groups import OBJECTS, Kind
from watchword.dialects.findface.paging import CursorList, PlainList
from watchword.dialects.findface.parameters import LIMIT
from watchword.dialects.findface.reading import read_body
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.settings import Settings
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = [
    "camera_groups",
    "cameras",
    "dictionaries",
    "edit_runtime_settings",
    "runtime_settings",
    "watch_lists",
]


class NoSettings(msgspec.Struct, frozen=True):
    """The run-time settings: none of the vendor's means anything here."""


class NamedObject(msgspec.Struct, frozen=True):
    """A watch list or a camera group."""

    id: int
    name: str


def runtime_settings(_desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """``GET /settings``: *documented*: nothing of it is about authentication."""
    return json_reply(200, NoSettings())


def edit_runtime_settings(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /settings``: unknown keys are ignored, and all are unknown."""
    caller_of(desk, request, principal).require("change_runtimesetting")
    read_body(request.body)
    return json_reply(200, NoSettings())


def camera_groups(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /camera-groups/``: those that the caller has a right to."""
    return json_reply(200, _visible(desk, request, principal, Kind.CAMERA_GROUP))


def watch_lists(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /watch-lists/``: those that the caller has a right to."""
    return json_reply(200, _visible(desk, request, principal, Kind.WATCH_LIST))


def cameras(_desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """``GET /cameras/``"""
    return json_reply(200, CursorList[NamedObject](None, None, []))


def dictionaries(_desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """``GET /dicts.json``"""
    return json_reply(200, NoSettings())


def _visible(
    desk: Desk[Settings], request: Request, principal: Principal, kind: Kind
) -> PlainList[NamedObject]:
    """Return the objects of a kind that the caller has a right to, as many as it asks for."""
    rights = caller_of(desk, request, principal).rights
    held = rights.watch_lists if kind is Kind.WATCH_LIST else rights.camera_groups
    found = [NamedObject(int(key), name) for key, name in OBJECTS[kind].items() if key in held]
    return PlainList(found[: read_asked(request).limit(LARGEST_LIMIT)])


SETTINGS: Final = About("Show the run-time settings", gives=NoSettings)
EDIT_SETTINGS: Final = About("Change the run-time settings", SettingsPatch, NoSettings)
DICTIONARIES: Final = About("List dictionaries", gives=NoSettings)
CAMERAS: Final = About("List cameras", gives=CursorList[NamedObject])
CAMERA_GROUPS: Final = About("List camera groups", gives=PlainList[NamedObject], query=(LIMIT,))
WATCH_LISTS: Final = About("List watch lists", gives=PlainList[NamedObject], query=(LIMIT,))
