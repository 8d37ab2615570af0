"""Every refusal in the vendor's shape: one total mapping, one outcome in either of two accents.

The token endpoint answers as Katana does: 400 and ``{"error": …}`` whatever was wrong with the
request (wire contract IDscan 1.4), unless it may come again as it is. Every other call answers as
ASP.NET Web API does: a status and ``{"Message": …}`` (1.6, 2.4). Messages are Web API's own words;
*chosen*, since no page shows one.
"""

import math
from dataclasses import dataclass
from typing import Final, assert_never

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
from watchword.dialects.idscan.replies import api_reply, token_reply
from watchword.dialects.idscan.schemas import ErrorResponse, MessageResponse
from watchword.dialects.idscan.settings import Settings
from watchword.web.errors import (
    AnyRefusal,
    AnyWebError,
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

__all__ = ["LOGIN_PATH", "refuse"]

LOGIN_PATH: Final = "/idscanenterprisesvc/token"

DENIED: Final = "Authorization has been denied for this request."
INVALID: Final = "The request is invalid."
CHALLENGE: Final[Headers] = ((b"www-authenticate", b"Bearer"),)

FORBIDDEN_STATUS: Final = 403
LATER_STATUS: Final = 429
FIRST_FAULT_STATUS: Final = 500


@dataclass(frozen=True, slots=True)
class _Refusal:
    """One no: what Web API would say, and which code Katana would give it."""

    status: int
    message: str
    code: str = "invalid_request"
    headers: Headers = ()


_NOT_ADMITTED: Final = _Refusal(400, INVALID, "invalid_grant")
_UNAUTHORIZED: Final = _Refusal(401, DENIED, headers=CHALLENGE)
_FORBIDDEN: Final = _Refusal(FORBIDDEN_STATUS, DENIED)
_NOT_FOUND: Final = _Refusal(404, "No HTTP resource was found that matches the request URI.")
_CONFLICT: Final = _Refusal(409, "The resource exists already.")
_UNREADABLE: Final = _Refusal(400, INVALID)
# Katana reads on and finds that no password is that long: at its endpoint a huge password is a
# wrong one. Elsewhere 413 is *documented* (wire contract IDscan 2.1).
_TOO_LARGE: Final = _Refusal(413, "The request entity is too large.", "invalid_grant")
_FAULT: Final = _Refusal(500, "An error has occurred.", "server_error")

# Grant types that Katana knows and the vendor does not offer (wire contract IDscan 1.4).
_GRANT_TYPES: Final = {
    "client_credentials": _Refusal(400, INVALID, "unauthorized_client"),
    "refresh_token": _NOT_ADMITTED,
    "authorization_code": _NOT_ADMITTED,
}
_GRANT_TYPE_UNKNOWN: Final = _Refusal(400, INVALID, "unsupported_grant_type")


def refuse(desk: Desk[Settings], request: Request, error: AnyRefusal) -> Reply:
    """Answer a refusal."""
    refusal = _of_core(error, desk.settings) if isinstance(error, CoreError) else _of_web(error)
    if request.path.lower() != LOGIN_PATH:
        return api_reply(refusal.status, MessageResponse(refusal.message), *refusal.headers)
    # Nothing was found wrong with a request that is to come again: Katana's 400 would say so.
    kept = refusal.status == LATER_STATUS or refusal.status >= FIRST_FAULT_STATUS
    status = refusal.status if kept else 400
    return token_reply(status, ErrorResponse(refusal.code), *refusal.headers)


def _of_core(error: AnyCoreError, settings: Settings) -> _Refusal:
    match error:
        case (
            InvalidCredentialsError()
            | TooManyAttemptsError()
            | FaceRefusedError()
            | ChallengeRefusedError()
            | DeviceBlockedError()
            | ScopeRefusedError()
        ):
            # Promise 3: an area that is not the subject's looks like a wrong password, too.
            return _NOT_ADMITTED
        case (
            TokenMissingError()
            | TokenUnknownError()
            | TokenExpiredError()
            | SubjectDisabledError()
            | TenantClosedError()
            | RefreshUnknownError()
            | RefreshForeignError()
        ):
            return _UNAUTHORIZED
        case ScopeMissingError():
            wanted = settings.wrong_area_status
            return _FORBIDDEN if wanted == FORBIDDEN_STATUS else _UNAUTHORIZED
        case ForbiddenError():
            return _FORBIDDEN
        case NotFoundError() | AlreadyExistsError():
            return _misplaced(error)
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
            return _UNAUTHORIZED
        case UnexpectedError():
            return _FAULT
        case _:
            assert_never(error)


def _misplaced(error: NotFoundError | AlreadyExistsError) -> _Refusal:
    return _NOT_FOUND if isinstance(error, NotFoundError) else _CONFLICT


def _misrouted(error: RouteUnknownError | MethodNotAllowedError) -> _Refusal:
    if isinstance(error, RouteUnknownError):
        return _NOT_FOUND
    message = "The requested resource does not support this http method."
    return _Refusal(405, message, headers=((b"allow", ", ".join(error.allowed).encode()),))


def _bad_field(error: BadFieldError) -> _Refusal:
    if error.path == "grant_type":
        return _GRANT_TYPES.get(error.found, _GRANT_TYPE_UNKNOWN)
    return _UNREADABLE


def _unavailable(
    error: TooManyRequestsError
    | OverloadedError
    | StorageUnavailableError
    | RosterUnavailableError,
) -> _Refusal:
    seconds = str(math.ceil(error.retry_after.total_seconds())).encode()
    after = ((b"retry-after", seconds),)
    if isinstance(error, TooManyRequestsError):
        return _Refusal(LATER_STATUS, "Too many requests.", "temporarily_unavailable", after)
    return _Refusal(503, "The service is unavailable.", "temporarily_unavailable", after)
