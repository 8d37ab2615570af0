"""Reading the bodies that clients send, field by field, as the vendor's framework does.

Where it is more lenient than the documented types (numbers for strings, words for booleans, white
space around text), so are we: *inferred* (wire contract FindFace 1.2, source 17). Unknown keys are
ignored (*observed*, wire contract FindFace 1).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import msgspec

from watchword.core.subjects import is_storable
from watchword.dialects.findface.asking import read_date
from watchword.dialects.findface.schemas import LONGEST_UUID, LoginRequest
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.fields import Fields, read_object

__all__ = ["Body", "read_body", "read_login"]

TRUE: Final = frozenset({"t", "true", "y", "yes", "on", "1"})
FALSE: Final = frozenset({"f", "false", "n", "no", "off", "0"})
WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
MOST_ITEMS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object. Every method raises `BadFieldError` for a field that is not what it reads."""

    fields: Fields

    def __contains__(self, key: str) -> bool:
        """Say whether a field is there."""
        return key in self.fields.values

    def given(self, key: str) -> object:
        """Return a value that must be there and not be null."""
        value = self.fields.required(key)
        if value is None:
            raise BadFieldError(key, FieldFault.NULL)
        return value

    def text(self, key: str, longest: int | None = None, *, blank: bool = False) -> str:
        """Return a text that must be there; ``blank`` says whether it may be empty."""
        return _text(key, self.given(key), longest, blank=blank)

    def password(self, key: str) -> str:
        """Return a text as it is: white space around a password belongs to it."""
        value = self.given(key)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BadFieldError(key, FieldFault.WRONG_TYPE, "string")
        if not str(value):
            raise BadFieldError(key, FieldFault.BLANK)
        return str(value)

    def text_or_null(self, key: str, longest: int | None = None) -> str | None:
        """Return a text that must be there, or None."""
        return None if self.fields.required(key) is None else self.text(key, longest)

    def flag(self, key: str) -> bool:
        """Return a boolean that must be there."""
        word = str(self.given(key)).lower()
        if word in TRUE:
            return True
        if word in FALSE:
            return False
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "boolean")

    def number(self, key: str) -> int:
        """Return a whole number that must be there."""
        return _number(key, self.given(key))

    def numbers(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers that must be there."""
        return tuple(_number(key, each) for each in self._items(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts that must be there."""
        return tuple(_text(key, each, None) for each in self._items(key))

    def date_or_null(self, key: str) -> datetime | None:
        """Return a time that must be there, or None."""
        value = self.fields.required(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadFieldError(key, FieldFault.WRONG_TYPE, "datetime")
        return read_date(key, value)

    def mapping(self, key: str) -> Mapping[str, object]:
        """Return an object that must be there."""
        value = self.given(key)
        if not isinstance(value, dict):
            raise BadFieldError(key, FieldFault.WRONG_TYPE, "object", type(value).__name__)
        return cast("dict[str, object]", value)

    def _items(self, key: str) -> list[object]:
        value = self.given(key)
        if not isinstance(value, list):
            raise BadFieldError(key, FieldFault.WRONG_TYPE, "list", type(value).__name__)
        items = cast("list[object]", value)
        if any(each is None for each in items):
            raise BadFieldError(key, FieldFault.NULL)
        if len(items) > MOST_ITEMS:
            raise BadFieldError(key, FieldFault.TOO_LONG, str(MOST_ITEMS))
        return items


def read_body(body: bytes) -> Body:
    """Return what a body says; no body at all is an empty one. Raises `UnreadableBodyError`."""
    return Body(read_object(body or b"{}"))


def read_login(body: bytes, *, proof_required: bool) -> LoginRequest:
    """Return what a login's body says.

    Fields are looked at in the order of the vendor's table (seed 002); the first that is wrong is
    told. Raises `UnreadableBodyError` or `BadFieldError`.
    """
    said = read_body(body)
    has_proof = proof_required or "video_auth_token" in said
    return LoginRequest(
        video_auth_token=said.text("video_auth_token") if has_proof else "",
        uuid=said.text("uuid", LONGEST_UUID),
        # *Documented*: false and empty by default.
        mobile=said.flag("mobile") if "mobile" in said else False,
        device_info=msgspec.json.encode(
            said.mapping("device_info") if "device_info" in said else {}
        ),
    )


def _text(key: str, value: object, longest: int | None, *, blank: bool = False) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "string")
    text = str(value).strip()
    if not text and not blank:
        raise BadFieldError(key, FieldFault.BLANK)
    if longest is not None and len(text) > longest:
        raise BadFieldError(key, FieldFault.TOO_LONG, str(longest))
    if not is_storable(text):
        raise BadFieldError(key, FieldFault.BAD_VALUE, "string")
    return text


def _number(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "integer")
    text = str(value).strip()
    if not WHOLE.fullmatch(text):
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "integer")
    return int(text)
