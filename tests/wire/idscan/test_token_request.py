"""What the token endpoint takes for a login (wire contract IDscan 0 and 1.1)."""

import pytest

from tests.wire.idscan.calls import PASSWORD, TOKEN, form_of, log_in, opened, post_form
from watchword.core.core import Core
from watchword.core.subjects import Audience

GOOD = "grant_type=password&username=alice&password=correct+horse&area=investigation"
UNSUPPORTED = b'{"error":"unsupported_grant_type"}'
REFUSED = b'{"error":"invalid_grant"}'


def test_the_documented_request_gets_a_token(client) -> None:
    answer = post_form(client, form_of())

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"


@pytest.mark.parametrize(
    "path", ["/IDScanEnterpriseSvc/token", "/idscanenterpriseSVC/Token", TOKEN.upper()]
)
def test_the_path_is_found_in_any_case(client, path) -> None:
    assert client.post(path, data=form_of()).status_code == 200
    refused = client.post(path, data=form_of(password="wrong"))
    assert (refused.status_code, refused.content) == (400, REFUSED)


@pytest.mark.parametrize("path", [f"{TOKEN}/", "/idscanenterprisesvc/", f"{TOKEN}/x", f"{TOKEN}s"])
def test_a_slash_at_the_end_is_another_path(client, path) -> None:
    answer = client.post(path, data=form_of())

    assert answer.status_code == 404
    assert list(answer.json()) == ["Message"]


@pytest.mark.parametrize("spelled", ["Password", "PASSWORD", "password ", "passwort"])
def test_the_grant_type_is_compared_exactly(client, spelled) -> None:
    answer = log_in(client, grant_type=spelled)

    assert (answer.status_code, answer.content) == (400, UNSUPPORTED)


@pytest.mark.parametrize(
    "keys",
    [
        ("grant_type", "UserName", "Password", "Area"),
        ("grant_type", "userName", "password", "area"),
        ("GRANT_TYPE", "USERNAME", "PASSWORD", "AREA"),
    ],
)
def test_keys_are_read_in_any_case(client, keys) -> None:
    form = dict(zip(keys, form_of().values(), strict=True))

    assert post_form(client, form).status_code == 200


def test_unknown_keys_are_ignored(client) -> None:
    assert log_in(client, **{"login-form-type": "pwd", "scope": "all"}).status_code == 200


def test_client_credentials_in_the_form_are_ignored(client) -> None:
    assert log_in(client, client_id="any", client_secret="any").status_code == 200


def test_a_grant_type_in_a_header_is_ignored(client) -> None:
    form = form_of(grant_type=None)
    answer = post_form(client, form, headers={"grant_type": "password"})

    assert (answer.status_code, answer.content) == (400, UNSUPPORTED)


@pytest.mark.parametrize("written", ["alice", "ALICE", "Alice", "alice@ACME.example"])
def test_the_name_is_found_in_any_case_and_echoed_as_stored(client, written) -> None:
    answer = log_in(client, username=written)

    assert answer.json()["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"] == "Alice"


@pytest.mark.parametrize("written", ["Correct horse", "correct horse ", "correct  horse"])
def test_the_password_is_compared_exactly(client, written) -> None:
    answer = log_in(client, password=written)

    assert (answer.status_code, answer.content) == (400, REFUSED)


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain; charset=utf-16", "multipart/form-data", ""]
)
def test_the_content_type_is_not_looked_at(client, content_type) -> None:
    answer = post_form(client, GOOD, headers={"content-type": content_type})

    assert answer.status_code == 200


def test_a_json_body_has_no_usable_keys(client) -> None:
    body = '{"grant_type":"password","username":"alice","password":"correct horse"}'

    assert post_form(client, body).content == UNSUPPORTED


def test_plus_is_a_space_and_percent_escapes_are_decoded_in_keys_and_values(client) -> None:
    form = GOOD.replace("correct+horse", "%63orrect%20horse").replace("area", "%61re%61")

    assert post_form(client, form).status_code == 200


def test_passwords_outside_ascii_are_read_as_utf_8(world, client) -> None:
    world.add("bob", password="пароль €", profiles={"idscan": {"role": "User"}})

    assert log_in(client, username="bob", password="пароль €", area="scanning").status_code == 200
    raw = "grant_type=password&username=bob&password=пароль+€&area=scanning"
    assert post_form(client, raw).status_code == 200


def test_pieces_without_an_equals_sign_are_dropped(client) -> None:
    assert post_form(client, f"nonsense&&{GOOD}&username").status_code == 200


def test_white_space_before_a_key_is_skipped(client) -> None:
    assert post_form(client, GOOD.replace("&", "&\r\n \t")).status_code == 200


@pytest.mark.parametrize("key", ["username", "password", "area", "Area"])
def test_values_of_a_repeated_key_are_joined_with_a_comma(client, key) -> None:
    value = form_of()[key.lower()].replace(" ", "+")

    assert post_form(client, f"{GOOD}&{key}={value}").content == REFUSED


def test_a_repeated_grant_type_is_another_grant_type(client) -> None:
    assert post_form(client, f"{GOOD}&grant_type=password").content == UNSUPPORTED


def test_a_password_with_a_comma_may_come_in_two_pieces(world, client) -> None:
    world.add("bob", password="one,two", profiles={"idscan": {"role": "User"}})
    form = "grant_type=password&username=bob&password=one&password=two&area=scanning"

    assert post_form(client, form).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_any_method_is_answered(client, method) -> None:
    bare = client.request(method, TOKEN)
    assert (bare.status_code, bare.content) == (400, UNSUPPORTED)
    assert client.request(method, TOKEN, content=GOOD).status_code == 200


@pytest.mark.parametrize("body", ["", "grant_type=password"])
def test_the_query_string_is_never_read(client, body) -> None:
    answer = client.post(f"{TOKEN}?{GOOD}", content=body)

    assert answer.status_code == 400


@pytest.mark.parametrize("base_url", ["http://testserver", "https://testserver"])
def test_plain_http_is_answered_like_https(world, base_url) -> None:
    with world.client(base_url=base_url) as client:
        assert log_in(client).status_code == 200


def test_a_login_without_an_area_gets_a_token_for_none_where_no_area_is_required() -> None:
    with opened(area_required=False) as world, world.client() as client:
        token = log_in(client, area=None).json()["access_token"]

        assert not _scopes(world.core, token)
        assert log_in(client, area="Scanning").content == REFUSED


def test_a_login_from_one_address_is_counted_there(world) -> None:
    with world.client(client=("192.0.2.7", 4711)) as client:
        log_in(client, username="bob")

    with world.storage.read() as transaction:
        entry = transaction.audit.list_page(0, 1_000)[-1][1].entry
    assert (entry.login, entry.address, entry.audience) == ("bob", "192.0.2.7", "idscan")
    assert PASSWORD not in repr(entry)


def _scopes(core: Core, token: str) -> frozenset[str]:
    return core.access.principal(token, Audience("idscan")).session.scopes
