"""What the text of a filter may mean: one reader for each kind of field (wire contract Oz 1.5).

Pure. Each takes the parameter's name, which a refusal tells, and one value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from watchword.core.index import Scalar
from watchword.core.subjects import LONGEST_LOGIN, fold_login, printable
from watchword.web.errors import BadFieldError, FieldFault

__all__ = [
    "FLAG",
    "LONGEST_SHOWN",
    "Column",
    "Member",
    "Parse",
    "flag",
    "login",
    "member",
    "moment",
    "number",
    "text",
    "uuid",
]

Parse: TypeAlias = Callable[[str, str], tuple[Scalar, ...]]
"""From a parameter's name and a text to the values meant. Raises `BadFieldError`."""

# Inferred: the framework's words for truth, in any case.
TRUTHS: Final = frozenset({"1", "true", "yes", "y", "t", "on"})
UNTRUTHS: Final = frozenset({"0", "false", "no", "n", "f", "off"})
INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
MOMENT: Final = re.compile(r"-?([0-9]{1,16})(?:\.[0-9]{1,9})?")
# Inferred (wire contract Oz 1.5): a time of so many digits is in milliseconds.
MILLISECOND_DIGITS: Final = 11
LONGEST_SHOWN: Final = 64


@dataclass(frozen=True, slots=True)
class Column:
    """A field that a list can be filtered and sorted by.

    ``facet`` is its name in the index. ``ranged``: it knows ``.min`` and ``.max``.
    """

    facet: str
    parse: Parse
    ranged: bool = False

    @property
    def pattern(self) -> str:
        """A regular expression for one value, as the interface's own description tells it."""
        if isinstance(self.parse, Member):
            return "|".join(each.value for each in self.parse.kind)
        return _PATTERNS.get(self.parse, r"[^\x00]*")


def text(_name: str, found: str) -> tuple[Scalar, ...]:
    """Take text as it is, but for white space."""
    return (" ".join(found.split()),)


def login(_name: str, found: str) -> tuple[Scalar, ...]:
    """Take an e-mail address in the form under which it is looked up."""
    found = " ".join(found.split())
    # Nobody has a longer one, and folding it would take long.
    return (fold_login(found) if len(found) <= LONGEST_LOGIN else found,)


def uuid(name: str, found: str) -> tuple[Scalar, ...]:
    """Take an id. Raises `BadFieldError`."""
    try:
        return (str(UUID(found.strip())),)
    except ValueError as error:
        raise BadFieldError(name, FieldFault.BAD_VALUE, "uuid") from error


def flag(name: str, found: str) -> tuple[Scalar, ...]:
    """Take a truth value. Raises `BadFieldError`."""
    word = found.strip().lower()
    if word in TRUTHS:
        return (1,)
    if word in UNTRUTHS:
        return (0,)
    raise BadFieldError(name, FieldFault.BAD_VALUE, "boolean")


def number(name: str, found: str) -> tuple[Scalar, ...]:
    """Take a whole number. Raises `BadFieldError`."""
    if not INTEGER.fullmatch(found.strip()):
        raise BadFieldError(name, FieldFault.BAD_VALUE, "integer")
    return (int(found),)


def moment(name: str, found: str) -> tuple[Scalar, ...]:
    """Take Unix time, which may have a fraction; the value is in microseconds.

    Raises `BadFieldError`.
    """
    matched = MOMENT.fullmatch(found.strip())
    if matched is None:
        raise BadFieldError(name, FieldFault.BAD_VALUE, "time")
    micro = 10**3 if len(matched[1]) >= MILLISECOND_DIGITS else 10**6
    return (int(Decimal(matched[0]) * micro),)


@dataclass(frozen=True, slots=True)
class Member:
    """Takes a member of an enumeration; ``expected`` is its name in a refusal."""

    kind: type[StrEnum]
    expected: str

    def __call__(self, name: str, found: str) -> tuple[Scalar, ...]:
        """Take one. Raises `BadFieldError`."""
        return (self.named(name, found).value,)

    def named(self, name: str, found: str) -> StrEnum:
        """Return the member of that name. Raises `BadFieldError`."""
        try:
            return self.kind(found.strip())
        except ValueError as error:
            shown = printable(found, LONGEST_SHOWN)
            raise BadFieldError(name, FieldFault.BAD_VALUE, self.expected, shown) from error


def member(kind: type[StrEnum], expected: str) -> Parse:
    """Return how to take a member of an enumeration."""
    return Member(kind, expected)


def _in_any_case(word: str) -> str:
    return "".join(f"[{each}{each.upper()}]" if each.isalpha() else each for each in word)


FLAG: Final = rf"\s*({'|'.join(map(_in_any_case, sorted(TRUTHS | UNTRUTHS)))})\s*"
"""A regular expression for truth values."""

_PATTERNS: Final[Mapping[Parse, str]] = {
    uuid: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    flag: FLAG,
    number: "-?[0-9]{1,18}",
    moment: "[0-9]{1,10}([.][0-9]{1,6})?",
}
