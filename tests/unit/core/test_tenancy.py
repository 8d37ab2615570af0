"""Changing organisations: who is kept out, what is told, and what is left."""

from uuid import UUID

import pytest

from watchword.core import tenancy
from watchword.core.audit import Actor
from watchword.core.errors import (
    ForbiddenError,
    InvalidCredentialsError,
    NotFoundError,
    TenantClosedError,
)
from watchword.core.index import Query, equals
from watchword.core.showing import TENANTS
from watchword.core.subjects import TenantId

BOSS = Actor(UUID(int=7), "boss")
STRANGER = TenantId(UUID(int=404))


def forbid(_transaction, _before):
    raise ForbiddenError


@pytest.fixture
def acme(house):
    return house.core.tenancy.add_tenant("Acme", by=BOSS)


def find(house, **facets):
    with house.storage.read() as transaction:
        asked = tuple(equals(name, value) for name, value in facets.items())
        return list(transaction.index.search(Query(TENANTS, asked)).keys)


def kept(house, tenant):
    with house.storage.read() as transaction:
        return transaction.tenants.find(tenant.id)


def test_a_tenant_is_added_found_and_told_of(house, acme):
    assert kept(house, acme) == acme
    assert find(house, name="Acme", in_deletion=0) == [str(acme.id)]
    [entry] = house.audited()
    assert (entry.action, entry.tenant_id) == ("tenant.create", acme.id)
    assert entry.details == {"name": "Acme", "by": str(BOSS.subject_id), "by_login": "boss"}


def test_a_tenant_is_renamed(house, acme):
    renamed = house.core.tenancy.rename_tenant(acme.id, "Acme Bank", by=BOSS)

    assert kept(house, acme) == renamed
    assert renamed.name == "Acme Bank"
    assert find(house, name="Acme Bank") == [str(acme.id)]
    assert find(house, name="Acme") == []
    assert house.results("tenant.update") == ["done"]


def test_the_name_that_it_has_changes_nothing(house, acme):
    assert house.core.tenancy.rename_tenant(acme.id, "Acme") == acme
    assert house.audited("tenant.update") == []


def test_closing_keeps_everybody_out_at_once(house, acme):
    house.add("alice", tenant="Acme")
    house.add("bob")
    alice, bob = house.enter("alice"), house.enter("bob")
    for admitted in (alice, bob):
        house.use(admitted)

    assert house.core.tenancy.close_tenant(acme.id, by=BOSS) is True

    with pytest.raises(TenantClosedError):
        house.use(alice)
    with pytest.raises(InvalidCredentialsError):
        house.enter("alice")
    assert house.use(bob)
    assert find(house, in_deletion=1) == [str(acme.id)]


def test_a_closed_tenant_is_closed_once(house, acme):
    house.core.tenancy.close_tenant(acme.id)

    assert house.core.tenancy.close_tenant(acme.id) is False
    assert house.results("tenant.close") == ["done"]


@pytest.mark.parametrize("batch", [1, 2, 3, 200])
def test_removing_leaves_the_subjects_without_a_tenant(house, acme, batch, monkeypatch):
    monkeypatch.setattr(tenancy, "BATCH", batch)
    for name in ("alice", "bob", "carol"):
        house.add(name, tenant="Acme")
    admitted = house.enter("alice")
    house.use(admitted)
    house.clock.advance(minutes=1)

    house.core.tenancy.remove_tenant(acme.id, by=BOSS)

    assert kept(house, acme) is None
    assert find(house) == []
    assert house.results("tenant.remove") == ["done"]
    for name in ("alice", "bob", "carol"):
        subject = house.standing(name).subject
        assert (subject.tenant_id, subject.modified_at) == (None, house.clock())
    assert house.use(admitted).subject.tenant_id is None


@pytest.mark.parametrize(
    "change",
    [
        lambda tenants, which, **by: tenants.rename_tenant(which, "X", **by),
        lambda tenants, which, **by: tenants.close_tenant(which, **by),
    ],
    ids=["rename", "close"],
)
def test_a_guard_has_the_last_word(house, acme, change):
    with pytest.raises(ForbiddenError):
        change(house.core.tenancy, acme.id, guard=forbid)

    assert kept(house, acme) == acme
    assert find(house, name="Acme", in_deletion=0) == [str(acme.id)]


def test_a_guard_may_want_names_to_be_unique(house, acme):
    def unique(transaction, _before):
        if transaction.index.search(Query(TENANTS, (equals("name", "Acme"),))).total != 1:
            raise ForbiddenError

    with pytest.raises(ForbiddenError):
        house.core.tenancy.add_tenant("Acme", guard=unique)

    assert find(house) == [str(acme.id)]


@pytest.mark.parametrize(
    "change",
    [
        lambda tenants: tenants.rename_tenant(STRANGER, "X"),
        lambda tenants: tenants.close_tenant(STRANGER),
        lambda tenants: tenants.remove_tenant(STRANGER),
    ],
    ids=["rename", "close", "remove"],
)
def test_what_is_not_there_cannot_be_changed(house, change):
    with pytest.raises(NotFoundError) as missing:
        change(house.core.tenancy)

    assert missing.value.kind == "tenant"
