"""Reading ``application/x-www-form-urlencoded`` to the letter (RFC 6749 section 3.2, appendix B).

Rules of this file:

1. Parameters come in the body and nowhere else; what stands in the query is not looked at.
2. A parameter without a value counts as left out; one that nobody asks for is ignored.
3. A parameter that is asked for may be there once, but for those that are a list here.
4. Text is UTF-8 under percent escapes. What is not, and what is no form, is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from watchword.web.errors import BadFieldError, FieldFault, UnreadableBodyError
from watchword.web.messages import Request

__all__ = ["Form", "read_form", "unescape"]

MEDIA: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of one request."""

    values: Mapping[str, Sequence[str]] = field(repr=False)

    def all(self, name: str) -> Sequence[str]:
        """Return every value of a parameter."""
        return self.values.get(name, ())

    def find(self, name: str) -> str:
        """Return a parameter, empty if it is left out. Raises `BadFieldError` for two."""
        found = self.all(name)
        if len(found) > 1:
            raise BadFieldError(name, FieldFault.BAD_VALUE, "once")
        return found[0] if found else ""

    def get(self, name: str) -> str:
        """Return a parameter that must be there. Raises `BadFieldError`."""
        found = self.find(name)
        if not found:
            raise BadFieldError(name, FieldFault.MISSING)
        return found


def read_form(request: Request) -> Form:
    """Return the form of a request; no body is an empty one. Raises `UnreadableBodyError`."""
    if not request.body:
        return Form({})
    media = (request.header(b"content-type") or "").partition(";")[0]
    if media.strip().lower() != MEDIA:
        raise UnreadableBodyError
    values: dict[str, list[str]] = {}
    try:
        for piece in request.body.split(b"&"):
            name, _, value = piece.partition(b"=")
            if value:
                values.setdefault(unescape(name), []).append(unescape(value))
    except UnicodeDecodeError as error:
        raise UnreadableBodyError from error
    return Form(values)


def unescape(text: bytes) -> str:
    """Return text without its escapes; a lone percent sign stands for itself.

    Raises ``UnicodeDecodeError``.
    """
    return unquote_to_bytes(text.replace(b"+", b" ")).decode()
