"""Every refusal in Oz's words: a status, a code, a text, and sometimes the field.

Codes 0 to 11 are *documented* (wire contract Oz 1.4); their statuses and texts are *inferred* from
the vendor's framework unless a comment says otherwise.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias, assert_never

from msgspec import UNSET

from watchword.core import errors as core
from watchword.dialects.oz.replies import json_reply
from watchword.dialects.oz.schemas import ErrorBody
from watchword.dialects.oz.settings import Settings
from watchword.web import errors as web
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["refuse", "refuse_absent"]


@dataclass(frozen=True, slots=True)
class _Fault:
    """What an answer says. ``field`` is named in the details, where there is one."""

    status: int
    code: int
    message: str
    field: str | None = None
    retry_after: timedelta | None = None


_BadRequest: TypeAlias = (
    core.AlreadyExistsError | web.BadFieldError | web.BodyTooLargeError | web.UnreadableBodyError
)
_Unauthorized: TypeAlias = (
    core.InvalidCredentialsError
    | core.TooManyAttemptsError
    | core.FaceRefusedError
    | core.ChallengeRefusedError
    | core.DeviceBlockedError
    | core.TokenMissingError
    | core.TokenUnknownError
    | core.TokenExpiredError
    | core.RefreshUnknownError
    | web.BadCredentialError
)
_Unable: TypeAlias = (
    core.TooManyRequestsError
    | core.OverloadedError
    | core.StorageUnavailableError
    | core.RosterUnavailableError
    | web.UnexpectedError
)

NO_TOKEN: Final = _Fault(
    401, 6, "User auth token is not provided. You must be logged for this request."
)
BAD_TOKEN: Final = _Fault(
    401, 7, "User auth token is not valid. You must be logged for this request."
)
OLD_TOKEN: Final = _Fault(401, 8, "Provided user auth token has expired. Please renew it.")
# Chosen: status and code as for a bad token, and one text for everything that can be wrong with a
# login, a lock included (wire contract Oz 2.1). The iOS SDK shows the text to its user.
BAD_LOGIN: Final = _Fault(401, 7, "Invalid email or password")
# Documented with status and text (wire contract Oz 2.2).
NO_SESSION: Final = _Fault(401, 7, "Session not found")
FOREIGN_SESSION: Final = _Fault(403, 9, "You have not access to refresh this session")
FORBIDDEN: Final = _Fault(403, 9, "You have not access to this resource")
NOT_EXIST: Final = _Fault(404, 10, "Object not exist")
EXISTS: Final = _Fault(400, 13, "Object already exist")
TOO_BIG: Final = _Fault(400, 14, "Request data too big")
NOT_JSON: Final = _Fault(400, 3, "Could not parse body as JSON object")
NOT_AN_OBJECT: Final = _Fault(
    400, 3, "JSON body of request should be represented in a form of dictionary"
)
BAD_VALUE: Final = "Invalid param value"
# By what would have been right. Inferred, all of them: the framework's texts (wire contract Oz 1.5,
# 4.2), but for the names of the enumerations, which are not known (*chosen*).
BAD_VALUES: Final = {
    "uuid": "Invalid value for uuid field",
    "email": "Invalid email format",
    "user type": "Could not cast {found} as valid UserType",
    "analysis type": "Could not cast {found} as valid AnalyseType",
    "offset": "Invalid offset value for pagination",
    "limit": "Invalid limit value for pagination",
    "smaller limit": "Invalid limit value for pagination - exceed max available",
    "sorting": "Invalid sorting_field value for descriptor {found}. Not found in model",
}
# Documented (wire contract Oz 1.4), by what is missing: for containers these numbers mean this.
CONTAINERS: Final = {
    "container": _Fault(400, 13, "No data container provided"),
    "sealed container": _Fault(400, 14, "Invalid Data Container"),
}
# Documented by the sample of the vendor's page on errors (wire contract Oz 1.4).
UNKNOWN: Final = _Fault(500, 0, "Unknown server side error occurred")
OVERLOADED: Final = (
    "Required method or service declared but not realized or temporary disabled on server"
)
NO_ROSTER: Final = "Failed to communicate with external system"
NO_DATABASE: Final = "Database error occurred"
# Inferred: the status and the code that the framework has for it (wire contract Oz 1.4); the text
# is *chosen*.
THROTTLED: Final = "Too many requests"


def refuse(desk: Desk[Settings], request: Request, error: web.AnyRefusal) -> Reply:
    """Answer a refusal. What a login was refused for is not told (decision 0011)."""
    match error:
        case web.MethodNotAllowedError(allowed):
            return _answer_other_method(desk, request, allowed)
        case (
            web.UnreadableBodyError()
            | web.BodyTooLargeError()
            | web.BadFieldError()
            | core.AlreadyExistsError()
        ):
            fault = _bad_request(error)
        case (
            core.InvalidCredentialsError()
            | core.TooManyAttemptsError()
            | core.FaceRefusedError()
            | core.ChallengeRefusedError()
            | core.DeviceBlockedError()
            | core.TokenMissingError()
            | core.TokenUnknownError()
            | core.TokenExpiredError()
            | core.RefreshUnknownError()
            | web.BadCredentialError()
        ):
            fault = _unauthorized(error)
        case core.RefreshForeignError():
            fault = FOREIGN_SESSION
        case (
            core.ForbiddenError()
            | core.ScopeMissingError()
            | core.ScopeRefusedError()
            | core.SubjectDisabledError()
            | core.TenantClosedError()
        ):
            fault = FORBIDDEN
        case core.NotFoundError() | web.RouteUnknownError():
            fault = _missing(error)
        case _:
            fault = _unable(error)
    return _reply(desk, fault)


def refuse_absent(desk: Desk[Settings]) -> Reply:
    """Answer a call that the vendor announces and that is absent here (*documented* as code 2)."""
    return _reply(desk, _Fault(501, 2, OVERLOADED))


def _answer_other_method(desk: Desk[Settings], request: Request, allowed: tuple[str, ...]) -> Reply:
    """Answer OPTIONS, which every path has, with what else it has; refuse any other method."""
    allow = (b"allow", ", ".join(allowed).encode())
    if request.method == "OPTIONS":
        return Reply(200, headers=(allow,))
    message = (
        f"HTTP method {request.method} is not allowed for path={request.path}."
        f" Allowed methods ({','.join(allowed)})"
    )
    return _reply(desk, _Fault(405, 1, message)).adding(allow)


def _bad_request(error: _BadRequest) -> _Fault:
    match error:
        case web.UnreadableBodyError(structured):
            return NOT_AN_OBJECT if structured else NOT_JSON
        case web.BodyTooLargeError():
            return TOO_BIG
        case web.BadFieldError():
            return _bad_field(error)
        case core.AlreadyExistsError():
            return EXISTS
        case _:
            assert_never(error)


def _bad_field(error: web.BadFieldError) -> _Fault:
    """Name the field by its path, with dots between keys (*chosen*, wire contract Oz 2.1)."""
    path = error.path
    match error.fault:
        case web.FieldFault.MISSING:
            message = f"Could not locate field for key_path {path} from provided dict data"
            return _Fault(400, 3, message, field=path)
        case web.FieldFault.NULL | web.FieldFault.WRONG_TYPE:
            return _Fault(400, 5, f"Invalid data type for param {path}", field=path)
        case web.FieldFault.BLANK | web.FieldFault.TOO_LONG | web.FieldFault.BAD_VALUE:
            if error.expected in CONTAINERS:
                return CONTAINERS[error.expected]
            message = BAD_VALUES.get(error.expected, BAD_VALUE).format(found=error.found)
            return _Fault(400, 4, message)
        case _:
            assert_never(error.fault)


def _missing(error: core.NotFoundError | web.RouteUnknownError) -> _Fault:
    """Chosen (wire contract Oz 2.3): a user who is no service account is a bad value."""
    if isinstance(error, core.NotFoundError) and error.kind == "service account":
        return _Fault(400, 4, BAD_VALUE)
    return NOT_EXIST


def _unauthorized(error: _Unauthorized) -> _Fault:
    match error:
        case (
            core.InvalidCredentialsError()
            | core.TooManyAttemptsError()
            | core.FaceRefusedError()
            | core.ChallengeRefusedError()
            | core.DeviceBlockedError()
        ):
            return BAD_LOGIN
        case core.TokenMissingError():
            return NO_TOKEN
        case core.TokenUnknownError() | web.BadCredentialError():
            return BAD_TOKEN
        case core.TokenExpiredError():
            return OLD_TOKEN
        case core.RefreshUnknownError():
            return NO_SESSION
        case _:
            assert_never(error)


def _unable(error: _Unable) -> _Fault:
    """Chosen: 503 where trying again will help, which the framework has no status for."""
    match error:
        case core.TooManyRequestsError(retry_after):
            return _Fault(429, 101, THROTTLED, retry_after=retry_after)
        case core.OverloadedError(retry_after):
            return _Fault(503, 2, OVERLOADED, retry_after=retry_after)
        case core.RosterUnavailableError(retry_after):
            return _Fault(503, 11, NO_ROSTER, retry_after=retry_after)
        case core.StorageUnavailableError(retry_after):
            return _Fault(503, 12, NO_DATABASE, retry_after=retry_after)
        case web.UnexpectedError():
            return UNKNOWN
        case _:
            assert_never(error)


def _reply(desk: Desk[Settings], fault: _Fault) -> Reply:
    details = None if fault.field is None else {"key_path": fault.field}
    key = desk.settings.details_key
    body = ErrorBody(
        error_code=fault.code,
        error_message=fault.message,
        details=UNSET if key == "error_details" else details,
        error_details=UNSET if key == "details" else details,
    )
    if fault.retry_after is None:
        return json_reply(fault.status, body)
    seconds = math.ceil(fault.retry_after.total_seconds())
    return json_reply(fault.status, body, (b"retry-after", str(seconds).encode()))
