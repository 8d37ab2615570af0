"""Asking a face to do something before it is filmed. *Chosen*: the vendor has nothing like it.

The vendor's own client films without being asked to; what it films passes no challenge. A client of
ours asks here first, films what it is told, and sends the nonce with the clip, as ``challenge``.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from watchword.core.challenges import Challenge
from watchword.core.faces import Act
from watchword.core.grants import Visit
from watchword.core.sessions import Device
from watchword.dialects.findface.bodies import ChallengeRequest
from watchword.dialects.findface.outline import ANYBODY
from watchword.dialects.findface.profile import AUDIENCE
from watchword.dialects.findface.reading import read_body
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.schemas import LONGEST_UUID, Date
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.translate import to_date
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["CHALLENGE", "pose_challenge"]

Nonce = Annotated[str, Meta(min_length=64, max_length=64)]


class Posed(msgspec.Struct, frozen=True):
    """What to do before the camera, in this order, and by when a clip of it has to have arrived.

    ``seconds`` is how long that is: a client's clock may be wrong.
    """

    nonce: Nonce
    acts: Sequence[Act]
    expires: Date
    seconds: float


def pose_challenge(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /auth/video-auth-challenge/``"""
    uuid = read_body(request.body).text("uuid", LONGEST_UUID)
    visit = Visit(AUDIENCE, device=Device(uuid), address=request.address)
    posed = desk.core.challenging.pose(visit)
    return json_reply(200, to_posed(posed, desk.core.policy.challenges.life.total_seconds()))


def to_posed(posed: Challenge, seconds: float) -> Posed:
    """Return a challenge in this wire's words."""
    return Posed(posed.nonce, posed.acts, to_date(posed.deadline), seconds)


CHALLENGE: Final = About(
    "Ask what to do before the camera",
    ChallengeRequest,
    Posed,
    refuses=(401,),
    security=ANYBODY,
    example={"uuid": "A"},
)
