"""The user object, and asking for oneself: wire contract Oz 4.1, 6.1, 6.3 and 7."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.wire.oz.talk import log_in, show
from watchword.dialects.oz import DIALECT
from watchword.web.operation import Lane

FLAGS = ["biometry", "collection", "documents", "quality"]
FRONT = [
    "technical_meta_data",
    "meta_data",
    "user_id",
    "user_type",
    "first_name",
    "last_name",
    "middle_name",
    "email",
    "is_active",
]
NOT_EXIST = {"error_code": 10, "error_message": "Object not exist", "details": None}
API_5 = pytest.mark.parametrize("settings", [{"api_version": 5}])


def enter(world, client, full_name="", logins=("bob@acme.example",), tenant=None, **profile):
    """Add somebody with this profile and return the answer to a login."""
    world.add(*logins, full_name=full_name, tenant=tenant, profiles={"oz": profile})
    return log_in(client, logins[0]).json()


class TestOneself:
    def test_one_sees_what_the_login_told(self, client, session):
        answer = show(client, session)
        assert answer.status_code == 200
        assert answer.json() == session["user"]

    def test_keys_stand_in_the_vendors_order(self, client, session):
        flags = [f"can_start_analysis_{flag}" for flag in FLAGS]
        assert list(show(client, session).json()) == [*FRONT, *flags, "company_id"]

    def test_times_of_creation_are_not_shown(self, client, session):
        assert not {"time_created", "time_updated"} & set(show(client, session).json())

    def test_the_id_is_compared_as_an_id(self, client, session):
        for spelling in (session["user_id"].upper(), session["user_id"].replace("-", "")):
            assert show(client, session, spelling).status_code == 200

    def test_who_one_is_can_be_told_without_a_thread(self):
        lanes = {(each.method, each.path): each.lane for each in DIALECT.operations}
        assert lanes["GET", "/api/users/{user_id}"] is Lane.LOOP

    def test_head_answers_without_a_body(self, client, session):
        headers = {"X-Forensic-Access-Token": session["access_token"]}
        whole = show(client, session)
        answer = client.head(f"/api/users/{session['user_id']}", headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(len(whole.content))

    def test_what_is_private_may_not_be_stored(self, client, session):
        assert "no-store" in show(client, session).headers["cache-control"]

    def test_a_subject_that_was_switched_off_has_no_access(self, world, client, session):
        _change(world, session, active=False)
        answer = show(client, session)
        assert answer.status_code == 403
        assert answer.json()["error_code"] == 9

    def test_a_company_in_deletion_gives_no_access(self, world, client, session):
        show(client, session)
        with world.storage.write() as transaction:
            tenant = transaction.tenants.find_by_name("Acme Bank")
            transaction.tenants.replace(replace(tenant, in_deletion=True))
        world.core.revocation.forget_everything()
        answer = show(client, session)
        assert answer.status_code == 403
        assert answer.json()["error_message"] == "You have not access to this resource"


class TestOthers:
    def test_an_unknown_id_does_not_exist(self, client, session):
        answer = show(client, session, "00000000-0000-4000-8000-000000000000")
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    def test_somebody_else_looks_like_nobody(self, world, client, session):
        bob = enter(world, client)
        answer = show(client, session, bob["user_id"])
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    @pytest.mark.parametrize(
        "odd",
        ["1", "me", "{id}", "0" * 31, "0" * 33, "é", "0" * 500, "null", "-" * 36, "٣" * 32],
    )
    def test_an_id_that_is_none_is_refused(self, client, session, odd):
        answer = show(client, session, odd)
        assert answer.status_code == 400
        assert answer.json() == {
            "error_code": 4,
            "error_message": "Invalid value for uuid field",
            "details": None,
        }

    def test_the_token_is_looked_at_before_the_id(self, client):
        assert client.get("/api/users/1").status_code == 401


class TestFields:
    def test_names_follow_from_the_full_name(self, world, client):
        names = {
            "": ("", "", ""),
            "Cher": ("Cher", "", ""),
            "Bob Builder": ("Bob", "", "Builder"),
            "Ann Mary Lou  Smith": ("Ann", "Mary Lou", "Smith"),
        }
        for number, (full_name, expected) in enumerate(names.items()):
            login = f"{number}@acme.example"
            user = enter(world, client, full_name, [login])["user"]
            assert (user["first_name"], user["middle_name"], user["last_name"]) == expected

    def test_names_in_the_profile_come_first(self, world, client):
        own = {"first_name": "Боб", "middle_name": "", "last_name": "Строитель"}
        user = enter(world, client, "Bob The Builder", **own)["user"]
        assert {key: user[key] for key in own} == own

    def test_the_email_is_the_first_login_that_is_one(self, world, client):
        user = enter(world, client, logins=("bob", "b@acme.example", "c@acme.example"))["user"]
        assert user["email"] == "b@acme.example"

    def test_without_an_email_the_login_is_shown(self, world, client):
        assert enter(world, client, logins=("bob",))["user"]["email"] == "bob"

    def test_meta_data_is_the_operators_own(self, world, client):
        meta_data = {"branch": "Zürich", "nested": {"list": [1, None, 2.5]}}
        user = enter(world, client, meta_data=meta_data)["user"]
        assert user["meta_data"] == meta_data
        assert user["technical_meta_data"] == {}

    def test_a_client_has_the_id_of_its_company(self, world, session):
        with world.storage.read() as transaction:
            tenant = transaction.tenants.find_by_name("Acme Bank")
        assert UUID(session["user"]["company_id"]) == tenant.id

    def test_without_a_tenant_there_is_no_company(self, world, client):
        assert enter(world, client)["user"]["company_id"] is None

    @pytest.mark.parametrize("role", ["ADMIN", "OPERATOR"])
    def test_admin_and_operator_have_no_company(self, world, client, role):
        user = enter(world, client, tenant="Acme Bank", user_type=role)["user"]
        assert user["company_id"] is None

    @pytest.mark.parametrize("flag", FLAGS)
    def test_each_flag_is_shown_as_it_is(self, world, client, flag):
        user = enter(world, client, **{f"can_start_analysis_{flag}": False})["user"]
        assert {name: user[f"can_start_analysis_{name}"] for name in FLAGS} == {
            name: name != flag for name in FLAGS
        }

    def test_the_key_of_a_client_is_its_role(self, session):
        assert session["user"]["user_type"] == "CLIENT"
        assert session["user"]["is_active"] is True


class TestGenerations:
    @pytest.mark.parametrize(
        "role",
        ["ADMIN", "OPERATOR", "CLIENT", "CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT_SERVICE"],
    )
    def test_api_6_spells_every_role_out(self, world, client, role):
        session = enter(world, client, user_type=role)
        assert session["user"]["user_type"] == role
        assert "is_service" not in session["user"]
        assert "is_admin" not in show(client, session).json()

    def test_api_6_still_says_of_a_machine_account_that_it_is_one(self, world, client):
        session = enter(world, client, user_type="CLIENT_SERVICE")
        assert list(show(client, session).json().items())[-1] == ("is_service", True)
        person = enter(world, client, logins=("eve@acme.example",), user_type="CLIENT_ADMIN")
        assert "is_service" not in show(client, person).json()

    @API_5
    @pytest.mark.parametrize(
        ("role", "shown", "is_admin", "is_service"),
        [
            ("ADMIN", "ADMIN", False, False),
            ("OPERATOR", "OPERATOR", False, False),
            ("CLIENT", "CLIENT", False, False),
            ("CLIENT_ADMIN", "CLIENT", True, False),
            ("CLIENT_OPERATOR", "CLIENT_OPERATOR", False, False),
            ("CLIENT_SERVICE", "CLIENT", False, True),
        ],
    )
    def test_api_5_has_flags_for_two_of_them(
        self, world, client, role, shown, is_admin, is_service
    ):
        session = enter(world, client, user_type=role)
        user = show(client, session).json()
        assert session["user"]["user_type"] == user["user_type"] == shown
        assert (user["is_admin"], user["is_service"]) == (is_admin, is_service)

    @API_5
    def test_api_5_knows_an_administrator_that_is_a_machine(self, world, client):
        profile = {"oz": {"user_type": "CLIENT_ADMIN"}}
        world.add("bot@acme.example", service=True, profiles=profile)
        user = show(client, log_in(client, "bot@acme.example").json()).json()
        assert (user["is_admin"], user["is_service"]) == (True, True)

    @API_5
    def test_api_5_has_these_flags_last_and_not_in_a_session(self, client, session):
        flags = [f"can_start_analyse_{flag}" for flag in FLAGS]
        assert list(session["user"]) == [*FRONT, *flags, "company_id"]
        own = list(show(client, session).json())
        assert own == [*FRONT, *flags, "company_id", "is_admin", "is_service"]


def _change(world, session, *, active):
    with world.storage.read() as transaction:
        subject = transaction.subjects.find_by_login(session["user"]["email"])
    world.core.directory.set_active(subject.id, active=active)
