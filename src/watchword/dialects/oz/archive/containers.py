"""The vendor's data container: encrypted by its capture SDK, and opaque to us (decision 0224).

*Documented* are the content type, since API 6.4.1, and what is refused (wire contract Oz 1.4, 8).
The format is not public. So a container is kept as it came, as the one medium of its folder, and an
engine that has the key is handed it like any other; nothing here looks into it.
"""

from typing import Final

from msgspec import DecodeError, json

from watchword.dialects.oz.archive.media_types import tell_type
from watchword.dialects.oz.archive.records import MediaType
from watchword.dialects.oz.settings import Settings, is_api_6
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Request
from watchword.web.multipart import Part
from watchword.web.operation import USUAL_BODY

__all__ = ["CONTENT_TYPE", "MEDIA_TYPE", "is_container", "read_container"]

CONTENT_TYPE: Final = "application/octet-stream"
MEDIA_TYPE: Final = MediaType.DATA_CONTAINER
NAME: Final = "container"


def is_container(request: Request, settings: Settings) -> bool:
    """Say whether a body is announced as a container, which API 5 does not know."""
    announced = (request.header(b"content-type") or "").partition(";")[0].strip().lower()
    return is_api_6(settings) and announced == CONTENT_TYPE


def read_container(request: Request) -> Part:
    """Return a container as a file. Raises `BadFieldError` for none, or for what plainly is none.

    Chosen: an image, a video or JSON was sent under the wrong content type, and its sender had
    better be told at once than by an engine.
    """
    body = request.body
    if not body:
        raise BadFieldError(NAME, FieldFault.BLANK, "container")
    if tell_type(body) is not None or _is_json(body):
        raise BadFieldError(NAME, FieldFault.BAD_VALUE, "sealed container")
    part = Part(NAME, "")
    part.add(body, 0, len(body))
    return part


def _is_json(body: bytes) -> bool:
    if len(body) > USUAL_BODY:
        return False
    try:
        json.decode(body)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
