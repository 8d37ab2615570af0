"""``GET /users/me/`` and the user object (seed 002; wire contract FindFace 2.7, 4.4, 7)."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.wire.findface.door import PASSWORD, door
from watchword.dialects.findface.permissions import CATALOGUE, OPERATOR, USER
from watchword.dialects.findface.translate import to_date

KEYS = [
    "id",
    "active",
    "created_date",
    "groups",
    "modified_date",
    "permissions",
    "real_name",
    "name",
    "comment",
    "camera_group_permissions",
    "watch_list_permissions",
    "group_permissions",
    "primary_group",
    "language",
    "has_face",
    "face_cover",
    "ad_user",
    "has_admin_permissions",
]


def shown(visitor, login="bob", *, full_name="", **profile):
    """Return the user object of a subject with this profile."""
    visitor.world.add(login, password=PASSWORD, full_name=full_name, profiles={"findface": profile})
    return visitor.me(visitor.enter(login)).json()


class TestTheUserObject:
    def test_every_key_is_there_in_the_vendors_order(self, visitor):
        assert list(visitor.me(visitor.enter()).json()) == KEYS

    def test_json_is_compact(self, visitor):
        answer = visitor.me(visitor.enter())

        assert answer.content == msgspec.json.encode(answer.json())

    def test_what_there_is_no_source_for_is_said_truthfully(self, visitor):
        user = visitor.me(visitor.enter()).json()

        assert (user["has_face"], user["face_cover"], user["ad_user"]) == (False, None, False)
        assert user["group_permissions"] == {}

    def test_the_id_is_the_subjects_number(self, visitor):
        numbers = [visitor.me(visitor.enter()).json()["id"], shown(visitor, primary_group="User")]

        assert numbers[0] == 1
        assert numbers[1]["id"] == 2

    def test_the_name_is_the_first_login_that_is_no_address(self, visitor):
        visitor.world.add(
            "bob@acme.example",
            "Bob",
            password=PASSWORD,
            profiles={"findface": {"primary_group": "User"}},
        )

        assert visitor.me(visitor.enter("bob@acme.example")).json()["name"] == "Bob"

    def test_the_real_name_is_the_subjects_full_name_and_at_most_80_characters(self, visitor):
        assert visitor.me(visitor.enter()).json()["real_name"] == "Alice"
        assert shown(visitor, primary_group="User", full_name="x" * 99)["real_name"] == "x" * 80

    def test_the_comment_is_the_profiles(self, visitor):
        assert shown(visitor, primary_group="User", comment="night shift")["comment"] == (
            "night shift"
        )

    def test_dates_have_six_digits_and_a_z(self, visitor):
        user = visitor.me(visitor.enter()).json()

        assert user["created_date"] == "2025-03-04T05:06:07.891011Z"
        assert user["modified_date"] == "2025-03-04T05:06:07.891011Z"

    def test_dates_keep_their_zeros(self):
        assert to_date(datetime(2025, 1, 2, tzinfo=UTC)) == "2025-01-02T00:00:00.000000Z"

    def test_a_user_without_a_language_has_the_servers(self):
        with door(language="ru") as visitor:
            assert shown(visitor, primary_group="User")["language"] == "ru"
            assert shown(visitor, "carol", primary_group="User", language="es")["language"] == "es"

    def test_a_changed_subject_shows_at_once(self, visitor):
        token = visitor.enter()
        visitor.me(token)
        visitor.world.clock.advance(minutes=1)
        visitor.world.add(
            "alice",
            password=PASSWORD,
            full_name="Alice Liddell",
            profiles={"findface": {"primary_group": "Operator", "language": "en-us"}},
        )

        user = visitor.me(token).json()
        assert (user["real_name"], user["primary_group"]) == ("Alice Liddell", 2)
        assert user["modified_date"] == "2025-03-04T05:07:07.891011Z"
        assert user["created_date"] == "2025-03-04T05:06:07.891011Z"


class TestRights:
    @pytest.mark.parametrize(
        ("group", "number", "permissions", "level"),
        [
            ("Administrator", 1, CATALOGUE, "edit"),
            ("Operator", 2, OPERATOR, "edit"),
            ("User", 3, USER, "view"),
        ],
    )
    def test_a_built_in_role_shows_its_number_and_its_permissions(
        self, visitor, group, number, permissions, level
    ):
        user = shown(visitor, primary_group=group)

        assert (user["primary_group"], user["groups"]) == (number, [])
        assert user["permissions"] == sorted(permissions)
        assert list(user["camera_group_permissions"].items()) == [("1", level), ("-1", level)]
        assert list(user["watch_list_permissions"].items()) == [("1", level), ("-1", level)]

    def test_rights_of_all_roles_add_up(self, visitor):
        user = shown(visitor, primary_group="User", groups=["Operator"])

        assert (user["primary_group"], user["groups"]) == (3, [2])
        assert user["permissions"] == sorted(USER | OPERATOR)
        assert user["camera_group_permissions"] == {"1": "edit", "-1": "edit"}

    def test_the_primary_role_is_not_repeated_among_the_others(self, visitor):
        user = shown(visitor, primary_group="User", groups=["Operator", "User", "Operator"])

        assert user["groups"] == [2]

    @pytest.mark.parametrize(
        ("primary", "others", "expected"),
        [
            ("Administrator", [], True),
            ("User", ["Administrator"], True),
            ("Operator", ["User"], False),
        ],
    )
    def test_members_of_group_1_have_admin_permissions(self, visitor, primary, others, expected):
        user = shown(visitor, primary_group=primary, groups=others)

        assert user["has_admin_permissions"] is expected

    def test_nobody_is_administrator_for_having_the_first_number(self, visitor):
        user = visitor.me(visitor.enter()).json()

        assert (user["id"], user["has_admin_permissions"]) == (1, False)

    def test_a_role_without_permissions_shows_no_objects(self, visitor):
        visitor.define({"name": "Guests"})

        user = shown(visitor, primary_group="Guests")
        assert (user["primary_group"], user["permissions"]) == (4, [])
        assert (user["camera_group_permissions"], user["watch_list_permissions"]) == ({}, {})

    def test_a_name_that_is_no_roles_gives_nothing(self, visitor):
        user = shown(visitor, primary_group="Nobodies", groups=["Nor these", "Operator"])

        assert (user["primary_group"], user["groups"]) == (0, [2])
        assert user["permissions"] == sorted(OPERATOR)


class TestTokens:
    @pytest.mark.parametrize("scheme", ["Token", "token", "TOKEN"])
    def test_the_schemes_word_may_have_any_case(self, visitor, scheme):
        header = {"authorization": f"{scheme} {visitor.enter()}"}

        assert visitor.client.get("/users/me/", headers=header).status_code == 200

    @pytest.mark.parametrize("path", ["/users/me/", "/users/me"])
    def test_the_slash_at_the_end_is_optional(self, visitor, path):
        header = {"authorization": f"Token {visitor.enter()}"}

        assert visitor.client.get(path, headers=header).status_code == 200

    @pytest.mark.parametrize(
        ("header", "desc"),
        [
            (None, "Authentication credentials were not provided."),
            ("", "Authentication credentials were not provided."),
            ("Bearer {token}", "Authentication credentials were not provided."),
            ("{token}", "Authentication credentials were not provided."),
            ("Token", "Invalid token header. No credentials provided."),
            ("Token {token} x", "Invalid token header. Token string should not contain spaces."),
            ("Token 00", "Invalid token."),
            ("Token {token}0", "Invalid token."),
            ("Token \u00e9", "Invalid token."),
        ],
    )
    def test_a_malformed_header_is_told_as_the_token_library_does(self, visitor, header, desc):
        token = visitor.enter()
        raw = []
        if header is not None:
            raw = [(b"authorization", header.format(token=token).encode("latin-1"))]
        answer = visitor.client.get("/users/me/", headers=raw)

        assert answer.status_code == 401
        assert answer.json() == {"code": "UNAUTHORIZED", "desc": desc}
        assert answer.headers["www-authenticate"] == "Token"

    def test_basic_is_refused_everywhere_but_at_the_login(self, visitor):
        for method, path in (("GET", "/users/me/"), ("POST", "/auth/logout/")):
            answer = visitor.client.request(method, path, auth=("alice", PASSWORD))
            assert answer.status_code == 401
            assert answer.json()["desc"] == "Authentication credentials were not provided."

    def test_two_tokens_are_none(self, visitor):
        twice = [(b"authorization", f"Token {visitor.enter()}".encode())] * 2
        answer = visitor.client.get("/users/me/", headers=twice)

        assert (answer.status_code, answer.json()["desc"]) == (401, "Invalid token.")

    def test_a_huge_token_is_none(self, visitor):
        assert visitor.me("0" * 20_000).json()["desc"] == "Invalid token."

    def test_a_token_in_the_query_is_ignored(self, visitor):
        answer = visitor.client.get(f"/users/me/?token={visitor.enter()}")

        assert answer.status_code == 401

    def test_a_disabled_users_token_says_so(self, visitor):
        token = visitor.enter()
        with visitor.world.storage.read() as transaction:
            subject = transaction.subjects.find_by_login("alice")
        visitor.world.core.directory.set_active(subject.id, active=False)

        answer = visitor.me(token)
        assert answer.status_code == 401
        assert answer.json() == {"code": "UNAUTHORIZED", "desc": "User inactive or deleted."}
