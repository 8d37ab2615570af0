"""The last of a kind stays, whoever comes for it and by whichever door."""

import json
import threading
from dataclasses import replace

import pytest

from tests.support.house import NORTH, POLICY, SOUTH, House
from watchword.core.audit import Actor
from watchword.core.errors import ForbiddenError
from watchword.core.index import Query, equals
from watchword.core.policy import Reserve
from watchword.core.showing import collection_of
from watchword.core.subjects import Profile

CHIEF = b'{"scopes":["rule"]}'
BOTH = {NORTH: CHIEF, SOUTH: b"{}"}


def is_chief(subject, profile):
    return subject.active and "rule" in profile["scopes"]


def facets(subject, profile):
    return {"scope": tuple(profile.get("scopes", ())), "active": int(subject.active)}


RESERVE = Reserve(is_chief, (equals("scope", "rule"), equals("active", 1)))


def read(document):
    return json.loads(document)


@pytest.fixture
def house():
    north = replace(
        POLICY.audiences[NORTH], read_profile=read, facets=facets, facets_version=1, reserve=RESERVE
    )
    house = House(replace(POLICY, audiences={**POLICY.audiences, NORTH: north}))
    yield house
    house.close()


@pytest.fixture
def chief(house):
    return house.add("alice", profiles=BOTH)


@pytest.fixture
def by(chief):
    """Return somebody who comes by the other door."""
    return Actor(chief.id, "somebody", SOUTH, "")


def off(directory, subject, by):
    directory.set_active(subject.id, active=False, by=by)


def remove(directory, subject, by):
    directory.remove_subject(subject.id, by=by)


def close_the_door(directory, subject, by):
    directory.remove_profile(subject.id, NORTH, by=by)


def demote(directory, subject, by):
    directory.put_profile(subject.id, Profile(NORTH, b'{"scopes":[]}'), by=by)


def deactivate(directory, subject, by):
    directory.edit_subject(subject.id, lambda each: replace(each, active=False), by=by)


WAYS = [off, remove, close_the_door, demote, deactivate]


@pytest.mark.parametrize("way", WAYS)
class TestTheLast:
    def test_it_stays_and_nothing_is_changed(self, house, chief, by, way):
        session = house.enter(audience=NORTH)

        with pytest.raises(ForbiddenError):
            way(house.core.directory, chief, by)

        assert is_chief(house.standing(audience=NORTH).subject, json.loads(CHIEF))
        assert house.use(session).subject == chief

    def test_one_that_does_not_count_is_no_help(self, house, chief, by, way):
        house.add("bob", profiles=BOTH, active=False)
        house.add("carol", profiles={NORTH: b'{"scopes":["read"]}'})

        with pytest.raises(ForbiddenError):
            way(house.core.directory, chief, by)

    def test_with_another_it_may_go(self, house, chief, by, way):
        house.add("bob", profiles=BOTH)

        way(house.core.directory, chief, by)

        assert house.enter("bob", audience=NORTH)

    def test_the_owner_of_the_host_is_above_that(self, house, chief, way):
        way(house.core.directory, chief, None)

        with house.storage.read() as transaction:
            query = Query(collection_of(NORTH), RESERVE.filters)
            assert transaction.index.search(query).keys == []


class TestOthers:
    def test_whoever_does_not_count_may_go(self, house, by):
        carol = house.add("carol", profiles={NORTH: b'{"scopes":["read"]}'})
        away = house.add("dora", profiles={SOUTH: b"{}"})

        for each in (carol, away):
            house.core.directory.remove_subject(each.id, by=by)

        assert house.enter("alice", audience=NORTH)

    def test_the_other_door_may_close_to_it(self, house, chief, by):
        house.core.directory.remove_profile(chief.id, SOUTH, by=by)

        assert house.enter(audience=NORTH)

    def test_a_profile_that_is_nonsense_makes_nobody_one(self, house, by):
        odd = house.add("odd", profiles={NORTH: b"{", SOUTH: b"{}"})

        house.core.directory.remove_subject(odd.id, by=by)

        assert house.enter("alice", audience=NORTH)

    def test_a_change_that_leaves_it_what_it_is_passes(self, house, chief, by):
        house.core.directory.edit_subject(
            chief.id, lambda each: replace(each, full_name="Alice"), by=by
        )

        assert house.standing(audience=NORTH).subject.full_name == "Alice"


def test_of_two_that_go_at_once_one_stays(house, chief, by):
    bob = house.add("bob", profiles=BOTH)
    start, refused = threading.Barrier(2), []

    def leave(subject):
        start.wait()
        try:
            house.core.directory.set_active(subject.id, active=False, by=by)
        except ForbiddenError:
            refused.append(subject.id)

    threads = [threading.Thread(target=leave, args=(each,)) for each in (chief, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
