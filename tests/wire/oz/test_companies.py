"""``/api/companies/``: wire contract Oz 5, 6.3 and decision 0205."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.elsewhere import driver_beside, profile_beside
from tests.wire.oz.people import FORBIDDEN, NOBODY, NOT_EXIST, enter, people_of, run_jobs
from tests.wire.oz.talk import PASSWORD, log_in, refresh
from watchword.core.index import equals
from watchword.core.policy import Reserve
from watchword.core.subjects import Audience

ELSEWHERE = profile_beside("oz")
LEASE = timedelta(minutes=5)


@pytest.fixture
def people(world, client):
    return people_of(world, client)


@pytest.fixture
def admin(people):
    return people["ADMIN"]


@pytest.fixture
def boss(people):
    return people["CLIENT_ADMIN"]


def remove(admin, company_id):
    answer = admin.delete(f"companies/{company_id}")
    assert (answer.status_code, answer.content) == (204, b"")


class TestMaking:
    def test_a_new_company_is_shown_with_four_keys(self, admin):
        answer = admin.post("companies/", {"name": "your_company_name"})
        assert answer.status_code == 201
        company = answer.json()
        assert list(company) == ["company_id", "name", "in_deletion", "technical_meta_data"]
        assert (company["name"], company["in_deletion"]) == ("your_company_name", False)
        assert company["technical_meta_data"] == {}
        assert admin.get(f"companies/{company['company_id']}").json() == company

    def test_names_need_not_be_unique(self, admin):
        ids = {admin.post("companies/", {"name": "Twin"}).json()["company_id"] for _ in range(2)}
        assert len(ids) == 2

    def test_a_name_is_trimmed_and_collapsed(self, admin):
        assert admin.post("companies/", {"name": " a \t b "}).json()["name"] == "a b"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 3),
            ({"name": None}, 5),
            ({"name": 1}, 5),
            ({"name": " "}, 4),
            ({"name": "x" * 257}, 4),
            ({"name": "x\x00"}, 4),
        ],
    )
    def test_a_wrong_name_is_refused(self, admin, body, code):
        answer = admin.post("companies/", body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)

    def test_nothing_else_of_it_can_be_set(self, admin):
        body = {
            "name": "A",
            "company_id": NOBODY,
            "in_deletion": True,
            "technical_meta_data": {"a": 1},
        }
        company = admin.post("companies/", body).json()
        assert company["company_id"] != NOBODY
        assert (company["in_deletion"], company["technical_meta_data"]) == (False, {})

    @pytest.mark.parametrize(
        "role", ["OPERATOR", "CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"]
    )
    def test_only_an_administrator_makes_one(self, people, role):
        for body in ({"name": "A"}, {}):
            answer = people[role].post("companies/", body)
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


class TestReading:
    def test_everybody_sees_its_own_and_some_see_all(self, people, boss):
        for name, person in people.items():
            own = person.get(f"companies/{boss.company}")
            assert own.status_code == (404 if name in {"stranger", "rival"} else 200)
            foreign = person.get(f"companies/{people['rival'].company}")
            sees = name in {"ADMIN", "OPERATOR", "stranger", "rival"}
            assert foreign.status_code == (200 if sees else 404)

    def test_a_foreign_company_answers_like_one_that_is_not_there(self, boss, people):
        foreign = boss.get(f"companies/{people['rival'].company}")
        assert foreign.json() == NOT_EXIST
        assert foreign.content == boss.get(f"companies/{NOBODY}").content

    def test_an_odd_id_is_refused(self, admin):
        for call in (admin.get, admin.delete):
            answer = call("companies/1")
            assert answer.json()["error_message"] == "Invalid value for uuid field"

    def test_a_list_holds_what_the_caller_may_see(self, people):
        for name, person in people.items():
            page = person.get("companies/").json()
            assert list(page) == ["offset", "limit", "total_count", "items"]
            names = {each["name"] for each in page["items"]}
            both = {"Acme Bank", "Other Bank"}
            other = {"Other Bank"} if name in {"stranger", "rival"} else {"Acme Bank"}
            assert names == (both if name in {"ADMIN", "OPERATOR"} else other)
            assert page["total_count"] == len(names)

    def test_who_has_no_company_sees_none(self, world, client):
        world.add("lone@acme.example", profiles={"oz": {"user_type": "CLIENT"}})
        page = enter(client, "lone@acme.example").get("companies/").json()
        assert (page["items"], page["total_count"]) == ([], 0)

    def test_a_company_is_found_by_a_part_of_its_name(self, admin, boss):
        for part in ("acme", "ME B", "Acme Bank"):
            items = admin.get("companies/", search_text=part).json()["items"]
            assert [each["company_id"] for each in items] == [boss.company]

    def test_a_list_is_filtered_and_sorted(self, admin, boss):
        both = ["Acme Bank", "Other Bank"]
        for query, expected in [
            ({"sorting": "name{asc}"}, both),
            ({"sorting": "name"}, both[::-1]),
            ({"name": "Other Bank"}, both[1:]),
            ({"company_id": boss.company}, both[:1]),
            ({"company_id.exclude": boss.company}, both[1:]),
            ({"in_deletion": "true"}, []),
            ({"sorting": "name{asc}", "limit": 1, "offset": 1}, both[1:]),
        ]:
            items = admin.get("companies/", **query).json()["items"]
            assert [each["name"] for each in items] == expected, query


class TestChanging:
    def test_an_administrator_and_a_companys_own_rename_it(self, admin, boss):
        for person in (admin, boss):
            answer = person.patch(f"companies/{boss.company}", {"name": f"By {person.email}"})
            assert answer.status_code == 200
            assert admin.get(f"companies/{boss.company}").json() == answer.json()
            assert answer.json()["name"] == f"By {person.email}"

    def test_nothing_else_of_it_can_be_changed(self, admin, boss):
        body = {"company_id": NOBODY, "in_deletion": True, "technical_meta_data": {"a": 1}}
        before = admin.get(f"companies/{boss.company}").json()
        answer = admin.patch(f"companies/{boss.company}", body)
        assert (answer.status_code, answer.json()) == (200, before)

    @pytest.mark.parametrize("role", ["OPERATOR", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"])
    def test_nobody_else_does(self, people, boss, role):
        answer = people[role].patch(f"companies/{boss.company}", {"name": "x"})
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    def test_a_foreign_company_answers_like_one_that_is_not_there(self, boss, people):
        foreign = boss.patch(f"companies/{people['rival'].company}", {"name": "x"})
        unknown = boss.patch(f"companies/{NOBODY}", {"name": "x"})
        assert foreign.json() == FORBIDDEN
        assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)

    def test_to_an_administrator_it_does_not_exist(self, admin):
        assert admin.patch(f"companies/{NOBODY}", {"name": "x"}).json() == NOT_EXIST

    def test_a_wrong_name_is_refused(self, admin, boss):
        answer = admin.patch(f"companies/{boss.company}", {"name": ""})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)

    def test_one_in_deletion_is_not_renamed(self, admin, boss):
        remove(admin, boss.company)
        assert admin.patch(f"companies/{boss.company}", {"name": "x"}).json() == FORBIDDEN


class TestRemoving:
    def test_in_deletion_it_can_still_be_read(self, admin, boss, people):
        remove(admin, boss.company)
        for person in (admin, people["OPERATOR"]):
            assert person.get(f"companies/{boss.company}").json()["in_deletion"] is True
            assert person.get(f"users/{boss.id}").status_code == 200
        items = admin.get("companies/", in_deletion="true").json()["items"]
        assert [each["company_id"] for each in items] == [boss.company]

    def test_its_people_are_refused_at_once(self, admin, boss, people, client):
        remove(admin, boss.company)
        for role in ("CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"):
            person = people[role]
            answer = person.get(f"users/{person.id}")
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            renewed = refresh(client, person.session)
            assert (renewed.status_code, renewed.json()) == (403, FORBIDDEN)
            answer = log_in(client, person.email)
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            answer = log_in(client, person.email, "wrong")
            assert (answer.status_code, answer.json()["error_code"]) == (401, 7)

    def test_others_go_on(self, admin, boss, people):
        remove(admin, boss.company)
        assert people["stranger"].shows() == people["OPERATOR"].shows() == 200

    def test_nobody_is_added_to_it(self, admin, boss, people):
        remove(admin, boss.company)
        assert admin.make(company_id=boss.company).json() == FORBIDDEN
        moved = admin.edit(people["stranger"].id, company_id=boss.company)
        assert (moved.status_code, moved.json()) == (403, FORBIDDEN)

    def test_a_second_call_changes_nothing(self, world, admin, boss):
        remove(admin, boss.company)
        before = len(list(world.audited()))
        remove(admin, boss.company)
        assert len(list(world.audited())) == before
        with world.storage.write() as transaction:
            assert len(transaction.jobs.take(["oz.purge-company"], world.clock(), LEASE, 9)) == 1

    def test_in_the_end_it_is_gone_with_its_people(self, world, admin, boss, people):
        remove(admin, boss.company)
        run_jobs(world)
        assert admin.get(f"companies/{boss.company}").json() == NOT_EXIST
        assert admin.delete(f"companies/{boss.company}").json() == NOT_EXIST
        for role in ("CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"):
            assert admin.get(f"users/{people[role].id}").json() == NOT_EXIST
        assert admin.get("users/", company_id=boss.company).json()["total_count"] == 0
        assert [each["name"] for each in admin.get("companies/").json()["items"]] == ["Other Bank"]
        assert people["rival"].shows() == 200

    def test_their_addresses_are_free_again(self, world, admin, boss, people):
        remove(admin, boss.company)
        run_jobs(world)
        answer = people["rival"].make(boss.email)
        assert answer.status_code == 201

    def test_large_companies_go_in_several_parts(self, world, admin, boss):
        for number in range(450):
            world.add(f"{number}@acme.example", tenant="Acme Bank", profiles={"oz": {}})
        remove(admin, boss.company)
        assert len(run_jobs(world)) == 4
        assert admin.get("users/", company_id=boss.company).json()["total_count"] == 0
        assert admin.get(f"companies/{boss.company}").json() == NOT_EXIST

    def test_a_part_that_was_cut_off_is_done_again(self, world, admin, boss, monkeypatch):
        calls = []
        real = type(world.core.tenancy).remove_tenant

        def fail_once(self, tenant_id, **options):
            calls.append(tenant_id)
            if len(calls) == 1:
                raise OSError
            real(self, tenant_id, **options)

        monkeypatch.setattr(type(world.core.tenancy), "remove_tenant", fail_once)
        remove(admin, boss.company)
        with pytest.raises(AssertionError):
            run_jobs(world)
        world.clock.advance(hours=1)
        run_jobs(world)
        assert len(calls) == 2
        assert enter(admin.client, admin.email).get(f"companies/{boss.company}").json() == NOT_EXIST

    def test_doing_it_twice_is_no_error(self, world, admin, boss):
        remove(admin, boss.company)
        with world.storage.write() as transaction:
            [job] = transaction.jobs.take(["oz.purge-company"], world.clock(), LEASE, 9)
        world.clock.advance(hours=1)
        run_jobs(world)
        with world.storage.write() as transaction:
            transaction.jobs.add(job)
        assert run_jobs(world)

    def test_a_subject_that_other_doors_know_stays_but_is_switched_off(self, world, client, admin):
        for email, profiles in (
            ("sam@acme.example", {"oz": {"user_type": "CLIENT"}, **ELSEWHERE}),
            ("ida@acme.example", ELSEWHERE),
        ):
            world.add(email, tenant="Acme Bank", password=PASSWORD, profiles=profiles)
        world.add("eve@beta.example", profiles=ELSEWHERE)
        remove(admin, admin.get("companies/", name="Acme Bank").json()["items"][0]["company_id"])
        run_jobs(world)
        for email in ("sam@acme.example", "ida@acme.example"):
            with world.storage.read() as transaction:
                subject = transaction.subjects.find_by_login(email)
                profiles = transaction.profiles.list_of(subject.id)
            assert (subject.active, subject.tenant_id) == (False, None)
            assert [each.audience for each in profiles] == list(ELSEWHERE)
            refused = driver_beside("oz").login(client, email, PASSWORD)
            assert driver_beside("oz").shaped(refused)

    def test_the_last_administrator_of_another_door_stays_on(self, world, admin, monkeypatch):
        # Whoever that other door is: to this test, everybody there is its last one.
        audiences, other = world.core.policy.audiences, Audience(next(iter(ELSEWHERE)))
        last = Reserve(lambda subject, _profile: subject.active, (equals("id", "nobody"),))
        monkeypatch.setitem(audiences, other, replace(audiences[other], reserve=last))
        profiles = {"oz": {"user_type": "CLIENT"}, **ELSEWHERE}
        sam = world.add("sam@acme.example", tenant="Acme Bank", profiles=profiles)
        company = admin.get("companies/", name="Acme Bank").json()["items"][0]["company_id"]
        remove(admin, company)
        run_jobs(world)

        assert admin.get(f"companies/{company}").status_code == 404
        with world.storage.read() as transaction:
            subject = transaction.subjects.find(sam.id)
            profiles = transaction.profiles.list_of(sam.id)
        assert (subject.active, subject.tenant_id) == (True, None)
        assert [each.audience for each in profiles] == list(ELSEWHERE)

    @pytest.mark.parametrize("role", ["ADMIN", "OPERATOR"])
    def test_who_belongs_to_no_company_here_goes_on(self, world, client, admin, boss, role):
        world.add("seated@acme.example", tenant="Acme Bank", profiles={"oz": {"user_type": role}})
        seated = enter(client, "seated@acme.example")
        remove(admin, boss.company)
        assert seated.shows() == 200
        run_jobs(world)
        assert seated.shows() == 200
        with world.storage.read() as transaction:
            assert transaction.subjects.find_by_login("seated@acme.example").tenant_id is None

    def test_who_is_seated_there_only_meanwhile_goes_on_too(self, world, client, admin, boss):
        remove(admin, boss.company)
        world.add(
            "late@acme.example", tenant="Acme Bank", profiles={"oz": {"user_type": "OPERATOR"}}
        )
        run_jobs(world)
        assert enter(client, "late@acme.example").shows() == 200

    @pytest.mark.parametrize(
        "role", ["OPERATOR", "CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"]
    )
    def test_only_an_administrator_removes_one(self, people, boss, role):
        for company in (boss.company, people["rival"].company, NOBODY):
            answer = people[role].delete(f"companies/{company}")
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
        assert boss.shows() == 200

    def test_one_that_is_not_there_does_not_exist(self, admin):
        answer = admin.delete(f"companies/{NOBODY}")
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)


def test_the_trail_names_who_did_what(world, admin):
    company = admin.post("companies/", {"name": "A"}).json()["company_id"]
    admin.patch(f"companies/{company}", {"name": "B"})
    admin.post(f"companies/{company}/meta_data", {"a": 1})
    admin.make(company_id=company)
    remove(admin, company)
    run_jobs(world)
    with world.storage.read() as transaction:
        entries = [link.entry for _, link in transaction.audit.list_page(0, 1_000)]
    told = [each for each in entries if str(each.tenant_id) == company]
    assert [each.action for each in told] == [
        "tenant.create",
        "tenant.update",
        "tenant.update",
        "subject.create",
        "tenant.close",
        "subject.remove",
        "tenant.remove",
    ]
    assert {each.details["by"] for each in told} == {admin.id}
