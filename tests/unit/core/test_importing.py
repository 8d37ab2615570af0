"""Taking people in from elsewhere: what is added, what stays, and that twice is once."""

import base64
import hashlib
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.house import EVERYWHERE, NORTH, PASSWORD, SOUTH, House
from tests.support.storages import WatchedStorage
from watchword.bootstrap import migrate_store, open_store
from watchword.core.errors import (
    InvalidCredentialsError,
    NotFoundError,
    SubjectDisabledError,
    TokenUnknownError,
)
from watchword.core.importing import Arrival, Importing, Obstacle, Refused, Taken
from watchword.core.keeping import Keeping, put_keeping
from watchword.core.policy import CostCeilings, PasswordPolicy
from watchword.core.roster import PersonKey
from watchword.core.seeding import Change, ChangeKind


def django(password: str, salt: str = "salt") -> str:
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10)
    return f"pbkdf2_sha256$10${salt}${base64.b64encode(made).decode()}"


HASH = django(PASSWORD)
ALICE = Arrival(("alice", "alice@acme.example"), "Alice", password_hash=HASH, profiles=EVERYWHERE)
CREATED = Taken(Change(ChangeKind.CREATE, "subject", "alice"))
ANOTHER = "another one"


@pytest.fixture
def house() -> Generator[House]:
    house = House()
    yield house
    house.close()


def take(house, *arrivals, **options):
    return list(Importing(house.core.seeding).take(arrivals, **options))


def take_one(house, arrival, **options):
    [outcome] = take(house, arrival, **options)
    return outcome


def updated(house, *fields):
    known = house.standing().subject.id
    return Taken(Change(ChangeKind.UPDATE, "subject", "alice", fields), known)


def kept(house):
    return Taken(Change(ChangeKind.KEEP, "subject", "alice"), house.standing().subject.id)


class TestWhoIsNew:
    def test_comes_as_described_and_logs_in_with_the_old_password(self, house):
        assert take_one(house, ALICE) == CREATED

        standing = house.standing("alice@acme.example", NORTH)
        assert standing.subject.logins == ALICE.logins
        assert standing.subject.full_name == "Alice"
        assert not standing.subject.service
        assert standing.profile.document == EVERYWHERE[NORTH]
        assert house.enter().subject == standing.subject
        assert house.results("subject.create") == ["done"]

    def test_is_written_down_with_its_tenant(self, house):
        house.core.seeding.put_tenant("Acme")

        take(house, ALICE, tenant="Acme")

        assert house.standing().tenant.name == "Acme"

    def test_stays_switched_off(self, house):
        take(house, replace(ALICE, active=False))

        assert not house.standing().subject.active
        with pytest.raises(InvalidCredentialsError):
            house.enter()

    def test_without_a_hash_has_no_password(self, house):
        take(house, replace(ALICE, password_hash=None))

        with pytest.raises(InvalidCredentialsError):
            house.enter()

    def test_needs_a_tenant_that_exists(self, house):
        with pytest.raises(NotFoundError) as missing:
            take(house, ALICE, tenant="Acme")

        assert missing.value.kind == "tenant"
        assert house.audited() == []

    def test_is_foretold_without_being_written(self, house):
        assert take_one(house, ALICE, dry_run=True) == CREATED
        assert take_one(house, ALICE, tenant="of tomorrow", dry_run=True) == CREATED
        assert house.audited() == []

    def test_is_not_taken_with_a_hash_beyond_the_ceilings_and_neither_is_the_group(self, house):
        dear = CostCeilings().pbkdf2_iterations + 1
        bob = Arrival(("bob",), password_hash=f"pbkdf2_sha256${dear}$salt$" + "A" * 44)

        for dry_run in (True, False):
            with pytest.raises(ValueError, match="cost out of bounds"):
                take(house, ALICE, bob, dry_run=dry_run)
        assert house.audited() == []


class TestWhoIsHere:
    def test_is_left_alone_the_second_time(self, house):
        take(house, ALICE)
        before = house.audited()

        assert take_one(house, ALICE) == kept(house)
        assert take_one(house, ALICE, dry_run=True) == kept(house)
        assert house.audited() == before

    def test_is_meant_in_whatever_case(self, house):
        house.add("Alice")

        assert take_one(house, ALICE).known == house.standing().subject.id

    def test_keeps_logins_name_tenant_and_profiles(self, house):
        house.add("alice", full_name="The first", tenant="Acme")
        other = replace(ALICE, full_name="Other", profiles={NORTH: b"{}", SOUTH: b'{"x":1}'})

        assert take_one(house, other) == kept(house)
        assert house.standing().subject.logins == ("alice",)

    def test_gets_the_profile_that_is_missing(self, house):
        house.add("alice", profiles={NORTH: b"{}"})

        assert take_one(house, ALICE) == updated(house, "profile south")
        assert house.standing("alice", NORTH).profile.document == b"{}"
        assert house.enter()

    def test_gets_a_password_if_there_was_none(self, house):
        house.add("alice", password=None)

        assert take_one(house, ALICE, dry_run=True) == updated(house, "password")
        assert take_one(house, ALICE) == updated(house, "password")
        assert house.enter()

    def test_is_changed_for_every_worker_at_once(self, house):
        take(house, ALICE)
        admitted = house.enter()
        house.use(admitted)

        take(house, replace(ALICE, password_hash=django(ANOTHER)))

        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    def test_is_dated_when_changed_and_only_then(self, house):
        take(house, ALICE)
        first = house.standing().subject.modified_at
        house.clock.advance(hours=1)
        take(house, ALICE)
        assert house.standing().subject.modified_at == first

        take(house, replace(ALICE, password_hash=django(ANOTHER)))

        assert house.standing().subject.modified_at == house.clock()


class TestPasswords:
    def test_one_that_was_set_here_stays(self, house):
        house.add("alice", password=ANOTHER)

        assert take_one(house, ALICE) == kept(house)
        assert house.enter(password=ANOTHER)

    def test_one_that_was_changed_here_after_the_import_stays(self, house):
        take(house, ALICE)
        house.core.directory.set_password(house.standing().subject.id, ANOTHER)

        assert take_one(house, ALICE) == kept(house)
        assert take_one(house, replace(ALICE, password_hash=django("third"))) == kept(house)
        assert house.enter(password=ANOTHER)

    def test_a_hash_that_was_upgraded_at_a_login_does_not_come_back(self, house):
        take(house, ALICE)
        house.enter()
        ours = house.standing().password
        assert ours.startswith("$argon2id$")

        assert take_one(house, ALICE) == kept(house)
        assert house.standing().password == ours

    @pytest.mark.parametrize("logged_in", [False, True])
    def test_one_that_was_changed_over_there_follows(self, house, logged_in):
        take(house, ALICE)
        if logged_in:
            house.enter()
        newer = replace(ALICE, password_hash=django(ANOTHER))

        assert take_one(house, newer) == updated(house, "password")
        assert take_one(house, newer) == kept(house)
        assert house.enter(password=ANOTHER)

    def test_one_that_was_taken_away_over_there_stays(self, house):
        take(house, ALICE)

        assert take_one(house, replace(ALICE, password_hash=None)) == kept(house)
        assert house.enter()

    def test_one_of_ours_is_still_ours_after_the_cost_was_raised(self, house):
        house.add("alice")
        dearer = replace(house.policy, passwords=PasswordPolicy(memory_kib=16, passes=1, threads=1))
        later = House(policy=dearer, storage=house.storage, stamps=house.stamps)
        before = house.standing().password
        later.enter()
        assert later.standing().password != before

        assert take_one(later, replace(ALICE, password_hash=django(ANOTHER))) == kept(later)
        later.close()


class TestSwitchedOff:
    def test_over_there_is_switched_off_here_while_the_password_is_theirs(self, house):
        take(house, ALICE)
        admitted = house.enter()
        off = replace(ALICE, active=False, password_hash=django(ANOTHER))

        assert take_one(house, off) == updated(house, "active", "password")
        assert take_one(house, off) == kept(house)
        with pytest.raises((SubjectDisabledError, TokenUnknownError)):
            house.use(admitted)

    @pytest.mark.parametrize("password", [None, PASSWORD])
    def test_over_there_means_nothing_to_an_account_of_ours(self, house, password):
        house.add("alice", password=password, profiles={NORTH: b"{}"})

        assert take_one(house, replace(ALICE, active=False)) == kept(house)
        assert house.standing("alice", NORTH).subject.active

    def test_here_stays_so(self, house):
        take(house, ALICE)
        house.core.directory.set_active(house.standing().subject.id, active=False)

        assert take_one(house, ALICE) == kept(house)
        assert not house.standing().subject.active


class TestObstacles:
    def test_a_further_login_may_not_be_somebody_elses(self, house):
        house.add("root", "alice@acme.example")

        for dry_run in (True, False):
            assert take_one(house, ALICE, dry_run=dry_run) == Refused(Obstacle.TAKEN)
        house.add("alice")
        assert take_one(house, ALICE) == Refused(Obstacle.TAKEN)

    def test_a_further_login_does_not_say_who_is_meant(self, house):
        """Whoever may choose an e-mail address over there could give out a password here."""
        take(house, Arrival(("root@acme.example",), password_hash=HASH))
        mallory = Arrival(("mallory", "root@acme.example"), password_hash=django(ANOTHER))

        assert take_one(house, mallory) == Refused(Obstacle.TAKEN)

    @pytest.mark.parametrize("at_home", [None, "Globex"])
    def test_a_tenants_file_means_nobody_outside_of_it(self, house, at_home):
        house.add("alice", tenant=at_home)
        assert take_one(house, ALICE, tenant="Acme", dry_run=True) == Refused(Obstacle.ELSEWHERE)
        house.core.seeding.put_tenant("Acme")

        assert take_one(house, ALICE, tenant="Acme") == Refused(Obstacle.ELSEWHERE)

    def test_whom_a_directory_keeps_gets_no_password_here(self, house):
        alice = house.add("alice", password=None)
        with house.storage.write() as transaction:
            put_keeping(transaction, alice.id, Keeping(PersonKey(UUID(int=1))))

        assert take_one(house, ALICE) == Refused(Obstacle.KEPT)

    def test_one_who_cannot_come_in_keeps_nobody_else_out(self, house):
        house.add("alice@acme.example")
        bob = Arrival(("bob",), password_hash=HASH)

        assert take(house, ALICE, bob) == [
            Refused(Obstacle.TAKEN),
            Taken(Change(ChangeKind.CREATE, "subject", "bob")),
        ]


class TestAGroup:
    def test_is_one_unit_of_work(self, house):
        units: list[str] = []
        worker = house.worker(storage=WatchedStorage(house.storage, units.append))
        people = [Arrival((f"p{index}",), password_hash=HASH) for index in range(50)]

        Importing(worker.seeding).take(people)

        assert units == ["written"]
        assert len(house.audited("subject.create")) == 50

    def test_meets_itself(self, house):
        """A file that names somebody twice was refused before; here it does no harm."""
        first, second = take(house, ALICE, ALICE)

        assert (first, second) == (CREATED, kept(house))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/watchword.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


def test_databases_take_people_in_as_memory_does(database: str) -> None:
    migrate_store(database)
    policy = House().policy
    storage = open_store(database, policy)
    house = House(storage=storage)
    try:
        house.add("root", "root@acme.example")
        taken = Arrival(("bob", "root@acme.example"), password_hash=HASH)

        assert take(house, ALICE, taken) == [CREATED, Refused(Obstacle.TAKEN)]
        assert house.enter().subject.logins == ALICE.logins
        assert take_one(house, ALICE) == kept(house)
        newer = replace(ALICE, password_hash=django(ANOTHER))
        assert take_one(house, newer) == updated(house, "password")
        assert house.enter(password=ANOTHER).subject.logins == ALICE.logins
    finally:
        house.close()
        storage.close()


logins = st.lists(st.sampled_from(["a", "b", "c@x", "d"]), min_size=1, max_size=3, unique=True)
arrivals: Any = st.builds(
    Arrival,
    logins=logins.map(tuple),
    full_name=st.sampled_from(["", "A", "Ä"]),
    active=st.booleans(),
    password_hash=st.sampled_from([None, django("x"), django("y")]),
    profiles=st.dictionaries(
        st.sampled_from([NORTH, SOUTH]), st.sampled_from([b"{}", b'{"scopes":[]}'])
    ),
)


@settings(max_examples=50)
@given(st.lists(arrivals, max_size=5), st.sampled_from([None, "Acme"]))
def test_taking_twice_changes_nothing_and_a_dry_run_foretells(people, tenant):
    house = House()
    house.core.seeding.put_tenant("Acme")
    for arrival in people:
        foretold = take_one(house, arrival, tenant=tenant, dry_run=True)
        assert take_one(house, arrival, tenant=tenant) == foretold
        before = house.audited()

        again = take_one(house, arrival, tenant=tenant)

        if isinstance(foretold, Taken):
            assert again.change.kind is ChangeKind.KEEP
        else:
            assert again == foretold
        assert house.audited() == before
    house.close()
