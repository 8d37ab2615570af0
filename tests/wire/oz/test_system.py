"""What monitoring calls, and what the vendor has that is not here: wire contract Oz 1.4 and 7."""

import pytest

from tests.wire.oz.filing import JPEG, seat
from tests.wire.oz.talk import PASSWORD, log_in

ABSENT = {
    "error_code": 2,
    "error_message": (
        "Required method or service declared but not realized or temporary disabled on server"
    ),
    "details": None,
}


@pytest.fixture
def own(world, client):
    return seat(world, client, "client")


@pytest.mark.parametrize(
    ("settings", "version"), [({"api_version": 6}, "6"), ({"api_version": 5}, "5")], ids=["6", "5"]
)
def test_anybody_is_told_the_generation(client, version):
    for path in ("/api/version", "/api/version/"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"version": version})


class TestConfig:
    def test_times_are_told_in_one_zone(self, own):
        answer = own.get("/api/config")
        assert (answer.status_code, answer.json()) == (200, {"timezone": "UTC"})

    def test_it_is_told_to_those_who_have_logged_in(self, client):
        assert client.get("/api/config").json()["error_code"] == 6


class TestWhatIsNotHere:
    def test_telemetry_is_not_realized(self, own):
        answer = own.get("/api/event_sessions", sorting="time_created{asc}")
        assert (answer.status_code, answer.json()) == (501, ABSENT)

    def test_stateless_mode_is_not_realized(self, own):
        for content in (JPEG, b"x" * 200_000):
            files = {"photo1": ("a.jpg", content, "image/jpeg")}
            answer = own.client.post("/api/instant/folders/", files=files, headers=own.headers)
            assert (answer.status_code, answer.json()) == (501, ABSENT)

    @pytest.mark.parametrize("settings", [{"api_version": 5}], ids=["5"])
    def test_api_5_has_no_stateless_mode(self, own):
        assert own.post("/api/instant/folders", {}).json()["error_code"] == 10

    def test_without_a_token_nothing_is_told(self, client):
        for answer in (client.get("/api/event_sessions"), client.post("/api/instant/folders")):
            assert answer.json()["error_code"] == 6

    def test_another_method_is_refused(self, own):
        assert own.post("/api/event_sessions", {}).json()["error_code"] == 1

    @pytest.mark.parametrize(
        "path", ["logout", "sessions", "restore", "password", "restore_password"]
    )
    def test_no_call_ends_a_session_or_restores_a_password(self, own, path):
        for answer in (own.get(f"/api/authorize/{path}"), own.post(f"/api/authorize/{path}", {})):
            assert (answer.status_code, answer.json()["error_code"]) == (404, 10)

    def test_no_call_makes_a_user_for_those_who_are_none(self, client):
        credentials = {"email": "root@acme.example", "password": PASSWORD}
        profile = {"user_type": "ADMIN", "first_name": "Rita", "last_name": "Root"}
        body = {"credentials": credentials, "profile": profile}
        assert client.post("/api/users/", json=body).json()["error_code"] == 6
        assert log_in(client, "root@acme.example").status_code == 401

    def test_it_is_no_part_of_the_description(self, client):
        paths = client.get("/api/openapi.json").json()["paths"]
        assert not {"/api/event_sessions", "/api/instant/folders"} & paths.keys()
        assert "/api/version" in paths
