"""The index says what subjects say, whatever changes them; and catches up where it could not."""

import json
from dataclasses import replace

import pytest

from tests.support.house import EVERYWHERE, NORTH, POLICY, SOUTH, House
from watchword.core import reindexing
from watchword.core.directory import NewSubject
from watchword.core.index import Query, equals
from watchword.core.seeding import SubjectDraft
from watchword.core.showing import TENANTS, collection_of
from watchword.core.subjects import Profile

COLLECTION = collection_of(NORTH)


def facets(subject, profile):
    tenant = None if subject.tenant_id is None else str(subject.tenant_id)
    return {
        "name": subject.full_name,
        "active": int(subject.active),
        "tenant": tenant,
        "scope": tuple(profile.get("scopes", ())),
    }


def policy(version=1, **changes):
    north = replace(POLICY.audiences[NORTH], facets=facets, facets_version=version, **changes)
    return replace(POLICY, audiences={**POLICY.audiences, NORTH: north})


WITHOUT_NORTH = replace(POLICY, audiences={SOUTH: POLICY.audiences[SOUTH]})


@pytest.fixture
def indexed():
    house = House(policy())
    yield house
    house.close()


def find(house, *filters, collection=COLLECTION):
    """Return the logins of those that are found, oldest first."""
    with house.storage.read() as transaction:
        keys = transaction.index.search(Query(collection, filters)).keys
        subjects = {str(s.id): s.name for s in transaction.subjects.list_page(0, 100)}
    return [subjects.get(key, "gone") for key in reversed(keys)]


def scopes(*names):
    return {NORTH: json.dumps({"scopes": names}).encode()}


class TestChanges:
    def test_a_draft_is_shown(self, indexed):
        indexed.add("alice", full_name="Alice", profiles=scopes("read", "write"))
        indexed.add("bob", profiles={SOUTH: b"{}"})

        assert find(indexed) == ["alice"]
        assert find(indexed, equals("scope", "write"), equals("name", "Alice")) == ["alice"]

    def test_a_changed_draft_is_shown_anew(self, indexed):
        indexed.add("alice")
        put = indexed.core.seeding.put_subject
        put(SubjectDraft(("alice",), active=False, profiles=scopes("write")))
        assert find(indexed, equals("scope", "write"), equals("active", 0)) == ["alice"]

        put(SubjectDraft(("alice",), profiles={SOUTH: b"{}"}))
        assert find(indexed) == []

    def test_a_new_subject_is_shown(self, indexed):
        indexed.core.directory.add_subject(NewSubject(("alice",), "A", profiles=EVERYWHERE))

        assert find(indexed, equals("name", "A")) == ["alice"]

    def test_every_change_is_shown(self, indexed):
        directory = indexed.core.directory
        alice = indexed.add("alice")
        directory.set_active(alice.id, active=False)
        assert find(indexed, equals("active", 0)) == ["alice"]

        directory.edit_subject(alice.id, lambda subject: replace(subject, full_name="A."))
        assert find(indexed, equals("name", "A.")) == ["alice"]

        directory.put_profile(alice.id, Profile(NORTH, scopes("write")[NORTH]))
        assert find(indexed, equals("scope", "write")) == ["alice"]

        directory.remove_profile(alice.id, NORTH)
        assert find(indexed) == []

    def test_a_guard_can_count_on_it(self, indexed):
        """The last of its kind cannot go, however the change is made."""
        alice = indexed.add("alice", profiles=scopes("admin"))

        def keep_an_admin(transaction, _before):
            admins = Query(COLLECTION, (equals("scope", "admin"), equals("active", 1)))
            if not transaction.index.search(admins).total:
                raise PermissionError

        for change in (
            lambda d: d.remove_subject(alice.id, guard=keep_an_admin),
            lambda d: d.set_active(alice.id, active=False, guard=keep_an_admin),
            lambda d: d.put_profile(alice.id, Profile(NORTH, b"{}"), guard=keep_an_admin),
        ):
            with pytest.raises(PermissionError):
                change(indexed.core.directory)
        assert find(indexed, equals("scope", "admin")) == ["alice"]

    def test_who_is_removed_is_not_found(self, indexed):
        alice = indexed.add("alice")
        indexed.core.directory.remove_subject(alice.id)

        assert find(indexed) == []

    def test_who_loses_the_tenant_says_so(self, indexed):
        indexed.add("alice", tenant="Acme")
        with indexed.storage.read() as transaction:
            acme = transaction.tenants.find_by_name("Acme")
        assert find(indexed, equals("tenant", str(acme.id))) == ["alice"]

        indexed.core.tenancy.remove_tenant(acme.id)

        assert find(indexed, equals("tenant", None)) == ["alice"]

    def test_a_profile_that_is_nonsense_is_not_shown(self):
        def fail(_document):
            raise ValueError

        house = House(policy(read_profile=fail))
        house.add("alice")

        assert find(house) == []
        house.close()

    def test_an_audience_without_facets_has_no_collection(self, indexed):
        indexed.add("alice")

        assert find(indexed, collection=collection_of(SOUTH)) == []


class TestCatchingUp:
    def later(self, house, policies):
        """Return the same house after a restart with other policies."""
        return House(policies, storage=house.storage)

    def test_a_fresh_house_notes_that_there_is_nothing_to_show(self, indexed):
        assert set(indexed.core.reindexing.catch_up()) == {COLLECTION, TENANTS}
        assert indexed.core.reindexing.catch_up() == []

    @pytest.mark.parametrize("batch", [1, 2, 500])
    def test_what_was_there_before_is_shown(self, batch, monkeypatch):
        monkeypatch.setattr(reindexing, "BATCH", batch)
        house = House(POLICY)
        for name in ("alice", "bob", "carol"):
            house.add(name, tenant="Acme")
        house.add("dave", profiles={SOUTH: b"{}"})
        with house.storage.write() as transaction:
            for key in transaction.index.search(Query(TENANTS)).keys:
                transaction.index.remove(TENANTS, key)

        upgraded = self.later(house, policy())
        upgraded.core.reindexing.catch_up()

        assert find(upgraded) == ["alice", "bob", "carol"]
        assert find(upgraded, collection=TENANTS) == ["gone"]

    def test_another_version_is_shown_anew(self, indexed):
        indexed.add("alice")
        indexed.core.reindexing.catch_up()
        renamed = policy(2)
        north = replace(renamed.audiences[NORTH], facets=lambda _s, _p: {"fresh": 1})
        upgraded = self.later(
            indexed, replace(renamed, audiences={**renamed.audiences, NORTH: north})
        )

        assert upgraded.core.reindexing.catch_up() == [COLLECTION]

        assert find(upgraded, equals("fresh", 1)) == ["alice"]

    @pytest.mark.parametrize("change", ["profile", "remove", "nothing"])
    def test_what_happened_while_an_audience_was_off_is_not_missed(self, indexed, change):
        alice = indexed.add("alice")
        indexed.core.reindexing.catch_up()
        off = self.later(indexed, WITHOUT_NORTH)
        if change == "profile":
            off.core.directory.remove_profile(alice.id, NORTH)
        elif change == "remove":
            off.core.directory.remove_subject(alice.id)
        assert off.core.reindexing.catch_up() == []

        on = self.later(off, policy())
        stale = on.core.reindexing.catch_up()

        assert find(on) == (["alice"] if change == "nothing" else [])
        assert stale == ([COLLECTION] if change == "profile" else [])
