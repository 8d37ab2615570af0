"""The operations of this door, in full, and no decisions about identity."""

from functools import partial
from typing import Final

from watchword.core.admission import Admitted
from watchword.core.errors import ForbiddenError, InvalidCredentialsError
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.rates import Traffic
from watchword.core.sessions import EndReason
from watchword.dialects.oauth.asking import introspect, introspect_batch
from watchword.dialects.oauth.form import Form, read_form
from watchword.dialects.oauth.outline import (
    ASK,
    ASK_OF_SEVERAL,
    DESCRIBE,
    ISSUE,
    OUTLINE,
    REVOKE,
    TELL,
)
from watchword.dialects.oauth.profile import AUDIENCE, as_profile
from watchword.dialects.oauth.replies import EMPTY, json_reply, raw_reply
from watchword.dialects.oauth.security import Presented, get_caller, lane_of, read_presented
from watchword.dialects.oauth.settings import Settings
from watchword.dialects.oauth.translate import to_metadata, to_token_response
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.handbook import Handbook
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Lane, LongerError, Open, Operation
from watchword.web.page import Page, page_operations

__all__ = ["METADATA_PATH", "OPERATIONS"]

BASE: Final = "/oauth2/"
METADATA_PATH: Final = "/.well-known/oauth-authorization-server"
CLIENT_CREDENTIALS: Final = "client_credentials"
FOREIGN_TYPES: Final = frozenset({"pct"})
"""Types of tokens that have a registered name and do not exist here (RFC 7009 section 2.2.1)."""


def issue_token(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /oauth2/token``: a client gets a token for itself (RFC 6749 section 4.4)."""
    form = read_form(request)
    _require_grant_type(form)
    presented = read_presented(request, form)
    if not isinstance(presented, PasswordGrant):
        raise InvalidCredentialsError
    asked = form.find("scope")
    scopes = frozenset(asked.split(" ")) if asked else frozenset[str]()
    admitted = desk.core.login.admit(presented, Visit(AUDIENCE, scopes, address=request.address))
    _require_allowed(desk, admitted)
    return json_reply(200, to_token_response(admitted))


def revoke(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /oauth2/revoke``: end what a token was granted with (RFC 7009)."""
    form = read_form(request)
    presented = read_presented(request, form)
    raise LongerError(partial(_revoke, desk, request, form, presented), lane_of(presented))


def show_metadata(desk: Desk[Settings], request: Request) -> Reply:
    """``GET /.well-known/oauth-authorization-server`` (RFC 8414)"""
    return json_reply(200, to_metadata(_issuer(desk.settings, request), BASE))


def show_description(desk: Desk[Settings], _request: Request) -> Reply:
    """Return this table, for programs and for the page (*chosen*)."""
    return raw_reply(200, _handbook.text(desk.settings))


def has_page(settings: Settings) -> bool:
    """Say whether the settings want a page on which this interface can be tried out."""
    return settings.api_page


def _revoke(desk: Desk[Settings], request: Request, form: Form, presented: Presented) -> Reply:
    """Answer alike whether the token was alive, dead, or not this caller's to revoke."""
    caller = get_caller(desk, presented, request.address)
    token = form.get("token")
    if form.find("token_type_hint") in FOREIGN_TYPES:
        raise BadFieldError("token_type_hint", FieldFault.BAD_VALUE)
    desk.core.inspection.revoke(token, caller.look(caller.profile.revokes))
    return EMPTY


def _require_grant_type(form: Form) -> None:
    if form.get("grant_type") != CLIENT_CREDENTIALS:
        raise BadFieldError("grant_type", FieldFault.BAD_VALUE)


def _require_allowed(desk: Desk[Settings], admitted: Admitted) -> None:
    """Raise `ForbiddenError` if the client may only ask; what was opened for it ends."""
    if CLIENT_CREDENTIALS not in as_profile(admitted.profile).grant_types:
        desk.core.revocation.end_session(admitted.session, EndReason.REVOKED)
        raise ForbiddenError


def _issuer(settings: Settings, request: Request) -> str:
    """Return who issues: as set, else what the caller itself wrote."""
    return settings.public_url.rstrip("/") or request.origin


PAGE: Final = Page(OUTLINE.title, path=f"{BASE}docs/", description=f"{BASE}openapi.json")

LOOK: Final = Traffic.INSPECTION

OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Open("POST", f"{BASE}token", issue_token, Lane.LOGIN, about=ISSUE),
    Open("POST", f"{BASE}introspect", introspect, Lane.LOOP, about=ASK, traffic=LOOK),
    Open(
        "POST",
        f"{BASE}introspect/batch",
        introspect_batch,
        Lane.LOOP,
        about=ASK_OF_SEVERAL,
        traffic=LOOK,
    ),
    Open("POST", f"{BASE}revoke", revoke, Lane.LOOP, about=REVOKE, traffic=LOOK),
    Open("GET", METADATA_PATH, show_metadata, Lane.LOOP, about=TELL),
    Open("GET", PAGE.description, show_description, Lane.STORE, about=DESCRIBE),
    *page_operations(PAGE, has_page),
)

_handbook: Final = Handbook(OUTLINE, lambda: OPERATIONS)
