"""Every refusal as the RFCs have it: one total mapping.

RFC 6749 section 5.2 for clients, RFC 6750 section 3 for those that show a token, RFC 7009 section
2.2.1 for revocation. For what is no affair of these RFCs (no such path, a fault of ours) their
nearest code is *chosen*, with HTTP's own status.
"""

import math
from dataclasses import dataclass
from typing import Final, assert_never

from msgspec import UNSET

from watchword.core.errors import (
    AlreadyExistsError,
    AnyCoreError,
    ChallengeRefusedError,
    CoreError,
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
from watchword.dialects.oauth.replies import json_reply
from watchword.dialects.oauth.schemas import ErrorResponse
from watchword.dialects.oauth.settings import Settings
from watchword.web.errors import (
    AnyRefusal,
    AnyWebError,
    BadCredentialError,
    BadFieldError,
    BodyTooLargeError,
    FieldFault,
    MethodNotAllowedError,
    RouteUnknownError,
    UnexpectedError,
    UnreadableBodyError,
)
from watchword.web.messages import Headers, Reply, Request
from watchword.web.operation import Desk

__all__ = ["refuse"]

BASIC: Final = (b"www-authenticate", b'Basic realm="watchword", charset="UTF-8"')
BEARER: Final = (b"www-authenticate", b'Bearer realm="watchword"')
BAD_BEARER: Final = (b"www-authenticate", b'Bearer realm="watchword", error="invalid_token"')


@dataclass(frozen=True, slots=True)
class _Refusal:
    """One no. ``told`` is a hint for whoever writes a client; never a word of the request's own."""

    status: int
    code: str
    told: str = ""
    headers: Headers = ()


_INVALID_CLIENT: Final = _Refusal(401, "invalid_client", headers=(BASIC,))
# RFC 6750 section 3.1: whoever shows nothing is told how, and of no error of a token's.
_NOBODY: Final = _Refusal(401, "invalid_client", headers=(BASIC, BEARER))
_INVALID_TOKEN: Final = _Refusal(401, "invalid_token", headers=(BAD_BEARER,))
_INSUFFICIENT_SCOPE: Final = _Refusal(403, "insufficient_scope", headers=(BEARER,))
_UNAUTHORIZED_CLIENT: Final = _Refusal(400, "unauthorized_client")
_INVALID_SCOPE: Final = _Refusal(400, "invalid_scope")
_UNREADABLE: Final = _Refusal(400, "invalid_request", "the body is no form in UTF-8")
_TOO_LARGE: Final = _Refusal(413, "invalid_request", "the body is too large")
_NOT_FOUND: Final = _Refusal(404, "invalid_request", "nothing is here")
_CONFLICT: Final = _Refusal(409, "invalid_request", "it exists already")
_FAULT: Final = _Refusal(500, "server_error")

_BAD_VALUES: Final = {
    "grant_type": _Refusal(400, "unsupported_grant_type"),
    "token_type_hint": _Refusal(400, "unsupported_token_type"),
}


def refuse(_desk: Desk[Settings], _request: Request, error: AnyRefusal) -> Reply:
    """Answer a refusal."""
    refusal = _of_core(error) if isinstance(error, CoreError) else _of_web(error)
    body = ErrorResponse(refusal.code, refusal.told or UNSET)
    return json_reply(refusal.status, body, *refusal.headers)


def _of_core(error: AnyCoreError) -> _Refusal:
    match error:
        case (
            InvalidCredentialsError()
            | TooManyAttemptsError()
            | FaceRefusedError()
            | ChallengeRefusedError()
            | DeviceBlockedError()
        ):
            return _INVALID_CLIENT
        case TokenMissingError():
            return _NOBODY
        case (
            TokenUnknownError()
            | TokenExpiredError()
            | SubjectDisabledError()
            | TenantClosedError()
            | RefreshUnknownError()
            | RefreshForeignError()
        ):
            return _INVALID_TOKEN
        case ScopeRefusedError() | ScopeMissingError() | ForbiddenError():
            return _out_of_reach(error)
        case NotFoundError() | AlreadyExistsError():
            return _NOT_FOUND if isinstance(error, NotFoundError) else _CONFLICT
        case (
            TooManyRequestsError()
            | OverloadedError()
            | StorageUnavailableError()
            | RosterUnavailableError()
        ):
            return _unavailable(error)
        case _:
            assert_never(error)


def _of_web(error: AnyWebError) -> _Refusal:
    match error:
        case RouteUnknownError() | MethodNotAllowedError():
            return _misrouted(error)
        case BodyTooLargeError():
            return _TOO_LARGE
        case UnreadableBodyError():
            return _UNREADABLE
        case BadFieldError():
            return _bad_field(error)
        case BadCredentialError():
            return _INVALID_TOKEN if error.scheme == "bearer" else _INVALID_CLIENT
        case UnexpectedError():
            return _FAULT
        case _:
            assert_never(error)


def _out_of_reach(error: ScopeRefusedError | ScopeMissingError | ForbiddenError) -> _Refusal:
    if isinstance(error, ScopeRefusedError):
        return _INVALID_SCOPE
    return _INSUFFICIENT_SCOPE if isinstance(error, ScopeMissingError) else _UNAUTHORIZED_CLIENT


def _misrouted(error: RouteUnknownError | MethodNotAllowedError) -> _Refusal:
    if isinstance(error, RouteUnknownError):
        return _NOT_FOUND
    allowed = (b"allow", ", ".join(error.allowed).encode())
    return _Refusal(405, "invalid_request", "the method is not allowed", (allowed,))


def _bad_field(error: BadFieldError) -> _Refusal:
    """Name the parameter, which is one of ours: what nobody asks for is never found fault with."""
    if error.fault is FieldFault.MISSING:
        return _Refusal(400, "invalid_request", f"{error.path} is missing")
    if not error.expected and error.path in _BAD_VALUES:
        return _BAD_VALUES[error.path]
    return _Refusal(400, "invalid_request", f"{error.path}: expected {error.expected}")


def _unavailable(
    error: TooManyRequestsError
    | OverloadedError
    | StorageUnavailableError
    | RosterUnavailableError,
) -> _Refusal:
    """Say when to come back; the status of who asks too often is RFC 6585's (section 4)."""
    seconds = str(math.ceil(error.retry_after.total_seconds())).encode()
    status = 429 if isinstance(error, TooManyRequestsError) else 503
    return _Refusal(status, "temporarily_unavailable", headers=((b"retry-after", seconds),))
