"""Saying no to a page: every refusal as one code, which the page has a sentence for.

What a caller must not learn is in no code: an unknown login, a wrong password and a locked one are
the same, and so are all clips that could be read.
"""

from math import ceil
from typing import Final, assert_never

import msgspec

from watchword.console.hall import Hall
from watchword.core.errors import (
    AlreadyExistsError,
    ChallengeRefusedError,
    DeviceBlockedError,
    FaceRefusedError,
    ForbiddenError,
    InvalidCredentialsError,
    NotFoundError,
    OverloadedError,
    RefreshForeignError,
    RefreshUnknownError,
    RosterUnavailableError,
    ScopeMissingError,
    ScopeRefusedError,
    StorageUnavailableError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenMissingError,
    TokenUnknownError,
    TooManyAttemptsError,
    TooManyRequestsError,
)
from watchword.core.faces import FaceFault
from watchword.web.errors import (
    AnyRefusal,
    BadCredentialError,
    BadFieldError,
    BodyTooLargeError,
    MethodNotAllowedError,
    RouteUnknownError,
    UnexpectedError,
    UnreadableBodyError,
)
from watchword.web.messages import Headers, Reply, Request
from watchword.web.operation import Desk

__all__ = ["JSON_HEADERS", "refuse"]

JSON_HEADERS: Final[Headers] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
UNREAD: Final = frozenset({FaceFault.UNREADABLE, FaceFault.TOO_LARGE})


class Refusal(msgspec.Struct, frozen=True):
    """The body of every refusal."""

    code: str


def refuse(_desk: Desk[Hall], _request: Request, error: AnyRefusal) -> Reply:
    """Return the answer to a refusal."""
    status, code = _said(error)
    reply = Reply(status, msgspec.json.encode(Refusal(code)), JSON_HEADERS)
    match error:
        case (
            TooManyRequestsError()
            | OverloadedError()
            | StorageUnavailableError()
            | RosterUnavailableError()
        ):
            after = str(max(1, ceil(error.retry_after.total_seconds()))).encode()
            return reply.adding((b"retry-after", after))
        case MethodNotAllowedError(allowed):
            return reply.adding((b"allow", ", ".join(allowed).encode()))
        case _:
            return reply


def _said(error: AnyRefusal) -> tuple[int, str]:
    match error:
        case InvalidCredentialsError() | TooManyAttemptsError():
            said = 401, "refused"
        case FaceRefusedError():
            said = (400, "unreadable") if error.fault in UNREAD else (401, "face-refused")
        case ChallengeRefusedError():
            said = 400, "challenge-over"
        case DeviceBlockedError():
            said = 403, "device-blocked"
        case (
            BadCredentialError()
            | TokenMissingError()
            | TokenUnknownError()
            | TokenExpiredError()
            | RefreshUnknownError()
            | RefreshForeignError()
            | SubjectDisabledError()
            | TenantClosedError()
        ):
            said = 401, "signed-out"
        case OverloadedError() | StorageUnavailableError() | RosterUnavailableError():
            said = 503, "busy"
        case TooManyRequestsError():
            said = 429, "busy"
        case _:
            said = _said_of_mistakes(error)
    return said


def _said_of_mistakes(
    error: ScopeRefusedError
    | ScopeMissingError
    | ForbiddenError
    | NotFoundError
    | AlreadyExistsError
    | RouteUnknownError
    | MethodNotAllowedError
    | BodyTooLargeError
    | UnreadableBodyError
    | BadFieldError
    | UnexpectedError,
) -> tuple[int, str]:
    """Answer what no page of ours brings about."""
    match error:
        case ScopeRefusedError() | ScopeMissingError() | ForbiddenError():
            return 403, "forbidden"
        case NotFoundError() | RouteUnknownError():
            return 404, "not-found"
        case MethodNotAllowedError():
            return 405, "not-allowed"
        case BodyTooLargeError():
            return 413, "too-large"
        case UnreadableBodyError() | BadFieldError() | AlreadyExistsError():
            return 400, "malformed"
        case UnexpectedError():
            return 500, "fault"
        case _:
            assert_never(error)
