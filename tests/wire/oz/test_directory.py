"""People whom a directory keeps: they log in by e-mail, as what the settings make of them."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from httpx2 import Response

from tests.support.rosters import MemoryRoster, group
from tests.support.world import World
from tests.wire.oz.talk import TOKEN
from watchword.config import TableError, read_table
from watchword.dialects.oz.settings import Settings

CHECKERS, CHIEFS = group(11, "Checkers"), group(12, "Chiefs")
MAPPED = {
    "directory_groups": [
        {"group": str(CHIEFS.guid), "user_type": "ADMIN"},
        {"group": "checkers", "user_type": "operator"},
    ]
}


@pytest.fixture
def roster() -> MemoryRoster:
    roster = MemoryRoster()
    roster.put(1, "ada", "ada@corp.example", full_name="Ada Lovelace", groups=(CHECKERS,))
    return roster


@pytest.fixture
def world(roster: MemoryRoster) -> Generator[World]:
    world = World(settings={"oz": MAPPED}, roster=roster)
    yield world
    world.close()


@pytest.fixture
def log_in(world: World) -> Callable[..., Response]:
    client = world.client()

    def knock(email: str = "ada@corp.example", password: str = "plum") -> Response:
        body = {"credentials": {"email": email, "password": password}}
        return client.post("/api/authorize/auth", json=body)

    return knock


@pytest.fixture
def call(world: World) -> Callable[..., Response]:
    client = world.client()

    def made(method: str, path: str, session: Response, body: Any = None) -> Response:
        headers = {TOKEN: session.json()["access_token"]}
        return client.request(method, f"/api/{path}", json=body, headers=headers)

    return made


def test_they_log_in_with_their_address(log_in: Callable[..., Response]) -> None:
    user = log_in().json()["user"]

    assert (user["email"], user["user_type"]) == ("ada@corp.example", "OPERATOR")
    assert (user["first_name"], user["last_name"]) == ("Ada", "Lovelace")


def test_a_group_is_meant_by_its_guid_or_its_name_and_the_first_counts(
    log_in: Callable[..., Response], roster: MemoryRoster
) -> None:
    roster.change(1, groups=(CHECKERS, CHIEFS))

    assert log_in().json()["user"]["user_type"] == "ADMIN"


def test_without_such_a_group_the_refusal_is_that_of_a_wrong_password(
    log_in: Callable[..., Response], roster: MemoryRoster
) -> None:
    wrong = log_in(password="wrong")
    roster.change(1, groups=())

    refused = log_in()

    assert (refused.status_code, refused.content) == (401, wrong.content)
    assert log_in("nobody@corp.example").content == wrong.content


def test_who_loses_the_group_is_out_at_the_next_refresh(
    world: World,
    log_in: Callable[..., Response],
    call: Callable[..., Response],
    roster: MemoryRoster,
) -> None:
    session = log_in()
    path = f"users/{session.json()['user_id']}"
    assert call("GET", path, session).status_code == 200
    roster.change(1, groups=())

    world.core.enlisting.refresh()

    assert call("GET", path, session).status_code in {401, 403}


def test_what_the_directory_keeps_is_not_changed_here(
    log_in: Callable[..., Response], call: Callable[..., Response], roster: MemoryRoster
) -> None:
    roster.change(1, groups=(CHIEFS,))
    session = log_in()
    path = f"users/{session.json()['user_id']}"

    for body in (
        {"credentials": {"email": "eve@corp.example"}},
        {"credentials": {"password": "a new password"}},
        {"profile": {"first_name": "Eve"}},
    ):
        assert call("PATCH", path, session, body).status_code == 403
    assert log_in().status_code == 200


def test_flags_are_changed_here_and_stay(
    log_in: Callable[..., Response], call: Callable[..., Response], roster: MemoryRoster
) -> None:
    roster.change(1, groups=(CHIEFS,))
    session = log_in()
    path = f"users/{session.json()['user_id']}"
    body = {"profile": {"can_start_analysis_biometry": False}}
    assert call("PATCH", path, session, body).status_code == 200

    assert log_in().json()["user"]["can_start_analysis_biometry"] is False


def test_while_the_directory_is_away_they_are_told_to_come_back(
    log_in: Callable[..., Response], roster: MemoryRoster
) -> None:
    roster.away = True

    answer = log_in()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error_code"] == 11


def test_a_role_that_is_none_is_refused_at_start() -> None:
    table = {"directory_groups": [{"group": "x", "user_type": "EMPEROR"}]}

    with pytest.raises(TableError) as caught:
        read_table(Settings, table, "dialects.oz")

    assert caught.value.key == "dialects.oz.directory_groups[0].user_type"


def test_where_no_group_opens_anything_profiles_are_left_alone(roster: MemoryRoster) -> None:
    world = World(roster=roster)

    assert world.core.enlisting.find("ada") is None
    world.close()
