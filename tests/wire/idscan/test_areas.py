"""What an area opens (wire contract IDscan 1.7 and 6)."""

import pytest

from tests.wire.idscan.calls import DENIED, PROFILE, ask, log_in, opened, token_of


def test_a_token_of_the_calls_area_is_good(client) -> None:
    assert ask(client, authorization=token_of(client, area="investigation")).status_code == 200


def test_a_token_of_the_other_area_is_denied_like_a_bad_one(client) -> None:
    answer = ask(client, authorization=token_of(client, area="scanning"))

    assert (answer.status_code, answer.content) == (401, DENIED)
    assert answer.headers == ask(client, authorization="bad").headers


def test_a_token_of_the_other_area_can_be_answered_with_403() -> None:
    with opened(wrong_area_status=403) as world, world.client() as client:
        answer = ask(client, authorization=token_of(client, area="scanning"))

        assert (answer.status_code, answer.content) == (403, DENIED)
        assert "www-authenticate" not in answer.headers
        assert ask(client, authorization="bad").status_code == 401


def test_a_lenient_door_takes_a_token_of_any_area_from_who_has_both() -> None:
    with opened(area_check="lenient") as world, world.client() as client:
        assert ask(client, authorization=token_of(client, area="scanning")).status_code == 200


def test_a_lenient_door_still_asks_for_the_area_in_the_profile() -> None:
    with opened({"role": "User"}, area_check="lenient") as world, world.client() as client:
        answer = ask(client, authorization=token_of(client, area="scanning"))

        assert (answer.status_code, answer.content) == (401, DENIED)


@pytest.mark.parametrize("area_check", ["strict", "lenient"])
def test_an_area_that_is_taken_away_is_lost_at_once(area_check) -> None:
    with opened(area_check=area_check) as world, world.client() as client:
        token = token_of(client)
        assert ask(client, authorization=token).status_code == 200
        logins = ("Alice@acme.example", "Alice")
        world.add(*logins, profiles={"idscan": PROFILE | {"areas": ["scanning"]}})

        assert ask(client, authorization=token).status_code == 401


@pytest.mark.parametrize(
    ("role", "areas"),
    [
        ("SuperAdministrator", {"scanning", "investigation"}),
        ("Administrator", {"scanning", "investigation"}),
        ("Investigator", {"investigation"}),
        ("User", {"scanning"}),
    ],
)
def test_a_role_has_areas_of_its_own_unless_the_profile_names_some(role, areas) -> None:
    with opened({"role": role}) as world, world.client() as client:
        granted = {
            area
            for area in ("scanning", "investigation")
            if "access_token" in _answer(client, area)
        }

    assert granted == areas


def test_a_profile_may_have_fewer_areas_than_its_role_or_none() -> None:
    with opened({"role": "SuperAdministrator", "areas": []}) as world, world.client() as client:
        assert _answer(client, "scanning") == {"error": "invalid_grant"}
        assert _answer(client, "investigation") == {"error": "invalid_grant"}


def _answer(client, area: str):
    return log_in(client, area=area).json()
