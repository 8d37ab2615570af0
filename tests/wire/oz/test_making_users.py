"""``POST /api/users/``: wire contract Oz 4.2, 6.1, 6.3 and 7."""

from typing import Any

import pytest

from tests.wire.oz.people import FORBIDDEN, NOBODY, NOT_EXIST, enter, people_of
from tests.wire.oz.talk import PASSWORD, log_in
from tests.wire.oz.test_users import API_5, FLAGS, FRONT

NO_MIDDLE_NAME: list[dict[str, Any]] = [{}, {"middle_name": ""}, {"middle_name": None}]


@pytest.fixture
def people(world, client):
    return people_of(world, client)


@pytest.fixture
def admin(people):
    return people["ADMIN"]


@pytest.fixture
def boss(people):
    return people["CLIENT_ADMIN"]


def message(answer):
    return answer.status_code, answer.json()["error_code"], answer.json()["error_message"]


class TestAnswer:
    def test_a_new_user_is_shown_as_it_is(self, admin, boss):
        answer = admin.make(company_id=boss.company, middle_name="van", user_type="CLIENT")
        assert answer.status_code == 201
        user = answer.json()
        assert list(user) == [
            *FRONT,
            *(f"can_start_analysis_{flag}" for flag in FLAGS),
            "company_id",
        ]
        assert admin.get(f"users/{user['user_id']}").json() == user
        assert (user["first_name"], user["middle_name"], user["last_name"]) == (
            "john",
            "van",
            "doe",
        )
        assert (user["user_type"], user["company_id"]) == ("CLIENT", boss.company)
        assert user["is_active"] is True
        assert (user["meta_data"], user["technical_meta_data"]) == ({}, {})

    def test_it_can_log_in_at_once(self, admin, boss, client):
        user = admin.make(company_id=boss.company).json()
        assert log_in(client, "new@acme.example").json()["user_id"] == user["user_id"]

    def test_no_password_comes_back(self, admin, boss):
        answer = admin.make(password="sesame-sesame", company_id=boss.company)
        assert "sesame" not in answer.text

    def test_a_role_is_a_client_where_none_is_given(self, admin, boss):
        assert admin.make(company_id=boss.company).json()["user_type"] == "CLIENT"

    def test_a_role_is_taken_in_any_case(self, admin, boss):
        user = admin.make(company_id=boss.company, user_type=" client_operator ").json()
        assert user["user_type"] == "CLIENT_OPERATOR"

    def test_a_missing_middle_name_is_empty(self, admin, boss):
        users = [
            admin.make(f"{n}@acme.example", company_id=boss.company, **middle).json()
            for n, middle in enumerate(NO_MIDDLE_NAME)
        ]
        assert [user["middle_name"] for user in users] == ["", "", ""]

    def test_names_are_trimmed_and_collapsed(self, admin, boss):
        user = admin.make(
            company_id=boss.company, first_name="  Anna  Maria\t", last_name=""
        ).json()
        assert (user["first_name"], user["last_name"]) == ("Anna Maria", "")

    def test_the_other_doors_show_the_whole_name(self, world, admin, boss):
        admin.make(company_id=boss.company, middle_name="van")
        with world.storage.read() as transaction:
            subject = transaction.subjects.find_by_login("new@acme.example")
        assert subject.full_name == "john van doe"

    def test_it_can_be_made_switched_off(self, admin, boss, client):
        assert admin.make(company_id=boss.company, is_active=False).json()["is_active"] is False
        assert log_in(client, "new@acme.example").status_code == 401


class TestRoles:
    @pytest.mark.parametrize("role", ["ADMIN", "OPERATOR"])
    def test_a_company_is_dropped_for_roles_that_have_none(self, admin, boss, role):
        for number, company in enumerate([boss.company, NOBODY, None]):
            answer = admin.make(f"{number}@acme.example", user_type=role, company_id=company)
            assert (answer.status_code, answer.json()["company_id"]) == (201, None)

    @pytest.mark.parametrize("empty", ["", "  "])
    def test_an_empty_company_is_null(self, admin, empty):
        made = admin.make("root2@acme.example", user_type="ADMIN", company_id=empty)
        assert (made.status_code, made.json()["company_id"]) == (201, None)
        answer = admin.make("client2@acme.example", company_id=empty)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 5)

    @pytest.mark.parametrize("settings", [{"api_version": 5}, {"api_version": 6}])
    def test_a_user_of_either_generation_is_understood_by_both(self, admin, boss, settings):
        older: dict[str, Any] = {"is_admin": False, "is_service": True, "user_type": "CLIENT"}
        newer: dict[str, Any] = {"user_type": "CLIENT_SERVICE"}
        mixed = {**older, **newer}
        users = [
            admin.make(f"{n}@acme.example", company_id=boss.company, **words).json()
            for n, words in enumerate([older, newer, mixed])
        ]
        expected = "CLIENT" if settings["api_version"] == 5 else "CLIENT_SERVICE"
        assert [user["user_type"] for user in users] == [expected] * 3
        assert [user["is_service"] for user in users] == [True] * 3

    @API_5
    def test_an_administrator_of_api_5_is_a_client_with_a_flag(self, admin, boss):
        user = admin.make(company_id=boss.company, user_type="CLIENT", is_admin=True).json()
        assert (user["user_type"], user["is_admin"], user["is_service"]) == ("CLIENT", True, False)

    def test_a_machine_account_lives_for_five_years(self, admin, boss, client, world):
        admin.make(company_id=boss.company, user_type="CLIENT_SERVICE")
        session = log_in(client, "new@acme.example").json()
        assert session["expire_date"] - world.clock().timestamp() == 157_680_000


class TestFlags:
    @pytest.mark.parametrize("spelling", ["analysis", "analyse"])
    @pytest.mark.parametrize("flag", FLAGS)
    def test_each_flag_can_be_switched_off_in_either_spelling(self, admin, boss, flag, spelling):
        off = {f"can_start_{spelling}_{flag}": False}
        user = admin.make(company_id=boss.company, **off).json()
        assert {each: user[f"can_start_analysis_{each}"] for each in FLAGS} == {
            each: each != flag for each in FLAGS
        }

    def test_the_newer_spelling_wins(self, admin, boss):
        both = {"can_start_analysis_quality": False, "can_start_analyse_quality": True}
        assert not admin.make(company_id=boss.company, **both).json()["can_start_analysis_quality"]


class TestRefusals:
    @pytest.mark.parametrize(
        "missing",
        [
            ("credentials",),
            ("profile",),
            ("credentials", "email"),
            ("credentials", "password"),
            ("profile", "first_name"),
            ("profile", "last_name"),
            ("profile", "company_id"),
        ],
    )
    def test_what_is_missing_is_named(self, admin, boss, missing):
        body = {
            "credentials": {"email": "new@acme.example", "password": PASSWORD},
            "profile": {"first_name": "a", "last_name": "b", "company_id": boss.company},
        }
        *path, last = missing
        place = body
        for key in path:
            place = place[key]
        del place[last]
        path = ".".join(missing)
        text = f"Could not locate field for key_path {path} from provided dict data"
        answer = admin.post("users/", body)
        assert message(answer) == (400, 3, text)
        assert answer.json()["details"] == {"key_path": path}

    @pytest.mark.parametrize(
        ("key", "value", "code", "text"),
        [
            ("first_name", 1, 5, "Invalid data type for param profile.first_name"),
            ("first_name", None, 5, "Invalid data type for param profile.first_name"),
            ("middle_name", [], 5, "Invalid data type for param profile.middle_name"),
            ("last_name", "x" * 257, 4, "Invalid param value"),
            ("last_name", "x\x00y", 4, "Invalid param value"),
            ("user_type", "KING", 4, "Could not cast KING as valid UserType"),
            ("user_type", "", 4, "Could not cast  as valid UserType"),
            ("user_type", None, 5, "Invalid data type for param profile.user_type"),
            ("company_id", "1", 4, "Invalid value for uuid field"),
            ("company_id", 1, 5, "Invalid data type for param profile.company_id"),
            ("company_id", None, 5, "Invalid data type for param profile.company_id"),
            ("is_admin", "yes", 5, "Invalid data type for param profile.is_admin"),
            ("is_service", 1, 5, "Invalid data type for param profile.is_service"),
            ("is_active", None, 5, "Invalid data type for param profile.is_active"),
            (
                "can_start_analyse_quality",
                "true",
                5,
                "Invalid data type for param profile.can_start_analyse_quality",
            ),
        ],
    )
    def test_a_wrong_value_of_a_profile_is_refused(self, admin, boss, key, value, code, text):
        answer = admin.make(**{"company_id": boss.company, key: value})
        assert message(answer) == (400, code, text)

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "alice",
            "a b@acme.example",
            "@acme.example",
            "a@",
            "a@b@c",
            "a\x00@b",
            "a\uff20b@c",
            "a" * 321 + "@b",
        ],
    )
    def test_what_is_no_address_is_refused(self, admin, boss, email):
        answer = admin.make(email, company_id=boss.company)
        assert message(answer) == (400, 4, "Invalid email format")

    @pytest.mark.parametrize("password", ["", "x" * 4097, "é" * 2049])
    def test_a_password_that_cannot_be_kept_is_refused(self, admin, boss, password):
        answer = admin.make(password=password, company_id=boss.company)
        assert message(answer) == (400, 4, "Invalid param value")

    @pytest.mark.parametrize("email", ["alice@acme.example", " ALICE@acme.EXAMPLE "])
    def test_an_address_that_is_taken_is_refused(self, admin, boss, email):
        answer = admin.make(email, company_id=boss.company)
        assert message(answer) == (400, 13, "Object already exist")

    def test_a_company_that_is_not_there_does_not_exist(self, admin):
        answer = admin.make(company_id=NOBODY)
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    def test_without_a_token_nothing_is_looked_at(self, client):
        assert client.post("/api/users/", content=b"x").json()["error_code"] == 6


class TestRights:
    @pytest.mark.parametrize("role", ["OPERATOR", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"])
    def test_who_may_not_make_users_is_told_so_before_its_body_is_looked_at(self, people, role):
        answer = people[role].post("users/", {"credentials": 1})
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    @pytest.mark.parametrize(
        "role", ["CLIENT", "CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT_SERVICE"]
    )
    def test_a_companys_administrator_makes_users_of_its_company(self, boss, role):
        answer = boss.make(user_type=role)
        assert (answer.status_code, answer.json()["company_id"]) == (201, boss.company)
        assert answer.json()["user_type"] == role

    @pytest.mark.parametrize("role", ["ADMIN", "OPERATOR", "admin"])
    def test_it_makes_nobody_who_reaches_further(self, boss, role):
        for company in (boss.company, None):
            answer = boss.make(user_type=role, company_id=company)
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    def test_it_makes_nobody_for_another_company_or_for_one_that_is_not_there(self, people, boss):
        for company in (people["rival"].company, NOBODY):
            answer = boss.make(company_id=company)
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    def test_it_gives_away_no_flag_that_it_lacks(self, admin, boss):
        admin.edit(boss.id, can_start_analysis_biometry=False)
        refused = boss.make("a@acme.example", can_start_analysis_biometry=True)
        assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
        given = boss.make("b@acme.example").json()
        assert given["can_start_analysis_biometry"] is False
        assert given["can_start_analysis_quality"] is True

    def test_without_a_company_it_makes_nobody(self, world, client, people):
        world.add("lone@acme.example", profiles={"oz": {"user_type": "CLIENT_ADMIN"}})
        lone = enter(client, "lone@acme.example")
        assert lone.make(company_id=people["rival"].company).status_code == 403
        assert lone.make(company_id=None).status_code == 400

    def test_the_trail_names_who_made_whom(self, world, boss):
        user = boss.make().json()
        with world.storage.read() as transaction:
            entries = [link.entry for _, link in transaction.audit.list_page(0, 1_000)]
        [entry] = [each for each in entries if str(each.subject_id) == user["user_id"]]
        assert (entry.action, entry.audience) == ("subject.create", "oz")
        assert (entry.details["by"], entry.details["by_login"]) == (boss.id, boss.email)
