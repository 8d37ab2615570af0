"""Reading the forms in which clips of faces come (wire contract FindFace 2.3, 2.4).

Beside the vendor's parts there may be two of ours (*chosen*): ``challenge``, the nonce of what the
clip was to show (`watchword.dialects.findface.challenges`), and ``name``, whose face it is. With a
name a face is compared with that user's alone; without, with everybody's.
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from watchword.core.grants import FaceGrant
from watchword.dialects.findface.forms import file_in, read_parts, texts_in
from watchword.dialects.findface.reading import Body
from watchword.dialects.findface.schemas import LONGEST_UUID
from watchword.web.errors import BadFieldError, FieldFault, UnreadableBodyError
from watchword.web.fields import read_object
from watchword.web.messages import Request

__all__ = ["Arrival", "read_arrival", "read_clip"]

VIDEO: Final = "video"
LONGEST_NONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who wants to come in by a clip, and on which device. ``device_info`` is a JSON object."""

    grant: FaceGrant = field(repr=False)
    uuid: str
    mobile: bool
    device_info: bytes


def read_arrival(request: Request) -> Arrival:
    """Return what a face login's form says.

    The first wrong field in the vendor's order is told. Raises `UnreadableBodyError`,
    `BodyTooLargeError` or `BadFieldError`.
    """
    parts = read_parts(request)
    said = texts_in(parts, VIDEO)
    clip = file_in(parts, VIDEO).content
    return Arrival(
        uuid=said.text("uuid", LONGEST_UUID),
        mobile=said.flag("mobile") if "mobile" in said else False,
        device_info=_object("device_info", said) if "device_info" in said else b"{}",
        grant=_grant(request, clip, said, said.text("name", blank=True) if "name" in said else ""),
    )


def read_clip(request: Request) -> FaceGrant:
    """Return the clip of a form that holds one. Raises as `read_arrival` does."""
    parts = read_parts(request)
    return _grant(request, file_in(parts, VIDEO).content, texts_in(parts, VIDEO), "")


def _grant(request: Request, clip: bytes, said: Body, name: str) -> FaceGrant:
    has_challenge = "challenge" in said
    challenge = said.text("challenge", LONGEST_NONCE, blank=True) if has_challenge else ""
    return FaceGrant(clip, challenge, name or None, request.waited)


def _object(key: str, said: Body) -> bytes:
    """Return a JSON object that came as text, written anew."""
    try:
        found = read_object(said.text(key, blank=True).encode())
    except UnreadableBodyError as error:
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "object", "str") from error
    return msgspec.json.encode(found.values)
