"""Users through the API (wire contract FindFace 2.7)."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.elsewhere import profile_beside
from tests.wire.findface.door import PASSWORD, door
from watchword.core.audit import Actor
from watchword.core.errors import ForbiddenError
from watchword.dialects.findface.password_policy import require_good
from watchword.dialects.findface.permissions import CATALOGUE
from watchword.web.errors import BadFieldError

ELSEWHERE = profile_beside("findface")
ABSENT = b'{"code":"NOT_FOUND","desc":"No User matches the given query."}'
NEW = {
    "active": True,
    "name": "bob",
    "password": "brass-lantern-5",
    "primary_group": 3,
    "real_name": "Bob Carter",
}


@pytest.fixture
def admin(visitor):
    """Return an administrator's token; alice is 1, the administrator 2."""
    return visitor.add("ada", "Administrator")


def make(visitor, token, **body):
    """Make a user and return it."""
    answer = visitor.call("POST", "/users/", token, json=NEW | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def patch(visitor, token, number, **body):
    """Change a user."""
    return visitor.call("PATCH", f"/users/{number}/", token, json=body)


def find(visitor, login):
    """Return the subject with a login."""
    with visitor.world.storage.read() as transaction:
        return transaction.subjects.find_by_login(login)


def wrong(answer):
    """Return what a refusal finds fault with, and how."""
    assert answer.status_code == 400, answer.text
    return answer.json()["param"], answer.json()["desc"]


class TestMaking:
    def test_a_new_user_is_shown_and_can_log_in(self, visitor, admin):
        user = make(visitor, admin, groups=[2, 3], comment=" c ", language="ru", confirm_password=1)

        assert (user["id"], user["name"], user["real_name"]) == (3, "bob", "Bob Carter")
        assert (user["primary_group"], user["groups"]) == (3, [2])
        assert (user["comment"], user["language"], user["active"]) == ("c", "ru", True)
        token = visitor.enter("bob", password=NEW["password"])
        assert visitor.me(token).json() == user
        assert visitor.call("GET", "/users/3/", admin).json() == user

    def test_its_password_is_shown_nowhere(self, visitor, admin):
        answer = visitor.call("POST", "/users/", admin, json=NEW)

        assert b"brass" not in answer.content
        assert "password" not in answer.json()

    def test_one_that_is_not_active_cannot_log_in(self, visitor, admin):
        make(visitor, admin, active=False)

        assert visitor.login("bob", password=NEW["password"]).status_code == 401

    @pytest.mark.parametrize("group", ["Operator", "User", "All"])
    def test_nobody_but_an_administrator_makes_users_whatever_they_may(self, visitor, group):
        visitor.define({"name": "All", "permissions": sorted(CATALOGUE)})
        token = visitor.add("olga", group)

        answer = visitor.call("POST", "/users/", token, json=NEW)
        assert answer.status_code == 403
        assert answer.json()["missing_permissions"] == ["ffsecurity.add_user"]

    @pytest.mark.parametrize("field", ["active", "name", "password", "primary_group", "real_name"])
    def test_what_the_vendor_requires_is_required(self, visitor, admin, field):
        body = {key: value for key, value in NEW.items() if key != field}

        answer = visitor.call("POST", "/users/", admin, json=body)
        assert wrong(answer) == (field, "This field is required.")
        answer = visitor.call("POST", "/users/", admin, json=body | {field: None})
        assert wrong(answer) == (field, "This field may not be null.")

    @pytest.mark.parametrize(
        ("body", "param", "desc"),
        [
            ({"name": "x" * 81}, "name", "Ensure this field has no more than 80 characters."),
            ({"name": " "}, "name", "This field may not be blank."),
            ({"name": "ALICE"}, "name", "This field must be unique."),
            (
                {"name": "bob:carter"},
                "name",
                "A name cannot hold a colon: HTTP Basic would end it there.",
            ),
            (
                {"real_name": "x" * 81},
                "real_name",
                "Ensure this field has no more than 80 characters.",
            ),
            ({"active": "maybe"}, "active", "Must be a valid boolean."),
            ({"primary_group": "x"}, "primary_group", "A valid integer is required."),
            ({"primary_group": True}, "primary_group", "A valid integer is required."),
            (
                {"primary_group": 99},
                "primary_group",
                'Invalid pk "99" - object does not exist.',
            ),
            ({"groups": [2, 99]}, "groups", 'Invalid pk "99" - object does not exist.'),
            ({"groups": 2}, "groups", 'Expected a list of items but got type "int".'),
            (
                {"comment": "x" * 2_049},
                "comment",
                "Ensure this field has no more than 2048 characters.",
            ),
            ({"language": "xx"}, "language", '"xx" is not a valid choice.'),
            ({"face_cover": "7"}, "face_cover", 'Invalid pk "7" - object does not exist.'),
            ({"password": ""}, "password", "This field may not be blank."),
            ({"password": []}, "password", "Not a valid string."),
        ],
    )
    def test_a_wrong_user_is_told(self, visitor, admin, body, param, desc):
        answer = visitor.call("POST", "/users/", admin, json=NEW | body)

        assert wrong(answer) == (param, desc)
        assert visitor.call("GET", "/users/count/", admin).json() == {"count": 2}

    @pytest.mark.parametrize("code", ["en", "en-US", "EN-us"])
    def test_the_clients_own_name_for_english_is_taken(self, visitor, admin, code):
        assert make(visitor, admin, language=code)["language"] == "en-us"

    def test_no_cover_is_taken_for_what_it_is(self, visitor, admin):
        assert make(visitor, admin, face_cover=None)["face_cover"] is None


class TestPasswords:
    @pytest.mark.parametrize(
        ("password", "desc"),
        [
            ("Lant3rn", "This password is too short. It must contain at least 8 characters."),
            ("83652917", "This password is entirely numeric."),
            ("Password1!", "This password is too common."),
            ("p4ssw0rd", "This password is too common."),
            ("qwertyuiop", "This password is too common."),
            ("zxcvbnm,", "This password is too common."),
            ("abababab", "This password is too common."),
            ("98765432", "This password is too common."),
            ("bobcarter9", "The password is too similar to the real name."),
            ("пароль-восемь", "The password may contain ASCII characters only."),
        ],
    )
    def test_a_bad_password_is_told_in_the_frameworks_words(self, visitor, admin, password, desc):
        answer = visitor.call("POST", "/users/", admin, json=NEW | {"password": password})

        assert wrong(answer) == ("password", desc)

    def test_likeness_to_the_login_is_told(self, visitor, admin):
        body = NEW | {"name": "lanterns", "password": "lanterns5"}

        answer = visitor.call("POST", "/users/", admin, json=body)
        assert wrong(answer) == ("password", "The password is too similar to the username.")

    def test_a_huge_password_is_refused(self, visitor, admin):
        answer = visitor.call("POST", "/users/", admin, json=NEW | {"password": "x-Y" * 2_000})

        assert wrong(answer)[0] == "password"

    def test_the_policy_can_be_switched_off(self):
        with door(password_policy=False) as visitor:
            admin = visitor.add("ada", "Administrator")
            assert make(visitor, admin, password="123456")["name"] == "bob"

    @given(st.text(min_size=1, max_size=40), st.text(max_size=40))
    def test_any_password_is_judged(self, password, name):
        try:
            require_good(password, {"username": name})
        except BadFieldError as error:
            refused = error.path == "password"
        else:
            refused = len(password) < 8
            assert password.isascii()
            assert not password.isdecimal()
            refused = not refused
        assert refused

    def test_a_new_password_ends_the_users_other_sessions(self, visitor, admin):
        make(visitor, admin)
        tokens = [visitor.enter("bob", password=NEW["password"], uuid=f"b{n}") for n in (1, 2)]

        answer = patch(visitor, tokens[0], 3, password="copper-kettle-8")

        assert answer.status_code == 200
        assert [visitor.me(token).status_code for token in tokens] == [200, 401]
        assert visitor.login("bob", password=NEW["password"]).status_code == 401
        assert visitor.login("bob", password="copper-kettle-8").status_code == 200

    def test_one_set_by_an_administrator_ends_them_all(self, visitor, admin):
        token = visitor.enter()

        assert patch(visitor, admin, 1, password="copper-kettle-8").status_code == 200
        assert visitor.me(token).status_code == 401


class TestChanging:
    def test_what_is_named_is_changed_and_the_rest_stays(self, visitor, admin):
        before = make(visitor, admin, comment="old")
        visitor.world.clock.advance(minutes=1)

        user = patch(visitor, admin, 3, real_name="Robert", groups=[2], id=9, ad_user=True).json()

        assert user["modified_date"] > before["modified_date"]
        changed = {"real_name", "groups", "modified_date", "permissions"}
        levels = {"camera_group_permissions", "watch_list_permissions"}
        assert {key for key in user if user[key] != before[key]} == changed | levels
        assert (user["real_name"], user["groups"]) == ("Robert", [2])

    def test_a_new_name_is_the_new_login(self, visitor, admin):
        make(visitor, admin)

        assert patch(visitor, admin, 3, name="robert").json()["name"] == "robert"
        assert visitor.login("bob", password=NEW["password"]).status_code == 401
        assert visitor.login("robert", password=NEW["password"]).status_code == 200
        assert wrong(patch(visitor, admin, 3, name="Alice")) == (
            "name",
            "This field must be unique.",
        )

    def test_other_logins_of_the_same_person_stay(self, visitor, admin):
        visitor.world.add(
            "carol@acme.example",
            "carol",
            password=PASSWORD,
            profiles={"findface": {"primary_group": "User"}},
        )

        assert patch(visitor, admin, 3, name="caroline").json()["name"] == "caroline"
        assert visitor.login("carol@acme.example").status_code == 200

    def test_an_address_that_another_door_shows_stays(self, visitor, admin):
        visitor.world.add(
            "carol@acme.example",
            password=PASSWORD,
            profiles={"findface": {"primary_group": "User"}, **ELSEWHERE},
        )

        assert patch(visitor, admin, 3, name="carol").json()["name"] == "carol"
        assert find(visitor, "carol").address == "carol@acme.example"
        assert patch(visitor, admin, 3, name="caroline").json()["name"] == "caroline"
        assert find(visitor, "carol") is None
        assert find(visitor, "caroline").logins == ("carol@acme.example", "caroline")

    def test_one_that_stands_here_alone_does_not(self, visitor, admin):
        make(visitor, admin, name="bob@acme.example")

        assert patch(visitor, admin, 3, name="bob@new.example").json()["name"] == "bob@new.example"
        assert patch(visitor, admin, 3, name="bob").json()["name"] == "bob"
        assert find(visitor, "bob").logins == ("bob",)

    def test_nor_is_another_put_before_it(self, visitor, admin):
        visitor.world.add(
            "carol",
            "carol@acme.example",
            password=PASSWORD,
            profiles={"findface": {"primary_group": "User"}},
        )

        assert wrong(patch(visitor, admin, 3, name="carol@new.example")) == (
            "name",
            "This user has an e-mail address; its name cannot be another one.",
        )
        assert find(visitor, "carol").logins == ("carol", "carol@acme.example")

    def test_a_change_shows_in_living_sessions_at_once(self, visitor, admin):
        token = visitor.enter()
        assert visitor.me(token).json()["primary_group"] == 3

        patch(visitor, admin, 1, primary_group=2)

        assert visitor.me(token).json()["primary_group"] == 2

    def test_one_that_is_switched_off_is_out_and_told_so(self, visitor, admin):
        token = visitor.enter()

        assert patch(visitor, admin, 1, active=False).json()["active"] is False
        assert visitor.me(token).json()["desc"] == "User inactive or deleted."

    def test_a_user_may_change_what_is_its_own(self, visitor):
        token = visitor.enter()

        answer = patch(
            visitor, token, 1, language="es", real_name="Al", comment="", face_cover=None
        )
        assert answer.status_code == 200
        assert visitor.me(token).json() == answer.json()
        assert (answer.json()["language"], answer.json()["real_name"]) == ("es", "Al")

    @pytest.mark.parametrize(
        "body", [{"primary_group": 1}, {"groups": [1]}, {"name": "x"}, {"active": True}]
    )
    def test_but_nothing_that_gives_rights(self, visitor, admin, body):
        answer = patch(visitor, visitor.enter(), 1, **body)

        assert answer.status_code == 403
        assert visitor.call("GET", "/users/1/", admin).json()["has_admin_permissions"] is False

    def test_nor_anything_without_the_permission(self, visitor):
        visitor.define({"name": "Guests"})
        token = visitor.add("gus", "Guests")

        answer = patch(visitor, token, 2, language="es")
        assert answer.status_code == 403
        assert answer.json()["missing_permissions"] == ["ffsecurity.change_user"]

    @pytest.mark.parametrize("group", ["Operator", "All"])
    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_others_are_not_there_for_who_is_no_administrator(self, visitor, method, group):
        visitor.define({"name": "All", "permissions": sorted(CATALOGUE)})
        token = visitor.add("olga", group)

        answer = visitor.call(method, "/users/1/", token, json={})
        assert (answer.status_code, answer.content) == (404, ABSENT)

    @pytest.mark.parametrize("number", ["0", "77", "x", "-1", "9" * 30])
    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_a_user_that_is_not_there_is_404_to_the_byte(self, visitor, admin, method, number):
        answer = visitor.call(method, f"/users/{number}/", admin, json={})

        assert (answer.status_code, answer.content) == (404, ABSENT)

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_somebody_of_another_door_is_not_there_either(self, visitor, admin, method):
        visitor.world.add("olaf@acme.example", profiles=ELSEWHERE)

        answer = visitor.call(method, "/users/3/", admin, json={})
        assert (answer.status_code, answer.content) == (404, ABSENT)

    def test_users_cannot_be_put(self, visitor, admin):
        assert visitor.call("PUT", "/users/1/", admin, json={}).status_code == 405


class TestRemoving:
    def test_a_removed_user_is_gone_with_its_sessions(self, visitor, admin):
        token = visitor.enter()

        answer = visitor.call("DELETE", "/users/1/", admin)

        assert (answer.status_code, answer.content) == (204, b"")
        assert visitor.me(token).json()["desc"] == "Invalid token."
        assert visitor.login().status_code == 401
        assert visitor.call("GET", "/users/1/", admin).content == ABSENT
        with visitor.world.storage.read() as transaction:
            assert transaction.subjects.find_by_login("alice") is None

    def test_who_stands_at_another_door_too_stays_there(self, visitor, admin):
        visitor.world.add(
            "carol",
            password=PASSWORD,
            profiles={"findface": {"primary_group": "User"}, **ELSEWHERE},
        )

        assert visitor.call("DELETE", "/users/3/", admin).status_code == 204
        assert visitor.call("GET", "/users/3/", admin).status_code == 404
        with visitor.world.storage.read() as transaction:
            assert transaction.subjects.find_by_login("carol") is not None

    @pytest.mark.usefixtures("admin")
    @pytest.mark.parametrize("group", ["Administrator", "Operator"])
    def test_nobody_removes_itself(self, visitor, group):
        token = visitor.add("amy", group)

        answer = visitor.call("DELETE", "/users/3/", token)
        assert answer.status_code == 403
        assert visitor.me(token).status_code == 200


class TestTheSuperAdministrator:
    @pytest.fixture
    def amy(self, visitor, admin):
        """Return the token of a second administrator, whose number is 3."""
        assert admin
        return visitor.add("amy", "User", groups=["Administrator"])

    def test_the_first_administrator_is_removed_by_nobody(self, visitor, admin, amy):
        for token in (amy, admin):
            answer = visitor.call("DELETE", "/users/2/", token)
            assert answer.status_code == 403
            assert answer.json()["code"] == "PERMISSION_DENIED"

    def test_others_can_be(self, visitor, admin, amy):
        assert visitor.call("DELETE", "/users/3/", admin).status_code == 204
        assert visitor.me(amy).status_code == 401

    def test_it_is_switched_off_by_nobody(self, visitor, admin, amy):
        for token in (amy, admin):
            assert patch(visitor, token, 2, active=False).status_code == 403
        assert visitor.me(admin).status_code == 200

    def test_the_last_one_is_kept_at_every_other_door_too(self, visitor, admin):
        directory, by = visitor.world.core.directory, Actor(uuid4(), "olga", "elsewhere")
        subject = find(visitor, "ada")

        with pytest.raises(ForbiddenError):
            directory.set_active(subject.id, active=False, by=by)
        with pytest.raises(ForbiddenError):
            directory.remove_subject(subject.id, by=by)
        assert visitor.me(admin).status_code == 200

    def test_which_keeps_nobody_while_there_is_another(self, visitor, admin, amy):
        directory, by = visitor.world.core.directory, Actor(uuid4(), "olga", "elsewhere")

        directory.set_active(find(visitor, "ada").id, active=False, by=by)
        assert (visitor.me(admin).status_code, visitor.me(amy).status_code) == (401, 200)

    def test_it_keeps_its_rights_whatever_role_it_is_given(self, visitor, admin, amy):
        user = patch(visitor, amy, 2, primary_group=3, groups=[2]).json()

        assert (user["primary_group"], user["groups"]) == (3, [2, 1])
        assert user["has_admin_permissions"] is True
        assert len(visitor.me(admin).json()["permissions"]) == 279

    def test_other_administrators_can_lose_theirs(self, visitor, admin, amy):
        user = patch(visitor, admin, 3, groups=[]).json()

        assert user["has_admin_permissions"] is False
        assert visitor.call("POST", "/users/", amy, json=NEW).status_code == 403

    def test_an_administrator_with_an_earlier_number_comes_first(self, visitor, admin, amy):
        patch(visitor, admin, 1, primary_group=1)

        assert visitor.call("DELETE", "/users/1/", admin).status_code == 403
        assert visitor.call("DELETE", "/users/2/", amy).status_code == 204


class TestLooking:
    @pytest.fixture
    def crowd(self, visitor, admin):
        visitor.world.clock.advance(days=1)
        make(visitor, admin)
        visitor.world.clock.advance(days=1)
        make(
            visitor,
            admin,
            name="Eve",
            real_name="Eve Bobson",
            active=False,
            language="ru",
            primary_group=2,
            groups=[1],
        )
        return admin

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", ["alice", "ada", "bob", "Eve"]),
            ("?active=true", ["alice", "ada", "bob"]),
            ("?active=false", ["Eve"]),
            ("?id_in=1&id_in=4&id_in=99", ["alice", "Eve"]),
            ("?language=ru", ["Eve"]),
            ("?language=en-us", ["alice", "ada", "bob"]),
            ("?real_name_contains=BOB", ["bob", "Eve"]),
            ("?username_contains=e", ["alice", "Eve"]),
            ("?groups=1", ["Eve"]),
            ("?primary_group=1&primary_group=2", ["ada", "Eve"]),
            ("?primary_group=99", []),
            ("?has_face=true", []),
            ("?has_face=false", ["alice", "ada", "bob", "Eve"]),
            ("?date_joined_gt=2025-03-05T05:06:07.891011Z", ["Eve"]),
            ("?date_joined_gte=2025-03-05T05:06:07.891011Z", ["bob", "Eve"]),
            ("?date_joined_lt=2025-03-05T05:06:07.891011Z", ["alice", "ada"]),
            ("?date_joined_lte=2025-03-05T05:06:07.891011Z", ["alice", "ada", "bob"]),
            ("?ordering=-id", ["Eve", "bob", "ada", "alice"]),
            ("?ordering=-date_joined&limit=2", ["Eve", "bob"]),
            ("?ordering=username", ["Eve", "ada", "alice", "bob"]),
            ("?ordering=is_active&limit=1", ["Eve"]),
            ("?ordering=-modified_date&limit=1", ["Eve"]),
            ("?ordering=-first_name&limit=1", ["Eve"]),
            ("?ordering=-last_name&limit=1", ["Eve"]),
            ("?ordering=primary_group&limit=1", ["ada"]),
        ],
    )
    def test_a_list_of_users_means_what_it_says(self, visitor, crowd, query, shown):
        answer = visitor.call("GET", f"/users/{query}", crowd)

        assert answer.status_code == 200
        assert [each["name"] for each in answer.json()["results"]] == shown
        if "limit" not in query:
            counted = visitor.call("GET", f"/users/count/{query}", crowd)
            assert counted.json() == {"count": len(shown)}

    def test_cursors_lead_through_the_users_and_back(self, visitor, crowd):
        first = visitor.call("GET", "/users/?limit=3", crowd).json()
        assert list(first) == ["next_page", "prev_page", "results"]
        assert first["prev_page"] is None

        second = visitor.call("GET", f"/users/?limit=3&page={first['next_page']}", crowd).json()
        assert [each["name"] for each in second["results"]] == ["Eve"]
        assert second["next_page"] is None
        back = visitor.call("GET", f"/users/?limit=3&page={second['prev_page']}", crowd).json()
        assert back == first

    def test_a_listed_user_is_the_one_that_is_shown_alone(self, visitor, crowd):
        listed = visitor.call("GET", "/users/", crowd).json()["results"]

        assert [visitor.call("GET", f"/users/{e['id']}/", crowd).json() for e in listed] == listed

    @pytest.mark.usefixtures("crowd")
    def test_who_is_no_administrator_sees_itself(self, visitor):
        token = visitor.add("olga", "Operator")

        answer = visitor.call("GET", "/users/", token).json()
        assert [each["name"] for each in answer["results"]] == ["olga"]
        assert visitor.call("GET", "/users/count/", token).json() == {"count": 1}
        assert visitor.call("GET", "/users/5/", token).json()["name"] == "olga"

    def test_nobody_is_seen_without_the_permission(self, visitor):
        visitor.define({"name": "Guests"})
        token = visitor.add("gus", "Guests")

        for path in ("/users/", "/users/count/", "/users/2/"):
            answer = visitor.call("GET", path, token)
            assert answer.json()["missing_permissions"] == ["ffsecurity.view_user"]

    def test_who_left_through_a_directory_file_is_not_listed(self, visitor, crowd):
        visitor.world.add("bob", profiles=ELSEWHERE)

        answer = visitor.call("GET", "/users/?username_contains=bob", crowd).json()
        assert answer["results"] == []


def test_every_change_is_audited_with_who_made_it(visitor, admin):
    make(visitor, admin)
    patch(visitor, admin, 3, comment="x")
    visitor.call("DELETE", "/users/3/", admin)

    with visitor.world.storage.read() as transaction:
        entries = [link.entry for _, link in transaction.audit.list_page(0, 1_000)]
    made = [e for e in entries if e.action.startswith("subject.") and "by" in e.details]
    assert [e.action for e in made] == ["subject.create", "subject.update", "subject.remove"]
    assert {e.details["by_login"] for e in made} == {"ada"}
