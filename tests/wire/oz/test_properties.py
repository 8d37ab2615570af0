"""What holds for any input: nothing odd is let in, and nothing odd is a fault of ours."""

import asyncio
import json
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.world import World
from watchword.core.subjects import Subject, SubjectId, TenantId
from watchword.dialects.oz import DIALECT
from watchword.dialects.oz.device import read_device
from watchword.dialects.oz.profile import Profile, UserType, parse_profile
from watchword.dialects.oz.replies import json_reply
from watchword.dialects.oz.schemas import DeviceInfo
from watchword.dialects.oz.translate import to_account, to_user
from watchword.web.messages import Request

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NAMES = [b"content-type", b"content-length", b"x-forensic-access-token", b"x-lamb-app-build", b"a"]
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=40)), max_size=4)
MULTIPART = st.tuples(
    st.just(b"content-type"), st.binary(max_size=20).map(b"multipart/form-data; boundary=".__add__)
)
PATHS = st.sampled_from(
    ["/api/authorize/auth", "/api/authorize/refresh/", "/api/users/x", "/api/"]
) | TEXT.map("/api/".__add__)
METHODS = st.sampled_from(["GET", "POST", "PUT", "HEAD", "", "options"])
PROFILES = st.builds(
    Profile,
    user_type=st.sampled_from(UserType),
    can_start_analysis_quality=st.booleans(),
    first_name=st.none() | TEXT,
    last_name=st.none() | TEXT,
    middle_name=st.none() | TEXT,
    meta_data=st.dictionaries(TEXT, JSON, max_size=3),
)
NOW = datetime(2025, 3, 4, tzinfo=UTC)
SUBJECTS = st.builds(
    Subject,
    id=st.uuids().map(SubjectId),
    logins=st.lists(TEXT.filter(bool), min_size=1, max_size=3).map(tuple),
    full_name=TEXT,
    created_at=st.just(NOW),
    modified_at=st.just(NOW),
    active=st.booleans(),
    service=st.booleans(),
    tenant_id=st.none() | st.uuids().map(TenantId),
)


@pytest.fixture(scope="module")
def world() -> Generator[World]:
    world = World()
    world.add("alice@acme.example", profiles={"oz": {}})
    yield world
    world.close()


def call(world, method, path, headers, body=b""):
    """Send one request as it is, past any client that would mend it. Returns status and body.

    A day goes by before each, so that no lock-out answers in place of what is tested.
    """
    world.clock.advance(days=1)
    sent: list[dict[str, Any]] = []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": headers,
        "scheme": "http",
        "client": None,
    }
    asyncio.run(world.site(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def is_refused(answer):
    status, body = answer
    return 400 <= status < 500 and (not body or next(iter(json.loads(body))) == "error_code")


@settings(deadline=None)
@given(method=METHODS, path=PATHS, headers=HEADERS)
def test_no_odd_request_passes_or_is_a_fault(world, method, path, headers):
    assert is_refused(call(world, method, path, headers))


@settings(deadline=None)
@given(
    path=st.sampled_from(["/api/authorize/auth", "/api/authorize/refresh"]),
    headers=st.just([]) | MULTIPART.map(lambda header: [header]),
    body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_no_odd_body_passes_or_is_a_fault(world, path, headers, body):
    own = [(b"content-length", str(len(body)).encode()), (b"x-forensic-access-token", b"0")]
    assert is_refused(call(world, "POST", path, [*headers, *own], body))


@settings(deadline=None)
@given(credentials=st.dictionaries(st.sampled_from(["email", "password", "x"]), JSON | TEXT))
def test_no_odd_credentials_pass_or_are_a_fault(world, credentials):
    body = json.dumps({"credentials": credentials}).encode()
    length = [(b"content-length", str(len(body)).encode())]
    assert is_refused(call(world, "POST", "/api/authorize/auth", length, body))


@settings(deadline=None)
@given(headers=st.lists(st.tuples(st.sampled_from(["app-build", "device-locale"]), st.binary())))
def test_any_device_can_be_read_and_shown(headers):
    named = [(b"x-lamb-" + name.encode(), value) for name, value in headers]
    device = read_device(Request("POST", "/", headers=named))
    assert isinstance(msgspec.json.decode(device.details, type=DeviceInfo), DeviceInfo)
    assert not device.key


@settings(deadline=None)
@given(subject=SUBJECTS, profile=PROFILES, generation=st.sampled_from([5, 6]))
def test_any_subject_can_be_shown(subject, profile, generation):
    inside = json.loads(json_reply(200, to_user(subject, profile, generation)).body)
    alone = json.loads(json_reply(200, to_account(subject, profile, generation)).body)
    assert UUID(inside["user_id"]) == subject.id
    assert inside["email"] in subject.logins
    assert list(alone)[: len(inside)] == list(inside)
    assert all(alone[key] == value for key, value in inside.items())


@settings(deadline=None)
@given(subject=SUBJECTS)
def test_no_word_of_a_name_is_lost(subject):
    user = to_user(subject, Profile(), 6)
    names = (user.first_name, user.middle_name, user.last_name)
    assert " ".join(filter(None, names)) == " ".join(subject.full_name.split())


@settings(deadline=None)
@given(profile=PROFILES)
def test_a_profile_survives_being_stored(profile):
    assert parse_profile(DIALECT.read_profile(msgspec.to_builtins(profile))) == profile


class _Anything(msgspec.Struct):
    value: object
    time: float


@settings(deadline=None)
@given(value=JSON, time=st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1)))  # noqa: DTZ001 - hypothesis adds the zone
def test_json_is_spaced_as_pythons_own(value, time):
    body = _Anything(value, time.replace(tzinfo=UTC).timestamp())
    expected = json.dumps(msgspec.to_builtins(body), ensure_ascii=False)
    assert json_reply(200, body).body == expected.encode()
