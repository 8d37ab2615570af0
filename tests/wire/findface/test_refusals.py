"""Refusals byte for byte (wire contract FindFace 1.2)."""

from datetime import timedelta
from typing import get_args

import msgspec
import pytest

from watchword.core import errors as core
from watchword.core.challenges import ChallengeFault
from watchword.core.faces import FaceFault
from watchword.web import errors as web
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Request
from watchword.web.operation import Desk

NOT_A_VIDEO = "The submitted file is not a video that can be read."
BUSY = "The service is temporarily unavailable, try again later."

WORDED = [
    (core.InvalidCredentialsError(), 401, "Invalid username/password."),
    (core.TooManyAttemptsError(timedelta(9)), 401, "Invalid username/password."),
    (core.FaceRefusedError(FaceFault.NO_FACE), 401, "Face not recognized."),
    (core.FaceRefusedError(FaceFault.CHANGED), 401, "Face not recognized."),
    (core.FaceRefusedError(FaceFault.TOO_LARGE), 400, NOT_A_VIDEO),
    (core.FaceRefusedError(FaceFault.UNREADABLE), 400, NOT_A_VIDEO),
    (
        core.ChallengeRefusedError(ChallengeFault.LATE),
        400,
        "This challenge is over. Ask for another one.",
    ),
    (core.DeviceBlockedError(), 403, "This device is blocked."),
    (core.TokenMissingError(), 401, "Authentication credentials were not provided."),
    (core.TokenUnknownError(), 401, "Invalid token."),
    (core.TokenExpiredError(), 401, "Invalid token."),
    (core.RefreshUnknownError(), 401, "Invalid token."),
    (core.RefreshForeignError(), 401, "Invalid token."),
    (core.SubjectDisabledError(), 401, "User inactive or deleted."),
    (core.TenantClosedError(), 401, "User inactive or deleted."),
    (core.ForbiddenError(), 403, "Permission denied"),
    (core.ScopeMissingError("x"), 403, "Permission denied"),
    (core.ScopeRefusedError(frozenset({"x"})), 403, "Permission denied"),
    (core.NotFoundError("subject"), 404, "No User matches the given query."),
    (core.NotFoundError("group"), 404, "No Group matches the given query."),
    (core.NotFoundError("document"), 404, "No Group matches the given query."),
    (core.NotFoundError("session"), 404, "No FFSecAuthSession matches the given query."),
    (core.NotFoundError("device"), 404, "No DeviceBlacklistRecord matches the given query."),
    (core.NotFoundError("tenant"), 404, "Not found."),
    (core.AlreadyExistsError("subject", "login"), 400, "This field must be unique."),
    (
        core.TooManyRequestsError(timedelta(seconds=0.2)),
        429,
        "Request was throttled. Expected available in 1 second.",
    ),
    (
        core.TooManyRequestsError(timedelta(seconds=1.2)),
        429,
        "Request was throttled. Expected available in 2 seconds.",
    ),
    (core.OverloadedError(timedelta(seconds=2)), 503, BUSY),
    (core.StorageUnavailableError(), 503, BUSY),
    (core.RosterUnavailableError(), 503, BUSY),
    (web.RouteUnknownError(), 404, "Not found."),
    (web.MethodNotAllowedError(("GET", "HEAD")), 405, 'Method "PUT" not allowed.'),
    (web.BodyTooLargeError(1), 413, "The request body is too large."),
    (web.UnreadableBodyError(), 400, "Malformed request."),
    (web.UnexpectedError(), 500, "A server error occurred."),
    (BadFieldError("f", FieldFault.MISSING), 400, "This field is required."),
    (BadFieldError("f", FieldFault.NULL), 400, "This field may not be null."),
    (BadFieldError("f", FieldFault.BLANK), 400, "This field may not be blank."),
    (
        BadFieldError("f", FieldFault.TOO_LONG, "256"),
        400,
        "Ensure this field has no more than 256 characters.",
    ),
    (BadFieldError("f", FieldFault.WRONG_TYPE, "string"), 400, "Not a valid string."),
    (BadFieldError("f", FieldFault.WRONG_TYPE, "boolean"), 400, "Must be a valid boolean."),
    (BadFieldError("f", FieldFault.WRONG_TYPE, "integer"), 400, "A valid integer is required."),
    (BadFieldError("f", FieldFault.WRONG_TYPE, "uuid"), 400, "Must be a valid UUID."),
    (
        BadFieldError("f", FieldFault.WRONG_TYPE, "object", "str"),
        400,
        'Expected a dictionary of items but got type "str".',
    ),
    (BadFieldError("f", FieldFault.BAD_VALUE, "", "x{x}"), 400, '"x{x}" is not a valid choice.'),
    (BadFieldError("f", FieldFault.BAD_VALUE, "string"), 400, "Null characters are not allowed."),
]

CODES = {
    400: "BAD_PARAM",
    401: "UNAUTHORIZED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "REQUEST_ENTITY_TOO_LARGE",
    429: "THROTTLED",
    500: "INTERNAL_SERVER_ERROR",
    503: "SERVICE_UNAVAILABLE",
}

KEYS = {400: ["traceback", "code", "desc", "param"], 403: ["traceback", "code", "desc"]}


def said(visitor, error):
    """Return the door's answer to a refusal."""
    opened = visitor.world.opened["findface"]
    desk = Desk(visitor.world.core, opened.settings)
    return opened.dialect.refuse(desk, Request("PUT", "/nothing/"), error)


@pytest.mark.parametrize(
    ("error", "status", "desc"),
    WORDED,
    ids=[f"{type(error).__name__} {number}" for number, (error, _, _) in enumerate(WORDED)],
)
def test_every_refusal_has_its_words_and_its_shape(visitor, error, status, desc):
    reply = said(visitor, error)

    body = msgspec.json.decode(reply.body)
    assert (reply.status, body["code"], body["desc"]) == (status, CODES[status], desc)
    lacking = ["missing_permissions"] if isinstance(error, core.ScopeMissingError) else []
    assert list(body) == KEYS.get(status, ["code", "desc"]) + lacking
    assert body.get("traceback", "") == ""


def test_every_refusal_of_the_core_and_of_the_http_is_worded_here():
    assert {type(error) for error, _, _ in WORDED} | {web.BadCredentialError} == set(
        get_args(web.AnyRefusal)
    )


@pytest.mark.parametrize("kind", [core.OverloadedError, core.TooManyRequestsError])
@pytest.mark.parametrize("seconds", [0, 0.2, 2])
def test_what_may_come_again_is_told_when(visitor, kind, seconds):
    reply = said(visitor, kind(timedelta(seconds=seconds)))

    assert dict(reply.headers)[b"retry-after"] == str(max(1, int(seconds))).encode()


def test_a_lock_does_not_say_when_to_come_back(visitor):
    wrong = said(visitor, core.InvalidCredentialsError())

    assert said(visitor, core.TooManyAttemptsError(timedelta(9))) == wrong


@pytest.mark.parametrize(
    ("error", "param"),
    [
        (core.AlreadyExistsError("subject", "login"), "name"),
        (core.AlreadyExistsError("subject", "id"), "id"),
        (web.UnreadableBodyError(), None),
        (BadFieldError("uuid", FieldFault.NULL), "uuid"),
    ],
)
def test_a_bad_parameter_is_named_as_on_the_wire(visitor, error, param):
    assert msgspec.json.decode(said(visitor, error).body)["param"] == param


def test_only_401_names_a_scheme_and_it_is_token(visitor):
    named = {
        reply.status: dict(reply.headers).get(b"www-authenticate")
        for reply in (said(visitor, error) for error, _, _ in WORDED)
    }

    assert {status for status, scheme in named.items() if scheme} == {401}
    assert named[401] == b"Token"


@pytest.mark.parametrize("path", ["/", "/nothing/", "/auth/", "/users/me/x/", "//"])
def test_an_unknown_route_is_told_in_the_vendors_bytes(visitor, path):
    answer = visitor.client.get(path)

    assert (answer.status_code, answer.content) == (
        404,
        b'{"code":"NOT_FOUND","desc":"Not found."}',
    )


def test_a_missing_user_would_be_told_in_the_recorded_bytes(visitor):
    assert said(visitor, core.NotFoundError("subject")).body == (
        b'{"code":"NOT_FOUND","desc":"No User matches the given query."}'
    )


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/auth/login/", "POST"),
        ("GET", "/auth/logout", "POST"),
        ("DELETE", "/users/me/", "GET"),
        ("POST", "/config.json", "GET"),
    ],
)
def test_a_wrong_method_is_told_with_the_right_ones(visitor, method, path, allowed):
    answer = visitor.client.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    assert answer.json() == {
        "code": "METHOD_NOT_ALLOWED",
        "desc": f'Method "{method}" not allowed.',
    }


def test_an_oversized_body_is_told(visitor):
    answer = visitor.post(b" " * 70_000)

    assert (answer.status_code, answer.content) == (
        413,
        b'{"code":"REQUEST_ENTITY_TOO_LARGE","desc":"The request body is too large."}',
    )


def test_paths_are_compared_as_written(visitor):
    assert visitor.client.get("/CONFIG.JSON").status_code == 404
