"""Refusals that arise before the core is asked: facts about a request, no vendor's words.

::

    WebError
    ├── RouteUnknownError          no operation has this path
    ├── MethodNotAllowedError      the path exists, the method does not
    ├── BodyTooLargeError          the body is longer than the operation takes
    ├── UnreadableBodyError        the body is not what its operation reads
    ├── BadFieldError              one field of the body or query is wrong
    ├── BadCredentialError         the header that carries a credential is malformed
    └── UnexpectedError            a fault of ours; the cause is in the log

Together with the core's refusals they form ``AnyRefusal``, which every dialect maps totally.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, final

from watchword.core.errors import AnyCoreError

__all__ = [
    "AnyRefusal",
    "AnyWebError",
    "BadCredentialError",
    "BadFieldError",
    "BodyTooLargeError",
    "CredentialFault",
    "FieldFault",
    "MethodNotAllowedError",
    "RouteUnknownError",
    "UnexpectedError",
    "UnreadableBodyError",
    "WebError",
]


class WebError(Exception):
    """The root of the refusals of this layer; never raised itself."""


@final
class RouteUnknownError(WebError):
    """No operation has this path."""


@final
@dataclass(eq=False)
class MethodNotAllowedError(WebError):
    """The path exists, the method does not. ``allowed`` is sorted."""

    allowed: tuple[str, ...]


@final
@dataclass(eq=False)
class BodyTooLargeError(WebError):
    """The body is longer than the operation takes (``limit`` in bytes)."""

    limit: int


@final
@dataclass(eq=False)
class UnreadableBodyError(WebError):
    """The body is not what its operation reads.

    ``structured`` says that it was readable JSON, but not an object.
    """

    structured: bool = False


class FieldFault(Enum):
    """What is wrong with a field."""

    MISSING = "missing"
    NULL = "null"
    BLANK = "blank"
    WRONG_TYPE = "wrong type"
    TOO_LONG = "too long"
    BAD_VALUE = "bad value"


@final
@dataclass(eq=False)
class BadFieldError(WebError):
    """One field is wrong.

    ``path`` leads to it with dots between keys. ``expected`` says what would have been right: a
    type's name (``string``, ``boolean``, ``object``) or, for `FieldFault.TOO_LONG`, the limit.
    ``found`` is the wrong value as text, where the vendor's text repeats it.
    """

    path: str
    fault: FieldFault
    expected: str = ""
    found: str = ""


class CredentialFault(Enum):
    """What is wrong with a header that carries a credential."""

    EMPTY = "no credentials"
    SPACES = "spaces in credentials"
    ENCODING = "bad encoding"
    REPEATED = "header given twice"
    TOO_LONG = "credential too long"


@final
@dataclass(eq=False)
class BadCredentialError(WebError):
    """The header that carries a credential is malformed. ``scheme`` is in lower case, or empty."""

    scheme: str
    fault: CredentialFault


@final
class UnexpectedError(WebError):
    """A fault of ours. The cause is in the log; the caller learns nothing of it."""


AnyWebError: TypeAlias = (
    RouteUnknownError
    | MethodNotAllowedError
    | BodyTooLargeError
    | UnreadableBodyError
    | BadFieldError
    | BadCredentialError
    | UnexpectedError
)

AnyRefusal: TypeAlias = AnyCoreError | AnyWebError
