"""Every refusal there is has a code, and every code a sentence."""

import re
from datetime import timedelta
from typing import Any, get_args

import msgspec
import pytest

from watchword.console import pages
from watchword.console.refusing import refuse
from watchword.core import errors as core
from watchword.core.challenges import ChallengeFault
from watchword.core.faces import FaceFault
from watchword.web import errors as web
from watchword.web.messages import Request

DESK: Any = None
SOON = timedelta(seconds=1.2)
SAID: list[tuple[web.AnyRefusal, int, str]] = [
    (core.InvalidCredentialsError(), 401, "refused"),
    (core.TooManyAttemptsError(SOON), 401, "refused"),
    *((core.FaceRefusedError(fault), 401, "face-refused") for fault in FaceFault),
    (core.ChallengeRefusedError(ChallengeFault.LATE), 400, "challenge-over"),
    (core.DeviceBlockedError(), 403, "device-blocked"),
    (core.ScopeRefusedError(frozenset()), 403, "forbidden"),
    (core.ScopeMissingError("x"), 403, "forbidden"),
    (core.ForbiddenError(), 403, "forbidden"),
    (core.TokenMissingError(), 401, "signed-out"),
    (core.TokenUnknownError(), 401, "signed-out"),
    (core.TokenExpiredError(), 401, "signed-out"),
    (core.RefreshUnknownError(), 401, "signed-out"),
    (core.RefreshForeignError(), 401, "signed-out"),
    (core.SubjectDisabledError(), 401, "signed-out"),
    (core.TenantClosedError(), 401, "signed-out"),
    (core.NotFoundError("door"), 404, "not-found"),
    (core.AlreadyExistsError("x", "y"), 400, "malformed"),
    (core.TooManyRequestsError(SOON), 429, "busy"),
    (core.OverloadedError(SOON), 503, "busy"),
    (core.StorageUnavailableError(SOON), 503, "busy"),
    (core.RosterUnavailableError(SOON), 503, "busy"),
    (web.BadCredentialError("", web.CredentialFault.EMPTY), 401, "signed-out"),
    (web.RouteUnknownError(), 404, "not-found"),
    (web.MethodNotAllowedError(("GET", "POST")), 405, "not-allowed"),
    (web.BodyTooLargeError(1), 413, "too-large"),
    (web.UnreadableBodyError(), 400, "malformed"),
    (web.BadFieldError("x", web.FieldFault.MISSING), 400, "malformed"),
    (web.UnexpectedError(), 500, "fault"),
]
UNREAD = {FaceFault.UNREADABLE, FaceFault.TOO_LARGE}


def expected(error: web.AnyRefusal, status: int, code: str) -> tuple[int, str]:
    unread = isinstance(error, core.FaceRefusedError) and error.fault in UNREAD
    return (400, "unreadable") if unread else (status, code)


@pytest.mark.parametrize(("error", "status", "code"), SAID, ids=lambda value: repr(value)[:40])
def test_a_refusal_is_one_code(error: web.AnyRefusal, status: int, code: str) -> None:
    reply = refuse(DESK, Request("GET", "/console/x"), error)

    told = (reply.status, msgspec.json.decode(reply.body)["code"])
    assert told == expected(error, status, code)
    assert dict(reply.headers)[b"cache-control"] == b"no-store"


def test_every_refusal_there_is_was_tried() -> None:
    tried = {type(error) for error, _, _ in SAID}

    assert tried == set(get_args(core.AnyCoreError)) | set(get_args(web.AnyWebError))


@pytest.mark.parametrize(
    "error", [core.OverloadedError(SOON), core.TooManyRequestsError(SOON)], ids=["503", "429"]
)
def test_who_has_to_wait_is_told_how_long(error: web.AnyRefusal) -> None:
    reply = refuse(DESK, Request("GET", "/console/x"), error)

    assert dict(reply.headers)[b"retry-after"] == b"2"


def test_the_page_has_a_sentence_for_every_code_that_its_reader_can_bring_about() -> None:
    script = (pages.ASSETS / "login.mjs").read_text()
    said = script[script.index("const SAID") :].partition("};")[0]
    named = set(re.findall(r'^  "?([a-z-]+)"?:', said, re.MULTILINE))

    # Whatever else there is comes of a fault, and is called one.
    others = {"malformed", "not-found", "not-allowed", "too-large", "fault"}
    codes = {code for _, _, code in SAID} | {"unreadable"}
    assert named == codes - others | {"offline"}
