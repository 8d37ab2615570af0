"""Paths, methods, headers and bodies: wire contract Oz 1.1, 1.2 and 1.4."""

import json

import pytest

from tests.wire.oz.talk import PASSWORD, TOKEN, log_in, show

CREDENTIALS = {"credentials": {"email": "alice@acme.example", "password": PASSWORD}}
BODY = json.dumps(CREDENTIALS).encode()
PATHS = ["/api/authorize/auth", "/api/authorize/refresh"]


class TestPaths:
    @pytest.mark.parametrize("slash", ["", "/", "?", "/?"])
    def test_a_slash_at_the_end_is_served_and_never_redirected(self, client, session, slash):
        assert client.post(f"/api/authorize/auth{slash}", content=BODY).status_code == 200
        headers = {TOKEN: session["access_token"]}
        pair = {"expire_token": session["expire_token"]}
        renewed = client.post(f"/api/authorize/refresh{slash}", headers=headers, json=pair)
        assert renewed.status_code == 200
        shown = client.get(f"/api/users/{session['user_id']}{slash}", headers=headers)
        assert shown.status_code == 200

    @pytest.mark.parametrize(
        "path", ["/api/", "/api/nothing", "/api//authorize/auth", "/api/authorize/auth//", "/api/é"]
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
    def test_an_unknown_path_does_not_exist(self, client, method, path):
        answer = client.request(method, path)
        assert answer.status_code == 404
        assert answer.text == (
            '{"error_code": 10, "error_message": "Object not exist", "details": null}'
        )

    def test_paths_outside_of_the_prefix_are_not_ours(self, client):
        assert "error_code" not in client.get("/apis").text


class TestMethods:
    @pytest.mark.parametrize("path", [*PATHS, "/api/authorize/auth/"])
    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "PROPFIND"])
    def test_another_method_is_refused_with_those_that_are_there(self, client, method, path):
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"
        assert answer.json() == {
            "error_code": 1,
            "error_message": f"HTTP method {method} is not allowed for path={path}."
            " Allowed methods (POST)",
            "details": None,
        }

    def test_a_refusal_of_head_has_no_body(self, client):
        answer = client.head("/api/authorize/auth")
        assert (answer.status_code, answer.content) == (405, b"")
        answer = client.head("/api/users/00000000-0000-4000-8000-000000000000")
        assert (answer.status_code, answer.content) == (401, b"")

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [(PATHS[0], "POST"), (PATHS[1] + "/", "POST"), ("/api/users/1", "DELETE, GET, PATCH")],
    )
    def test_options_names_the_methods(self, client, path, allowed):
        answer = client.options(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["allow"] == allowed
        assert answer.headers["content-length"] == "0"


class TestBodies:
    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "",
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain; charset=latin-1",
            "application/octet-stream",
            "nonsense",
        ],
    )
    def test_json_is_read_whatever_the_content_type_says(self, client, content_type):
        headers = {} if content_type is None else {"Content-Type": content_type}
        answer = client.post("/api/authorize/auth", content=BODY, headers=headers)
        assert answer.status_code == 200

    @pytest.mark.parametrize("files", [{}, {"video": ("v.mp4", b"\r\n--x\r\n\0\xff", "video/mp4")}])
    def test_in_a_form_with_files_json_is_the_payload(self, client, files):
        parts = {**files, "payload": (None, BODY)}
        assert client.post("/api/authorize/auth", files=parts).status_code == 200

    @pytest.mark.parametrize(
        "boundary", ["x", "'()+_,-./:=? x", "----WebKitFormBoundary7MA4YWxkTrZu0gW"]
    )
    def test_any_boundary_will_do(self, client, boundary):
        body = (
            f"--{boundary}\r\n"
            'content-disposition: form-data; filename="payload"; name=other\r\n\r\n{}\r\n'
            f"--{boundary}\r\nContent-Type: application/json\r\n"
            "Content-Disposition: Form-Data; name=payload\r\n\r\n"
        ).encode() + BODY
        body += f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f'Multipart/Form-Data; charset=utf-8; boundary="{boundary}"'}
        answer = client.post("/api/authorize/auth", content=body, headers=headers)
        assert answer.status_code == 200, answer.text

    def test_a_form_without_a_payload_is_told_so(self, client):
        answer = client.post("/api/authorize/auth", files={"other": (None, BODY)})
        assert answer.status_code == 400
        assert answer.json()["details"] == {"key_path": "payload"}

    def test_a_form_without_a_boundary_cannot_be_read(self, client):
        headers = {"Content-Type": "multipart/form-data"}
        answer = client.post("/api/authorize/auth", content=BODY, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)

    def test_an_empty_form_may_do_without_a_boundary(self, client):
        headers = {"Content-Type": "multipart/form-data"}
        answer = client.post("/api/authorize/auth", content=b"", headers=headers)
        assert answer.json()["details"] == {"key_path": "payload"}

    @pytest.mark.parametrize("body", [b"", b" ", b"{", b"a=b", b"\xff", b"{'a': 1}", b"NaN"])
    def test_what_is_not_json_is_refused(self, client, body):
        answer = client.post("/api/authorize/auth", content=body)
        assert answer.status_code == 400
        assert answer.text == (
            '{"error_code": 3, "error_message": "Could not parse body as JSON object",'
            ' "details": null}'
        )

    @pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"x"', b"[{}]"])
    def test_json_that_is_no_object_is_refused(self, client, body):
        answer = client.post("/api/authorize/auth", content=body)
        assert answer.status_code == 400
        assert answer.json() == {
            "error_code": 3,
            "error_message": "JSON body of request should be represented in a form of dictionary",
            "details": None,
        }

    def test_a_body_that_is_too_big_is_refused(self, client):
        answer = client.post("/api/authorize/auth", content=b" " * 65_537)
        assert answer.status_code == 400
        assert answer.json()["error_code"] == 14

    def test_unknown_fields_do_no_harm(self, client):
        body = {**CREDENTIALS, "user_type": "ADMIN", "profile": {"user_type": "ADMIN"}}
        answer = client.post("/api/authorize/auth", json=body)
        assert answer.json()["user"]["user_type"] == "CLIENT"


class TestTokenHeader:
    def test_the_header_is_found_in_any_case(self, client, session):
        headers = {TOKEN.upper(): session["access_token"]}
        assert client.get(f"/api/users/{session['user_id']}", headers=headers).status_code == 200

    @pytest.mark.parametrize(
        "name", ["X-Forensics-Access-Token", "X-Lamb-Auth-Token", "Authorization", "Cookie"]
    )
    def test_no_other_header_counts(self, client, session, name):
        headers = {name: session["access_token"]}
        answer = client.get(f"/api/users/{session['user_id']}", headers=headers)
        assert answer.status_code == 401
        assert answer.json() == {
            "error_code": 6,
            "error_message": "User auth token is not provided."
            " You must be logged for this request.",
            "details": None,
        }

    @pytest.mark.parametrize("settings", [{"accept_forensics_header": True}])
    def test_the_misspelt_header_can_be_taken_as_well(self, client, session):
        for name in (TOKEN, "X-Forensics-Access-Token"):
            headers = {name: session["access_token"]}
            answer = client.get(f"/api/users/{session['user_id']}", headers=headers)
            assert answer.status_code == 200

    def test_there_is_no_scheme_in_front(self, client, session):
        answer = show(client, session | {"access_token": "Bearer " + session["access_token"]})
        assert answer.status_code == 401

    def test_an_empty_header_is_none(self, client, session):
        assert show(client, session | {"access_token": ""}).json()["error_code"] == 6

    @pytest.mark.parametrize("odd", ["0" * 128, "x", "0" * 9_000, "é", "\x7f"])
    def test_an_odd_token_is_not_valid(self, client, session, odd):
        answer = show(client, session | {"access_token": odd.encode("latin-1")})
        assert answer.status_code == 401
        assert answer.json() == {
            "error_code": 7,
            "error_message": "User auth token is not valid. You must be logged for this request.",
            "details": None,
        }

    def test_a_header_given_twice_is_not_valid(self, client, session):
        headers = [(TOKEN, session["access_token"])] * 2
        answer = client.get(f"/api/users/{session['user_id']}", headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (401, 7)

    def test_a_token_in_the_query_is_ignored(self, client, session):
        token = session["access_token"]
        query = f"access_token={token}&token={token}&{TOKEN}={token}"
        answer = client.get(f"/api/users/{session['user_id']}?{query}")
        assert (answer.status_code, answer.json()["error_code"]) == (401, 6)

    def test_an_expired_token_is_told_so(self, world, client, session):
        world.clock.advance(seconds=901)
        assert show(client, session).json() == {
            "error_code": 8,
            "error_message": "Provided user auth token has expired. Please renew it.",
            "details": None,
        }


class TestDetails:
    @pytest.mark.parametrize(
        ("settings", "keys"),
        [
            ({"details_key": "details"}, ["details"]),
            ({"details_key": "error_details"}, ["error_details"]),
            ({"details_key": "both"}, ["details", "error_details"]),
        ],
    )
    def test_the_third_key_of_an_error_is_a_setting(self, client, keys):
        plain = log_in(client, password="wrong").json()
        assert list(plain) == ["error_code", "error_message", *keys]
        assert [plain[key] for key in keys] == [None] * len(keys)
        named = client.post("/api/authorize/auth", content=b"{}").json()
        assert [named[key] for key in keys] == [{"key_path": "credentials"}] * len(keys)
