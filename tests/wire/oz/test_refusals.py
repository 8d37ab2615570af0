"""Every refusal there is has an answer in Oz's words: wire contract Oz 1.4."""

import json
from datetime import timedelta
from typing import get_args

import pytest

from watchword.core import errors as core
from watchword.core.challenges import ChallengeFault
from watchword.core.faces import FaceFault
from watchword.dialects.oz import DIALECT
from watchword.dialects.oz.settings import Settings
from watchword.web import errors as web
from watchword.web.messages import Request
from watchword.web.operation import Desk

NO_TOKEN = "User auth token is not provided. You must be logged for this request."
BAD_TOKEN = "User auth token is not valid. You must be logged for this request."
FORBIDDEN = "You have not access to this resource"
UNABLE = "Required method or service declared but not realized or temporary disabled on server"
NOT_JSON = "Could not parse body as JSON object"
NOT_AN_OBJECT = "JSON body of request should be represented in a form of dictionary"
MISSING = "Could not locate field for key_path a.b from provided dict data"
NOT_ALLOWED = "HTTP method PUT is not allowed for path=/api/x. Allowed methods (GET,POST)"
SOON = timedelta(seconds=1.5)

ANSWERS = [
    (core.InvalidCredentialsError(), 401, 7, "Invalid email or password"),
    (core.TooManyAttemptsError(SOON), 401, 7, "Invalid email or password"),
    (core.FaceRefusedError(FaceFault.NO_MATCH), 401, 7, "Invalid email or password"),
    (
        core.ChallengeRefusedError(ChallengeFault.LATE),
        401,
        7,
        "Invalid email or password",
    ),
    (core.DeviceBlockedError(), 401, 7, "Invalid email or password"),
    (core.ScopeRefusedError(frozenset()), 403, 9, FORBIDDEN),
    (core.TokenMissingError(), 401, 6, NO_TOKEN),
    (core.TokenUnknownError(), 401, 7, BAD_TOKEN),
    (core.TokenExpiredError(), 401, 8, "Provided user auth token has expired. Please renew it."),
    (core.SubjectDisabledError(), 403, 9, FORBIDDEN),
    (core.TenantClosedError(), 403, 9, FORBIDDEN),
    (core.ScopeMissingError("x"), 403, 9, FORBIDDEN),
    (core.RefreshUnknownError(), 401, 7, "Session not found"),
    (core.RefreshForeignError(), 403, 9, "You have not access to refresh this session"),
    (core.ForbiddenError(), 403, 9, FORBIDDEN),
    (core.NotFoundError("subject"), 404, 10, "Object not exist"),
    (core.AlreadyExistsError("subject", "login"), 400, 13, "Object already exist"),
    (core.TooManyRequestsError(SOON), 429, 101, "Too many requests"),
    (core.OverloadedError(SOON), 503, 2, UNABLE),
    (core.StorageUnavailableError(SOON), 503, 12, "Database error occurred"),
    (core.RosterUnavailableError(SOON), 503, 11, "Failed to communicate with external system"),
    (web.RouteUnknownError(), 404, 10, "Object not exist"),
    (web.MethodNotAllowedError(("GET", "POST")), 405, 1, NOT_ALLOWED),
    (web.BodyTooLargeError(1), 400, 14, "Request data too big"),
    (web.UnreadableBodyError(), 400, 3, NOT_JSON),
    (web.UnreadableBodyError(structured=True), 400, 3, NOT_AN_OBJECT),
    (web.BadFieldError("a.b", web.FieldFault.MISSING), 400, 3, MISSING),
    (web.BadFieldError("a.b", web.FieldFault.NULL), 400, 5, "Invalid data type for param a.b"),
    (
        web.BadFieldError("a.b", web.FieldFault.WRONG_TYPE),
        400,
        5,
        "Invalid data type for param a.b",
    ),
    (web.BadFieldError("a", web.FieldFault.BLANK), 400, 4, "Invalid param value"),
    (web.BadFieldError("a", web.FieldFault.TOO_LONG, "9"), 400, 4, "Invalid param value"),
    (web.BadFieldError("a", web.FieldFault.BAD_VALUE), 400, 4, "Invalid param value"),
    (
        web.BadFieldError("a", web.FieldFault.BAD_VALUE, "uuid"),
        400,
        4,
        "Invalid value for uuid field",
    ),
    (web.BadCredentialError("", web.CredentialFault.REPEATED), 401, 7, BAD_TOKEN),
    (web.UnexpectedError(), 500, 0, "Unknown server side error occurred"),
]


@pytest.fixture
def desk(world):
    return Desk(world.core, Settings())


@pytest.mark.parametrize(
    ("error", "status", "code", "message"), ANSWERS, ids=[repr(answer[0]) for answer in ANSWERS]
)
def test_each_refusal_has_its_status_code_and_text(desk, error, status, code, message):
    reply = DIALECT.refuse(desk, Request("PUT", "/api/x"), error)
    refusal = json.loads(reply.body)
    assert (reply.status, refusal["error_code"], refusal["error_message"]) == (
        status,
        code,
        message,
    )
    assert (b"content-type", b"application/json; charset=utf8") in reply.headers


def test_no_refusal_is_left_out():
    assert {type(answer[0]) for answer in ANSWERS} == set(get_args(web.AnyRefusal))


@pytest.mark.parametrize(
    "error",
    [
        core.TooManyRequestsError(SOON),
        core.OverloadedError(SOON),
        core.StorageUnavailableError(SOON),
        core.RosterUnavailableError(SOON),
    ],
)
def test_what_will_pass_says_when_to_come_back(desk, error):
    reply = DIALECT.refuse(desk, Request("POST", "/api/authorize/auth"), error)
    assert (b"retry-after", b"2") in reply.headers


def test_a_lock_does_not_say_when_it_ends(desk):
    """It would tell a lock from a wrong password."""
    request = Request("POST", "/api/authorize/auth")
    locked = DIALECT.refuse(desk, request, core.TooManyAttemptsError(SOON))
    assert locked == DIALECT.refuse(desk, request, core.InvalidCredentialsError())
