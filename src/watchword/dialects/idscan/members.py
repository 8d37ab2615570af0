"""Reading JSON as the vendor's server does: members in any case, loose about simple types.

Rules of this file (Json.NET's own, *inferred*, wire contract IDscan 2.1):

1. Names are compared without regard to case. One that comes twice is refused: *chosen*, since
   nobody could say which of the two counts.
2. What is null is as good as missing, and so is an id of zeros: it is what .NET writes for one that
   nobody has set. A number may come as text, and so may a boolean.
3. Whatever else is wrong is a `BadFieldError` that names the member.
4. A byte order mark is passed over.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, TypeVar, cast
from uuid import UUID

import msgspec

from watchword.core.subjects import is_storable
from watchword.web.errors import BadFieldError, FieldFault, UnreadableBodyError
from watchword.web.fields import read_object

__all__ = [
    "Members",
    "fold_members",
    "guids",
    "parse_guid",
    "read_guids",
    "read_list",
    "read_members",
]

E = TypeVar("E", bound=IntEnum)
T = TypeVar("T")

GUID: Final = re.compile(
    r"[{(]?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}[)}]?", re.IGNORECASE
)
"""The forms that .NET reads, and a few between them."""
FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}
NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
LONGEST_TEXT: Final = 4_096
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Members:
    """A JSON object by its members' names in lower case; nulls are left out."""

    values: Mapping[str, object] = field(repr=False)
    path: str = ""

    def wrong(self, name: str, fault: FieldFault = FieldFault.BAD_VALUE) -> BadFieldError:
        """Return the refusal of a member."""
        return BadFieldError(f"{self.path}.{name}" if self.path else name, fault)

    def find(self, *names: str) -> object:
        """Return the first of these members that is there, or None."""
        found = (self.values[name.lower()] for name in names if name.lower() in self.values)
        return next(found, None)

    def text(self, name: str, *, longest: int = LONGEST_TEXT) -> str | None:
        """Return a text, or None. Raises `BadFieldError`."""
        value = self.find(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.wrong(name, FieldFault.WRONG_TYPE)
        if len(value) > longest:
            raise self.wrong(name, FieldFault.TOO_LONG)
        if not is_storable(value):
            raise self.wrong(name)
        return value

    def required_text(self, name: str, *, longest: int = LONGEST_TEXT) -> str:
        """Return a text that must be there and not be blank. Raises `BadFieldError`."""
        value = self.text(name, longest=longest)
        if value is None or not value.strip():
            raise self.wrong(name, FieldFault.MISSING)
        return value

    def guid(self, *names: str) -> UUID | None:
        """Return the first of these ids that is there and is one. Raises `BadFieldError`."""
        ids = (self._id(name) for name in names)
        return next((each for each in ids if each is not None), None)

    def flag(self, name: str) -> bool | None:
        """Return a boolean, or None. Raises `BadFieldError`."""
        value = self.find(name)
        if value is None or isinstance(value, bool):
            return value
        found = FLAGS.get(value.lower()) if isinstance(value, str) else None
        if found is None:
            raise self.wrong(name)
        return found

    def number(self, name: str) -> int | None:
        """Return a whole number of up to nine digits, or None. Raises `BadFieldError`."""
        value = self.find(name)
        if isinstance(value, str) and NUMBER.fullmatch(value):
            return int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return None if value is None else self._bounded(name, value)
        raise self.wrong(name, FieldFault.WRONG_TYPE)

    def choice(self, name: str, choices: type[E]) -> E | None:
        """Return one of a few by its number or its name, or None. Raises `BadFieldError`."""
        value = self.find(name)
        if isinstance(value, str):
            named = {each.name.replace("_", "").lower(): each for each in choices}
            if value.lower() in named:
                return named[value.lower()]
        number = self.number(name)
        try:
            return None if number is None else choices(number)
        except ValueError as error:
            raise self.wrong(name) from error

    def objects(self, name: str) -> "Sequence[Members] | None":
        """Return a list of objects, or None. Raises `BadFieldError`."""
        value = self.find(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise self.wrong(name, FieldFault.WRONG_TYPE)
        return [self._nested(name, each) for each in cast("list[object]", value)]

    def _id(self, name: str) -> UUID | None:
        value = self.find(name)
        if value is None or value == "":
            return None
        found = parse_guid(value) if isinstance(value, str) else None
        if found is None:
            raise self.wrong(name)
        return found if found.int else None

    def _nested(self, name: str, value: object) -> "Members":
        if not isinstance(value, dict):
            raise self.wrong(name, FieldFault.WRONG_TYPE)
        return fold_members(cast("dict[str, object]", value), name)

    def _bounded(self, name: str, value: int) -> int:
        if not NUMBER.fullmatch(str(value)[:20]):
            raise self.wrong(name)
        return value


def read_members(body: bytes) -> Members:
    """Read a JSON object. Raises `UnreadableBodyError` or `BadFieldError`."""
    unmarked = body.removeprefix(BYTE_ORDER_MARK)
    values = read_object(unmarked).values
    _require_names_once(unmarked)
    return fold_members(values)


def read_list(body: bytes, *, most: int) -> Sequence[Members]:
    """Read a JSON array of objects, or one object as the only one.

    Raises `UnreadableBodyError` or `BadFieldError`.
    """
    unmarked = body.removeprefix(BYTE_ORDER_MARK)
    if not unmarked.lstrip().startswith(b"["):
        return [read_members(unmarked)]
    objects = _decode(unmarked, list[msgspec.Raw])
    if len(objects) > most:
        raise BadFieldError("", FieldFault.TOO_LONG, str(most))
    return [read_members(bytes(each)) for each in objects]


def read_guids(body: bytes, *, most: int) -> Sequence[UUID]:
    """Read a JSON array of ids, each once. Raises `UnreadableBodyError` or `BadFieldError`."""
    return guids(_decode(body.removeprefix(BYTE_ORDER_MARK), list[str]), most=most)


def guids(texts: Iterable[str], *, most: int) -> Sequence[UUID]:
    """Return ids, each once. Raises `BadFieldError` for none, too many, or what is no id."""
    found = [parse_guid(each) for each in texts]
    ids = list(dict.fromkeys(each for each in found if each is not None))
    if not ids or len(found) > most or None in found:
        raise BadFieldError("", FieldFault.BAD_VALUE, "ids")
    return ids


def parse_guid(text: str) -> UUID | None:
    """Return the id that a text stands for, or None."""
    stripped = text.strip()
    return UUID(stripped.strip("{}()")) if GUID.fullmatch(stripped) else None


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableBodyError from error


def _require_names_once(body: bytes) -> None:
    """Raise `BadFieldError` where an object has two members of one name.

    The other parser keeps the last of them and does not tell. ``body`` is sound JSON, and not deep.
    """
    json.loads(
        body,
        strict=False,
        object_pairs_hook=_names_once,
        parse_int=_leave_unread,
        parse_float=_leave_unread,
    )


def _names_once(pairs: Sequence[tuple[str, object]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise BadFieldError("", FieldFault.BAD_VALUE)


def _leave_unread(_number: str) -> None:
    """Make nothing of a number: the other parser has read it."""


def fold_members(values: Mapping[str, object], path: str = "") -> Members:
    """Return an object's members. Raises `BadFieldError` for one that comes twice."""
    folded: dict[str, object] = {}
    for name, value in values.items():
        if name.lower() in folded:
            raise BadFieldError(f"{path}.{name}", FieldFault.BAD_VALUE)
        folded[name.lower()] = value
    return Members({name: value for name, value in folded.items() if value is not None}, path)
