"""``/api/authorize/service_token``: wire contract Oz 2.3 and 3.4."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.wire.oz.people import run_jobs
from tests.wire.oz.talk import TOKEN, log_in, refresh, show
from watchword.core.networks import parse_network
from watchword.core.service_tokens import Order
from watchword.core.subjects import Audience

AUDIENCE = Audience("oz")
FIVE_YEARS = 157_680_000
NOBODY = "00000000-0000-4000-8000-000000000000"
BOUNDS = {
    "date": lambda world: {"until": world.clock() + timedelta(days=7)},
    "networks": lambda _world: {"networks": (parse_network("192.0.2.0/24"),)},
    "neither": lambda _world: {},
}


@pytest.fixture
def admin(world, client):
    world.add("root@acme.example", profiles={"oz": {"user_type": "ADMIN"}})
    return log_in(client, "root@acme.example").json()


@pytest.fixture
def robot(world):
    profile = {"user_type": "CLIENT_SERVICE"}
    return world.add("robot@acme.example", profiles={"oz": profile}, tenant="Acme Bank")


def call(client, token, user_id=None, method="GET"):
    path = "/api/authorize/service_token" + ("" if user_id is None else f"/{user_id}")
    return client.request(method, path, headers={TOKEN: token})


def issue(client, admin, robot, method="GET"):
    answer = call(client, admin["access_token"], robot.id, method)
    assert answer.status_code == 200, answer.text
    return answer.json()


def is_good(client, token, robot):
    answer = client.get(f"/api/users/{robot.id}", headers={TOKEN: token["access_token"]})
    return answer.status_code == 200


def switch(client, admin, robot, *, on):
    headers = {TOKEN: admin["access_token"]}
    body = {"profile": {"is_active": on}}
    answer = client.patch(f"/api/users/{robot.id}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


def refusal(answer):
    return answer.status_code, answer.json()["error_code"]


class TestAnswer:
    def test_it_has_the_five_documented_keys_and_no_others(self, client, admin, robot):
        found = issue(client, admin, robot)

        assert list(found) == ["token_id", "user_id", "access_token", "expire_date", "session_id"]

    def test_it_is_no_session_of_somebody_who_logged_in(self, client, admin, robot):
        assert issue(client, admin, robot)["session_id"] == 0

    def test_its_id_is_a_uuid(self, client, admin, robot):
        found = issue(client, admin, robot)

        assert UUID(found["token_id"]).version == 4
        assert found["user_id"] == str(robot.id)

    def test_it_looks_like_every_access_token(self, client, admin, robot):
        assert re.fullmatch(r"[0-9a-f]{128}", issue(client, admin, robot)["access_token"])

    def test_it_lives_for_five_years_without_leap_days(self, world, client, admin, robot):
        found = issue(client, admin, robot)

        assert found["expire_date"] - world.clock().timestamp() == pytest.approx(FIVE_YEARS)

    def test_a_slash_at_the_end_makes_no_difference(self, client, admin, robot):
        headers = {TOKEN: admin["access_token"]}
        answer = client.get(f"/api/authorize/service_token/{robot.id}/", headers=headers)

        assert answer.status_code == 200

    def test_it_may_not_be_stored(self, client, admin, robot):
        answer = call(client, admin["access_token"], robot.id)

        assert answer.headers["cache-control"] == "no-store"


class TestLife:
    def test_it_opens_what_its_user_may_open(self, client, admin, robot):
        assert is_good(client, issue(client, admin, robot), robot)

    def test_it_slides_by_five_years(self, world, client, admin, robot):
        token = issue(client, admin, robot)
        for _ in range(2):
            world.clock.advance(seconds=FIVE_YEARS - 60)
            assert is_good(client, token, robot)
            world.core.access.flush()

    def test_it_ends_unused(self, world, client, admin, robot):
        token = issue(client, admin, robot)
        world.clock.advance(seconds=FIVE_YEARS + 1)

        answer = client.get(f"/api/users/{robot.id}", headers={TOKEN: token["access_token"]})
        assert refusal(answer) == (401, 8)

    def test_it_cannot_be_refreshed_nor_refresh(self, client, admin, robot):
        token = issue(client, admin, robot)
        session = log_in(client, "robot@acme.example").json()

        answer = refresh(client, session, access_token=token["access_token"])
        assert refusal(answer) == (401, 7)
        assert show(client, session).status_code == 200

    def test_getting_gives_a_further_one(self, client, admin, robot):
        first, second = issue(client, admin, robot), issue(client, admin, robot)

        assert first["access_token"] != second["access_token"]
        assert first["token_id"] != second["token_id"]
        assert is_good(client, first, robot)
        assert is_good(client, second, robot)

    @pytest.mark.parametrize("settings", [{"service_token_max_count": 3}])
    def test_a_token_in_use_outlives_any_number_that_are_not(self, world, client, admin, robot):
        used = issue(client, admin, robot)
        world.clock.advance(seconds=1)
        assert is_good(client, used, robot)
        world.core.access.flush()
        others = [issue(client, admin, robot) for _ in range(9)]

        assert is_good(client, used, robot)
        assert [is_good(client, each, robot) for each in others] == [False] * 7 + [True] * 2

    def test_posting_ends_all_earlier_ones_at_once(self, client, admin, robot):
        earlier = [issue(client, admin, robot) for _ in range(2)]
        assert all(is_good(client, token, robot) for token in earlier)

        again = issue(client, admin, robot, "POST")

        assert not any(is_good(client, token, robot) for token in earlier)
        assert is_good(client, again, robot)
        assert list(again) == list(earlier[0])

    def test_posting_leaves_logins_alone(self, client, admin, robot):
        session = log_in(client, "robot@acme.example").json()
        issue(client, admin, robot, "POST")

        assert show(client, session).status_code == 200

    def test_another_password_ends_it(self, client, admin, robot):
        token = issue(client, admin, robot)
        headers = {TOKEN: admin["access_token"]}
        body = {"credentials": {"password": "another horse"}}
        answer = client.patch(f"/api/users/{robot.id}", json=body, headers=headers)
        assert answer.status_code == 200

        assert not is_good(client, token, robot)

    def test_switching_the_user_off_ends_it(self, client, admin, robot):
        token = issue(client, admin, robot)
        switch(client, admin, robot, on=False)
        answer = client.get(f"/api/users/{robot.id}", headers={TOKEN: token["access_token"]})
        assert refusal(answer) == (403, 9)

        switch(client, admin, robot, on=True)
        assert not is_good(client, token, robot)

    def test_deleting_the_company_ends_it(self, world, client, admin, robot):
        token = issue(client, admin, robot)
        assert is_good(client, token, robot)
        headers = {TOKEN: admin["access_token"]}
        gone = client.delete(f"/api/companies/{robot.tenant_id}", headers=headers)
        assert gone.status_code == 204

        answer = client.get(f"/api/users/{robot.id}", headers={TOKEN: token["access_token"]})
        assert refusal(answer) == (403, 9)
        assert refusal(call(client, admin["access_token"], robot.id)) == (403, 9)
        run_jobs(world)
        answer = client.get(f"/api/users/{robot.id}", headers={TOKEN: token["access_token"]})
        assert refusal(answer) == (401, 7)
        assert refusal(call(client, admin["access_token"], robot.id)) == (404, 10)

    def test_deleting_the_user_ends_it(self, client, admin, robot):
        token = issue(client, admin, robot)
        assert is_good(client, token, robot)
        headers = {TOKEN: admin["access_token"]}
        assert client.delete(f"/api/users/{robot.id}", headers=headers).status_code == 204

        answer = client.get(f"/api/users/{robot.id}", headers={TOKEN: token["access_token"]})
        assert refusal(answer) == (401, 7)


class TestBounds:
    """Who calls by a token that is bound gets nothing that is not (decision 0120)."""

    @pytest.mark.parametrize(
        ("bound", "status"), [("date", 403), ("networks", 403), ("neither", 200)]
    )
    def test_by_one_nobody_changes_its_own_password(self, world, client, robot, bound, status):
        order = Order(robot.id, AUDIENCE, **BOUNDS[bound](world))
        headers = {TOKEN: world.core.service_tokens.issue(order).token.secret}
        body = {"credentials": {"password": "another horse"}}

        with world.client(client=("192.0.2.7", 4711)) as near:
            answer = near.patch(f"/api/users/{robot.id}", json=body, headers=headers)

        assert answer.status_code == status, answer.text
        taken = log_in(client, "robot@acme.example", "another horse").status_code
        assert taken == {200: 200, 403: 401}[status]


class TestCallers:
    @pytest.mark.parametrize(
        "role", ["OPERATOR", "CLIENT", "CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT_SERVICE"]
    )
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_only_an_administrator_may_ask(self, world, client, robot, role, method):
        asker = world.add(
            "asker@acme.example", profiles={"oz": {"user_type": role}}, tenant="Acme Bank"
        )
        token = log_in(client, "asker@acme.example").json()["access_token"]

        for user_id in (robot.id, asker.id, NOBODY, "rubbish"):
            assert refusal(call(client, token, user_id, method)) == (403, 9)

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_without_a_token_nobody_may(self, client, robot, method):
        answer = client.request(method, f"/api/authorize/service_token/{robot.id}")

        assert refusal(answer) == (401, 6)

    def test_the_audit_log_names_the_administrator(self, world, client, admin, robot):
        token = issue(client, admin, robot)

        with world.storage.read() as transaction:
            links = [link for _, link in transaction.audit.list_page(0, 1_000)]
        entry = next(x.entry for x in links if x.entry.action == "service-token.issue")
        assert entry.subject_id == robot.id
        assert entry.details == {"by": admin["user_id"], "service-token": token["token_id"]}


class TestTargets:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("role", ["ADMIN", "CLIENT", "CLIENT_ADMIN"])
    def test_a_user_that_is_no_machine_is_a_bad_value(self, world, client, admin, role, method):
        person = world.add("bob@acme.example", profiles={"oz": {"user_type": role}})

        assert refusal(call(client, admin["access_token"], person.id, method)) == (400, 4)

    def test_a_machine_account_of_the_directory_file_is_one(self, world, client, admin):
        station = world.add("station", service=True, profiles={"oz": {"user_type": "CLIENT"}})

        assert issue(client, admin, station)["user_id"] == str(station.id)

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_an_unknown_id_does_not_exist(self, client, admin, method):
        answer = call(client, admin["access_token"], uuid4(), method)

        assert refusal(answer) == (404, 10)

    def test_a_subject_of_other_doors_does_not_exist(self, world, client, admin):
        other = world.add("scanner", service=True, profiles={})

        assert refusal(call(client, admin["access_token"], other.id)) == (404, 10)

    @pytest.mark.parametrize("user_id", ["rubbish", "1", "%00", "0" * 5_000])
    def test_an_id_that_is_none_is_refused(self, client, admin, user_id):
        answer = call(client, admin["access_token"], user_id)

        assert refusal(answer) == (400, 4)
        assert answer.json()["error_message"] == "Invalid value for uuid field"

    def test_a_user_that_is_switched_off_gets_none(self, client, admin, robot):
        switch(client, admin, robot, on=False)

        assert refusal(call(client, admin["access_token"], robot.id)) == (403, 9)

    def test_the_path_of_api_5_does_not_exist(self, client, admin):
        for method in ("GET", "POST", "PATCH", "OPTIONS"):
            assert refusal(call(client, admin["access_token"], method=method)) == (404, 10)


class TestApi5:
    @pytest.fixture
    def settings(self):
        return {"api_version": 5}

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_an_administrator_gets_one_for_itself(self, world, client, admin, method):
        answer = call(client, admin["access_token"], method=method)

        found = answer.json()
        assert answer.status_code == 200
        assert list(found) == ["token_id", "user_id", "access_token", "expire_date", "session_id"]
        assert (found["user_id"], found["session_id"]) == (admin["user_id"], 0)
        assert found["expire_date"] - world.clock().timestamp() == pytest.approx(FIVE_YEARS)

    def test_a_service_account_gets_one_for_itself(self, client, robot):
        session = log_in(client, "robot@acme.example").json()

        found = call(client, session["access_token"]).json()
        assert found["user_id"] == str(robot.id)
        assert is_good(client, found, robot)

    def test_a_service_token_gives_no_longer_one(self, world, client, robot):
        bound = Order(robot.id, AUDIENCE, until=world.clock() + timedelta(days=7))
        first = world.core.service_tokens.issue(bound)

        second = call(client, first.token.secret).json()
        assert second["expire_date"] == first.service_token.expires_at.timestamp()

    @pytest.mark.parametrize("settings", [{"service_token_max_count": 3}])
    def test_a_token_in_use_outlives_any_number_that_are_not(self, world, client, admin, robot):
        used = issue(client, admin, robot)
        world.clock.advance(seconds=1)
        assert is_good(client, used, robot)
        world.core.access.flush()
        others = [issue(client, admin, robot) for _ in range(9)]

        assert is_good(client, used, robot)
        assert [is_good(client, each, robot) for each in others] == [False] * 7 + [True] * 2

    def test_posting_ends_all_earlier_ones_at_once(self, client, robot):
        session = log_in(client, "robot@acme.example").json()
        first = call(client, session["access_token"]).json()
        assert is_good(client, first, robot)

        second = call(client, session["access_token"], method="POST").json()
        assert not is_good(client, first, robot)
        assert is_good(client, second, robot)

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("role", ["OPERATOR", "CLIENT", "CLIENT_ADMIN", "CLIENT_OPERATOR"])
    def test_nobody_else_gets_one(self, world, client, role, method):
        world.add("asker@acme.example", profiles={"oz": {"user_type": role}})
        token = log_in(client, "asker@acme.example").json()["access_token"]

        assert refusal(call(client, token, method=method)) == (403, 9)

    def test_the_path_of_api_6_does_not_exist(self, client, admin, robot):
        for method in ("GET", "POST", "PATCH", "OPTIONS"):
            answer = call(client, admin["access_token"], robot.id, method)
            assert refusal(answer) == (404, 10)


class TestWithoutSliding:
    @pytest.fixture
    def settings(self):
        return {"sliding": False, "long_live_ttl": 3_600}

    def test_it_ends_however_often_it_is_used(self, world, client, admin, robot):
        token = issue(client, admin, robot)
        world.clock.advance(seconds=3_599)
        assert is_good(client, token, robot)
        world.clock.advance(seconds=2)

        assert not is_good(client, token, robot)
        assert token["expire_date"] == (world.clock() - timedelta(seconds=1)).timestamp()
