"""``PATCH /api/users/{user_id}``: wire contract Oz 4.3, 6.3 and 7."""

import pytest

from tests.support.elsewhere import driver_beside, profile_beside, profiles_beside
from tests.wire.oz.people import FORBIDDEN, NOBODY, NOT_EXIST, Person, enter, people_of
from tests.wire.oz.talk import PASSWORD, log_in
from tests.wire.oz.test_users import API_5

NEW = "another horse"
BOTH = pytest.mark.parametrize("settings", [{"api_version": 5}, {"api_version": 6}])
EVERYWHERE = profiles_beside("oz")


@pytest.fixture
def people(world, client):
    return people_of(world, client)


@pytest.fixture
def admin(people):
    return people["ADMIN"]


@pytest.fixture
def boss(people):
    return people["CLIENT_ADMIN"]


@pytest.fixture
def shared(world, client):
    """Somebody of the company who is an administrator elsewhere."""
    profiles = {"oz": {"user_type": "CLIENT"}, **EVERYWHERE}
    world.add("sam@acme.example", "sam", tenant="Acme Bank", password=PASSWORD, profiles=profiles)
    return enter(client, "sam@acme.example")


def is_refused(answer, body=FORBIDDEN):
    return answer.status_code in {403, 404} and answer.json() == body


class TestProfile:
    def test_what_is_mentioned_changes_and_the_rest_stays(self, admin, people):
        before = admin.get(f"users/{people['CLIENT'].id}").json()
        changes = {"first_name": "Zoë", "can_start_analysis_quality": False}
        answer = admin.edit(people["CLIENT"].id, **changes)
        assert answer.status_code == 200
        assert answer.json() == {**before, **changes}
        assert admin.get(f"users/{people['CLIENT'].id}").json() == answer.json()

    @pytest.mark.parametrize("body", [{}, {"profile": {}}, {"credentials": {}}, {"x": 1}])
    def test_nothing_changes_nothing(self, world, admin, people, body):
        before = len(list(world.audited()))
        answer = admin.patch(f"users/{people['CLIENT'].id}", body)
        assert (answer.status_code, answer.json()["email"]) == (200, "client@acme.example")
        assert len(list(world.audited())) == before

    @BOTH
    def test_what_was_shown_and_comes_back_changes_nothing(self, world, admin, people):
        before = len(list(world.audited()))
        for each in people.values():
            shown = admin.get(f"users/{each.id}").json()
            answer = admin.edit(each.id, **shown)
            assert (answer.status_code, answer.json()) == (200, shown)
            assert each.shows() == 200
        assert len(list(world.audited())) == before

    def test_a_change_of_name_shows_at_the_other_doors(self, world, admin, shared):
        admin.edit(shared.id, first_name="Samantha", last_name="Smith")
        with world.storage.read() as transaction:
            subject = transaction.subjects.find_by_login("sam")
        assert subject.full_name == "Samantha Smith"

    def test_it_is_seen_in_the_next_call(self, admin, people):
        client = people["CLIENT"]
        assert client.get(f"users/{client.id}").json()["first_name"] == ""
        admin.edit(client.id, first_name="Zoë")
        assert client.get(f"users/{client.id}").json()["first_name"] == "Zoë"

    @pytest.mark.parametrize(
        ("profile", "code"),
        [({"first_name": None}, 5), ({"user_type": "KING"}, 4), ({"company_id": "1"}, 4)],
    )
    def test_a_wrong_value_is_refused(self, admin, people, profile, code):
        answer = admin.edit(people["CLIENT"].id, **profile)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)

    @pytest.mark.parametrize("body", [{"profile": 1}, {"profile": None}, {"credentials": []}])
    def test_a_wrong_part_is_named(self, admin, people, body):
        answer = admin.patch(f"users/{people['CLIENT'].id}", body)
        assert answer.json()["details"] == {"key_path": next(iter(body))}


class TestActivity:
    def test_switching_off_ends_the_sessions_and_refuses_logins(self, admin, people, client):
        machine = people["CLIENT_SERVICE"]
        assert admin.edit(machine.id, is_active=False).json()["is_active"] is False
        assert machine.get(f"users/{machine.id}").json() == FORBIDDEN
        assert log_in(client, machine.email).status_code == 401

    def test_switching_on_lets_in_again_but_revives_nothing(self, admin, people, client):
        machine = people["CLIENT_SERVICE"]
        admin.edit(machine.id, is_active=False)
        admin.edit(machine.id, is_active=True)
        assert machine.get(f"users/{machine.id}").json()["error_code"] == 7
        assert log_in(client, machine.email).status_code == 200

    def test_nobody_switches_itself_off(self, admin, boss):
        for person in (admin, boss):
            assert is_refused(person.edit(person.id, is_active=False))
            assert person.edit(person.id, is_active=True).status_code == 200


class TestPassword:
    def change(self, person: Person, user_id, password=NEW):
        return person.patch(f"users/{user_id}", {"credentials": {"password": password}})

    @pytest.mark.parametrize(
        "role", ["OPERATOR", "CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"]
    )
    def test_everybody_changes_its_own(self, people, client, role):
        person = people[role]
        other = enter(client, person.email)
        answer = self.change(person, person.id)
        assert answer.status_code == 200
        assert "horse" not in answer.text
        assert person.shows() == 200
        assert other.get(f"users/{other.id}").json()["error_code"] == 7
        assert log_in(client, person.email).status_code == 401
        assert log_in(client, person.email, NEW).status_code == 200

    def test_an_administrator_changes_anybodys(self, admin, people, client):
        for name, person in people.items():
            if person is not admin:
                assert self.change(admin, person.id).status_code == 200, name
                assert person.shows() == 401
                assert log_in(client, person.email, NEW).status_code == 200

    def test_a_companys_administrator_changes_those_of_its_company(self, boss, people, client):
        for role in ("CLIENT", "CLIENT_OPERATOR", "CLIENT_SERVICE"):
            assert self.change(boss, people[role].id).status_code == 200
            assert log_in(client, people[role].email, NEW).status_code == 200

    def test_and_no_others(self, boss, people, client):
        for name in ("ADMIN", "OPERATOR", "stranger", "rival"):
            assert is_refused(self.change(boss, people[name].id))
            assert people[name].shows() == 200
            assert log_in(client, people[name].email).status_code == 200

    def test_nobody_else_changes_anybodys(self, people):
        for role in ("OPERATOR", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"):
            for other in people.values():
                if other is not people[role]:
                    assert is_refused(self.change(people[role], other.id))

    @pytest.mark.parametrize("password", ["", "x" * 4097])
    def test_one_that_cannot_be_kept_is_refused(self, admin, people, password):
        answer = self.change(admin, people["CLIENT"].id, password)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)

    def test_one_that_is_null_is_refused(self, admin, people):
        answer = self.change(admin, people["CLIENT"].id, None)
        assert answer.json()["error_message"] == (
            "Invalid data type for param credentials.password"
        )

    def test_the_other_doors_take_the_new_one(self, admin, shared, client):
        self.change(admin, shared.id)
        statuses = [
            driver_beside("oz").login(client, "sam", p).status_code for p in (NEW, PASSWORD)
        ]
        assert (statuses[0], statuses[1] == 200) == (200, False)


class TestAddress:
    def change(self, person: Person, user_id, email):
        return person.patch(f"users/{user_id}", {"credentials": {"email": email}})

    def test_a_new_one_takes_the_place_of_the_old(self, admin, people, client):
        answer = self.change(admin, people["CLIENT"].id, "zoe@acme.example")
        assert answer.json()["email"] == "zoe@acme.example"
        assert log_in(client, "zoe@acme.example").status_code == 200
        assert log_in(client, "client@acme.example").status_code == 401

    def test_user_names_stay(self, world, admin, shared):
        self.change(admin, shared.id, "samantha@acme.example")
        with world.storage.read() as transaction:
            subject = transaction.subjects.find_by_login("sam")
        assert subject.logins == ("samantha@acme.example", "sam")

    def test_who_had_none_gets_one(self, world, admin, client):
        world.add("nemo", profiles={"oz": {}})
        nemo = enter(client, "nemo")
        assert self.change(admin, nemo.id, "nemo@acme.example").json()["email"] == (
            "nemo@acme.example"
        )
        assert log_in(client, "nemo").status_code == 200

    def test_another_of_ones_own_becomes_the_first(self, world, admin, client):
        world.add("a@acme.example", "b@acme.example", "ab", profiles={"oz": {}})
        person = enter(client, "ab")
        self.change(admin, person.id, "B@acme.example")
        with world.storage.read() as transaction:
            assert transaction.subjects.find_by_login("ab").logins == ("B@acme.example", "ab")

    def test_one_that_is_taken_is_refused_and_nothing_else_is_done(self, admin, people, client):
        body = {
            "credentials": {"email": people["rival"].email, "password": NEW},
            "profile": {"first_name": "Eve"},
        }
        answer = admin.patch(f"users/{people['CLIENT'].id}", body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 13)
        assert people["CLIENT"].shows() == 200
        assert log_in(client, people["CLIENT"].email).json()["user"]["first_name"] == ""

    def test_nobody_changes_its_own_without_the_right_to(self, people):
        for role in ("OPERATOR", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"):
            person = people[role]
            assert is_refused(self.change(person, person.id, "me@acme.example"))


class TestRole:
    def test_a_role_can_be_changed(self, admin, boss, people):
        for role in ("CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT_SERVICE", "CLIENT"):
            for person in (admin, boss):
                answer = person.edit(people["CLIENT"].id, user_type=role)
                assert (answer.status_code, answer.json()["user_type"]) == (200, role)

    def test_the_new_rights_hold_at_once(self, admin, people):
        client = people["CLIENT"]
        assert client.make().status_code == 403
        admin.edit(client.id, user_type="CLIENT_ADMIN")
        assert client.make().status_code == 201
        admin.edit(client.id, user_type="CLIENT")
        assert client.make("b@acme.example").status_code == 403

    def test_nobody_changes_its_own(self, admin, boss):
        assert is_refused(admin.edit(admin.id, user_type="OPERATOR"))
        assert is_refused(boss.edit(boss.id, user_type="CLIENT"))
        assert is_refused(boss.edit(boss.id, user_type="ADMIN"))
        assert is_refused(boss.edit(boss.id, is_service=True))
        assert admin.edit(admin.id, user_type="ADMIN").status_code == 200

    def test_a_companys_administrator_makes_nobody_reach_further(self, boss, people):
        for role in ("ADMIN", "OPERATOR"):
            for target in ("CLIENT", "CLIENT_ADMIN"):
                assert is_refused(boss.edit(people[target].id, user_type=role))

    def test_who_reaches_further_needs_a_company_to_reach_less(self, admin, people):
        answer = admin.edit(people["OPERATOR"].id, user_type="CLIENT")
        assert answer.json()["details"] == {"key_path": "profile.company_id"}
        placed = {"user_type": "CLIENT", "company_id": people["rival"].company}
        answer = admin.edit(people["OPERATOR"].id, **placed)
        assert (answer.status_code, answer.json()["company_id"]) == (200, people["rival"].company)

    def test_who_comes_to_reach_further_leaves_its_company(self, admin, people):
        answer = admin.edit(people["CLIENT"].id, user_type="OPERATOR")
        assert (answer.status_code, answer.json()["company_id"]) == (200, None)

    def test_a_machine_that_becomes_a_person_loses_its_long_sessions(self, admin, people):
        machine = people["CLIENT_SERVICE"]
        admin.edit(machine.id, user_type="CLIENT")
        assert machine.shows() == 401

    def test_a_person_that_becomes_a_machine_keeps_its_own(self, admin, people):
        admin.edit(people["CLIENT"].id, user_type="CLIENT_SERVICE")
        assert people["CLIENT"].shows() == 200

    @API_5
    def test_a_flag_alone_changes_a_role_of_api_5(self, admin, people):
        answer = admin.edit(people["CLIENT"].id, is_admin=True)
        assert (answer.json()["user_type"], answer.json()["is_admin"]) == ("CLIENT", True)
        answer = admin.edit(people["CLIENT"].id, first_name="Zoë", user_type="CLIENT")
        assert answer.json()["is_admin"] is True


class TestCompany:
    def test_an_administrator_moves_a_user(self, admin, people):
        answer = admin.edit(people["CLIENT"].id, company_id=people["rival"].company)
        assert (answer.status_code, answer.json()["company_id"]) == (200, people["rival"].company)
        assert is_refused(people["CLIENT_ADMIN"].edit(people["CLIENT"].id, first_name="x"))

    def test_a_companys_administrator_does_not(self, boss, people):
        for company in (people["rival"].company, NOBODY):
            assert is_refused(boss.edit(people["CLIENT"].id, company_id=company))
            assert is_refused(boss.edit(boss.id, company_id=company))
        assert boss.edit(people["CLIENT"].id, company_id=boss.company).status_code == 200

    def test_a_company_that_is_not_there_does_not_exist(self, admin, people):
        answer = admin.edit(people["CLIENT"].id, company_id=NOBODY)
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    def test_nobody_of_a_company_loses_it(self, admin, people):
        answer = admin.edit(people["CLIENT"].id, company_id=None)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 5)

    def test_who_never_had_one_may_go_on_without(self, world, client, admin):
        world.add("lone@acme.example", profiles={"oz": {"user_type": "CLIENT"}})
        lone = enter(client, "lone@acme.example")
        for body in ({"first_name": "x"}, {"company_id": None, "is_active": True}):
            answer = admin.edit(lone.id, **body)
            assert (answer.status_code, answer.json()["company_id"]) == (200, None)


class TestReach:
    def test_one_changes_ones_own_names(self, people):
        client = people["CLIENT"]
        answer = client.edit(client.id, first_name="Zoë", last_name="Z", middle_name="")
        assert (answer.status_code, answer.json()["first_name"]) == (200, "Zoë")

    @pytest.mark.parametrize("role", ["OPERATOR", "CLIENT_OPERATOR", "CLIENT_SERVICE"])
    def test_others_do_not(self, people, role):
        assert is_refused(people[role].edit(people[role].id, first_name="Zoë"))

    @pytest.mark.parametrize(
        "profile",
        [
            {"is_active": True},
            {"user_type": "CLIENT"},
            {"can_start_analysis_quality": True},
            {"company_id": None},
            {"is_service": False},
        ],
    )
    def test_with_ones_names_nothing_else_passes(self, people, profile):
        client = people["CLIENT"]
        assert is_refused(client.edit(client.id, first_name="Zoë", **profile))
        assert client.get(f"users/{client.id}").json()["first_name"] == ""

    def test_a_foreign_user_answers_like_one_that_is_not_there(self, people):
        for name, person in people.items():
            if name in {"ADMIN", "stranger", "rival"}:
                continue
            for profile in ({"first_name": "x"}, {"is_active": True}, {}):
                foreign = person.edit(people["stranger"].id, **profile)
                unknown = person.edit(NOBODY, **profile)
                assert is_refused(foreign)
                assert foreign.content == unknown.content
                assert foreign.status_code == unknown.status_code

    def test_to_an_administrator_it_does_not_exist(self, admin):
        assert is_refused(admin.edit(NOBODY, first_name="x"), NOT_EXIST)
        assert admin.edit("1", first_name="x").json()["error_code"] == 4

    def test_a_subject_without_a_profile_here_is_not_there(self, world, admin):
        other = world.add("ida", profiles=profile_beside("oz"))
        assert is_refused(admin.edit(str(other.id), first_name="x"), NOT_EXIST)

    def test_an_administrator_that_the_directory_puts_in_a_company_is_out_of_its_reach(
        self, world, client, boss
    ):
        for role in ("ADMIN", "OPERATOR"):
            email = f"seated-{role.lower()}@acme.example"
            world.add(email, tenant="Acme Bank", profiles={"oz": {"user_type": role}})
            seated = enter(client, email)
            assert is_refused(boss.edit(seated.id, first_name="x"))
            body = {"credentials": {"password": NEW}}
            assert is_refused(boss.patch(f"users/{seated.id}", body))

    def test_no_flag_is_switched_on_that_one_lacks(self, admin, boss, people):
        for each in (boss, people["CLIENT"]):
            admin.edit(each.id, can_start_analysis_documents=False)
        for each in (boss, people["CLIENT"]):
            assert is_refused(boss.edit(each.id, can_start_analysis_documents=True))
            assert boss.edit(each.id, can_start_analysis_documents=False).status_code == 200
        assert boss.edit(people["CLIENT"].id, can_start_analyse_quality=False).status_code == 200
        assert boss.edit(people["CLIENT"].id, can_start_analyse_quality=True).status_code == 200


class TestShared:
    """Decision 0206."""

    @pytest.mark.parametrize(
        "body",
        [
            {"credentials": {"password": NEW}},
            {"credentials": {"email": "other@acme.example"}},
            {"profile": {"is_active": False}},
            {"profile": {"user_type": "CLIENT_SERVICE"}},
        ],
    )
    def test_a_companys_administrator_gets_at_nobodys_other_rights(self, boss, shared, body):
        assert is_refused(boss.patch(f"users/{shared.id}", body))
        assert shared.shows() == 200

    def test_but_it_rules_what_only_this_door_reads(self, boss, shared):
        profile = {"first_name": "Sam", "user_type": "CLIENT_ADMIN"}
        answer = boss.edit(shared.id, **profile, can_start_analysis_quality=False)
        assert (answer.status_code, answer.json()["user_type"]) == (200, "CLIENT_ADMIN")

    def test_an_administrator_and_the_subject_itself_are_not_bound(self, world, admin, shared):
        # The last one of another door would have to stay.
        world.add("eve@beta.example", profiles=profile_beside("oz"))
        body = {"credentials": {"password": NEW}}
        assert shared.patch(f"users/{shared.id}", body).status_code == 200
        assert admin.patch(f"users/{shared.id}", body).status_code == 200
        assert admin.edit(shared.id, is_active=False).status_code == 200

    def test_a_shared_account_keeps_its_place_elsewhere_when_it_comes_to_reach_further(
        self, world, admin, shared
    ):
        assert admin.edit(shared.id, user_type="ADMIN").json()["company_id"] is None
        with world.storage.read() as transaction:
            assert transaction.subjects.find_by_login("sam").tenant_id is not None


class TestLastAdministrator:
    def test_of_two_each_can_take_the_others_rights_but_one_stays(self, world, client, admin):
        world.add("root@acme.example", profiles={"oz": {"user_type": "ADMIN"}}, password=PASSWORD)
        root = enter(client, "root@acme.example")
        answer = root.edit(admin.id, user_type="OPERATOR")
        assert (answer.status_code, answer.json()["user_type"]) == (200, "OPERATOR")
        assert is_refused(admin.edit(root.id, user_type="OPERATOR"))


def test_the_trail_names_who_changed_what(world, boss, people):
    body = {"credentials": {"password": NEW}, "profile": {"first_name": "Zoë"}}
    boss.patch(f"users/{people['CLIENT'].id}", body)
    with world.storage.read() as transaction:
        entry = transaction.audit.list_page(0, 1_000)[-1][1].entry
    assert (entry.action, str(entry.subject_id)) == ("subject.update", people["CLIENT"].id)
    assert (entry.details["by"], entry.details["by_login"]) == (boss.id, boss.email)
    assert entry.details["fields"] == "full_name,profile oz,password"
    assert NEW not in str(entry)
