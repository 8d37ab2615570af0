"""Reading the bodies that clients send, field by field, as the vendor's framework does.

Where it is more lenient than the documented types (numbers for strings, words for booleans, white
space around text), so are we: *inferred* (wire contract FindFace 1.2, source 17).
"""

from typing import Final

import msgspec

from watchword.dialects.findface.schemas import LONGEST_UUID, LoginRequest
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.fields import Fields, read_object

__all__ = ["read_login"]

TRUE: Final = frozenset({"t", "true", "y", "yes", "on", "1"})
FALSE: Final = frozenset({"f", "false", "n", "no", "off", "0"})


def read_login(body: bytes, *, proof_required: bool) -> LoginRequest:
    """Return what a login's body says.

    Fields are looked at in the order of the vendor's table (seed 002); the first that is wrong is
    told. No body at all is an empty one. Raises `UnreadableBodyError` or `BadFieldError`.
    """
    fields = read_object(body or b"{}")
    return LoginRequest(
        video_auth_token=_text(fields, "video_auth_token", required=proof_required),
        uuid=_text(fields, "uuid", required=True, longest=LONGEST_UUID),
        mobile=_flag(fields, "mobile"),
        device_info=_object(fields, "device_info"),
    )


def _text(fields: Fields, key: str, *, required: bool, longest: int | None = None) -> str:
    """Return a text; one that is neither there nor required is empty."""
    if not required and key not in fields.values:
        return ""
    value = _given(fields, key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "string")
    text = str(value).strip()
    if not text:
        raise BadFieldError(key, FieldFault.BLANK)
    if longest is not None and len(text) > longest:
        raise BadFieldError(key, FieldFault.TOO_LONG, str(longest))
    if "\x00" in text:
        raise BadFieldError(key, FieldFault.BAD_VALUE, "string")
    return text


def _flag(fields: Fields, key: str) -> bool:
    """Return a boolean, false if it is not there (*documented*)."""
    if key not in fields.values:
        return False
    word = str(_given(fields, key)).lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadFieldError(key, FieldFault.WRONG_TYPE, "boolean")


def _object(fields: Fields, key: str) -> bytes:
    """Return an object as JSON, an empty one if it is not there."""
    if key not in fields.values:
        return b"{}"
    value = _given(fields, key)
    if not isinstance(value, dict):
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "object", type(value).__name__)
    return msgspec.json.encode(value)


def _given(fields: Fields, key: str) -> object:
    value = fields.required(key)
    if value is None:
        raise BadFieldError(key, FieldFault.NULL)
    return value
