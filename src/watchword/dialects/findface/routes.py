"""The vendor's table of contents, and what each entry does."""

from typing import Final

from watchword.core.access import Principal
from watchword.core.errors import InvalidCredentialsError
from watchword.core.grants import Visit
from watchword.core.sessions import EndReason
from watchword.dialects.findface import (
    audit,
    blocklist,
    client,
    objects,
    people,
    roles,
    sessions,
    user_data,
    users,
)
from watchword.dialects.findface.groups import Kind, kept_groups, recall_groups, rights_of
from watchword.dialects.findface.profile import AUDIENCE, as_profile
from watchword.dialects.findface.reading import read_login
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.schemas import LoginRequest
from watchword.dialects.findface.security import basic_grant, header_device
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


WATCH_LISTS: Final = "/permissions/watch-lists/"
CAMERA_GROUPS: Final = "/permissions/camera-groups/"

OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Open("POST", "/auth/login/", login, Lane.LOGIN),
    Guarded("POST", "/auth/logout/", logout, Lane.STORE),
    Open("POST", "/auth/video-auth/", client.face_login, Lane.LOOP, client.LONGEST_VIDEO),
    Guarded(
        "POST", "/auth/video-auth-renew/", client.face_renewal, Lane.LOOP, client.LONGEST_VIDEO
    ),
    Open("POST", "/users/me/ad", client.ad_login, Lane.LOOP),
    Guarded("GET", "/sessions/", sessions.list_sessions, Lane.STORE),
    Guarded("GET", "/sessions/{id}/", sessions.show_session, Lane.STORE),
    Guarded("DELETE", "/sessions/{id}/", sessions.close_session, Lane.STORE),
    Guarded("POST", "/sessions/delete/", sessions.close_sessions, Lane.STORE),
    Guarded("GET", "/device-blacklist-records/", blocklist.list_blocks, Lane.STORE),
    Guarded("POST", "/device-blacklist-records/", blocklist.add_block, Lane.STORE),
    Guarded("GET", "/device-blacklist-records/{id}/", blocklist.show_block, Lane.STORE),
    Guarded("PATCH", "/device-blacklist-records/{id}/", blocklist.edit_block, Lane.STORE),
    Guarded("DELETE", "/device-blacklist-records/{id}/", blocklist.remove_block, Lane.STORE),
    Guarded("GET", "/users/", people.list_users, Lane.STORE),
    Guarded("POST", "/users/", users.add_user, Lane.LOGIN),
    Guarded("GET", "/users/count/", people.count_users, Lane.STORE),
    Guarded("GET", "/users/me/", me, Lane.LOOP),
    Guarded("GET", "/users/{id}/", people.show_user, Lane.STORE),
    Guarded("PATCH", "/users/{id}/", users.edit_user, Lane.LOGIN),
    Guarded("DELETE", "/users/{id}/", users.remove_user, Lane.STORE),
    Guarded("GET", "/users/me/data/", user_data.list_values, Lane.STORE),
    Guarded("GET", "/users/me/data/{key}/", user_data.show_value, Lane.STORE),
    Guarded("PUT", "/users/me/data/{key}/", user_data.put_value, Lane.STORE),
    Guarded("DELETE", "/users/me/data/{key}/", user_data.remove_value, Lane.STORE),
    Guarded("GET", "/user-face/", client.photos, Lane.STORE),
    Guarded("POST", "/user-face/", client.upload_photo, Lane.STORE, client.LONGEST_VIDEO),
    Guarded("GET", "/user-face/{id}/", client.photo, Lane.LOOP),
    Guarded("PATCH", "/user-face/{id}/", client.photo, Lane.LOOP),
    Guarded("DELETE", "/user-face/{id}/", client.photo, Lane.LOOP),
    Guarded("GET", "/groups/", roles.list_all_groups, Lane.STORE),
    Guarded("POST", "/groups/", roles.add_group, Lane.STORE),
    Guarded("GET", "/groups/{id}/", roles.show_group, Lane.STORE),
    Guarded("PUT", "/groups/{id}/", roles.replace_group, Lane.STORE),
    Guarded("PATCH", "/groups/{id}/", roles.edit_group, Lane.STORE),
    Guarded("DELETE", "/groups/{id}/", roles.remove_group, Lane.STORE),
    Guarded("GET", "/permissions/", objects.list_permissions, Lane.LOOP),
    Guarded("GET", "/permissions/{id}/", objects.show_permission, Lane.LOOP),
    Guarded("GET", WATCH_LISTS, objects.list_rights(Kind.WATCH_LIST), Lane.STORE),
    Guarded("GET", f"{WATCH_LISTS}{{id}}/", objects.show_rights(Kind.WATCH_LIST), Lane.STORE),
    Guarded("PATCH", f"{WATCH_LISTS}{{id}}/", objects.edit_rights(Kind.WATCH_LIST), Lane.STORE),
    Guarded("GET", CAMERA_GROUPS, objects.list_rights(Kind.CAMERA_GROUP), Lane.STORE),
    Guarded("GET", f"{CAMERA_GROUPS}{{id}}/", objects.show_rights(Kind.CAMERA_GROUP), Lane.STORE),
    Guarded("PATCH", f"{CAMERA_GROUPS}{{id}}/", objects.edit_rights(Kind.CAMERA_GROUP), Lane.STORE),
    Guarded("GET", "/ad_groups/", client.ad_groups, Lane.STORE),
    Guarded("GET", "/audit-logs/", audit.list_entries, Lane.STORE),
    Guarded("GET", "/audit-logs/map/", audit.show_map, Lane.STORE),
    Guarded("GET", "/audit-logs/{id}/", audit.show_entry, Lane.STORE),
    Open("GET", "/config.json", config, Lane.LOOP),
    Guarded("GET", "/settings", client.runtime_settings, Lane.LOOP),
    Guarded("PATCH", "/settings", client.edit_runtime_settings, Lane.STORE),
    Guarded("GET", "/dicts.json", client.dictionaries, Lane.LOOP),
    Guarded("GET", "/cameras/", client.cameras, Lane.LOOP),
    Guarded("GET", "/camera-groups/", client.camera_groups, Lane.STORE),
    Guarded("GET", "/watch-lists/", client.watch_lists, Lane.STORE),
)
