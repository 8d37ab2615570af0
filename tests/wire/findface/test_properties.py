"""Whatever arrives: a refusal in the vendor's shape, or a login that was meant to be one."""

from base64 import b64encode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.findface.door import PASSWORD, Visitor, door
from tests.wire.findface.driver import basic
from watchword.core.errors import TokenUnknownError
from watchword.dialects.findface.languages import Language, choose
from watchword.dialects.findface.reading import read_login
from watchword.dialects.findface.schemas import LONGEST_UUID
from watchword.web.errors import BadFieldError, UnreadableBodyError
from watchword.web.messages import Request
from watchword.web.operation import Desk

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
KEYS = st.sampled_from(["uuid", "mobile", "device_info", "video_auth_token", "more"])
HEADER = st.binary(max_size=200).map(lambda raw: raw.translate(None, b"\r\n\x00"))

many = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def open_door():
    """Yield a visitor for all examples of one test, whose failures must not lock the others out."""
    with door(one_session_per_device=False) as visitor:
        yield visitor


def refused(answer) -> bool:
    """Say whether this is one of the vendor's refusals, and none of ours for a fault of ours."""
    body = answer.json()
    return 400 <= answer.status_code < 500 and {"code", "desc"} <= set(body)


@many
@given(HEADER)
def test_no_header_lets_a_stranger_in(open_door: Visitor, header: bytes):
    for method, path in (("GET", "/users/me/"), ("POST", "/auth/login/")):
        raw = [(b"authorization", header)]
        assert refused(open_door.client.request(method, path, headers=raw, content=b"{}"))


@many
@given(st.sampled_from([b"Basic ", b"basic\t", b"Token "]), HEADER)
def test_nor_does_one_with_a_known_scheme(open_door: Visitor, scheme: bytes, rest: bytes):
    for method, path in (("GET", "/users/me/"), ("POST", "/auth/login/")):
        for credential in (rest, b64encode(rest)):
            raw = [(b"authorization", scheme + credential)]
            assert refused(open_door.client.request(method, path, headers=raw, content=b"{}"))


@many
@given(st.binary(max_size=300))
def test_no_bytes_break_the_login(open_door: Visitor, body: bytes):
    answer = open_door.post(body)

    assert answer.status_code == 400
    assert refused(answer)


@many
@given(st.dictionaries(KEYS, JSON))
def test_no_json_breaks_it_either(open_door: Visitor, body: dict[str, object]):
    answer = open_door.post(msgspec.json.encode(body))

    assert answer.status_code == 200 or (answer.status_code == 400 and refused(answer))


@many
@given(st.dictionaries(KEYS, JSON), st.booleans())
def test_what_is_read_is_within_its_limits(body: dict[str, object], proof_required: bool):  # noqa: FBT001 - drawn
    try:
        read = read_login(msgspec.json.encode(body), proof_required=proof_required)
    except (BadFieldError, UnreadableBodyError):
        return
    assert 1 <= len(read.uuid) <= LONGEST_UUID
    assert read.uuid == read.uuid.strip()
    assert isinstance(msgspec.json.decode(read.device_info), dict)
    assert read.video_auth_token or not proof_required


@pytest.mark.parametrize("digits", [4_000, 4_299, 4_300, 4_301, 60_000])
@pytest.mark.parametrize("key", ["uuid", "mobile", "device_info"])
def test_numbers_without_end_break_nothing(open_door: Visitor, key: str, digits: int):
    number = b"1" * digits
    value = b'{"n":%s}' % number if key == "device_info" else number
    answer = open_door.post(b'{"uuid":"u","%s":%s}' % (key.encode(), value))

    assert answer.status_code == 200 or (answer.status_code == 400 and refused(answer))


@many
@given(st.text(max_size=600))
def test_no_wish_for_a_language_breaks_anything(header: str):
    assert choose(header, [Language.RUSSIAN]) in Language


@many
@given(st.lists(st.tuples(st.sampled_from([b"authorization", b"accept-language"]), HEADER)))
def test_refusing_never_fails(open_door: Visitor, headers: list[tuple[bytes, bytes]]):
    opened = open_door.world.opened["findface"]
    desk = Desk(open_door.world.core, opened.settings)
    reply = opened.dialect.refuse(desk, Request("GET", "/", headers), TokenUnknownError())

    assert reply.status == 401


@many
@given(st.text(max_size=100), st.text(max_size=100))
def test_only_the_right_password_opens(open_door: Visitor, name: str, password: str):
    header = basic("alice", PASSWORD)
    sent = f"{name}:{password}".encode("utf-8", "surrogatepass")
    raw = {"authorization": "Basic " + b64encode(sent).decode()}
    answer = open_door.client.post("/auth/login/", json={"uuid": "u"}, headers=raw)

    assert refused(answer) or raw == header
