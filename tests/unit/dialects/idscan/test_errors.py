"""Every refusal there is has an answer in this vendor's shape, on both kinds of path."""

from datetime import timedelta
from typing import get_args

import msgspec
import pytest

from tests.support.world import World
from watchword.core import errors as core
from watchword.core.challenges import ChallengeFault
from watchword.core.faces import FaceFault
from watchword.dialects.idscan.errors import LOGIN_PATH, refuse
from watchword.dialects.idscan.settings import Settings
from watchword.web import errors as web
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

SOON = timedelta(milliseconds=1_100)
MADE: dict[type[Exception], web.AnyRefusal] = {
    type(error): error
    for error in (
        core.InvalidCredentialsError(),
        core.TooManyAttemptsError(SOON),
        core.FaceRefusedError(FaceFault.NO_MATCH),
        core.ChallengeRefusedError(ChallengeFault.LATE),
        core.DeviceBlockedError(),
        core.ScopeRefusedError(frozenset({"x"})),
        core.TokenMissingError(),
        core.TokenUnknownError(),
        core.TokenExpiredError(),
        core.SubjectDisabledError(),
        core.TenantClosedError(),
        core.ScopeMissingError("x"),
        core.RefreshUnknownError(),
        core.RefreshForeignError(),
        core.ForbiddenError(),
        core.NotFoundError("document"),
        core.AlreadyExistsError("document", "key"),
        core.TooManyRequestsError(SOON),
        core.OverloadedError(SOON),
        core.StorageUnavailableError(SOON),
        core.RosterUnavailableError(SOON),
        web.RouteUnknownError(),
        web.MethodNotAllowedError(("GET", "POST")),
        web.BodyTooLargeError(9),
        web.UnreadableBodyError(),
        web.BadFieldError("x", web.FieldFault.BAD_VALUE),
        web.BadCredentialError("", web.CredentialFault.REPEATED),
        web.UnexpectedError(),
    )
}
STATUS = {
    core.InvalidCredentialsError: 400,
    core.TooManyAttemptsError: 400,
    core.FaceRefusedError: 400,
    core.ChallengeRefusedError: 400,
    core.DeviceBlockedError: 400,
    core.ScopeRefusedError: 400,
    core.ForbiddenError: 403,
    core.NotFoundError: 404,
    core.AlreadyExistsError: 409,
    core.TooManyRequestsError: 429,
    core.OverloadedError: 503,
    core.StorageUnavailableError: 503,
    core.RosterUnavailableError: 503,
    web.RouteUnknownError: 404,
    web.MethodNotAllowedError: 405,
    web.BodyTooLargeError: 413,
    web.UnreadableBodyError: 400,
    web.BadFieldError: 400,
    web.UnexpectedError: 500,
}
"""What is not 401 outside of the token endpoint."""

REFUSALS = pytest.mark.parametrize("kind", get_args(web.AnyRefusal), ids=lambda kind: kind.__name__)


def answer(kind: type[Exception], path: str) -> Reply:
    world = World()
    try:
        return refuse(Desk(world.core, Settings()), Request("GET", path), MADE[kind])
    finally:
        world.close()


@REFUSALS
def test_every_refusal_has_a_message_and_its_status(kind: type[Exception]) -> None:
    reply = answer(kind, "/idscanenterprisesvc/anything")

    assert reply.status == STATUS.get(kind, 401)
    [(key, text)] = msgspec.json.decode(reply.body).items()
    assert key == "Message"
    assert text


@REFUSALS
@pytest.mark.parametrize("path", [LOGIN_PATH, LOGIN_PATH.upper()])
def test_every_refusal_of_the_token_endpoint_is_400_with_a_code_unless_it_may_come_again(
    kind: type[Exception], path: str
) -> None:
    reply = answer(kind, path)

    usual = STATUS.get(kind, 401)
    assert reply.status == (usual if usual == 429 or usual >= 500 else 400)
    assert list(msgspec.json.decode(reply.body)) == ["error"]
    assert dict(reply.headers)[b"cache-control"] == b"no-cache, no-store"


@REFUSALS
def test_only_a_denied_token_is_challenged_and_only_what_may_come_again_says_when(
    kind: type[Exception],
) -> None:
    reply = answer(kind, "/idscanenterprisesvc/anything")

    headers = dict(reply.headers)
    assert headers.get(b"www-authenticate") == (b"Bearer" if reply.status == 401 else None)
    assert headers.get(b"retry-after") == (b"2" if reply.status in {429, 503} else None)
    assert headers.get(b"allow") == (b"GET, POST" if reply.status == 405 else None)
