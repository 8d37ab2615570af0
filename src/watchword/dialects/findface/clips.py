"""Reading the forms in which clips of faces come (wire contract FindFace 1, 2.3, 2.4).

The vendor's client sends every part that is neither text nor file as JSON text (*documented*).
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from watchword.dialects.findface.reading import Body
from watchword.dialects.findface.schemas import LONGEST_UUID
from watchword.web.errors import (
    BadFieldError,
    BodyTooLargeError,
    FieldFault,
    UnreadableBodyError,
)
from watchword.web.fields import Fields, read_object
from watchword.web.messages import Request
from watchword.web.multipart import Part, is_form, read_form
from watchword.web.operation import USUAL_BODY

__all__ = ["LONGEST_FORM", "Arrival", "read_arrival", "read_clip"]

LONGEST_CLIP: Final = 10_485_760
"""*Documented* (wire contract FindFace 2.3)."""
LONGEST_FORM: Final = LONGEST_CLIP + 2**20
"""A clip, and what a form adds to it."""
MOST_PARTS: Final = 32


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who wants to come in by a clip, and on which device. ``device_info`` is a JSON object."""

    video: bytes = field(repr=False)
    uuid: str
    mobile: bool
    device_info: bytes


def read_arrival(request: Request) -> Arrival:
    """Return what a face login's form says.

    The first wrong field in the vendor's order is told. Raises `UnreadableBodyError`,
    `BodyTooLargeError` or `BadFieldError`.
    """
    parts = _read_parts(request)
    said = Body(Fields({name: _text(part) for name, part in parts.items() if name != "video"}))
    return Arrival(
        video=_clip(parts),
        uuid=said.text("uuid", LONGEST_UUID),
        mobile=said.flag("mobile") if "mobile" in said else False,
        device_info=_object("device_info", said) if "device_info" in said else b"{}",
    )


def read_clip(request: Request) -> bytes:
    """Return the clip of a form that holds one. Raises as `read_arrival` does."""
    return _clip(_read_parts(request))


def _read_parts(request: Request) -> dict[str, Part]:
    """Return the parts by their names; of several the last counts."""
    content_type = request.header(b"content-type") or ""
    if not is_form(content_type):
        raise UnreadableBodyError
    parts = read_form(content_type, request.body, most_parts=MOST_PARTS)
    return {part.name: part for part in parts}


def _clip(parts: dict[str, Part]) -> bytes:
    """Return the clip. The texts of the refusals are the framework's (*inferred*)."""
    part = parts.get("video")
    if part is None:
        raise BadFieldError("video", FieldFault.MISSING, "file")
    if part.file_name is None:
        raise BadFieldError("video", FieldFault.WRONG_TYPE, "file")
    if not part.size:
        raise BadFieldError("video", FieldFault.BLANK, "file")
    if part.size > LONGEST_CLIP:
        raise BodyTooLargeError(LONGEST_CLIP)
    return part.content


def _text(part: Part) -> str:
    if part.size > USUAL_BODY:
        raise BodyTooLargeError(USUAL_BODY)
    try:
        return part.content.decode()
    except UnicodeDecodeError as error:
        raise BadFieldError(part.name, FieldFault.WRONG_TYPE, "string") from error


def _object(key: str, said: Body) -> bytes:
    """Return a JSON object that came as text, written anew."""
    try:
        found = read_object(said.text(key, blank=True).encode())
    except UnreadableBodyError as error:
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "object", "str") from error
    return msgspec.json.encode(found.values)
