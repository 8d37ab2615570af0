"""``DELETE /api/users/{user_id}``: wire contract Oz 4.3, 6.3 and decision 0205."""

import pytest

from tests.support.elsewhere import driver_beside, profile_beside
from tests.wire.oz.people import FORBIDDEN, NOBODY, NOT_EXIST, enter, people_of
from tests.wire.oz.talk import PASSWORD, log_in

ELSEWHERE = profile_beside("oz")


@pytest.fixture
def people(world, client):
    return people_of(world, client)


@pytest.fixture
def admin(people):
    return people["ADMIN"]


@pytest.fixture
def boss(people):
    return people["CLIENT_ADMIN"]


def find(world, login):
    with world.storage.read() as transaction:
        return transaction.subjects.find_by_login(login)


def test_a_removed_user_is_gone_with_its_sessions_and_its_login(world, admin, people, client):
    gone = people["CLIENT"]
    answer = admin.delete(f"users/{gone.id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert gone.get(f"users/{gone.id}").json()["error_code"] == 7
    assert log_in(client, gone.email).status_code == 401
    assert find(world, gone.email) is None
    assert admin.get(f"users/{gone.id}").json() == NOT_EXIST


def test_a_second_call_finds_nobody(admin, people):
    admin.delete(f"users/{people['CLIENT'].id}")
    answer = admin.delete(f"users/{people['CLIENT'].id}")
    assert (answer.status_code, answer.json()) == (404, NOT_EXIST)


def test_its_address_is_free_again(admin, boss, people):
    admin.delete(f"users/{people['CLIENT'].id}")
    assert boss.make(people["CLIENT"].email).status_code == 201


def test_a_companys_administrator_removes_its_users_and_no_others(boss, people):
    assert boss.delete(f"users/{people['CLIENT'].id}").status_code == 204
    unknown = boss.delete(f"users/{NOBODY}")
    for name in ("ADMIN", "OPERATOR", "stranger", "rival"):
        answer = boss.delete(f"users/{people[name].id}")
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
        assert answer.content == unknown.content
        assert people[name].shows() == 200


@pytest.mark.parametrize("role", ["OPERATOR", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"])
def test_nobody_else_removes_anybody(people, role):
    for other in people.values():
        assert people[role].delete(f"users/{other.id}").json() == FORBIDDEN
        assert other.shows() == 200


def test_nobody_removes_itself(admin, boss):
    for person in (admin, boss):
        assert person.delete(f"users/{person.id}").json() == FORBIDDEN
        assert person.shows() == 200


def test_a_subject_that_other_doors_know_keeps_those(world, admin, client):
    profiles = {"oz": {"user_type": "CLIENT"}, **ELSEWHERE}
    world.add("sam@acme.example", "sam", tenant="Acme Bank", password=PASSWORD, profiles=profiles)
    sam = enter(client, "sam@acme.example")
    other = driver_beside("oz")
    there = other.token(other.login(client, "sam", PASSWORD))

    assert admin.delete(f"users/{sam.id}").status_code == 204

    assert sam.get(f"users/{sam.id}").status_code in {401, 403}
    assert log_in(client, "sam").status_code == 401
    assert admin.get(f"users/{sam.id}").json() == NOT_EXIST
    assert admin.get("users/", email="sam@acme.example").json()["items"] == []
    assert other.guarded(client, there, "sam").status_code == 200
    assert other.login(client, "sam", PASSWORD).status_code == 200


def test_an_odd_id_is_refused(admin):
    assert admin.delete("users/1").json()["error_code"] == 4


def test_the_trail_names_who_removed_whom(world, boss, people):
    boss.delete(f"users/{people['CLIENT'].id}")
    with world.storage.read() as transaction:
        entry = transaction.audit.list_page(0, 1_000)[-1][1].entry
    assert (entry.action, str(entry.subject_id)) == ("subject.remove", people["CLIENT"].id)
    assert (entry.details["by"], entry.details["by_login"]) == (boss.id, boss.email)
