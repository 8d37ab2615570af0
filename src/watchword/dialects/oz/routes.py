"""What Oz's clients can call: the table, and a few lines for each entry.

No decision about identity is made here; each function asks the core once.
"""

from typing import Final

from watchword.core.access import Principal
from watchword.core.errors import NotFoundError
from watchword.core.grants import Visit
from watchword.dialects.oz.device import read_device
from watchword.dialects.oz.profile import profile_of
from watchword.dialects.oz.reading import read_expire_token, read_grant, read_user_id
from watchword.dialects.oz.replies import json_reply
from watchword.dialects.oz.security import require_token
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.dialects.oz.translate import to_account, to_session
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Open, Operation

__all__ = ["OPERATIONS"]


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


def show_user(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/users/{user_id}``, so far for oneself: anybody else looks like nobody (6.3)."""
    if read_user_id(request) != principal.subject.id:
        raise NotFoundError("subject")
    profile = profile_of(principal.profile)
    return json_reply(200, to_account(principal.subject, profile, desk.settings.api_version))


OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Open("POST", "/api/authorize/auth", log_in, Lane.LOGIN),
    Open("POST", "/api/authorize/refresh", refresh, Lane.STORE),
    Guarded("GET", "/api/users/{user_id}", show_user, Lane.LOOP),
)
