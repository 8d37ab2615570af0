"""People whom a directory keeps: a role by their groups, and all of these in ``memberOf``."""

from collections.abc import Generator

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.rosters import MemoryRoster, group
from tests.support.world import World
from tests.wire.idscan.calls import ask, log_in

CHECKERS, CHIEFS, OTHER = group(11, "Checkers"), group(12, "Chiefs"), group(13, "a, b")
MAPPED = {
    "directory_groups": [
        {"group": "chiefs", "role": "SuperAdministrator"},
        {"group": str(CHECKERS.guid), "role": "Investigator", "areas": ["scanning"]},
    ]
}


@pytest.fixture
def roster() -> MemoryRoster:
    roster = MemoryRoster()
    roster.put(1, "ada", "ada@corp.example", full_name="Ada", groups=(CHECKERS,))
    return roster


@pytest.fixture
def world(roster: MemoryRoster) -> Generator[World]:
    world = World(settings={"idscan": MAPPED}, roster=roster)
    yield world
    world.close()


@pytest.fixture
def client(world: World) -> Generator[TestClient]:
    with world.client() as client:
        yield client


def enter(client: TestClient, **changes: str) -> Response:
    return log_in(client, **{"username": "ada", "password": "plum", "area": "scanning", **changes})


def test_the_first_group_that_fits_gives_role_and_areas(
    client: TestClient, roster: MemoryRoster
) -> None:
    answer = enter(client).json()

    assert answer["http://schemas.microsoft.com/ws/2008/06/identity/claims/role"] == "Investigator"
    assert enter(client, area="investigation").status_code == 400
    roster.change(1, groups=(CHECKERS, CHIEFS))
    assert enter(client, area="investigation").status_code == 200


def test_all_groups_are_in_member_of_by_name(client: TestClient, roster: MemoryRoster) -> None:
    roster.change(1, groups=(CHIEFS, CHECKERS))

    assert enter(client).json()["memberOf"] == "Checkers,Chiefs"


def test_a_name_that_the_list_cannot_hold_is_left_out(
    client: TestClient, roster: MemoryRoster
) -> None:
    roster.change(1, groups=(CHECKERS, OTHER))

    assert enter(client).json()["memberOf"] == "Checkers"


def test_without_such_a_group_the_refusal_is_that_of_a_wrong_password(
    client: TestClient, roster: MemoryRoster
) -> None:
    wrong = enter(client, password="wrong")
    roster.change(1, groups=(OTHER,))

    refused = enter(client)

    assert (refused.status_code, refused.content) == (400, wrong.content)


def test_who_loses_the_group_is_out_at_the_next_refresh(
    world: World, client: TestClient, roster: MemoryRoster
) -> None:
    roster.change(1, groups=(CHIEFS,))
    token = enter(client, area="investigation").json()["access_token"]
    assert ask(client, authorization=token).status_code == 200
    roster.change(1, groups=())

    world.core.enlisting.refresh()

    assert ask(client, authorization=token).status_code == 401


def test_while_the_directory_is_away_they_are_told_to_come_back(
    client: TestClient, roster: MemoryRoster
) -> None:
    roster.away = True

    answer = enter(client)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json() == {"error": "temporarily_unavailable"}


def test_where_no_group_opens_anything_profiles_are_left_alone(roster: MemoryRoster) -> None:
    world = World(roster=roster)

    assert world.core.enlisting.find("ada") is None
    world.close()
