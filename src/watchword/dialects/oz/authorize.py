"""``/api/authorize/``: logging in, renewing, and tokens for machines (wire contract Oz 2)."""

from datetime import timedelta
from typing import Final

from watchword.core.access import Principal
from watchword.core.errors import ForbiddenError
from watchword.core.grants import Visit
from watchword.core.rates import Traffic
from watchword.core.service_tokens import Order
from watchword.core.subjects import SubjectId
from watchword.dialects.oz.device import read_device
from watchword.dialects.oz.outline import session_shape
from watchword.dialects.oz.profile import profile_of
from watchword.dialects.oz.reading import read_expire_token, read_grant, read_user_id
from watchword.dialects.oz.replies import json_reply
from watchword.dialects.oz.rights import Action, require
from watchword.dialects.oz.schemas import (
    LoginRequest,
    RefreshRequest,
    ServiceTokenBody,
    SessionTokenBody,
)
from watchword.dialects.oz.security import require_token
from watchword.dialects.oz.settings import (
    AUDIENCE,
    Settings,
    is_api_5,
    is_api_6,
    may_hold_service_token,
)
from watchword.dialects.oz.translate import to_claims, to_service_token, to_session
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Open, Operation

__all__ = ["AUTHORIZE"]


def log_in(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /api/authorize/auth`` (seeds 000 and 003)."""
    visit = Visit(AUDIENCE, device=read_device(request), address=request.address)
    admitted = desk.core.login.admit(read_grant(request), visit)
    return json_reply(200, to_session(admitted, desk.settings.api_version))


def refresh(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /api/authorize/refresh`` (wire contract Oz 2.2)."""
    token = require_token(desk, request)
    admitted = desk.core.renewal.renew(token, read_expire_token(request), AUDIENCE)
    return json_reply(200, to_session(admitted, desk.settings.api_version, token))


def issue(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/authorize/service_token/{user_id}`` (seed 000, step 4)."""
    require(principal, Action.SERVICE_TOKEN_ISSUE)
    order = _order(principal, read_user_id(request))
    return json_reply(200, to_service_token(desk.core.service_tokens.issue(order)))


def reissue(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST`` on the same path: in the place of all earlier ones (*chosen*, 2.3)."""
    require(principal, Action.SERVICE_TOKEN_ISSUE)
    order = _order(principal, read_user_id(request))
    return json_reply(200, to_service_token(desk.core.service_tokens.reissue(order)))


def issue_own(desk: Desk[Settings], _request: Request, principal: Principal) -> Reply:
    """``GET /api/authorize/service_token`` until API 5: for the caller itself (*chosen*, 2.3)."""
    order = _own_order(desk, principal)
    return json_reply(200, to_service_token(desk.core.service_tokens.issue(order)))


def reissue_own(desk: Desk[Settings], _request: Request, principal: Principal) -> Reply:
    """``POST`` on the same path: in the place of all earlier ones (*chosen*, 2.3)."""
    order = _own_order(desk, principal)
    return json_reply(200, to_service_token(desk.core.service_tokens.reissue(order)))


def vouch(desk: Desk[Settings], _request: Request, principal: Principal) -> Reply:
    """``GET /api/authorize/session_token`` (*documented* but for the answer, 2.4)."""
    require(principal, Action.SESSION_TOKEN)
    life = timedelta(seconds=desk.settings.session_token_ttl)
    token = desk.core.vouching.vouch(AUDIENCE, to_claims(principal), life)
    return json_reply(200, SessionTokenBody(session_token=token))


def _order(principal: Principal, subject_id: SubjectId) -> Order:
    return Order(subject_id, AUDIENCE, by=principal)


def _own_order(desk: Desk[Settings], principal: Principal) -> Order:
    """Return an order for the caller. Raises `ForbiddenError` if it may not have such a token."""
    subject, profile = principal.subject, profile_of(principal.profile)
    if not may_hold_service_token(desk.settings, subject, profile):
        raise ForbiddenError
    return _order(principal, subject.id)


OF_USER: Final = "/api/authorize/service_token/{user_id}"
OWN: Final = "/api/authorize/service_token"
SESSION_TOKEN: Final = "/api/authorize/session_token"

LOGIN: Final = About(
    "Log in",
    LoginRequest,
    session_shape,
    refuses=(401,),
    example={"credentials": {"email": "", "password": ""}},
)
REFRESH: Final = About("Renew the pair of tokens", RefreshRequest, session_shape, token=True)
ISSUE: Final = About("Issue a service token", gives=ServiceTokenBody)
VOUCH: Final = About("Sign a session token", gives=SessionTokenBody)
REISSUE: Final = About("Issue a service token in the place of all earlier", gives=ServiceTokenBody)

AUTHORIZE: Final[tuple[Operation[Settings], ...]] = (
    Open("POST", "/api/authorize/auth", log_in, Lane.LOGIN, about=LOGIN),
    Open(
        "POST",
        "/api/authorize/refresh",
        refresh,
        Lane.STORE,
        about=REFRESH,
        traffic=Traffic.REFRESH,
    ),
    Guarded("GET", OF_USER, issue, Lane.STORE, about=ISSUE, when=is_api_6),
    Guarded("POST", OF_USER, reissue, Lane.STORE, about=REISSUE, when=is_api_6),
    Guarded("GET", OWN, issue_own, Lane.STORE, about=ISSUE, when=is_api_5),
    Guarded("POST", OWN, reissue_own, Lane.STORE, about=REISSUE, when=is_api_5),
    Guarded("GET", SESSION_TOKEN, vouch, Lane.STORE, about=VOUCH, when=is_api_6),
)
