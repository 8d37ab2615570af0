"""What real public clients of the vendor's do, done to this server (wire contract Oz 10, all ten).

Each test is one of the ready-made checks, in their order; seed 000 is replayed in both generations.
"""

import json
import re
from typing import Any
from uuid import UUID

import pytest

from tests.wire.oz.talk import PASSWORD, TOKEN, log_in, refresh, show

FIVE_YEARS = 157_680_000
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256))
OPENERS = {
    6: {
        "user_type": "CLIENT_SERVICE",
        "first_name": "john",
        "last_name": "doe",
        "middle_name": "",
        "can_start_analysis_biometry": True,
        "can_start_analysis_collection": True,
        "can_start_analysis_documents": True,
        "can_start_analysis_quality": True,
    },
    5: {
        "user_type": "CLIENT",
        "first_name": "john",
        "last_name": "doe",
        "middle_name": "",
        "is_admin": False,
        "is_service": True,
        "can_start_analyse_biometry": True,
        "can_start_analyse_collection": True,
        "can_start_analyse_documents": True,
        "can_start_analyse_quality": True,
    },
}
"""What the third step says of the machine account, as either generation has it."""

MIXED: dict[str, Any] = {**OPENERS[5], "user_type": "CLIENT_SERVICE"}
"""The page's first sample, which mixes both."""


def test_1_a_login_in_json_under_the_content_type_of_a_form(client):
    body = json.dumps({"credentials": {"email": "alice@acme.example", "password": PASSWORD}})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert client.post("/api/authorize/auth", content=body, headers=headers).status_code == 200


def test_2_the_installers_find_the_token(client):
    answer = log_in(client)

    token = answer.json()["access_token"]
    assert answer.text.split()[7] == f'"{token}",'
    assert re.findall(r'"access_token": "([0-9a-z]*)', answer.text) == [token]


def test_3_the_installers_know_a_failure_and_the_app_can_show_it(client):
    answer = log_in(client, password="wrong")

    assert answer.text.split()[0] == '{"error_code":'
    assert answer.json()["error_message"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_4_nothing_is_redirected(client, session, slash):
    headers = {TOKEN: session["access_token"]}
    login = {"credentials": {"email": "alice@acme.example", "password": PASSWORD}}
    renewal = {"expire_token": session["expire_token"]}

    assert client.post(f"/api/authorize/auth{slash}", json=login).status_code == 200
    answer = client.post(f"/api/authorize/refresh{slash}", json=renewal, headers=headers)
    assert answer.status_code == 200
    assert client.get(f"/api/folders{slash}?", headers=headers).status_code == 200


@pytest.mark.parametrize("seconds", [900 - 30, 900 + 30])
def test_5_a_refresh_around_the_expiry(world, client, session, seconds):
    if seconds < 900:
        world.clock.advance(seconds=seconds)
        fresh = refresh(client, session).json()
        assert show(client, session).status_code == 200
    else:
        world.clock.advance(seconds=seconds)
        fresh = refresh(client, session).json()
    assert {"access_token", "expire_token", "expire_date"} <= set(fresh)

    assert show(client, fresh).status_code == 200
    old = show(client, session)
    assert (old.status_code, old.json()["error_code"]) == (401, 7)
    gone = refresh(client, session, access_token=fresh["access_token"])
    assert (gone.status_code, gone.json()["error_message"]) == (401, "Session not found")


def test_6_what_a_refresh_is_refused_for(world, client, session):
    world.add("bob@acme.example", profiles={"oz": {}}, password=PASSWORD)
    foreign = log_in(client, "bob@acme.example").json()
    headers = {TOKEN: session["access_token"]}

    empty = client.post("/api/authorize/refresh", json={}, headers=headers)
    assert empty.status_code == 400
    assert empty.json()["error_message"] == (
        "Could not locate field for key_path expire_token from provided dict data"
    )
    refused = refresh(client, session, expire_token=foreign["expire_token"])
    assert refused.status_code == 403
    assert refused.json()["error_message"] == "You have not access to refresh this session"


def test_7_a_session_slides(world, client, session):
    for seconds in (600, 800):
        world.clock.advance(seconds=seconds)
        assert show(client, session).status_code == 200
        # What a server does every second.
        world.core.access.flush()
    world.clock.advance(seconds=901)

    answer = show(client, session)
    assert (answer.status_code, answer.json()["error_code"]) == (401, 8)


class TestHowTo:
    """Check 8: seed 000 from its first step to its last."""

    @pytest.fixture(params=[6, 5])
    def generation(self, request) -> int:
        number: int = request.param
        return number

    @pytest.fixture
    def settings(self, generation):
        return {"api_version": generation}

    @pytest.mark.parametrize("opener", [6, 5, "mixed"])
    def test_8_the_how_to_end_to_end(self, world, client, generation, opener):
        world.add(
            "root@acme.example",
            password="your_admin_password",
            profiles={"oz": {"user_type": "ADMIN"}},
        )
        # Step 1
        credentials = {"email": "root@acme.example", "password": "your_admin_password"}
        session = client.post("/api/authorize/auth", json={"credentials": credentials}).json()
        assert session["user"]["user_type"] == "ADMIN"
        headers = {TOKEN: session["access_token"]}
        # Step 2
        company = client.post(
            "/api/companies/", json={"name": "your_company_name"}, headers=headers
        ).json()
        assert list(company) == ["company_id", "name", "in_deletion", "technical_meta_data"]
        assert company == {
            "company_id": company["company_id"],
            "name": "your_company_name",
            "in_deletion": False,
            "technical_meta_data": {},
        }
        # Step 3
        profile = MIXED if opener == "mixed" else OPENERS[opener]
        made = client.post(
            "/api/users/",
            json={
                "credentials": {"email": " svc@acme.example ", "password": PASSWORD},
                "profile": {"company_id": company["company_id"], **profile},
            },
            headers=headers,
        )
        user = made.json()
        assert made.status_code == 201
        assert user["user_type"] == {6: "CLIENT_SERVICE", 5: "CLIENT"}[generation]
        assert (user["is_active"], user["is_service"]) == (True, True)
        assert (user["email"], user["company_id"]) == ("svc@acme.example", company["company_id"])
        # Step 4, by the path of the generation
        token = self.step_4(client, headers, user, generation)
        assert list(token) == ["token_id", "user_id", "access_token", "expire_date", "session_id"]
        assert str(UUID(token["token_id"])) == token["token_id"]
        assert token["session_id"] == 0
        assert token["user_id"] == user["user_id"]
        left = token["expire_date"] - world.clock().timestamp()
        assert left == pytest.approx(FIVE_YEARS, abs=5)
        # And it opens the door.
        assert show(client, token).json()["user_id"] == user["user_id"]

    def step_4(self, client, headers, user, generation) -> dict[str, Any]:
        """Issue the token; until API 5 it is the caller's own."""
        path = "/api/authorize/service_token"
        if generation == 6:
            found = client.get(f"{path}/{user['user_id']}", headers=headers)
        else:
            own = log_in(client, user["email"]).json()["access_token"]
            found = client.get(path, headers={TOKEN: own})
        assert found.status_code == 200, found.text
        token: dict[str, Any] = found.json()
        return token


def test_9_a_flag_guards_its_kind_of_analysis(world, client):
    profile = {"user_type": "CLIENT", "can_start_analysis_biometry": False}
    world.add(
        "flagged@acme.example", password=PASSWORD, profiles={"oz": profile}, tenant="Acme Bank"
    )
    headers = {TOKEN: log_in(client, "flagged@acme.example").json()["access_token"]}
    files = {"photo1": ("face.jpg", JPEG, "image/jpeg")}
    folder = client.post("/api/folders/", files=files, headers=headers).json()
    analyses = f"/api/folders/{folder['folder_id']}/analyses/"
    media = [each["media_id"] for each in folder["media"]]

    def start(kind: str) -> Any:
        asked = [{"type": kind, "source_media": media, "params": {}}]
        return client.post(analyses, json={"analyses": asked}, headers=headers)

    assert start("quality").status_code == 201
    refused = start("biometry")
    assert (refused.status_code, refused.json()["error_code"]) == (403, 9)
    listed = client.get(analyses, headers=headers).json()
    assert [each["type"] for each in listed] == ["QUALITY"]


@pytest.mark.parametrize("path", ["authorize/auth", "authorize/refresh", "companies", "users"])
def test_10_a_method_that_a_path_does_not_have(client, path):
    answer = client.patch(f"/api/{path}", json={})

    assert (answer.status_code, answer.json()["error_code"]) == (405, 1)
