"""``/api/users/{user_id}/meta_data`` and that of companies: wire contract Oz 4.3 and 8."""

import pytest

from tests.wire.oz.people import FORBIDDEN, NOBODY, NOT_EXIST, people_of, run_jobs
from watchword.dialects.oz.meta_data import LONGEST


@pytest.fixture
def people(world, client):
    return people_of(world, client)


@pytest.fixture
def admin(people):
    return people["ADMIN"]


@pytest.fixture
def boss(people):
    return people["CLIENT_ADMIN"]


@pytest.fixture(params=["user", "company"])
def path(request, people):
    """Return the path of the meta data of a user, then of a company, of the same people."""
    if request.param == "user":
        return f"users/{people['CLIENT'].id}/meta_data"
    return f"companies/{people['CLIENT'].company}/meta_data"


def foreign(path, people):
    own, other = people["CLIENT"], people["stranger"]
    return path.replace(own.id, other.id).replace(own.company, other.company)


def unknown(path, people):
    return path.replace(people["CLIENT"].id, NOBODY).replace(people["CLIENT"].company, NOBODY)


class TestMethods:
    def test_there_is_nothing_at_first(self, boss, path):
        answer = boss.get(path)
        assert (answer.status_code, answer.json()) == (200, {})

    def test_post_puts_all_of_it(self, boss, path):
        for meta_data in ({"a": 1, "b": {"c": [True, None, "ü"]}}, {"d": 2.5}, {}):
            answer = boss.post(path, meta_data)
            assert (answer.status_code, answer.json()) == (200, meta_data)
            assert boss.get(path).json() == meta_data

    def test_patch_puts_what_it_names(self, boss, path):
        boss.post(path, {"a": {"x": 1}, "b": 2})
        answer = boss.patch(path, {"a": {"y": 3}, "c": None})
        assert answer.status_code == 200
        assert answer.json() == boss.get(path).json() == {"a": {"y": 3}, "b": 2, "c": None}

    def test_delete_takes_all_of_it_away(self, boss, path):
        boss.post(path, {"a": 1})
        for _ in range(2):
            answer = boss.delete(path)
            assert (answer.status_code, answer.content) == (204, b"")
        assert boss.get(path).json() == {}

    def test_a_slash_at_the_end_is_served(self, boss, path):
        assert boss.post(f"{path}/", {"a": 1}).json() == boss.get(f"{path}/").json() == {"a": 1}

    def test_a_user_shows_it(self, boss, people):
        boss.post(f"users/{people['CLIENT'].id}/meta_data", {"a": 1})
        assert boss.get(f"users/{people['CLIENT'].id}").json()["meta_data"] == {"a": 1}

    def test_a_company_keeps_to_its_four_keys(self, boss):
        boss.post(f"companies/{boss.company}/meta_data", {"a": 1})
        assert len(boss.get(f"companies/{boss.company}").json()) == 4

    def test_a_change_of_the_profile_leaves_it_alone(self, admin, boss, people):
        boss.post(f"users/{people['CLIENT'].id}/meta_data", {"a": 1})
        answer = admin.edit(people["CLIENT"].id, first_name="Zoë", meta_data={"b": 2})
        assert answer.json()["meta_data"] == {"a": 1}


class TestRefusals:
    @pytest.mark.parametrize("method", ["POST", "PATCH"])
    @pytest.mark.parametrize("body", [b"", b"x", b"[]", b"1", b"null", b'{"a": NaN}'])
    def test_what_is_no_object_is_refused(self, client, boss, path, method, body):
        answer = client.request(method, f"/api/{path}", content=body, headers=boss.headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)
        assert boss.get(path).json() == {}

    @pytest.mark.parametrize("method", ["POST", "PATCH"])
    def test_too_much_is_refused(self, client, boss, path, method):
        boss.post(path, {"a": "x" * (LONGEST // 2)})
        body = {"b": "x" * (LONGEST // 2 if method == "PATCH" else LONGEST)}
        answer = client.request(method, f"/api/{path}", json=body, headers=boss.headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)
        assert list(boss.get(path).json()) == ["a"]

    def test_other_methods_are_refused(self, client, boss, path):
        answer = client.put(f"/api/{path}", json={}, headers=boss.headers)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "DELETE, GET, PATCH, POST"


class TestRights:
    def test_who_may_change_the_record_may_change_it(self, people, path):
        for name, person in people.items():
            may = name in {"ADMIN", "CLIENT_ADMIN"}
            for call in (
                lambda p=person: p.post(path, {"by": p.email}),
                lambda p=person: p.patch(path, {"by": p.email}),
                lambda p=person: p.delete(path),
            ):
                answer = call()
                assert (answer.status_code in {200, 204}) == may, name
                assert may or answer.json() == FORBIDDEN

    def test_who_may_see_the_record_may_see_it(self, people, path):
        for name, person in people.items():
            blind = {"stranger", "rival"} | ({"CLIENT_SERVICE"} if "users" in path else set())
            answer = person.get(path)
            assert answer.status_code == (404 if name in blind else 200), name

    def test_a_foreign_record_answers_like_one_that_is_not_there(self, boss, people, path):
        there, nowhere = foreign(path, people), unknown(path, people)
        assert boss.get(there).json() == NOT_EXIST
        assert boss.post(there, {}).json() == FORBIDDEN
        for call in (
            boss.get,
            boss.delete,
            lambda p: boss.post(p, {}),
            lambda p: boss.patch(p, {}),
        ):
            assert call(there).content == call(nowhere).content

    def test_to_an_administrator_it_does_not_exist(self, admin, people, path):
        nowhere = unknown(path, people)
        for answer in (admin.get(nowhere), admin.delete(nowhere), admin.patch(nowhere, {})):
            assert answer.json() == NOT_EXIST


def test_that_of_a_company_in_deletion_is_not_changed_and_goes_with_it(world, admin, boss):
    boss.post(f"companies/{boss.company}/meta_data", {"a": 1})
    admin.delete(f"companies/{boss.company}")
    path = f"companies/{boss.company}/meta_data"
    assert admin.get(path).json() == {"a": 1}
    assert admin.post(path, {"b": 1}).json() == FORBIDDEN
    run_jobs(world)
    assert admin.get(path).json() == NOT_EXIST
    with world.storage.read() as transaction:
        assert transaction.documents.list_of("oz", "company") == []


def test_the_trail_names_who_changed_it(world, boss, path):
    boss.post(path, {"a": "secret-of-mine"})
    with world.storage.read() as transaction:
        entry = transaction.audit.list_page(0, 1_000)[-1][1].entry
    assert entry.action in {"subject.update", "tenant.update"}
    assert entry.details["by"] == boss.id
    assert "secret-of-mine" not in str(entry)
