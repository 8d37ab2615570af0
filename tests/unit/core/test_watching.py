"""Who stays connected is told: every way in which a session ends stirs its watch."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.house import ADDRESS, NORTH, SOUTH, House
from tests.support.steps import SteppedStamps, SteppedStorage, Steps, every_order, run
from tests.support.storages import FailingStorage, WatchedStorage
from watchword.core.access import find_access
from watchword.core.blocklist import Block
from watchword.core.errors import (
    StorageUnavailableError,
    TokenMissingError,
    TokenUnknownError,
)
from watchword.core.networks import parse_network
from watchword.core.revocation import slots_of
from watchword.core.seeding import SubjectDraft
from watchword.core.sessions import EndReason, SessionFilter, SessionId
from watchword.core.tokens import Alphabet, TokenForm, TokenRecord, Use, digest, mint
from watchword.core.watching import AGAIN, Watch


@pytest.fixture
def alice(house):
    return house.add("alice", tenant="Acme")


@pytest.fixture
def admitted(house, alice):
    assert alice.active
    return house.enter(device="desk")


@pytest.fixture
def watch(house, admitted):
    return begin(house, admitted)


def begin(house, admitted, **more):
    """Stay connected under a token that was handed out."""
    return house.core.watching.begin(admitted.token.secret, admitted.session.audience, **more)


def over(house, *watches, worker=None):
    """Return those that a worker tells of their end when it looks now."""
    watching = (worker or house.core).watching
    return list(watching.ask_again(watching.find_stirred(watches)))


def bound_to(network, house, admitted):
    """Return the secret of another session of the same subject, for one network alone."""
    token = mint(TokenForm(Alphabet.HEX, 64), house.random)
    session = replace(
        admitted.session,
        id=SessionId(0),
        family=SessionId(0),
        networks=(parse_network(network),),
    )
    with house.storage.write() as transaction:
        added = transaction.sessions.add(session)
        transaction.tokens.add(TokenRecord(token.digest, added.id, Use.ACCESS))
    return token.secret


def block(house, audience=SOUTH):
    house.core.blocklist.add(Block(0, audience, "desk", "lost", house.clock()))


ENDS = {
    "its holder leaves": lambda house, admitted, _: house.core.revocation.end_session(
        admitted.session, EndReason.LEFT
    ),
    "its subject is thrown out": lambda house, _, alice: house.core.revocation.end_subject(
        alice.id, EndReason.REVOKED
    ),
    "its tenant is thrown out": lambda house, _, alice: house.core.revocation.end_tenant(
        alice.tenant_id, EndReason.REVOKED
    ),
    "its device is thrown out": lambda house, *_: house.core.revocation.end_device(
        "desk", EndReason.REVOKED
    ),
    "its device is blocked": lambda house, *_: block(house),
    "its subject is switched off": lambda house, _, alice: house.core.directory.set_active(
        alice.id, active=False
    ),
    "its subject is removed": lambda house, _, alice: house.core.directory.remove_subject(alice.id),
    "its subject gets another password": lambda house, _, alice: house.core.directory.set_password(
        alice.id, "another horse"
    ),
    "a directory file switches its subject off": lambda house, *_: house.core.seeding.put_subject(
        SubjectDraft(("alice",), active=False, tenant="Acme", profiles={SOUTH: b"{}"})
    ),
    "a directory file takes its profile away": lambda house, *_: house.add(
        "alice", tenant="Acme", profiles={NORTH: b"{}"}
    ),
    "it expires": lambda house, *_: house.clock.advance(minutes=15, microseconds=1),
}


class TestEveryEndIsNoticed:
    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
    def test_at_the_next_look_after_the_call_has_answered(self, house, alice, admitted, watch, end):
        end(house, admitted, alice)

        assert over(house, watch) == [watch]

    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
    def test_in_another_worker_too(self, house, alice, admitted, end):
        other = house.worker()
        watch = other.watching.begin(admitted.token.secret, SOUTH)

        end(house, admitted, alice)

        assert over(house, watch, worker=other) == [watch]

    @pytest.mark.usefixtures("alice")
    def test_a_session_that_is_displaced_is_over(self, house):
        watch = begin(house, house.enter(audience=NORTH, device="desk"))

        house.enter(audience=NORTH, device="desk")

        assert over(house, watch) == [watch]

    def test_a_session_whose_row_is_gone_is_over(self, house, admitted, watch):
        house.core.revocation.end_session(admitted.session, EndReason.LEFT)
        house.clock.advance(days=31)
        house.core.purge()

        assert over(house, watch) == [watch]

    def test_one_that_ended_unseen_by_this_host_is_noticed_after_a_while(self, house, watch):
        with house.storage.write() as transaction:
            which = SessionFilter(id=watch.session.id)
            transaction.sessions.end(which, house.clock(), EndReason.REVOKED)
        assert over(house, watch) == []

        house.clock.advance(microseconds=1, seconds=AGAIN.total_seconds())

        assert over(house, watch) == [watch]


class TestNothingElseIs:
    def test_while_nothing_happens_the_storage_is_not_asked(self, house, watch):
        for _ in range(30):
            house.clock.advance(seconds=1)
            assert house.core.watching.find_stirred([watch]) == []

    def test_the_end_of_another_session_leaves_it_alone(self, house, watch):
        house.add("bob")
        other = house.enter("bob")

        house.core.revocation.end_session(other.session, EndReason.LEFT)

        assert over(house, watch) == []

    def test_who_keeps_a_session_through_a_change_of_password_stays(self, house, alice, admitted):
        watch = begin(house, admitted)

        house.core.directory.set_password(alice.id, "another horse", keep=admitted.session.id)

        assert over(house, watch) == []
        assert house.core.watching.find_stirred([watch]) == []

    def test_when_everything_is_to_be_looked_at_again_it_is_once(self, house, watch):
        house.core.revocation.forget_everything()
        assert house.core.watching.find_stirred([watch]) == [watch]

        assert over(house, watch) == []

        assert house.core.watching.find_stirred([watch]) == []

    def test_a_subject_that_moves_to_another_tenant_is_watched_there(self, house, watch):
        house.add("alice", tenant="Umbrella")
        assert over(house, watch) == []
        assert over(house, watch) == []
        assert house.core.watching.find_stirred([watch]) == []

        house.core.revocation.end_tenant(house.standing().subject.tenant_id, EndReason.REVOKED)

        assert over(house, watch) == [watch]

    def test_a_session_that_slides_is_believed_again_after_each_use(self, house, admitted, watch):
        for _ in range(4):
            house.clock.advance(minutes=10)
            house.use(admitted)
            house.core.access.flush()
            assert over(house, watch) == []


class TestBeginning:
    @pytest.mark.parametrize("secret", [None, ""])
    def test_without_a_token_there_is_nothing_to_watch(self, house, secret):
        with pytest.raises(TokenMissingError):
            house.core.watching.begin(secret, SOUTH)

    @given(st.text(max_size=200))
    def test_nor_under_one_that_was_never_issued(self, secret):
        house = House()
        with pytest.raises((TokenUnknownError, TokenMissingError)):
            house.core.watching.begin(secret, SOUTH)
        house.close()

    def test_nor_under_one_of_another_audience(self, house, admitted):
        with pytest.raises(TokenUnknownError):
            house.core.watching.begin(admitted.token.secret, NORTH)

    def test_one_that_ends_at_this_very_moment_is_refused(self, house, admitted):
        watched = WatchedStorage(house.storage)
        worker = house.worker(storage=watched)
        watched.once(
            "read", lambda: house.core.revocation.end_session(admitted.session, EndReason.LEFT)
        )

        with pytest.raises(TokenUnknownError):
            worker.watching.begin(admitted.token.secret, SOUTH)

    def test_one_that_is_over_is_refused_although_this_worker_believes_it(self, house, admitted):
        house.use(admitted)
        with house.storage.write() as transaction:
            which = SessionFilter(id=admitted.session.id)
            transaction.sessions.end(which, house.clock(), EndReason.REVOKED)

        assert house.use(admitted)
        with pytest.raises(TokenUnknownError):
            begin(house, admitted)

    def test_a_token_for_one_network_is_watched_from_there_alone(self, house, admitted):
        secret = bound_to("192.0.2.0/24", house, admitted)

        assert over(house, house.core.watching.begin(secret, SOUTH, ADDRESS)) == []
        with pytest.raises(TokenUnknownError):
            house.core.watching.begin(secret, SOUTH, "203.0.113.1")

    def test_a_watch_from_outside_of_its_network_is_over(self, house, admitted, watch):
        elsewhere = bound_to("203.0.113.0/24", house, admitted)
        moved = Watch(digest(elsewhere), watch.session, None, ADDRESS)

        assert over(house, moved) == [moved]


class TestWhatIsNoted:
    def test_a_use_is_written_behind_and_prolongs_nothing(self, house, admitted, watch):
        house.core.access.flush()
        house.clock.advance(minutes=5)

        house.core.watching.note_use(watch)
        house.core.access.flush()

        session = house.core.watching.begin(admitted.token.secret, SOUTH).session
        with house.storage.read() as transaction:
            kept = transaction.sessions.find(session.id)
        assert kept.seen_at == house.clock()
        assert kept.expires_at == admitted.session.expires_at

    def test_it_takes_nothing_from_what_another_use_prolonged(self, house, admitted, watch):
        house.clock.advance(minutes=5)
        house.use(admitted)

        house.core.watching.note_use(watch)
        house.core.access.flush()

        with house.storage.read() as transaction:
            kept = transaction.sessions.find(admitted.session.id)
        assert kept.expires_at == house.clock() + timedelta(minutes=15)


class TestTheStorageDoesNotAnswer:
    def test_it_is_asked_again_later(self, house, admitted):
        storage = FailingStorage(house.storage)
        worker = house.worker(storage=storage)
        watch = worker.watching.begin(admitted.token.secret, SOUTH)
        house.core.revocation.end_session(admitted.session, EndReason.LEFT)

        with storage.outage(), pytest.raises(StorageUnavailableError):
            over(house, watch, worker=worker)

        assert over(house, watch, worker=worker) == [watch]


# The watcher reads three stamps, then the row; the revoker commits and renews two slots.
ORDERS = list(every_order("watcher", 4, "revoker", 3))


@dataclass
class Scene:
    """Alice's session, a watcher that has been stirred, and a revoker."""

    steps: Steps = field(default_factory=Steps)

    def __post_init__(self):
        self.house = House(stamps=SteppedStamps(self.steps))
        self.house.add("alice")
        self.admitted = self.house.enter()
        stepped = SteppedStorage(self.house.storage, self.steps)
        self.worker = self.house.worker(storage=stepped)
        self.watch = self.worker.watching.begin(self.admitted.token.secret, SOUTH)
        self.house.core.revocation.forget_everything()

    def revoke(self):
        self.worker.revocation.end_session(self.admitted.session, EndReason.REVOKED)

    def look(self):
        self.worker.watching.ask_again([self.watch])

    def look_too_late(self):
        """Break rule 2: ask the storage, then read the stamps."""
        now, table = self.house.clock(), self.house.stamps.table
        with suppress(TokenUnknownError), self.worker.storage.read() as transaction:
            _, session = find_access(transaction, self.watch.name, SOUTH, now)
            slots = slots_of(session, None)
            self.watch.confirm(session, slots, self.watch.read(table), now)

    def leaves_it_unnoticed(self, order, look):
        """Say whether a look after the revoker has answered finds nothing to tell."""
        run(self.steps, {"watcher": look, "revoker": self.revoke}, order, lambda: None)
        told = over(self.house, self.watch, worker=self.worker)
        self.house.close()
        return told == []


def test_no_order_of_steps_leaves_an_end_unnoticed():
    scenes = [(Scene(), order) for order in ORDERS]

    assert not any(scene.leaves_it_unnoticed(order, scene.look) for scene, order in scenes)


def test_the_search_finds_what_goes_wrong_when_stamps_are_read_after_the_row():
    scenes = [(Scene(), order) for order in ORDERS]

    assert any(scene.leaves_it_unnoticed(order, scene.look_too_late) for scene, order in scenes)
