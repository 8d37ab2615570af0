"""``/api/collections/``: wire contract Oz 1.5, 5, 6.3 and 8, and decision 0224."""

from typing import Any
from uuid import UUID

import pytest

from tests.wire.oz.collecting import add_person, make_collection, path_of, photos_of
from tests.wire.oz.filing import FORBIDDEN, NOBODY, NOT_EXIST, PEOPLE, seat
from tests.wire.oz.people import run_jobs

KEYS = [
    "technical_meta_data",
    "meta_data",
    "time_created",
    "time_updated",
    "collection_id",
    "alias",
    "company_id",
]
CHANGE = {"admin", "company_admin"}
SEE = {
    "admin",
    "operator",
    "client",
    "colleague",
    "machine",
    "company_admin",
    "company_operator",
}
FAULTS = [
    ({}, 3, "alias"),
    ({"alias": None}, 5, "alias"),
    ({"alias": 1}, 5, "alias"),
    ({"alias": " "}, 4, None),
    ({"alias": "x" * 257}, 4, None),
    ({"alias": "a", "company_id": None}, 5, "company_id"),
    ({"alias": "a", "company_id": 1}, 5, "company_id"),
    ({"alias": "a", "company_id": "x"}, 4, None),
    ({"alias": "a", "meta_data": []}, 5, "meta_data"),
]


@pytest.fixture
def boss(world, client):
    return seat(world, client, "company_admin")


@pytest.fixture
def admin(world, client):
    return seat(world, client, "admin")


@pytest.fixture
def collection(boss):
    return make_collection(boss)


def kept(world):
    """Return how much of everything there is, and how many pieces of content."""
    world.clock.advance(seconds=1)
    with world.storage.read() as transaction:
        kinds = ("collection", "person", "person-image")
        records = [len(transaction.documents.list_of("oz", kind)) for kind in kinds]
    return [*records, len(list(world.core.vault.list_older(world.clock())))]


def remove_company(admin, company_id):
    assert admin.delete(f"/api/companies/{company_id}").status_code == 204


class TestMaking:
    def test_a_new_one_is_shown_as_it_is(self, world, boss):
        answer = boss.post(
            "/api/collections/", {"alias": "blacklist", "company_id": boss.user["company_id"]}
        )
        assert answer.status_code == 201
        collection = answer.json()
        assert list(collection) == KEYS
        assert (collection["alias"], collection["meta_data"]) == ("blacklist", {})
        assert collection["company_id"] == boss.user["company_id"]
        assert UUID(collection["collection_id"]).version == 4
        assert collection["time_created"] == world.clock().timestamp()
        assert boss.get(path_of(collection)).json() == collection
        assert ("collection.create", "done") in world.audited()

    def test_ones_own_company_need_not_be_named(self, boss):
        answer = boss.post("/api/collections", {"alias": "a"})
        assert answer.json()["company_id"] == boss.user["company_id"]

    def test_meta_data_may_come_with_it(self, boss):
        assert make_collection(boss, meta_data={"a": 1})["meta_data"] == {"a": 1}

    def test_an_administrator_names_any_company(self, admin, boss):
        company_id = boss.user["company_id"]
        assert make_collection(admin, company_id=company_id)["company_id"] == company_id

    def test_who_has_no_company_has_to_name_one(self, admin):
        answer = admin.post("/api/collections/", {"alias": "a"})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)
        assert answer.json()["details"] == {"key_path": "company_id"}

    def test_a_company_that_is_not_there_does_not_exist(self, admin):
        answer = admin.post("/api/collections/", {"alias": "a", "company_id": NOBODY})
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    def test_a_foreign_company_answers_like_one_that_is_not_there(self, world, client, boss):
        rival = seat(world, client, "foreign_admin")
        for company_id in (rival.user["company_id"], NOBODY):
            answer = boss.post("/api/collections/", {"alias": "a", "company_id": company_id})
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    def test_none_is_made_in_a_company_in_deletion(self, admin, boss):
        company_id = boss.user["company_id"]
        remove_company(admin, company_id)
        answer = admin.post("/api/collections/", {"alias": "a", "company_id": company_id})
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    @pytest.mark.parametrize(("body", "code", "path"), FAULTS, ids=lambda value: str(value)[:40])
    def test_a_wrong_field_is_named(self, world, boss, body, code, path):
        answer = boss.post("/api/collections/", body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)
        assert answer.json()["details"] == (None if path is None else {"key_path": path})
        assert kept(world)[0] == 0

    def test_nothing_else_of_it_can_be_set(self, boss):
        more: dict[str, Any] = {"collection_id": NOBODY, "time_created": 1, "owner_id": NOBODY}
        collection = make_collection(boss, key="x", **more)
        assert list(collection) == KEYS
        assert collection["collection_id"] != NOBODY

    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_makes_one(self, world, client, name):
        acme = world.add("x@acme.example", tenant="Acme Bank", profiles={"oz": {}}).tenant_id
        caller = seat(world, client, name)
        answer = caller.post("/api/collections/", {"alias": "a", "company_id": str(acme)})
        if name in CHANGE:
            assert answer.status_code == 201
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert kept(world)[0] == 0

    def test_the_right_is_looked_at_before_the_body(self, world, client):
        answer = seat(world, client, "client").post("/api/collections/", {})
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


class TestShowing:
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_sees_one(self, world, client, boss, collection, name):
        caller = boss if name == "company_admin" else seat(world, client, name)
        answer = caller.get(path_of(collection))
        listed = caller.get("/api/collections")
        assert listed.status_code == 200
        if name in SEE:
            assert (answer.json(), listed.json()) == (collection, [collection])
        else:
            unknown = caller.get(f"/api/collections/{NOBODY}")
            assert (answer.status_code, answer.json(), listed.json()) == (404, NOT_EXIST, [])
            assert unknown.content == answer.content

    def test_it_is_its_companys_and_not_its_makers(self, world, client, admin, boss, collection):
        rival = seat(world, client, "foreign_admin")
        company = {"profile": {"company_id": rival.user["company_id"]}}
        assert admin.patch(f"/api/users/{boss.user['user_id']}", company).status_code == 200
        assert boss.get(path_of(collection)).json() == NOT_EXIST
        assert boss.get("/api/collections/").json() == []
        assert boss.delete(path_of(collection)).json() == FORBIDDEN

    def test_an_id_that_is_none_is_refused(self, boss):
        answer = boss.get("/api/collections/1")
        assert answer.json()["error_message"] == "Invalid value for uuid field"


class TestListing:
    @pytest.fixture
    def made(self, world, boss):
        found = []
        for alias in ("white", "grey", "black"):
            found.append(make_collection(boss, alias, meta_data={"colour": alias}))
            world.clock.advance(seconds=10)
        return found

    def aliases(self, caller, **query):
        answer = caller.get("/api/collections/", **query)
        assert answer.status_code == 200, answer.text
        return [each["alias"] for each in answer.json()]

    def test_it_is_a_bare_array_with_the_newest_first(self, boss, made):
        assert boss.get("/api/collections").json() == made[::-1]

    def test_it_can_be_filtered_sorted_and_paged(self, boss, made):
        middle = made[1]["time_created"]
        queries: list[tuple[dict[str, Any], list[str]]] = [
            ({"alias": "grey"}, ["grey"]),
            ({"alias.exclude": "grey"}, ["black", "white"]),
            ({"search_text": "RE"}, ["grey"]),
            ({"sorting": "alias{asc}"}, ["black", "grey", "white"]),
            ({"limit": 1, "offset": 1}, ["grey"]),
            ({"limit": 0}, []),
            ({"limit": -1}, ["black", "grey", "white"]),
            ({"collection_id": made[0]["collection_id"]}, ["white"]),
            ({"company_id": NOBODY}, []),
            ({"meta_data": "colour==black"}, ["black"]),
            ({"time_created.min": middle}, ["black", "grey"]),
        ]
        for query, expected in queries:
            assert self.aliases(boss, **query) == expected, query

    def test_more_than_the_usual_limit_are_shown(self, boss):
        for number in range(101):
            make_collection(boss, str(number))
        assert len(self.aliases(boss)) == 101

    def test_what_is_too_long_for_an_answer_is_refused_and_not_cut(self, boss, made, monkeypatch):
        monkeypatch.setattr("watchword.dialects.oz.lists.LONGEST", len(made) - 1)
        for query in ({}, {"limit": -1}):
            answer = boss.get("/api/collections/", **query)
            message = "Invalid limit value for pagination - exceed max available"
            assert (answer.status_code, answer.json()["error_message"]) == (400, message)
        assert len(self.aliases(boss, limit=3)) == 3

    @pytest.mark.parametrize("query", [{"sorting": "odd"}, {"limit": "x"}, {"company_id": "x"}])
    def test_an_odd_parameter_is_refused(self, boss, query):
        answer = boss.get("/api/collections/", **query)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)


class TestRemoving:
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_removes_one(self, world, client, boss, collection, name):
        caller = boss if name == "company_admin" else seat(world, client, name)
        answer = caller.delete(path_of(collection))
        if name in CHANGE:
            assert (answer.status_code, answer.content) == (204, b"")
            assert boss.get(path_of(collection)).json() == NOT_EXIST
            assert ("collection.remove", "done") in world.audited()
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert boss.get(path_of(collection)).json() == collection

    def test_what_it_held_is_gone_at_once_and_removed_in_time(self, world, boss, collection):
        person = add_person(boss, collection)
        [photo] = photos_of(boss, collection, person)
        assert boss.delete(path_of(collection)).status_code == 204
        inside = path_of(collection, person)
        paths = [inside, f"{inside}/images", f"{inside}/meta_data", photo["original_url"]]
        for path in (*paths, f"{path_of(collection)}/persons"):
            assert boss.get(path).json() == NOT_EXIST
        assert boss.delete(inside).json() == FORBIDDEN
        assert kept(world) == [0, 1, 1, 1]
        run_jobs(world)
        assert kept(world) == [0, 0, 0, 0]

    def test_a_large_one_goes_in_several_parts(self, world, boss, collection, monkeypatch):
        monkeypatch.setattr("watchword.dialects.oz.archive.collections.removing.BATCH", 2)
        for _ in range(5):
            add_person(boss, collection)
        other = make_collection(boss, "other")
        add_person(boss, other)
        boss.delete(path_of(collection))
        assert len(run_jobs(world)) == 4
        assert kept(world) == [1, 1, 1, 1]

    def test_doing_it_twice_is_no_error(self, world, boss, collection):
        add_person(boss, collection)
        boss.delete(path_of(collection))
        [job] = [outcome.job for outcome in run_jobs(world)][-1:]
        with world.storage.write() as transaction:
            transaction.jobs.add(job)
        world.clock.advance(hours=1)
        assert [outcome.error for outcome in run_jobs(world)] == [None]

    def test_one_that_nobody_has_does_not_exist(self, admin):
        assert admin.delete(f"/api/collections/{NOBODY}").json() == NOT_EXIST


class TestCompanies:
    def test_with_a_company_go_its_collections(self, world, client, admin, boss, collection):
        rival = seat(world, client, "foreign_admin")
        other = make_collection(rival)
        add_person(rival, other)
        add_person(boss, collection)
        remove_company(admin, boss.user["company_id"])
        assert admin.get(path_of(collection)).json() == collection
        run_jobs(world)
        assert admin.get(path_of(collection)).json() == NOT_EXIST
        assert rival.get("/api/collections/").json() == [other]
        assert kept(world) == [1, 1, 1, 1]

    def test_while_it_goes_nothing_is_added(self, world, admin, boss, collection):
        person = add_person(boss, collection)
        remove_company(admin, boss.user["company_id"])
        path, inside = path_of(collection), path_of(collection, person)
        for answer in (
            admin.send({}, path=f"{path}/persons/"),
            admin.send({}, path=f"{inside}/images/"),
            admin.post(f"{path}/meta_data", {"a": 1}),
            admin.patch(f"{inside}/meta_data", {"a": 1}),
        ):
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
        assert kept(world) == [1, 1, 1, 1]

    def test_a_collection_outlives_who_made_it(self, world, client, admin, collection, boss):
        assert admin.delete(f"/api/users/{boss.user['user_id']}").status_code == 204
        assert admin.get(path_of(collection)).json() == collection
        assert seat(world, client, "client").get("/api/collections/").json() == [collection]


class TestMetaData:
    @pytest.fixture
    def paths(self, boss, collection):
        person = add_person(boss, collection, {})
        return {"collection": path_of(collection), "person": path_of(collection, person)}

    @pytest.mark.parametrize("what", ["collection", "person"])
    def test_it_has_its_four_methods(self, world, boss, paths, what):
        path = f"{paths[what]}/meta_data/"
        assert boss.get(path).json() == {}
        assert boss.post(path, {"a": 1, "b": [2]}).json() == {"a": 1, "b": [2]}
        assert boss.patch(path, {"b": None, "c": "3"}).json() == {"a": 1, "b": None, "c": "3"}
        assert boss.get(paths[what]).json()["meta_data"] == boss.get(path).json()
        assert boss.delete(path).status_code == 204
        assert boss.get(path).json() == {}
        assert (f"{what}.update", "done") in world.audited()

    @pytest.mark.parametrize("what", ["collection", "person"])
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_sees_and_changes_it(self, world, client, boss, paths, what, name):
        caller = boss if name == "company_admin" else seat(world, client, name)
        path = f"{paths[what]}/meta_data"
        seen = SEE if what == "collection" else {"admin", "operator", "company_admin"}
        if name in seen | ({"company_operator"} & SEE):
            assert caller.get(path).status_code == 200
        else:
            assert caller.get(path).status_code in {403, 404}
        answers = [caller.post(path, {"a": 1}), caller.patch(path, {"a": 1}), caller.delete(path)]
        expected = [200, 200, 204] if name in CHANGE else [403] * 3
        assert [answer.status_code for answer in answers] == expected

    def test_of_one_that_nobody_has_there_is_none(self, admin):
        path = f"/api/collections/{NOBODY}/meta_data"
        assert admin.get(path).json() == admin.delete(path).json() == NOT_EXIST

    def test_too_much_is_refused(self, boss, paths):
        answer = boss.post(f"{paths['person']}/meta_data", {"a": "x" * 40_000})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)
