"""No input that is no good credential is ever answered with a token, a fact or a fault."""

from collections.abc import Generator
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.oauth.calls import (
    BATCH,
    FORM,
    INTROSPECT,
    REVOKE,
    TOKEN,
    basic,
    bearer,
    opened,
    token_of,
)
from tests.wire.oauth.driver import shaped
from watchword.core.grants import PasswordGrant
from watchword.dialects.oauth.form import Form, read_form
from watchword.dialects.oauth.security import read_presented
from watchword.web.errors import BadCredentialError, BadFieldError, UnreadableBodyError
from watchword.web.messages import Request

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
PATHS = st.sampled_from([TOKEN, INTROSPECT, BATCH, REVOKE])
PIECES = (
    b"grant_type client_credentials token client_id robot client_secret scope client_address "
    b"token_type_hint = = & & + % %00 %ED%A0%80 \xff correct+horse"
).split()
BODIES = st.binary(max_size=200) | st.lists(st.sampled_from(PIECES)).map(b"".join)
HEADER_BYTES = st.binary(max_size=64).map(lambda raw: raw.translate(None, b"\r\n\x00"))
SCHEMES = st.sampled_from([b"", b"Basic ", b"Bearer ", b"basic", b"BEARER  ", b"Digest "])
AUTHORIZATIONS = st.lists(
    st.tuples(SCHEMES, HEADER_BYTES).map(b"".join).map(lambda v: (b"authorization", v)), max_size=2
)
FIELDS = st.lists(
    st.tuples(
        st.text(max_size=8).filter(
            lambda text: not set(text) & set(map(chr, range(0xD800, 57344)))
        ),
        st.text(min_size=1, max_size=8),
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def world() -> Generator[World]:
    with opened() as world:
        yield world


@pytest.fixture(scope="module")
def client(world: World) -> Generator[TestClient]:
    # From an address of its own, since one that guesses at large is locked.
    with world.client(client=("192.0.2.1", 4711)) as client:
        yield client


@SHARED
@given(path=PATHS, body=BODIES, headers=AUTHORIZATIONS)
@example(
    path=TOKEN, body=b"grant_type=client_credentials&client_id=%00&client_secret=%00", headers=[]
)
@example(path=INTROSPECT, body=b"token=x&client_id=robot", headers=[])
def test_nobody_without_a_good_credential_gets_anything(client, path, body, headers) -> None:
    form = [(key.encode(), value.encode()) for key, value in FORM.items()]
    answer = client.post(path, content=body, headers=[*form, *headers])

    assert answer.status_code in {400, 401}
    assert shaped(answer)


@SHARED
@given(path=st.sampled_from([INTROSPECT, BATCH, REVOKE]), body=BODIES)
def test_a_good_caller_breaks_nothing_with_an_odd_body(client, path, body) -> None:
    token = bearer(token_of(client, "guard"))
    answer = client.post(path, content=body, headers={**FORM, **token})

    assert answer.status_code in {200, 400}
    assert answer.status_code == 200 or shaped(answer)
    assert b'"active":true' not in answer.content


@SHARED
@given(query=st.binary(max_size=64))
def test_no_query_is_looked_at(client, query) -> None:
    url = f"{INTROSPECT}?{query.hex()}&token=x&%{query[:1].hex()}"
    answer = client.post(url, headers=basic("robot"))

    assert answer.status_code == 400


@given(fields=FIELDS)
def test_what_was_encoded_is_what_is_read(fields) -> None:
    body = urlencode(fields, errors="surrogatepass").encode()
    request = Request("POST", TOKEN, [(b"content-type", FORM["content-type"].encode())], body)
    try:
        form = read_form(request)
    except UnreadableBodyError:
        assert any(not _is_text(part) for pair in fields for part in pair)
        return
    for name in {name for name, _ in fields}:
        assert list(form.all(name)) == [value for key, value in fields if key == name]


@given(headers=AUTHORIZATIONS)
def test_reading_a_credential_is_total(headers) -> None:
    try:
        found = read_presented(Request("POST", TOKEN, headers), Form({}))
    except (BadCredentialError, BadFieldError):
        return
    assert found is None or isinstance(found, PasswordGrant) or found == found.strip(" ") != ""


def _is_text(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
