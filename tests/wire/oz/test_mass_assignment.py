"""Nothing can be set by naming it: every field there is, thrown at every call (6.3)."""

import json
from typing import Any

import pytest

from tests.wire.oz.people import NOBODY, people_of
from tests.wire.oz.talk import PASSWORD

BAIT: dict[str, Any] = {
    "user_id": NOBODY,
    "user_type": "ADMIN",
    "is_admin": True,
    "is_service": True,
    "is_active": True,
    "active": True,
    "service": True,
    "company_id": None,
    "tenant_id": NOBODY,
    "tenant": "Other Bank",
    "logins": ["root@acme.example"],
    "password": "sesame-sesame",
    "password_hash": "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$Zm9v",
    "email": "taken@acme.example",
    "full_name": "Mallory",
    "number": 1,
    "id": NOBODY,
    "created_at": "1970-01-01T00:00:00Z",
    "time_created": 0,
    "meta_data": {"owned": True},
    "technical_meta_data": {"owned": True},
    "profiles": {"findface": {"primary_group": "Administrator"}},
    "findface": {"primary_group": "Administrator"},
    "idscan": {"role": "SuperAdministrator"},
    "in_deletion": True,
    "can_start_analyze_quality": True,
    "__class__": "ADMIN",
    "scopes": ["*"],
}
NAMES = {"first_name": "john", "last_name": "doe"}


@pytest.fixture
def people(world, client):
    return people_of(world, client)


def everything(world):
    """Return all that can be told of everybody, without what a use of a session changes."""
    with world.storage.read() as transaction:
        subjects = transaction.subjects.list_page(0, 1_000)
        profiles = {s.id: transaction.profiles.list_of(s.id) for s in subjects}
        tenants = transaction.tenants.list_page(None, 1_000)
        passwords = {s.id: transaction.credentials.find_password(s.id) for s in subjects}
    return subjects, profiles, tenants, passwords


def rights(world, user_id):
    with world.storage.read() as transaction:
        [subject] = [s for s in transaction.subjects.list_page(0, 1_000) if str(s.id) == user_id]
        profiles = transaction.profiles.list_of(subject.id)
    return subject, {each.audience: json.loads(each.document) for each in profiles}


@pytest.mark.parametrize("role", ["OPERATOR", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"])
def test_whatever_they_send_those_without_the_right_change_nothing(world, people, role):
    person = people[role]
    bodies: list[dict[str, Any]] = [
        BAIT,
        {"profile": BAIT},
        {"profile": {**BAIT, **NAMES}},
        {"credentials": BAIT},
    ]
    bodies += [
        {"credentials": {"email": "new@acme.example", "password": PASSWORD}, "profile": BAIT}
    ]
    before = everything(world)
    for body in bodies:
        for target in people.values():
            if body.keys() & {"credentials", "profile"}:
                assert person.patch(f"users/{target.id}", body).status_code in {400, 403}
            assert person.post(f"users/{target.id}/meta_data", body).status_code == 403
            assert person.patch(f"companies/{target.company or NOBODY}", body).status_code == 403
        assert person.post("users/", body).status_code == 403
        assert person.post("companies/", body).status_code == 403
    assert everything(world) == before


def test_a_companys_administrator_is_refused_what_reaches_further(world, people):
    boss = people["CLIENT_ADMIN"]
    before = everything(world)
    for field in ("user_type", "company_id", "is_active"):
        value = {"user_type": "ADMIN", "company_id": people["rival"].company, "is_active": False}
        for target in (people["CLIENT"], boss):
            if field == "is_active" and target is not boss:
                continue
            assert boss.edit(target.id, **{field: value[field]}, **NAMES).status_code == 403
    assert everything(world) == before


def test_what_is_no_part_of_a_new_user_is_left_alone(world, people):
    boss = people["CLIENT_ADMIN"]
    bait = {key: value for key, value in BAIT.items() if key not in {"user_type", "company_id"}}
    body = {
        **bait,
        "credentials": {**bait, "email": "new@acme.example", "password": PASSWORD},
        "profile": {**bait, **NAMES, "company_id": boss.company, "is_admin": False},
    }
    answer = boss.post("users/", body)
    assert answer.status_code == 201
    user = answer.json()
    assert user["user_id"] != NOBODY
    assert (user["meta_data"], user["technical_meta_data"]) == ({}, {})
    subject, profiles = rights(world, user["user_id"])
    assert (subject.logins, subject.full_name) == (("new@acme.example",), "john doe")
    assert list(profiles) == ["oz"]
    assert profiles["oz"]["user_type"] == "CLIENT_SERVICE"


def test_what_is_no_part_of_a_user_is_left_alone(world, people):
    admin, target = people["ADMIN"], people["CLIENT"]
    known = {"user_type", "is_admin", "is_service", "is_active", "company_id"}
    bait = {key: value for key, value in BAIT.items() if key not in known}
    before = everything(world)
    assert admin.patch(f"users/{target.id}", bait).status_code == 200
    assert admin.patch(f"users/{target.id}", {"profile": bait}).status_code == 200
    in_credentials = {key: bait[key] for key in bait if key not in {"email", "password"}}
    assert admin.patch(f"users/{target.id}", {"credentials": in_credentials}).status_code == 200
    assert everything(world) == before


def test_what_is_no_part_of_a_company_is_left_alone(world, people):
    admin = people["ADMIN"]
    before = everything(world)
    assert admin.patch(f"companies/{people['CLIENT'].company}", BAIT).status_code == 200
    assert everything(world) == before
