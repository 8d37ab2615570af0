"""How a client says who it is, at every endpoint that asks (RFC 6749 section 2.3)."""

import base64
from urllib.parse import quote_plus

import pytest

from tests.wire.oauth.calls import (
    BATCH,
    INTROSPECT,
    PASSWORD,
    REVOKE,
    TOKEN,
    ask,
    basic,
    bearer,
    get_token,
    post,
    token_of,
)
from watchword.dialects.oauth.security import read_token
from watchword.web.messages import Request
from watchword.web.operation import Desk

GRANT = {"grant_type": "client_credentials"}
CHALLENGE = 'Basic realm="watchword", charset="UTF-8"'
ENDPOINTS = pytest.mark.parametrize(
    ("path", "form"),
    [
        (TOKEN, GRANT),
        (INTROSPECT, {"token": "x"}),
        (BATCH, {"token": "x"}),
        (REVOKE, {"token": "x"}),
    ],
)
BAD_HEADERS = [
    "",
    "Basic",
    "Basic !!!",
    "Basic " + base64.b64encode(b"no colon").decode(),
    "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
    "Basic " + base64.b64encode(b"robot:%ff").decode(),
    "Digest x",
    "Basicx",
    "Basic " + base64.b64encode(b"robot:" + b"x" * 9_000).decode(),
]


class TestWithASecret:
    @ENDPOINTS
    def test_it_may_stand_in_the_header(self, client, path, form):
        assert post(client, path, form, basic("robot")).status_code == 200

    @ENDPOINTS
    def test_it_may_stand_in_the_body(self, client, path, form):
        both = {**form, "client_id": "robot", "client_secret": PASSWORD}
        assert post(client, path, both).status_code == 200

    @ENDPOINTS
    def test_it_may_not_stand_in_both(self, client, path, form):
        both = {**form, "client_id": "robot", "client_secret": PASSWORD}
        answer = post(client, path, both, basic("robot"))

        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_request"

    @ENDPOINTS
    def test_a_name_in_the_body_is_the_one_in_the_header(self, client, path, form):
        said = {**form, "client_id": "robot"}
        assert post(client, path, said, basic("robot")).status_code == 200
        for secret in (PASSWORD, "wrong"):
            answer = post(client, path, {**form, "client_id": "other"}, basic("robot", secret))
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    @ENDPOINTS
    def test_in_a_query_it_is_not_looked_at(self, client, path, form):
        query = f"{path}?client_id=robot&client_secret={quote_plus(PASSWORD)}"
        assert post(client, query, form).status_code == 401

    @ENDPOINTS
    def test_a_wrong_one_is_told_with_the_scheme_to_use(self, client, path, form):
        answer = post(client, path, form, basic("robot", "wrong"))

        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
        assert answer.headers["www-authenticate"] == CHALLENGE

    @ENDPOINTS
    @pytest.mark.parametrize("header", BAD_HEADERS)
    def test_a_header_that_cannot_be_read_is_a_wrong_one(self, client, path, form, header):
        answer = post(client, path, form, {"authorization": header})
        wrong = post(client, path, form, basic("robot", "wrong"))

        assert answer.status_code == 401
        assert answer.content == wrong.content
        assert answer.headers["www-authenticate"] == wrong.headers["www-authenticate"]

    def test_two_headers_are_a_wrong_one(self, client):
        pair = [("authorization", value) for value in basic("robot").values()] * 2
        pair.append(("content-type", "application/x-www-form-urlencoded"))
        answer = client.post(TOKEN, content="grant_type=client_credentials", headers=pair)

        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})

    def test_a_name_without_a_secret_has_an_empty_one(self, client):
        answer = get_token(client, client_secret=None)
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})

    def test_name_and_secret_are_escaped_in_the_header_as_in_a_form(self, client, world):
        secret = "a+b %é:?"
        world.add("odd name", password=secret, service=True, profiles={"oauth": {}})
        escaped = basic(quote_plus("odd name"), quote_plus(secret))

        assert post(client, TOKEN, GRANT, escaped).status_code == 200
        assert get_token(client, "odd name", client_secret=secret).status_code == 200
        # RFC 6749 section 2.3.1: unescaped, the plus is a space and so part of another secret.
        assert post(client, TOKEN, GRANT, basic("odd name", secret)).status_code == 401

    def test_a_secret_without_anything_to_escape_may_be_sent_as_it_is(self, client, world):
        world.add("plain", password="100% sure", service=True, profiles={"oauth": {}})

        assert post(client, TOKEN, GRANT, basic("plain", "100% sure")).status_code == 200

    def test_the_scheme_is_known_in_any_case(self, client):
        header = {"authorization": basic("robot")["authorization"].replace("Basic", "bASIC")}
        assert post(client, TOKEN, GRANT, header).status_code == 200


class TestWithAToken:
    @pytest.mark.parametrize("path", [INTROSPECT, BATCH, REVOKE])
    def test_a_caller_may_show_one_that_it_got_here(self, client, path):
        answer = post(client, path, {"token": "x"}, bearer(token_of(client)))
        assert answer.status_code == 200

    @pytest.mark.parametrize("path", [INTROSPECT, BATCH, REVOKE])
    @pytest.mark.parametrize("token", ["x", "x y", "x" * 8_000])
    def test_one_that_is_not_good_is_told_in_its_scheme(self, client, path, token):
        answer = post(client, path, {"token": "x"}, bearer(token))

        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"})
        assert answer.headers["www-authenticate"] == (
            'Bearer realm="watchword", error="invalid_token"'
        )

    def test_an_empty_one_is_none_that_is_good(self, client):
        answer = post(client, INTROSPECT, {"token": "x"}, {"authorization": "Bearer "})
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"})

    def test_the_server_knows_it_for_one_of_this_door(self, world):
        """Whoever stands before all doors asks each for its token."""
        desk = Desk(world.core, world.opened["oauth"].settings)
        for headers, token in ((bearer("x"), "x"), (basic("robot"), None), ({}, None)):
            pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
            assert read_token(desk, Request("GET", "/anywhere", pairs)) == token

    def test_one_in_a_form_is_not_looked_at(self, client):
        form = {"token": "x", "access_token": token_of(client)}
        assert post(client, INTROSPECT, form).status_code == 401


class TestWithNeither:
    @ENDPOINTS
    def test_it_is_told_how_and_of_no_error_in_a_token(self, client, path, form):
        answer = post(client, path, form)

        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
        schemes = answer.headers.get_list("www-authenticate")
        wanted = [CHALLENGE, 'Bearer realm="watchword"']
        assert schemes == (wanted[:1] if path == TOKEN else wanted)

    @pytest.mark.parametrize("path", [INTROSPECT, BATCH, REVOKE])
    def test_it_learns_nothing_of_what_its_request_lacks(self, client, path):
        assert post(client, path, {}).status_code == 401
        assert post(client, path, {}, basic("robot", "wrong")).status_code == 401
        assert post(client, path, {}, bearer("x")).status_code == 401


class TestLockOut:
    def test_guessing_at_any_endpoint_leads_to_one_lock(self, client):
        for path, form in [(TOKEN, GRANT), (INTROSPECT, {"token": "x"}), (REVOKE, {"token": "x"})]:
            for _ in range(2):
                assert post(client, path, form, basic("robot", "wrong")).status_code == 401

        for path, form in [(TOKEN, GRANT), (INTROSPECT, {"token": "x"}), (REVOKE, {"token": "x"})]:
            locked = post(client, path, form, basic("robot"))
            assert (locked.status_code, locked.json()) == (401, {"error": "invalid_client"})

    def test_a_lock_leaves_tokens_alone(self, client):
        token = token_of(client, "guard")
        for _ in range(6):
            ask(client, "x", basic("guard", "wrong"))

        assert ask(client, token, bearer(token)).json()["active"]
