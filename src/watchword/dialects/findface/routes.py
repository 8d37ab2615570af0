"""The vendor's table of contents, and what each entry does."""

from typing import Final

from watchword.core.access import Principal
from watchword.core.rates import Traffic
from watchword.core.sessions import EndReason
from watchword.dialects.findface import (
    audit,
    blocklist,
    client,
    entering,
    objects,
    people,
    photos,
    roles,
    sessions,
    user_data,
    users,
)
from watchword.dialects.findface.active_directory import KnownGroup, ad_groups, ad_login
from watchword.dialects.findface.bodies import AdLogin
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.challenges import CHALLENGE, pose_challenge
from watchword.dialects.findface.description import DESCRIBE, give_description
from watchword.dialects.findface.detecting import DETECT, detect
from watchword.dialects.findface.entering import recall_faces
from watchword.dialects.findface.entrance import ENTRANCE
from watchword.dialects.findface.forms import LONGEST_FORM
from watchword.dialects.findface.groups import Kind, recall_groups, rights_of
from watchword.dialects.findface.outline import ANYBODY, OUTLINE
from watchword.dialects.findface.profile import as_profile
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.schemas import Config, LoginResult, User
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.translate import to_config, to_user
from watchword.web.about import About
from watchword.web.handbook import Handbook
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Open, Operation
from watchword.web.page import Page, page_operations

__all__ = ["OPERATIONS"]


def logout(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /auth/logout/``: this token dies, the user's other sessions live on."""
    actor = caller_of(desk, request, principal).actor
    desk.core.revocation.end_session(principal.session, EndReason.LEFT, by=actor)
    return NO_CONTENT


def me(desk: Desk[Settings], _request: Request, principal: Principal) -> Reply:
    """``GET /users/me/``"""
    profile = as_profile(principal.profile)
    rights = rights_of(recall_groups(desk.core.shelf), profile)
    faces = recall_faces(desk, principal.subject)
    user = to_user(principal.subject, profile, rights, desk.settings, faces)
    return json_reply(200, user)


def config(desk: Desk[Settings], _request: Request) -> Reply:
    """``GET /config.json``"""
    return json_reply(200, to_config(desk.settings, active_directory=desk.core.enlisting.is_on))


def show_description(desk: Desk[Settings], request: Request) -> Reply:
    """``GET /swagger.json``: this table, for programs and for the page."""
    return give_description(_handbook, desk.settings, request)


def has_page(settings: Settings) -> bool:
    """Say whether the settings want a page on which this interface can be tried out."""
    return settings.api_page


LOGOUT: Final = About("Log out", status=204)
AD_LOGIN: Final = About("Log in as a directory's user", AdLogin, LoginResult, refuses=(401, 403))
AD_GROUPS: Final = About("List the directory's groups", gives=list[KnownGroup])
ME: Final = About("Show yourself", gives=User)
CONFIG: Final = About("Tell what a client has to know to log in", gives=Config, security=ANYBODY)
PAGE: Final = Page(OUTLINE.title, path="/api-docs/", description="/swagger.json", entrance=ENTRANCE)

WATCH_LISTS: Final = "/permissions/watch-lists/"
CAMERA_GROUPS: Final = "/permissions/camera-groups/"

OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Open("POST", "/auth/login/", entering.login, Lane.LOGIN, about=entering.LOGIN),
    Guarded("POST", "/auth/logout/", logout, Lane.STORE, about=LOGOUT),
    Open(
        "POST",
        "/auth/video-auth/",
        entering.face_login,
        Lane.FACE,
        LONGEST_FORM,
        about=entering.FACE_LOGIN,
        first=entering.require_faces,
        traffic=Traffic.FACE,
    ),
    Open(
        "POST",
        "/auth/video-auth-challenge/",
        pose_challenge,
        Lane.STORE,
        about=CHALLENGE,
        first=entering.require_faces,
    ),
    Guarded(
        "POST",
        "/auth/video-auth-renew/",
        entering.face_renewal,
        Lane.FACE,
        LONGEST_FORM,
        about=entering.FACE_RENEWAL,
        traffic=Traffic.FACE,
    ),
    Open("POST", "/users/me/ad", ad_login, Lane.LOGIN, about=AD_LOGIN),
    Guarded("GET", "/sessions/", sessions.list_sessions, Lane.STORE, about=sessions.LIST),
    Guarded("GET", "/sessions/{id}/", sessions.show_session, Lane.STORE, about=sessions.SHOW),
    Guarded("DELETE", "/sessions/{id}/", sessions.close_session, Lane.STORE, about=sessions.CLOSE),
    Guarded(
        "POST",
        "/sessions/delete/",
        sessions.close_sessions,
        Lane.STORE,
        about=sessions.CLOSE_SEVERAL,
    ),
    Guarded(
        "GET", "/device-blacklist-records/", blocklist.list_blocks, Lane.STORE, about=blocklist.LIST
    ),
    Guarded(
        "POST", "/device-blacklist-records/", blocklist.add_block, Lane.STORE, about=blocklist.ADD
    ),
    Guarded(
        "GET",
        "/device-blacklist-records/{id}/",
        blocklist.show_block,
        Lane.STORE,
        about=blocklist.SHOW,
    ),
    Guarded(
        "PATCH",
        "/device-blacklist-records/{id}/",
        blocklist.edit_block,
        Lane.STORE,
        about=blocklist.EDIT,
    ),
    Guarded(
        "DELETE",
        "/device-blacklist-records/{id}/",
        blocklist.remove_block,
        Lane.STORE,
        about=blocklist.REMOVE,
    ),
    Guarded("GET", "/users/", people.list_users, Lane.STORE, about=people.LIST),
    Guarded("POST", "/users/", users.add_user, Lane.LOGIN, about=users.ADD),
    Guarded("GET", "/users/count/", people.count_users, Lane.STORE, about=people.COUNT),
    Guarded("GET", "/users/me/", me, Lane.LOOP, about=ME),
    Guarded("GET", "/users/{id}/", people.show_user, Lane.STORE, about=people.SHOW),
    Guarded("PATCH", "/users/{id}/", users.edit_user, Lane.LOGIN, about=users.EDIT),
    Guarded("DELETE", "/users/{id}/", users.remove_user, Lane.STORE, about=users.REMOVE),
    Guarded("GET", "/users/me/data/", user_data.list_values, Lane.STORE, about=user_data.LIST),
    Guarded("GET", "/users/me/data/{key}/", user_data.show_value, Lane.STORE, about=user_data.SHOW),
    Guarded("PUT", "/users/me/data/{key}/", user_data.put_value, Lane.STORE, about=user_data.PUT),
    Guarded(
        "DELETE",
        "/users/me/data/{key}/",
        user_data.remove_value,
        Lane.STORE,
        about=user_data.REMOVE,
    ),
    Guarded("GET", "/user-face/", photos.list_photos, Lane.STORE, about=photos.LIST),
    Guarded("POST", "/user-face/", photos.add_photo, Lane.FACE, LONGEST_FORM, about=photos.ADD),
    Guarded("GET", "/user-face/{id}/", photos.show_photo, Lane.STORE, about=photos.SHOW),
    Guarded(
        "PATCH",
        "/user-face/{id}/",
        photos.edit_photo,
        Lane.BULK,
        LONGEST_FORM,
        about=photos.EDIT,
    ),
    Guarded("DELETE", "/user-face/{id}/", photos.remove_photo, Lane.STORE, about=photos.REMOVE),
    Guarded(
        "GET",
        "/user-face/{id}/thumbnail/",
        photos.show_thumbnail,
        Lane.STORE,
        about=photos.THUMBNAIL,
    ),
    Guarded("POST", "/detect", detect, Lane.FACE, LONGEST_FORM, about=DETECT),
    Guarded("GET", "/groups/", roles.list_all_groups, Lane.STORE, about=roles.LIST),
    Guarded("POST", "/groups/", roles.add_group, Lane.STORE, about=roles.ADD),
    Guarded("GET", "/groups/{id}/", roles.show_group, Lane.STORE, about=roles.SHOW),
    Guarded("PUT", "/groups/{id}/", roles.replace_group, Lane.STORE, about=roles.REPLACE),
    Guarded("PATCH", "/groups/{id}/", roles.edit_group, Lane.STORE, about=roles.EDIT),
    Guarded("DELETE", "/groups/{id}/", roles.remove_group, Lane.STORE, about=roles.REMOVE),
    Guarded("GET", "/permissions/", objects.list_permissions, Lane.LOOP, about=objects.LIST),
    Guarded("GET", "/permissions/{id}/", objects.show_permission, Lane.LOOP, about=objects.SHOW),
    Guarded(
        "GET",
        WATCH_LISTS,
        objects.list_rights(Kind.WATCH_LIST),
        Lane.STORE,
        about=objects.LIST_RIGHTS,
    ),
    Guarded(
        "GET",
        f"{WATCH_LISTS}{{id}}/",
        objects.show_rights(Kind.WATCH_LIST),
        Lane.STORE,
        about=objects.SHOW_RIGHTS,
    ),
    Guarded(
        "PATCH",
        f"{WATCH_LISTS}{{id}}/",
        objects.edit_rights(Kind.WATCH_LIST),
        Lane.STORE,
        about=objects.EDIT_RIGHTS,
    ),
    Guarded(
        "GET",
        CAMERA_GROUPS,
        objects.list_rights(Kind.CAMERA_GROUP),
        Lane.STORE,
        about=objects.LIST_RIGHTS,
    ),
    Guarded(
        "GET",
        f"{CAMERA_GROUPS}{{id}}/",
        objects.show_rights(Kind.CAMERA_GROUP),
        Lane.STORE,
        about=objects.SHOW_RIGHTS,
    ),
    Guarded(
        "PATCH",
        f"{CAMERA_GROUPS}{{id}}/",
        objects.edit_rights(Kind.CAMERA_GROUP),
        Lane.STORE,
        about=objects.EDIT_RIGHTS,
    ),
    Guarded("GET", "/ad_groups/", ad_groups, Lane.BULK, about=AD_GROUPS),
    Guarded("GET", "/audit-logs/", audit.list_entries, Lane.STORE, about=audit.LIST),
    Guarded("GET", "/audit-logs/map/", audit.show_map, Lane.STORE, about=audit.SHOW_MAP),
    Guarded("GET", "/audit-logs/{id}/", audit.show_entry, Lane.STORE, about=audit.SHOW),
    Open("GET", "/config.json", config, Lane.LOOP, about=CONFIG),
    Guarded("GET", "/settings", client.runtime_settings, Lane.LOOP, about=client.SETTINGS),
    Guarded(
        "PATCH", "/settings", client.edit_runtime_settings, Lane.STORE, about=client.EDIT_SETTINGS
    ),
    Guarded("GET", "/dicts.json", client.dictionaries, Lane.LOOP, about=client.DICTIONARIES),
    Guarded("GET", "/cameras/", client.cameras, Lane.LOOP, about=client.CAMERAS),
    Guarded("GET", "/camera-groups/", client.camera_groups, Lane.STORE, about=client.CAMERA_GROUPS),
    Guarded("GET", "/watch-lists/", client.watch_lists, Lane.STORE, about=client.WATCH_LISTS),
    Open("GET", "/swagger.json", show_description, Lane.STORE, about=DESCRIBE),
    *page_operations(PAGE, has_page),
)

_handbook: Final = Handbook(OUTLINE, lambda: OPERATIONS)
