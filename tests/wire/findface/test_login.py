"""``POST /auth/login/`` (seed 002; wire contract FindFace 2.1, 3.1 to 3.3)."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.wire.findface.door import PASSWORD, UUID, door
from tests.wire.findface.driver import basic

NOT_PROVIDED = b'{"code":"UNAUTHORIZED","desc":"Authentication credentials were not provided."}'
WRONG_PASSWORD = b'{"code":"UNAUTHORIZED","desc":"Invalid username/password."}'


def bad_param(desc: str, param: str | None) -> bytes:
    """Return the vendor's body for a field that is wrong."""
    return msgspec.json.encode({"traceback": "", "code": "BAD_PARAM", "desc": desc, "param": param})


class TestAnswers:
    def test_a_login_answers_with_exactly_three_keys(self, visitor):
        answer = visitor.login()

        assert answer.status_code == 200
        assert list(answer.json()) == ["token", "user", "token_expiration_datetime"]
        assert answer.headers["content-type"] == "application/json"

    def test_a_token_is_64_lower_case_hexadecimal_characters(self, visitor):
        assert re.fullmatch("[0-9a-f]{64}", visitor.enter())

    def test_json_is_compact(self, visitor):
        answer = visitor.login()

        assert answer.content == msgspec.json.encode(answer.json())

    def test_the_session_ends_180_days_after_the_login(self, visitor):
        answer = visitor.login().json()

        ends = visitor.world.clock() + timedelta(seconds=15_552_000)
        expected = f"{ends:%Y-%m-%dT%H:%M:%S.%f}Z"
        assert answer["token_expiration_datetime"] == expected

    def test_use_does_not_prolong_a_session(self, visitor):
        token = visitor.enter()
        visitor.world.clock.advance(days=179)
        assert visitor.me(token).status_code == 200
        visitor.world.clock.advance(days=1, seconds=1)

        assert visitor.me(token).json()["desc"] == "Invalid token."

    def test_the_length_of_a_session_is_a_setting(self):
        with door(maximum_session_length=60) as visitor:
            token = visitor.enter()
            visitor.world.clock.advance(seconds=61)

            assert visitor.me(token).status_code == 401

    def test_an_answer_with_a_token_may_not_be_stored(self, visitor):
        assert visitor.login().headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("path", ["/auth/login/", "/auth/login"])
    def test_the_slash_at_the_end_is_optional(self, visitor, path):
        answer = visitor.client.post(path, json={"uuid": "u"}, headers=basic("alice", PASSWORD))

        assert answer.status_code == 200

    def test_the_user_is_the_one_that_who_am_i_shows(self, visitor):
        answer = visitor.login().json()

        assert visitor.me(answer["token"]).json() == answer["user"]


class TestCredentials:
    def test_without_a_header_credentials_were_not_provided(self, visitor):
        answer = visitor.client.post("/auth/login/", json={"uuid": UUID})

        assert (answer.status_code, answer.content) == (401, NOT_PROVIDED)

    def test_a_wrong_password_is_told_in_the_vendors_bytes(self, visitor):
        answer = visitor.login(password="wrong")

        assert (answer.status_code, answer.content) == (401, WRONG_PASSWORD)

    def test_no_answer_challenges_a_browser_to_ask_for_a_password(self, visitor):
        for answer in (visitor.login(password="wrong"), visitor.client.post("/auth/login/")):
            assert answer.headers["www-authenticate"] == "Token"

    @pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
    def test_the_schemes_word_may_have_any_case(self, visitor, scheme):
        header = basic("alice", PASSWORD)["authorization"].replace("Basic", scheme)

        assert visitor.login(headers={"authorization": header}).status_code == 200

    @pytest.mark.parametrize(
        ("header", "desc"),
        [
            ("", "Authentication credentials were not provided."),
            ("Token 00", "Authentication credentials were not provided."),
            ("Bearer 00", "Authentication credentials were not provided."),
            ("Basic", "Invalid basic header. No credentials provided."),
            ("Basic ", "Invalid basic header. No credentials provided."),
            (
                "Basic YTpi YTpi",
                "Invalid basic header. Credentials string should not contain spaces.",
            ),
            ("Basic ???", "Invalid basic header. Credentials not correctly base64 encoded."),
            ("Basic YTp", "Invalid basic header. Credentials not correctly base64 encoded."),
            ("Basic YWJj", "Invalid basic header. Credentials not correctly base64 encoded."),
            (
                "Basic \u00e9\u00e9",
                "Invalid basic header. Credentials not correctly base64 encoded.",
            ),
        ],
    )
    def test_a_malformed_header_is_told_as_the_framework_does(self, visitor, header, desc):
        raw = [(b"authorization", header.encode("latin-1"))]
        answer = visitor.client.post("/auth/login/", json={"uuid": UUID}, headers=raw)

        assert answer.status_code == 401
        assert answer.json() == {"code": "UNAUTHORIZED", "desc": desc}

    def test_a_header_given_twice_looks_like_a_wrong_password(self, visitor):
        twice = list(basic("alice", PASSWORD).items()) * 2
        answer = visitor.client.post("/auth/login/", json={"uuid": UUID}, headers=twice)

        assert (answer.status_code, answer.content) == (401, WRONG_PASSWORD)

    def test_a_huge_password_looks_like_a_wrong_one(self, visitor):
        answer = visitor.login(password="x" * 100_000)

        assert (answer.status_code, answer.content) == (401, WRONG_PASSWORD)

    def test_a_password_may_hold_colons_and_any_letters(self, visitor):
        visitor.world.add(
            "\u0438\u0432\u0430\u043d",
            password="\u043f\u0430\u0440\u043e\u043b\u044c:1:2",
            profiles={"findface": {"primary_group": "User"}},
        )

        answer = visitor.login(
            "\u0438\u0432\u0430\u043d", "\u043f\u0430\u0440\u043e\u043b\u044c:1:2"
        )

        assert answer.status_code == 200

    def test_credentials_that_are_not_utf8_are_read_as_latin1(self, visitor):
        visitor.world.add(
            "jos\u00e9", password=PASSWORD, profiles={"findface": {"primary_group": "User"}}
        )
        header = b"Basic " + b64encode(f"jos\u00e9:{PASSWORD}".encode("latin-1"))

        assert visitor.login(headers={"authorization": header.decode()}).status_code == 200

    def test_credentials_in_the_query_are_ignored(self, visitor):
        answer = visitor.client.post(
            f"/auth/login/?username=alice&password={PASSWORD}", json={"uuid": UUID}
        )

        assert (answer.status_code, answer.content) == (401, NOT_PROVIDED)

    @pytest.mark.parametrize("flaw", ["unknown", "disabled", "locked", "no profile", "closed"])
    def test_every_reason_to_refuse_looks_like_a_wrong_password(self, visitor, flaw):
        wrong = visitor.login(password="wrong")
        world = visitor.world
        profile = {} if flaw == "no profile" else {"findface": {"primary_group": "User"}}
        world.add("bob", password=PASSWORD, profiles=profile, active=flaw != "disabled")
        if flaw == "locked":
            for _ in range(9):
                visitor.login("bob", "wrong")
        if flaw == "closed":
            world.add("bob", password=PASSWORD, profiles=profile, tenant="Acme")
            close_tenant(world)

        refused = visitor.login("carol" if flaw == "unknown" else "bob")

        assert refused.status_code == wrong.status_code
        assert refused.content == wrong.content
        assert dict(refused.headers) == dict(wrong.headers)


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [b'{"uuid":"A"}', b'{"video_auth_token":"A","uuid":"A","mobile":false,"device_info":{}}'],
        ids=["the seed's curl", "the seed's example"],
    )
    def test_the_seeds_own_bodies_are_taken(self, visitor, body):
        assert visitor.post(body).status_code == 200

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"mobile":true}', b" { } "])
    def test_a_missing_uuid_is_told_in_the_vendors_bytes(self, visitor, body):
        answer = visitor.post(body)

        assert (answer.status_code, answer.content) == (
            400,
            b'{"traceback":"","code":"BAD_PARAM","desc":"This field is required.","param":"uuid"}',
        )

    @pytest.mark.parametrize(
        ("sent", "desc"),
        [
            ({"uuid": None}, "This field may not be null."),
            ({"uuid": ""}, "This field may not be blank."),
            ({"uuid": "  \t"}, "This field may not be blank."),
            ({"uuid": "x" * 257}, "Ensure this field has no more than 256 characters."),
            ({"uuid": True}, "Not a valid string."),
            ({"uuid": {}}, "Not a valid string."),
            ({"uuid": ["x"]}, "Not a valid string."),
            ({"uuid": "a\x00b"}, "Null characters are not allowed."),
            ({"mobile": None}, "This field may not be null."),
            ({"mobile": "perhaps"}, "Must be a valid boolean."),
            ({"mobile": 2}, "Must be a valid boolean."),
            ({"mobile": {}}, "Must be a valid boolean."),
            ({"device_info": None}, "This field may not be null."),
            ({"device_info": "x"}, 'Expected a dictionary of items but got type "str".'),
            ({"device_info": [1]}, 'Expected a dictionary of items but got type "list".'),
            ({"device_info": 1}, 'Expected a dictionary of items but got type "int".'),
            ({"device_info": 1.5}, 'Expected a dictionary of items but got type "float".'),
            ({"device_info": True}, 'Expected a dictionary of items but got type "bool".'),
            ({"video_auth_token": None}, "This field may not be null."),
            ({"video_auth_token": ""}, "This field may not be blank."),
            ({"video_auth_token": []}, "Not a valid string."),
        ],
    )
    def test_a_wrong_field_is_told_in_the_vendors_words(self, visitor, sent, desc):
        answer = visitor.login(**sent)

        assert answer.status_code == 400
        assert answer.content == bad_param(desc, next(iter(sent)))

    @pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"\xff", b"uuid=A", b"[" * 99])
    def test_what_is_no_json_object_is_a_malformed_request(self, visitor, body):
        answer = visitor.post(body)

        assert (answer.status_code, answer.content) == (400, bad_param("Malformed request.", None))

    def test_the_first_wrong_field_in_the_vendors_order_is_told(self, visitor):
        answer = visitor.login(uuid=None, mobile=None, device_info=None, video_auth_token=None)

        assert answer.json()["param"] == "video_auth_token"

    def test_a_uuid_of_256_characters_is_taken(self, visitor):
        assert visitor.login(uuid="x" * 256).status_code == 200

    def test_a_number_serves_as_a_uuid_and_space_around_one_does_not_count(self, visitor):
        visitor.enter(uuid=17)
        visitor.enter(uuid=" u ")

        assert {session.device.key for session in visitor.sessions()} == {"17", "u"}

    @pytest.mark.parametrize("sent", [True, "true", "True", 1, "1", "on", "yes"], ids=repr)
    def test_a_boolean_may_be_a_word(self, visitor, sent):
        visitor.enter(mobile=sent)

        assert [session.device.mobile for session in visitor.sessions()] == [True]

    @pytest.mark.parametrize("sent", [False, "false", "FALSE", 0, "0", "off", "no"], ids=repr)
    def test_so_may_a_false_one(self, visitor, sent):
        visitor.enter(mobile=sent)

        assert [session.device.mobile for session in visitor.sessions()] == [False]

    def test_unknown_keys_are_ignored(self, visitor):
        assert visitor.login(confirm_password="x", nothing={"a": [1]}).status_code == 200

    def test_the_session_remembers_the_device(self, visitor):
        told = {"user_agent": "demo/1", "n": [1, 2.5, None, {"x": True}]}
        visitor.enter(mobile=True, device_info=told)

        (session,) = visitor.sessions()
        assert (session.device.key, session.device.mobile) == (UUID, True)
        assert msgspec.json.decode(session.device.details) == told

    def test_mobile_is_false_and_device_info_empty_if_nothing_is_said(self, visitor):
        visitor.enter()

        (session,) = visitor.sessions()
        assert (session.device.mobile, session.device.details) == (False, b"{}")


class TestOrderOfChecks:
    def test_credentials_are_judged_before_the_body(self, visitor):
        answer = visitor.login(password="wrong", uuid=None)

        assert (answer.status_code, answer.content) == (401, WRONG_PASSWORD)

    def test_a_bad_body_opens_no_session(self, visitor):
        assert visitor.login(uuid=None).status_code == 400

        assert visitor.sessions() == []
        assert list(visitor.world.audited())[-1] == ("login", "verified")

    def test_guessing_with_bad_bodies_is_locked_out_too(self, visitor):
        for _ in range(5):
            assert visitor.login(password="wrong", uuid=None).status_code == 401

        assert visitor.login(uuid=None).status_code == 401
        assert visitor.login().status_code == 401

    def test_x_uuid_is_the_device_where_the_body_names_none(self, visitor):
        visitor.login(headers={"x-uuid": "station-7"}, uuid=None)

        assert last_audited(visitor).device_key == "station-7"

    @pytest.mark.parametrize("value", ["", "x" * 257])
    def test_an_odd_x_uuid_is_no_device(self, visitor, value):
        visitor.login(headers={"x-uuid": value}, uuid=None)

        assert last_audited(visitor).device_key == ""

    def test_the_bodys_uuid_goes_before_the_headers(self, visitor):
        visitor.enter(headers={"x-uuid": "station-7"})

        assert last_audited(visitor).device_key == UUID


class TestOneSessionPerDevice:
    def test_a_login_on_the_same_device_ends_the_session_before(self, visitor):
        first, second = visitor.enter(), visitor.enter()

        assert first != second
        assert visitor.me(first).json()["desc"] == "Invalid token."
        assert visitor.me(second).status_code == 200

    def test_other_devices_and_other_users_keep_theirs(self, visitor):
        visitor.world.add(
            "bob", password=PASSWORD, profiles={"findface": {"primary_group": "User"}}
        )
        tokens = [visitor.enter(uuid="one"), visitor.enter(uuid="two")]
        tokens.append(visitor.enter("bob", uuid="one"))

        assert [visitor.me(token).status_code for token in tokens] == [200, 200, 200]

    def test_it_can_be_switched_off(self):
        with door(one_session_per_device=False) as visitor:
            first, second = visitor.enter(), visitor.enter()

            assert visitor.me(first).status_code == 200
            assert visitor.me(second).status_code == 200


class TestAuthTypes:
    @pytest.mark.parametrize("auth_type", ["password", "face_or_password"])
    def test_where_a_password_suffices_a_proof_is_ignored(self, auth_type):
        with door(auth_type=auth_type) as visitor:
            assert visitor.login(video_auth_token="A").status_code == 200
            assert visitor.login().status_code == 200

    @pytest.mark.parametrize("password", [PASSWORD, "wrong"])
    def test_where_a_face_is_wanted_no_password_opens(self, password):
        with door(auth_type="face") as visitor:
            answer = visitor.login(password=password)

            assert (answer.status_code, answer.content) == (401, WRONG_PASSWORD)
            assert visitor.sessions() == []

    def test_where_both_are_wanted_the_proof_is_a_required_field(self):
        with door(auth_type="face_and_password") as visitor:
            answer = visitor.login()

            expected = bad_param("This field is required.", "video_auth_token")
            assert (answer.status_code, answer.content) == (400, expected)

    def test_where_both_are_wanted_a_bad_proof_is_refused(self):
        with door(auth_type="face_and_password") as visitor:
            answer = visitor.login(video_auth_token="A")

            assert (answer.status_code, answer.content) == (401, WRONG_PASSWORD)
            assert visitor.sessions() == []

    def test_where_both_are_wanted_the_password_is_judged_first(self):
        with door(auth_type="face_and_password") as visitor:
            assert visitor.login(password="wrong").content == WRONG_PASSWORD


def close_tenant(world) -> None:
    with world.storage.write() as transaction:
        tenant = transaction.tenants.find_by_name("Acme")
        transaction.tenants.replace(replace(tenant, in_deletion=True))


def last_audited(visitor):
    with visitor.world.storage.read() as transaction:
        return transaction.audit.list_page(0, 1_000)[-1][1].entry
