"""Every refusal in the shape of the RFCs, whichever it is."""

from datetime import timedelta
from typing import get_args

import pytest

from watchword.core.challenges import ChallengeFault
from watchword.core.errors import (
    AlreadyExistsError,
    AnyCoreError,
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
from watchword.dialects.oauth.errors import refuse
from watchword.dialects.oauth.settings import Settings
from watchword.web.errors import (
    AnyWebError,
    BadCredentialError,
    BadFieldError,
    BodyTooLargeError,
    CredentialFault,
    FieldFault,
    MethodNotAllowedError,
    RouteUnknownError,
    UnexpectedError,
    UnreadableBodyError,
)
from watchword.web.messages import Request
from watchword.web.operation import Desk

SOON = timedelta(milliseconds=1_500)
CLIENT = (401, "invalid_client")
TOKEN = (401, "invalid_token")
REFUSALS = [
    (InvalidCredentialsError(), CLIENT),
    (TooManyAttemptsError(SOON), CLIENT),
    (FaceRefusedError(FaceFault.NO_MATCH), CLIENT),
    (ChallengeRefusedError(ChallengeFault.LATE), CLIENT),
    (DeviceBlockedError(), CLIENT),
    (ScopeRefusedError(frozenset({"x"})), (400, "invalid_scope")),
    (TokenMissingError(), CLIENT),
    (TokenUnknownError(), TOKEN),
    (TokenExpiredError(), TOKEN),
    (SubjectDisabledError(), TOKEN),
    (TenantClosedError(), TOKEN),
    (ScopeMissingError("x"), (403, "insufficient_scope")),
    (RefreshUnknownError(), TOKEN),
    (RefreshForeignError(), TOKEN),
    (ForbiddenError(), (400, "unauthorized_client")),
    (NotFoundError("subject"), (404, "invalid_request")),
    (AlreadyExistsError("subject", "login"), (409, "invalid_request")),
    (TooManyRequestsError(SOON), (429, "temporarily_unavailable")),
    (OverloadedError(SOON), (503, "temporarily_unavailable")),
    (StorageUnavailableError(SOON), (503, "temporarily_unavailable")),
    (RosterUnavailableError(SOON), (503, "temporarily_unavailable")),
    (RouteUnknownError(), (404, "invalid_request")),
    (MethodNotAllowedError(("POST",)), (405, "invalid_request")),
    (BodyTooLargeError(1), (413, "invalid_request")),
    (UnreadableBodyError(), (400, "invalid_request")),
    (BadFieldError("token", FieldFault.MISSING), (400, "invalid_request")),
    (BadCredentialError("", CredentialFault.REPEATED), CLIENT),
    (UnexpectedError(), (500, "server_error")),
]
KINDS = {*get_args(AnyCoreError), *get_args(AnyWebError)}


def refused(world, error):
    return refuse(Desk(world.core, Settings()), Request("POST", "/oauth2/token"), error)


@pytest.mark.parametrize(("error", "expected"), REFUSALS, ids=lambda each: type(each).__name__)
def test_each_has_its_status_and_its_code(world, error, expected):
    reply = refused(world, error)
    status, code = expected

    assert reply.status == status
    assert reply.body.startswith(f'{{"error":"{code}"'.encode())
    headers = dict(reply.headers)
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"cache-control"] == b"no-store"
    assert (b"www-authenticate" in headers) is (status in {401, 403})
    assert headers.get(b"retry-after") == (b"2" if status in {429, 503} else None)


def test_none_is_left_out():
    assert {type(error) for error, _ in REFUSALS} == KINDS


def test_a_malformed_bearer_is_a_bad_token(world):
    reply = refused(world, BadCredentialError("bearer", CredentialFault.EMPTY))
    assert (reply.status, reply.body) == (401, b'{"error":"invalid_token"}')


def test_unknown_paths_below_the_prefix_are_answered_here(client):
    answer = client.get("/oauth2/nothing")

    assert answer.status_code == 404
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b'{"token": "x"}', "application/json"),
        (b"token=x", "text/plain"),
        (b"token=x", ""),
        (b"token=%ff", "application/x-www-form-urlencoded"),
        (b"%ff=x", "application/x-www-form-urlencoded"),
        (b"token=\xff", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_invalid(client, body, media):
    for path in ("/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"):
        answer = client.post(path, content=body, headers={"content-type": media})
        assert answer.status_code == 400
        assert answer.json() == {
            "error": "invalid_request",
            "error_description": "the body is no form in UTF-8",
        }


def test_the_type_of_a_form_is_known_in_any_case_and_with_parameters(client):
    media = "Application/X-WWW-Form-Urlencoded; charset=utf-8"
    body = b"grant_type=client_credentials&client_id=robot&client_secret=correct+horse"

    answer = client.post("/oauth2/token", content=body, headers={"content-type": media})

    assert answer.status_code == 200
