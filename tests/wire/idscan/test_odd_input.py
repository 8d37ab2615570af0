"""No input that is not a good login or a good token is ever answered with 200 or 500."""

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.world import World
from tests.wire.idscan.calls import DEFINITIONS, LOGOUT, TOKEN, log_in, opened
from tests.wire.idscan.driver import shaped
from watchword.dialects.idscan.security import csrf_token, read_token
from watchword.dialects.idscan.settings import Settings
from watchword.web.errors import BadCredentialError
from watchword.web.messages import Request
from watchword.web.operation import Desk

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
HEADER_BYTES = st.binary(max_size=64).map(lambda raw: raw.translate(None, b"\r\n\x00"))
NAMES = st.sampled_from([b"authorization", b"cookie", b"x-csrftoken", b"content-type"])
COOKIES = st.lists(
    st.sampled_from(["token", "=", ";", " ", "csrftoken", '"', "a", ",", "%3D", "Token"])
).map(lambda parts: "".join(parts).encode())
HEADERS = st.lists(st.tuples(NAMES, HEADER_BYTES | COOKIES), max_size=4)
FORM_BYTES = st.lists(
    st.sampled_from(
        b"grant_type password = & username alice area %00 %ED%A0 investigation + % , \xff".split()
    )
).map(b"".join)


@pytest.fixture(scope="module")
def guarded_world() -> Generator[World]:
    with opened() as world:
        yield world


@SHARED
@given(body=st.binary() | FORM_BYTES, headers=HEADERS)
@example(body=b"grant_type=password&username=alice&password=%ED%A0%80&area=scanning", headers=[])
@example(body=b"grant_type=password&username=%00&password=x&area=scanning", headers=[])
@example(body=b"grant_type=password&username=alice&password=x&area=%ED%A0%80", headers=[])
def test_no_odd_form_is_let_in_or_breaks_anything(guarded_world, body, headers) -> None:
    # From an address of its own, since an address that guesses at large is locked.
    with guarded_world.client(client=("192.0.2.1", 4711)) as client:
        answer = client.post(TOKEN, content=body, headers=headers)

    assert answer.status_code == 400
    assert shaped(answer)


@SHARED
@given(headers=HEADERS, query=st.binary(max_size=64), path=st.sampled_from([DEFINITIONS, LOGOUT]))
def test_no_odd_credential_is_let_in_or_breaks_anything(
    guarded_world, headers, query, path
) -> None:
    method = "GET" if path == DEFINITIONS else "POST"
    with guarded_world.client() as client:
        answer = client.request(method, path, headers=headers, params={"channeltype": query.hex()})

    assert answer.status_code == 401
    assert shaped(answer)


@SHARED
@given(forged=HEADER_BYTES, cookie=COOKIES)
def test_no_odd_csrf_token_logs_anybody_out(guarded_world, forged, cookie) -> None:
    with guarded_world.client() as client:
        token = log_in(client).json()["access_token"]
        headers = [(b"cookie", b"token=" + token.encode()), (b"x-csrftoken", forged)]
        answer = client.post(LOGOUT, headers=headers)
        assert answer.status_code == 403
        headers = [(b"authorization", token.encode()), (b"cookie", cookie)]
        assert client.post(LOGOUT, headers=headers).status_code == 204


@SHARED
@given(query=st.binary(max_size=64))
def test_no_odd_query_breaks_anything(guarded_world, query) -> None:
    with guarded_world.client() as client:
        token = log_in(client).json()["access_token"]
        url = f"{DEFINITIONS}?channeltype={query.hex()}&{query!r}&%{query[:1].hex()}"
        assert client.get(url, headers={"authorization": token}).status_code in {200, 400}


@given(headers=HEADERS)
def test_reading_a_token_is_total(guarded_world, headers) -> None:
    for bearer in (False, True):
        desk = Desk(guarded_world.core, Settings(accept_bearer_prefix=bearer))
        request = Request("GET", DEFINITIONS, headers)
        try:
            found = read_token(desk, request)
        except BadCredentialError:
            continue
        assert found is None or found == found.strip()


TOKENS = st.text("ABCXYZabcxyz0189-_", min_size=1)


@given(TOKENS, TOKENS)
def test_each_token_has_an_anti_forgery_token_of_its_own(one: str, other: str) -> None:
    assert (csrf_token(one) == csrf_token(other)) is (one == other)
