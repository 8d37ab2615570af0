"""What Oz's clients can call: the table, and a few lines for each entry.

No decision about identity is made here; each function asks the core once.
"""

from typing import Final

from watchword.core.access import Principal
from watchword.core.errors import NotFoundError
from watchword.dialects.oz.authorize import AUTHORIZE
from watchword.dialects.oz.outline import OUTLINE, user_shape
from watchword.dialects.oz.profile import profile_of
from watchword.dialects.oz.reading import read_user_id
from watchword.dialects.oz.replies import json_reply, raw_json_reply
from watchword.dialects.oz.settings import Settings
from watchword.dialects.oz.translate import to_account
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.openapi import Handbook
from watchword.web.operation import Desk, Guarded, Lane, Open, Operation

__all__ = ["OPERATIONS"]


def show_user(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/users/{user_id}``, so far for oneself: anybody else looks like nobody (6.3)."""
    if read_user_id(request) != principal.subject.id:
        raise NotFoundError("subject")
    profile = profile_of(principal.profile)
    return json_reply(200, to_account(principal.subject, profile, desk.settings.api_version))


def show_description(desk: Desk[Settings], _request: Request) -> Reply:
    """``GET /api/openapi.json``: this table, for programs (*chosen*; the vendor has none)."""
    return raw_json_reply(200, _handbook.text(desk.settings))


OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    *AUTHORIZE,
    Guarded(
        "GET",
        "/api/users/{user_id}",
        show_user,
        Lane.LOOP,
        about=About("Show a user", gives=user_shape),
    ),
    Open(
        "GET",
        "/api/openapi.json",
        show_description,
        Lane.STORE,
        about=About("Describe this interface", gives=dict[str, object]),
    ),
)

_handbook: Final = Handbook(OUTLINE, lambda: OPERATIONS)
