"""What the vendor's monitoring calls, and what the vendor has that this server has not.

*Documented* are the paths (wire contract Oz 7); that nobody has to log in to be told the version is
*inferred*; what the answers hold is *chosen*.
"""

from typing import Final

from watchword.core.access import Principal
from watchword.dialects.oz.archive.drafts import longest_upload
from watchword.dialects.oz.errors import refuse_absent
from watchword.dialects.oz.replies import json_reply
from watchword.dialects.oz.schemas import ConfigBody, VersionBody
from watchword.dialects.oz.settings import Settings, is_api_6
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Open, Operation

__all__ = ["SYSTEM"]


def show_version(desk: Desk[Settings], _request: Request) -> Reply:
    """``GET /api/version``: the generation that is spoken, and not whose release does so."""
    return json_reply(200, VersionBody(version=str(desk.settings.api_version)))


def show_config(_desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """``GET /api/config``: in which zone times are told."""
    return json_reply(200, ConfigBody())


def lack(desk: Desk[Settings], _request: Request, _principal: Principal) -> Reply:
    """Answer a call of the vendor's that is absent here, for good: telemetry and stateless mode."""
    return refuse_absent(desk)


VERSION: Final = About("Show the generation of this interface", gives=VersionBody)
CONFIG: Final = About("Show what holds for all answers", gives=ConfigBody)
ABSENT: Final = About("Not here", status=501, shown=False)

SYSTEM: Final[tuple[Operation[Settings], ...]] = (
    Open("GET", "/api/version", show_version, Lane.LOOP, about=VERSION),
    Guarded("GET", "/api/config", show_config, Lane.LOOP, about=CONFIG),
    Guarded("GET", "/api/event_sessions", lack, Lane.LOOP, about=ABSENT),
    Guarded(
        "POST", "/api/instant/folders", lack, Lane.LOOP, longest_upload, about=ABSENT, when=is_api_6
    ),
)
