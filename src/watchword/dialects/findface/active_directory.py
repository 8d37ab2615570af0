"""Users whom an Active Directory keeps (wire contract FindFace 2.5, 2.7, 2.9, 5).

Rules of this file:

1. What follows from the directory is changed there (`watchword.dialects.findface.enlisting`).
2. ``POST /users/me/ad`` has no credentials of its own: a proxy has asked the browser for them
   (*inferred*) and says who it is. It is believed if it shows the secret that it shares with us.
   Anybody else is refused like a wrong password, and so is every name of another realm: a trust
   between realms makes a namesake nobody's equal.
"""

import hmac
from functools import lru_cache
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.access import Principal
from watchword.core.errors import InvalidCredentialsError
from watchword.core.grants import Visit
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.entering import answer_admitted
from watchword.dialects.findface.profile import AUDIENCE, Profile
from watchword.dialects.findface.reading import Body, read_login
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.translate import to_device
from watchword.web.errors import BadCredentialError, BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["KnownGroup", "ad_groups", "ad_login", "require_changeable"]

SECRET_HEADER: Final = b"x-proxy-secret"

KEPT: Final = ("name", "real_name", "password", "primary_group", "groups")
"""*Documented* of the vendor's client (wire contract FindFace 2.7): what nobody changes about a
user of the directory. That the main role is among them is *chosen*: it follows from the groups."""


class KnownGroup(msgspec.Struct, frozen=True):
    """A group of the directory. *Documented*."""

    group_name: str
    group_guid: UUID


def ad_login(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /users/me/ad``: whoever the proxy says it is."""
    name = _vouched_name(desk.settings, request)
    asked = read_login(request.body, proof_required=False)
    visit = Visit(AUDIENCE, device=to_device(asked), address=request.address)
    return answer_admitted(desk, desk.core.login.admit_vouched(name, visit))


def ad_groups(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /ad_groups/``: none without a directory; for administrators alone (*chosen*)."""
    caller_of(desk, request, principal).require_administrator("ffsecurity.view_adgroupguid")
    groups = desk.core.enlisting.list_groups()
    return json_reply(200, [KnownGroup(each.name, each.guid) for each in groups])


def require_changeable(profile: Profile, said: Body) -> None:
    """Raise `BadFieldError` for what the directory keeps of its users (400 is *chosen*)."""
    if profile.ad_user:
        for key in KEPT:
            if key in said:
                raise BadFieldError(key, FieldFault.BAD_VALUE, "kept elsewhere")


def _vouched_name(settings: Settings, request: Request) -> str:
    """Return the login for which a trusted proxy vouches (rule 2).

    Raises `InvalidCredentialsError`.
    """
    try:
        shown = request.credential(SECRET_HEADER)
        named = request.credential(settings.ad_login_header.lower().encode())
    except BadCredentialError as error:
        raise InvalidCredentialsError from error
    if not settings.ad_login_header or not shown or not named:
        raise InvalidCredentialsError
    secret = _secret(settings.ad_login_secret_file)
    if not hmac.compare_digest(shown.encode("latin-1"), secret):
        raise InvalidCredentialsError
    return _login(named, settings.ad_login_realm)


def _login(named: str, realm: str) -> str:
    r"""Return the login in a proxy's ``name``, ``name@REALM`` or ``REALM\name``.

    Without a realm in the settings it is taken as it stands. Raises `InvalidCredentialsError`.
    """
    try:
        text = named.encode("latin-1").decode().strip()
    except UnicodeDecodeError as error:
        raise InvalidCredentialsError from error
    if not realm:
        return text
    domain, backslash, name = text.rpartition("\\")
    if not backslash:
        name, at, domain = text.rpartition("@")
        if not at:
            return text
    if domain.casefold() != realm.casefold():
        raise InvalidCredentialsError
    return name


@lru_cache(maxsize=4)
def _secret(path: str) -> bytes:
    """Return what the proxy and we share. The settings were refused if it could not be read."""
    return Path(path).read_bytes().strip()
