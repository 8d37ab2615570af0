"""The vendor's table of contents, and what each entry does."""

from typing import Final

from watchword.core.access import Principal
from watchword.core.errors import InvalidCredentialsError
from watchword.core.grants import Visit
from watchword.core.sessions import EndReason
from watchword.dialects.findface.blocklist import (
    add_block,
    edit_block,
    list_blocks,
    remove_block,
    show_block,
)
from watchword.dialects.findface.groups import kept_groups, recall_groups, rights_of
from watchword.dialects.findface.profile import AUDIENCE, as_profile
from watchword.dialects.findface.reading import read_login
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.schemas import LoginRequest
from watchword.dialects.findface.security import basic_grant, header_device
from watchword.dialects.findface.sessions import (
    close_session,
    close_sessions,
    list_sessions,
    show_session,
)
from watchword.dialects.findface.settings import AuthType, Settings
from watchword.dialects.findface.translate import to_config, to_device, to_login_result, to_user
from watchword.web.errors import WebError
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Open, Operation

__all__ = ["OPERATIONS"]


def login(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /auth/login/``: the credentials are judged first, the body after (*chosen*, 2.1)."""
    grant = basic_grant(request)
    try:
        asked = _read_login(desk.settings, request.body)
    except (WebError, InvalidCredentialsError):
        visit = Visit(AUDIENCE, device=header_device(request), address=request.address)
        desk.core.login.check(grant, visit)
        raise
    kept = kept_groups(desk.core.shelf)
    visit = Visit(AUDIENCE, device=to_device(asked), address=request.address)
    admitted = desk.core.login.admit(grant, visit)
    return json_reply(200, to_login_result(admitted, kept, desk.settings))


def logout(desk: Desk[Settings], _request: Request, principal: Principal) -> Reply:
    """``POST /auth/logout/``: this token dies, the user's other sessions live on."""
    desk.core.revocation.end_session(principal.session, EndReason.LEFT)
    return NO_CONTENT


def me(desk: Desk[Settings], _request: Request, principal: Principal) -> Reply:
    """``GET /users/me/``"""
    profile = as_profile(principal.profile)
    rights = rights_of(recall_groups(desk.core.shelf), profile)
    return json_reply(200, to_user(principal.subject, profile, rights, desk.settings))


def config(desk: Desk[Settings], _request: Request) -> Reply:
    """``GET /config.json``"""
    return json_reply(200, to_config(desk.settings))


def _read_login(settings: Settings, body: bytes) -> LoginRequest:
    """Return what a login asks for, if a password may open the door at all.

    Where a face is needed none can have been shown yet: there is no face login so far, hence no
    ``video_auth_token`` that could be good (*chosen*: 401 for a bad one, 2.1).
    """
    both = settings.auth_type is AuthType.FACE_AND_PASSWORD
    asked = read_login(body, proof_required=both)
    if both or settings.auth_type is AuthType.FACE:
        raise InvalidCredentialsError
    return asked


OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Open("POST", "/auth/login/", login, Lane.LOGIN),
    Guarded("POST", "/auth/logout/", logout, Lane.STORE),
    Guarded("GET", "/sessions/", list_sessions, Lane.STORE),
    Guarded("GET", "/sessions/{id}/", show_session, Lane.STORE),
    Guarded("DELETE", "/sessions/{id}/", close_session, Lane.STORE),
    Guarded("POST", "/sessions/delete/", close_sessions, Lane.STORE),
    Guarded("GET", "/device-blacklist-records/", list_blocks, Lane.STORE),
    Guarded("POST", "/device-blacklist-records/", add_block, Lane.STORE),
    Guarded("GET", "/device-blacklist-records/{id}/", show_block, Lane.STORE),
    Guarded("PATCH", "/device-blacklist-records/{id}/", edit_block, Lane.STORE),
    Guarded("DELETE", "/device-blacklist-records/{id}/", remove_block, Lane.STORE),
    Guarded("GET", "/users/me/", me, Lane.LOOP),
    Open("GET", "/config.json", config, Lane.LOOP),
)
