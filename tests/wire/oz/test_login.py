"""Logging in: wire contract Oz 2.1, 1.2 and 3.1."""

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest

from tests.wire.oz.talk import PASSWORD, log_in, refresh

FIVE_YEARS = 60 * 60 * 24 * 365 * 5


class TestBytes:
    """What two installer scripts rely on."""

    def test_the_eighth_word_is_the_token(self, client):
        answer = log_in(client)
        assert answer.text.split()[7] == f'"{answer.json()["access_token"]}",'

    def test_the_token_is_found_behind_one_space(self, client):
        answer = log_in(client)
        found = re.search(r'"access_token": "([0-9a-z]*)"', answer.text)
        assert found is not None
        assert found[1] == answer.json()["access_token"]

    def test_the_first_word_of_a_failure_is_the_error_code(self, client):
        answer = log_in(client, password="wrong")
        assert answer.text.split()[0] == '{"error_code":'
        assert answer.json()["error_message"]

    def test_json_is_written_with_the_separators_of_python(self, client):
        for answer in (log_in(client), log_in(client, password="wrong")):
            assert answer.text == json.dumps(answer.json(), ensure_ascii=False)

    def test_text_is_utf_8_and_not_escaped(self, world, client):
        world.add("zoe@acme.example", full_name="Zoé Ωmega", profiles={"oz": {}})
        assert (
            '"first_name": "Zoé", "last_name": "Ωmega"' in log_in(client, "zoe@acme.example").text
        )

    def test_the_content_type_spells_the_character_set_as_the_vendor_does(self, client):
        assert log_in(client).headers["content-type"] == "application/json; charset=utf8"


class TestSession:
    def test_tokens_are_128_lower_case_hexadecimal_characters(self, session):
        for token in (session["access_token"], session["expire_token"]):
            assert re.fullmatch("[0-9a-f]{128}", token)
        assert session["access_token"] != session["expire_token"]

    def test_a_session_id_is_an_integer_and_a_user_id_a_uuid(self, session):
        assert type(session["session_id"]) is int
        assert str(UUID(session["user_id"])) == session["user_id"] == session["user"]["user_id"]

    def test_a_persons_session_lives_for_fifteen_minutes(self, world, session):
        ends = world.clock() + timedelta(seconds=900)
        assert session["expire_date"] == ends.timestamp()

    def test_times_are_unix_seconds_with_microseconds(self, client):
        assert re.search(r'"expire_date": \d{10}\.\d{6},', log_in(client).text)

    def test_nothing_was_there_before_a_fresh_login(self, session):
        assert session["old_access_token"] is None

    def test_another_login_ends_no_session(self, client, session):
        log_in(client)
        assert refresh(client, session).status_code == 200

    @pytest.mark.parametrize(
        ("user_type", "service"), [("CLIENT_SERVICE", False), ("CLIENT", True), ("ADMIN", True)]
    )
    def test_a_machine_accounts_session_lives_for_five_years(
        self, world, client, user_type, service
    ):
        profile = {"user_type": user_type}
        world.add("bot@acme.example", service=service, profiles={"oz": profile})
        session = log_in(client, "bot@acme.example").json()
        assert session["expire_date"] - world.clock().timestamp() == pytest.approx(FIVE_YEARS)

    @pytest.mark.parametrize("settings", [{"session_ttl": 60, "long_live_ttl": 120}])
    def test_both_lifetimes_are_settings(self, world, client, session):
        world.add("bot@acme.example", profiles={"oz": {"user_type": "CLIENT_SERVICE"}})
        machine = log_in(client, "bot@acme.example").json()
        assert session["expire_date"] - world.clock().timestamp() == pytest.approx(60)
        assert machine["expire_date"] - world.clock().timestamp() == pytest.approx(120)


class TestRefusals:
    REFUSED = '{"error_code": 7, "error_message": "Invalid email or password", "details": null}'

    @pytest.mark.parametrize("email", ["alice@acme.example", "nobody@acme.example", "", "\0"])
    def test_whatever_is_wrong_with_a_login_is_told_in_one_text(self, client, email):
        answer = log_in(client, email, "wrong")
        assert (answer.status_code, answer.text) == (401, self.REFUSED)

    @pytest.mark.parametrize(
        ("body", "code", "message", "field"),
        [
            (
                {},
                3,
                "Could not locate field for key_path {} from provided dict data",
                "credentials",
            ),
            (
                {"credentials": {"password": "x"}},
                3,
                "Could not locate field for key_path {} from provided dict data",
                "credentials.email",
            ),
            (
                {"credentials": {"email": "x"}},
                3,
                "Could not locate field for key_path {} from provided dict data",
                "credentials.password",
            ),
            ({"credentials": None}, 5, "Invalid data type for param {}", "credentials"),
            ({"credentials": []}, 5, "Invalid data type for param {}", "credentials"),
            (
                {"credentials": {"email": None, "password": "x"}},
                5,
                "Invalid data type for param {}",
                "credentials.email",
            ),
            (
                {"credentials": {"email": "x", "password": 1}},
                5,
                "Invalid data type for param {}",
                "credentials.password",
            ),
        ],
    )
    def test_a_wrong_field_is_named(self, client, body, code, message, field):
        answer = client.post("/api/authorize/auth", json=body)
        assert answer.status_code == 400
        assert answer.json() == {
            "error_code": code,
            "error_message": message.format(field),
            "details": {"key_path": field},
        }


class TestText:
    def test_white_space_in_an_email_is_trimmed_and_collapsed(self, world, client):
        world.add("odd name@acme.example", profiles={"oz": {}})
        for email in (" alice@acme.example\t\n", "odd  \t name@acme.example"):
            assert log_in(client, email).status_code == 200

    def test_a_password_is_taken_as_it_is(self, world, client):
        world.add("bob@acme.example", password=" two  spaces ", profiles={"oz": {}})
        assert log_in(client, "bob@acme.example", " two  spaces ").status_code == 200
        assert log_in(client, "bob@acme.example", "two spaces").status_code == 401
        assert log_in(client, "alice@acme.example", PASSWORD + " ").status_code == 401

    def test_a_user_name_opens_the_door_as_well(self, client):
        assert log_in(client, "alice").status_code == 200
