"""Which call of FindFace's API needs which permission, for gateways before the vendor's own.

The calls of `RULES` are *documented* (wire contract FindFace 2.0) with the rights that they take
here. The others follow from the permissions' names (4.2), each of which names a model and what is
done to it: that a model is served under such a path is *inferred*; which method needs which of
them is the framework's habit (*inferred*, too). Rights to single objects count where a path names
one (*documented*, 4.1: model and object must both allow).
"""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from watchword.core.access import Principal
from watchword.core.errors import ForbiddenError, ScopeMissingError
from watchword.dialects.findface.groups import (
    KIND,
    OBJECTS,
    Kind,
    Level,
    Rights,
    recall_groups,
    rights_of,
)
from watchword.dialects.findface.permissions import CATALOGUE, MAIN
from watchword.dialects.findface.profile import AUDIENCE, as_profile
from watchword.dialects.findface.settings import Settings
from watchword.web.gating import GateSide, Identity, Need, Rule, read_rules
from watchword.web.messages import LONGEST_CREDENTIAL, Request
from watchword.web.operation import Desk

__all__ = ["GATE"]

ADMINISTRATOR: Final = "administrator"
SCHEME: Final = b"token "
CALLED: Final = {Kind.WATCH_LIST: "Watch list", Kind.CAMERA_GROUP: "Camera group"}
"""*Observed* for the first (wire contract FindFace 1.2), *chosen* alike for the second."""
NUMBERED: Final = re.compile(r"-?[1-9][0-9]*|0|[A-Za-z].*")
"""A number as it is kept, or what is none to anybody. A back-end takes ``01``, ``+1``, ``1_0`` and
`` 1`` for numbers, too, so with these a client could name an object that we would not know."""

RULES: Final = read_rules("""
POST                  /auth/login/                        anybody
POST                  /auth/video-auth/                   anybody
POST                  /auth/video-auth-challenge/         anybody
POST                  /users/me/ad                        anybody
GET                   /config.json                        anybody
GET                   /swagger.json                       anybody
GET                   /events/                            anybody
POST                  /auth/logout/                       authenticated
POST                  /auth/video-auth-renew/             authenticated
GET                   /users/me/                          authenticated
GET,PUT,DELETE        /users/me/data/**                   authenticated
GET                   /sessions/**                        authenticated
POST                  /sessions/delete/                   authenticated
DELETE                /sessions/{id}/                     authenticated
GET                   /settings                           authenticated
PATCH                 /settings                           change_runtimesetting
GET                   /dicts.json                         authenticated
GET                   /users/**                           view_user
POST                  /users/                             administrator
PATCH                 /users/{id}/                        change_user
DELETE                /users/{id}/                        administrator
GET                   /user-face/**                       view_user
POST                  /user-face/                         change_user
PATCH,DELETE          /user-face/{id}/                    change_user
POST                  /detect                             authenticated
POST                  /verify                             authenticated
GET                   /groups/**                          authenticated
POST                  /groups/                            administrator
PUT,PATCH,DELETE      /groups/{id}/                       administrator
GET                   /ad_groups/                         administrator
GET                   /permissions/**                     authenticated
GET                   /permissions/watch-lists/**         view_watchlist
PATCH                 /permissions/watch-lists/{id}/      administrator
GET                   /permissions/camera-groups/**       view_cameragroup
PATCH                 /permissions/camera-groups/{id}/    administrator
GET                   /audit-logs/**                      view_auditlog
GET                   /watch-lists/                       view_watchlist
POST                  /watch-lists/                       add_watchlist
GET                   /watch-lists/{id}/**                view_watchlist:{id}
POST,PUT,PATCH        /watch-lists/{id}/**                change_watchlist:{id}
DELETE                /watch-lists/{id}/**                delete_watchlist:{id}
GET                   /camera-groups/                     view_cameragroup
POST                  /camera-groups/                     add_cameragroup
GET                   /camera-groups/{id}/**              view_cameragroup:{id}
POST,PUT,PATCH        /camera-groups/{id}/**              change_cameragroup:{id}
DELETE                /camera-groups/{id}/**              delete_cameragroup:{id}
""")

MODELS: Final = """
    /device-blacklist-records deviceblacklistrecord    /cameras camera
    /cards/humans humancard        /cards/cars carcard
    /objects/faces faceobject      /objects/bodies bodyobject      /objects/cars carobject
    /events/faces faceevent        /events/bodies bodyevent        /events/cars carevent
    /clusters/faces facecluster    /clusters/bodies bodycluster    /clusters/cars carcluster
    /episodes/humans humanepisode  /episodes/cars carepisode       /cases case
    /areas area   /lines line      /counters counter               /relations relation
    /reports report                /upload-lists uploadlist        /videos videoarchive
    /webhooks webhook
"""


def _of_models() -> Iterable[Rule]:
    words = iter(MODELS.split())
    for path, model in zip(words, words, strict=True):
        yield from read_rules(f"""
            GET             {path}/**         view_{model}
            POST            {path}/           add_{model}
            POST,PUT,PATCH  {path}/{{id}}/**  change_{model}
            DELETE          {path}/{{id}}/**  delete_{model}
        """)


def quick_token(_desk: Desk[Settings], headers: Mapping[bytes, bytes]) -> str | None:
    """Return the token from ``Authorization``, where nothing but one space is before it."""
    found = headers.get(b"authorization", b"")
    secret = found[6:]
    if found[:6].lower() != SCHEME or not secret.isalnum() or len(found) > LONGEST_CREDENTIAL:
        return None
    return secret.decode("latin-1")


def present(secret: str) -> tuple[bytes, bytes]:
    """Return the header in which a token is sent."""
    return b"authorization", b"Token " + secret.encode()


def identify(_desk: Desk[Settings], principal: Principal) -> Identity:
    """Tell the user's name and roles. The permissions of a role are too many for a header."""
    profile = as_profile(principal.profile)
    return Identity(principal.subject.name, (profile.primary_group, *profile.groups))


def read_need(word: str) -> Need[Settings] | None:
    """Return what a word stands for: a permission of the catalogue, for one object or at all."""
    if word == ADMINISTRATOR:
        return Need(_require_administrator)
    permission, _, name = word.partition(":")
    permission = permission if "." in permission else f"{MAIN}.{permission}"
    if permission not in CATALOGUE:
        return None
    if not name:
        return Need(partial(_require, permission))
    kind = permission.rpartition("_")[2]
    if kind not in set(Kind) or name != "{id}":
        return None
    return Need(partial(_require_over, permission, Kind(kind)), by_request=True)


def watched(desk: Desk[Settings]) -> object:
    """Return the stored roles: rights change under their holders."""
    return desk.core.shelf.recall(AUDIENCE, KIND)


def _rights(desk: Desk[Settings], principal: Principal) -> Rights:
    return rights_of(recall_groups(desk.core.shelf), as_profile(principal.profile))


def _require_administrator(desk: Desk[Settings], _request: Request, principal: Principal) -> None:
    if not _rights(desk, principal).administrates:
        raise ScopeMissingError(f"{MAIN}.add_user")


def _require(
    permission: str, desk: Desk[Settings], _request: Request, principal: Principal
) -> None:
    rights = _rights(desk, principal)
    if not rights.administrates and permission not in rights.held:
        raise ScopeMissingError(permission)


def _require_over(
    permission: str, kind: Kind, desk: Desk[Settings], request: Request, principal: Principal
) -> None:
    """Require a permission, and the right to the object that the path names.

    *Chosen*: objects of which nothing is kept here follow the permissions, as a role does. How a
    missing right is told is *observed* (wire contract FindFace 1.2).
    """
    _require(permission, desk, request, principal)
    rights, number = _rights(desk, principal), request.parameters["id"]
    if rights.administrates:
        return
    if not NUMBERED.fullmatch(number):
        raise ForbiddenError
    if number not in OBJECTS[kind]:
        return
    levels = rights.watch_lists if kind is Kind.WATCH_LIST else rights.camera_groups
    wanted = Level.VIEW if ".view_" in permission else Level.EDIT
    if levels.get(number) not in {wanted, Level.EDIT}:
        raise ScopeMissingError(f"{CALLED[kind]}({number}) - {wanted}")


GATE: Final[GateSide[Settings]] = GateSide(
    (*RULES, *_of_models()), read_need, identify, quick_token, present, watched=watched
)
