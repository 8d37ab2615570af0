"""Reading JSON bodies field by field, with a fact for each thing that can be wrong.

Translators need to know *which* field is wrong and *how*, because each vendor says it in its own
words; that is why a body is not decoded into a type in one step here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec

from watchword.web.errors import BadFieldError, FieldFault, UnreadableBodyError

__all__ = ["DEEPEST", "Fields", "read_object"]

DEEPEST: Final = 32
"""How deep a JSON body may nest."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object with the path at which it stands."""

    values: Mapping[str, object] = field(repr=False)
    path: str = ""

    def at(self, key: str) -> str:
        """Return the path of a key."""
        return f"{self.path}.{key}" if self.path else key

    def required(self, key: str) -> object:
        """Return a value. Raises `BadFieldError` if it is missing."""
        if key not in self.values:
            raise BadFieldError(self.at(key), FieldFault.MISSING)
        return self.values[key]

    def text(self, key: str, *, longest: int | None = None) -> str:
        """Return a string that must be there. Raises `BadFieldError`."""
        value = self.required(key)
        if not isinstance(value, str):
            raise self._wrong(key, value, "string")
        if longest is not None and len(value) > longest:
            raise BadFieldError(self.at(key), FieldFault.TOO_LONG, str(longest))
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a boolean, or the default if it is missing. Raises `BadFieldError`."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, value, "boolean")
        return value

    def nested(self, key: str) -> "Fields":
        """Return an object that must be there. Raises `BadFieldError`."""
        value = self.required(key)
        if not isinstance(value, dict):
            raise self._wrong(key, value, "object")
        return Fields(cast("dict[str, object]", value), self.at(key))

    def _wrong(self, key: str, value: object, expected: str) -> BadFieldError:
        fault = FieldFault.NULL if value is None else FieldFault.WRONG_TYPE
        return BadFieldError(self.at(key), fault, expected, type(value).__name__)


def read_object(body: bytes) -> Fields:
    """Read a JSON object. Raises `UnreadableBodyError`."""
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableBodyError from error
    if not isinstance(value, dict) or _depth(cast("dict[str, object]", value)) > DEEPEST:
        raise UnreadableBodyError(structured=True)
    return Fields(cast("dict[str, object]", value))


def _depth(value: object, level: int = 0) -> int:
    """Return how deep a value nests; stops looking one level below the limit."""
    if level > DEEPEST:
        return level
    if isinstance(value, dict):
        inner = list(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        inner = cast("list[object]", value)
    else:
        return level
    return max((_depth(each, level + 1) for each in inner), default=level)
