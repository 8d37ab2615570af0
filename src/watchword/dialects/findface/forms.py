"""Reading forms with files in them (wire contract FindFace 1).

The vendor's client sends every part that is neither text nor file as JSON text (*documented*).
"""

from collections.abc import Mapping
from typing import Final

from watchword.dialects.findface.reading import Body
from watchword.web.errors import (
    BadFieldError,
    BodyTooLargeError,
    FieldFault,
    UnreadableBodyError,
)
from watchword.web.fields import Fields
from watchword.web.messages import Request
from watchword.web.multipart import Part, is_form, read_form
from watchword.web.operation import USUAL_BODY

__all__ = ["LONGEST_FILE", "LONGEST_FORM", "file_in", "read_parts", "texts_in"]

LONGEST_FILE: Final = 10_485_760
"""*Documented*, of clips (wire contract FindFace 2.3) and of photos (1: 10 MB)."""
LONGEST_FORM: Final = LONGEST_FILE + 2**20
"""A file, and what a form adds to it."""
MOST_PARTS: Final = 32


def read_parts(request: Request) -> dict[str, Part]:
    """Return the parts by their names; of several the last counts."""
    content_type = request.header(b"content-type") or ""
    if not is_form(content_type):
        raise UnreadableBodyError
    parts = read_form(content_type, request.body, most_parts=MOST_PARTS)
    return {part.name: part for part in parts}


def texts_in(parts: Mapping[str, Part], *files: str) -> Body:
    """Return what a form says beside these files."""
    return Body(Fields({name: _text(part) for name, part in parts.items() if name not in files}))


def file_in(parts: Mapping[str, Part], name: str) -> Part:
    """Return a file. The texts of the refusals are the framework's (*inferred*)."""
    part = parts.get(name)
    if part is None:
        raise BadFieldError(name, FieldFault.MISSING, "file")
    if part.file_name is None:
        raise BadFieldError(name, FieldFault.WRONG_TYPE, "file")
    if not part.size:
        raise BadFieldError(name, FieldFault.BLANK, "file")
    if part.size > LONGEST_FILE:
        raise BodyTooLargeError(LONGEST_FILE)
    return part


def _text(part: Part) -> str:
    if part.size > USUAL_BODY:
        raise BodyTooLargeError(USUAL_BODY)
    try:
        return part.content.decode()
    except UnicodeDecodeError as error:
        raise BadFieldError(part.name, FieldFault.WRONG_TYPE, "string") from error
