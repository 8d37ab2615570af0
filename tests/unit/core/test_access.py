"""Turning tokens into principals: what is believed, for how long, and what is written behind."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.house import NORTH, POLICY, SOUTH, House
from tests.support.storages import FailingStorage, WatchedStorage
from watchword.core.errors import (
    NotFoundError,
    ScopeMissingError,
    StorageUnavailableError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenMissingError,
    TokenUnknownError,
)
from watchword.core.policy import AccessPolicy
from watchword.core.revocation import SLOTS
from watchword.core.scopes import require_scope
from watchword.core.sessions import EndReason


@pytest.fixture
def alice(house):
    return house.add("alice", tenant="Acme")


@pytest.fixture
def admitted(house, alice):
    return house.enter(alice.name, device="phone")


def stored(house, admitted):
    with house.storage.read() as transaction:
        session = transaction.sessions.find(admitted.session.id)
    assert session is not None
    return session


def recall(core, admitted):
    return core.access.recall(admitted.token.secret, admitted.session.audience)


class TestPrincipal:
    def test_it_says_who_with_which_profile_and_session(self, house, alice, admitted):
        principal = house.use(admitted)

        assert principal.subject == alice
        assert principal.tenant is not None
        assert principal.tenant.name == "Acme"
        assert principal.profile == {}
        assert principal.session.id == admitted.session.id

    @pytest.mark.parametrize("secret", [None, ""])
    def test_no_token_is_no_principal(self, house, secret):
        with pytest.raises(TokenMissingError):
            house.core.access.principal(secret, SOUTH)

    @pytest.mark.parametrize("secret", ["x", "\ud800", "\x00", "x" * 100_000])
    def test_a_token_that_was_never_issued_is_unknown(self, house, secret):
        with pytest.raises(TokenUnknownError):
            house.core.access.principal(secret, SOUTH)

    def test_a_token_of_another_audience_is_unknown_here_cached_or_not(self, house, admitted):
        for _ in range(2):
            with pytest.raises(TokenUnknownError):
                house.core.access.principal(admitted.token.secret, NORTH)
            house.use(admitted)

        assert house.core.access.recall(admitted.token.secret, NORTH) is None

    def test_a_refresh_token_is_no_access_token(self, house, admitted):
        with pytest.raises(TokenUnknownError):
            house.core.access.principal(admitted.refresh.secret, SOUTH)

    def test_a_token_is_good_at_its_last_instant_and_expired_after_it(self, house, alice):
        admitted = house.enter(audience=NORTH)
        house.clock.advance(hours=10)
        assert house.use(admitted).subject == alice

        house.clock.advance(microseconds=1)

        assert recall(house.core, admitted) is None
        with pytest.raises(TokenExpiredError):
            house.use(admitted)

    def test_a_session_that_was_left_is_unknown(self, house, admitted):
        house.core.revocation.end_session(admitted.session, EndReason.LEFT)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    def test_who_was_switched_off_is_told_so(self, house, alice, admitted):
        house.core.directory.set_active(alice.id, active=False)

        with pytest.raises(SubjectDisabledError):
            house.use(admitted)

    def test_who_was_switched_on_again_has_to_log_in_again(self, house, alice, admitted):
        house.core.directory.set_active(alice.id, active=False)
        house.core.directory.set_active(alice.id, active=True)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    def test_who_lost_the_profile_is_told_so(self, house, admitted):
        house.add("alice", tenant="Acme", profiles={NORTH: b"{}"})

        with pytest.raises(SubjectDisabledError):
            house.use(admitted)

    @pytest.mark.parametrize("reason", [EndReason.DISABLED, EndReason.REVOKED])
    def test_a_tenant_in_deletion_closes_the_door(self, house, alice, admitted, reason):
        house.close_tenant("Acme")
        house.core.revocation.end_tenant(alice.tenant_id, reason)

        expected = TenantClosedError if reason is EndReason.DISABLED else TokenUnknownError
        with pytest.raises(expected):
            house.use(admitted)

    def test_a_tenant_in_deletion_closes_it_for_sessions_that_still_live(self, house, admitted):
        house.close_tenant("Acme")

        with pytest.raises(TenantClosedError):
            house.use(admitted)

    def test_a_subject_that_was_removed_is_unknown(self, house, alice, admitted):
        house.use(admitted)
        house.core.directory.remove_subject(alice.id)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    def test_storage_that_does_not_answer_is_no_principal(self, house, admitted):
        storage = FailingStorage(house.storage)
        worker = house.worker(storage=storage)

        with storage.outage(), pytest.raises(StorageUnavailableError):
            worker.access.principal(admitted.token.secret, SOUTH)

        assert worker.access.principal(admitted.token.secret, SOUTH)

    @pytest.mark.usefixtures("alice")
    def test_a_scope_is_required_of_the_session(self, house):
        principal = house.use(house.enter(audience=NORTH, scopes=["read"]))

        require_scope(principal, "read")
        with pytest.raises(ScopeMissingError) as refused:
            require_scope(principal, "write")
        assert refused.value.scope == "write"


class TestRecall:
    def test_nothing_is_known_before_it_was_asked_for(self, house, admitted):
        assert recall(house.core, admitted) is None

    def test_what_was_asked_for_is_known_without_a_look_at_the_storage(self, house, admitted):
        storage = FailingStorage(house.storage)
        worker = house.worker(storage=storage)
        principal = worker.access.principal(admitted.token.secret, SOUTH)

        with storage.outage():
            assert recall(worker, admitted) is principal
            assert worker.access.principal(admitted.token.secret, SOUTH) is principal

    @pytest.mark.usefixtures("alice")
    def test_the_lease_is_the_longest_time_without_another_look(self, house):
        admitted = house.enter(audience=NORTH)
        house.use(admitted)

        house.clock.advance(seconds=30)
        assert recall(house.core, admitted) is not None
        house.clock.advance(microseconds=1)
        assert recall(house.core, admitted) is None

    def test_a_change_to_the_subject_is_seen_at_the_next_look(self, house, admitted):
        house.use(admitted)
        house.add("alice", tenant="Acme", full_name="Alice Example")

        assert recall(house.core, admitted) is None
        assert house.use(admitted).subject.full_name == "Alice Example"

    @pytest.mark.parametrize("end", ["session", "subject", "tenant", "device", "all"])
    def test_every_kind_of_revocation_is_seen_by_every_worker(self, house, alice, admitted, end):
        other = house.worker()
        for worker in (house.core, other):
            worker.access.principal(admitted.token.secret, SOUTH)
        revocation = house.core.revocation
        {
            "session": lambda: revocation.end_session(admitted.session, EndReason.REVOKED),
            "subject": lambda: revocation.end_subject(alice.id, EndReason.REVOKED),
            "tenant": lambda: revocation.end_tenant(alice.tenant_id, EndReason.REVOKED),
            "device": lambda: revocation.end_device("phone", EndReason.REVOKED),
            "all": revocation.forget_everything,
        }[end]()

        for worker in (house.core, other):
            assert recall(worker, admitted) is None

    @pytest.mark.usefixtures("alice")
    def test_other_sessions_stay_known(self, house, admitted):
        house.add("bob")
        others = [house.enter(), house.enter("bob", device="tablet")]
        for other in others:
            house.use(other)

        house.core.revocation.end_session(admitted.session, EndReason.LEFT)

        assert all(recall(house.core, other) for other in others)

    def test_ending_a_subject_can_spare_one_session(self, house, alice, admitted):
        other = house.enter()
        house.core.revocation.end_subject(alice.id, EndReason.REVOKED, keep=admitted.session.id)

        assert house.use(admitted)
        with pytest.raises(TokenUnknownError):
            house.use(other)

    def test_clients_without_a_device_cannot_be_ended_as_one_device(self, house):
        with pytest.raises(NotFoundError):
            house.core.revocation.end_device("", EndReason.REVOKED)

    def test_the_first_end_is_kept(self, house, admitted):
        house.core.revocation.end_session(admitted.session, EndReason.LEFT)
        house.clock.advance(hours=1)
        house.core.revocation.end_session(admitted.session, EndReason.REVOKED)

        assert stored(house, admitted).end_reason is EndReason.LEFT


class TestBoundedCache:
    @pytest.mark.parametrize("entries", [-1, 0, 1, 3])
    def test_the_oldest_goes_when_it_is_full(self, entries):
        house = House(replace(POLICY, access=AccessPolicy(entries=entries)))
        house.add("alice")
        sessions = [house.enter() for _ in range(5)]
        for each in sessions:
            house.use(each)

        known = [recall(house.core, each) is not None for each in sessions]

        room = max(entries, 0)
        assert known == [False] * (5 - room) + [True] * room
        house.close()

    def test_threads_that_fill_it_together_do_not_disturb_each_other(self):
        house = House(replace(POLICY, access=AccessPolicy(entries=2)))
        house.add("alice")
        sessions = [house.enter() for _ in range(12)]
        switching = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)

        try:
            with ThreadPoolExecutor(8) as threads:
                used = list(threads.map(house.use, sessions * 50))
        finally:
            sys.setswitchinterval(switching)

        assert [each.session.id for each in used] == [s.session.id for s in sessions] * 50
        house.close()


class TestSliding:
    def test_each_use_gives_a_sliding_session_its_whole_length_again(self, house, admitted):
        for _ in range(8):
            house.clock.advance(minutes=14)
            house.use(admitted)
            house.core.access.flush()

        assert stored(house, admitted).expires_at == house.clock() + timedelta(minutes=15)

    def test_unused_it_ends(self, house, admitted):
        house.use(admitted)
        house.clock.advance(minutes=15, microseconds=1)

        with pytest.raises(TokenExpiredError):
            house.use(admitted)

    def test_it_slides_no_further_than_its_deadline(self, house, admitted):
        for _ in range(24 * 6):
            house.clock.advance(minutes=10)
            house.use(admitted)
            house.core.access.flush()
        house.clock.advance(microseconds=1)

        assert stored(house, admitted).expires_at == admitted.session.deadline
        with pytest.raises(TokenExpiredError):
            house.use(admitted)

    def test_a_use_in_one_worker_counts_in_the_other_once_it_is_flushed(self, house, admitted):
        other = house.worker()
        house.use(admitted)
        for _ in range(3):
            house.clock.advance(minutes=14)
            other.access.principal(admitted.token.secret, SOUTH)
            other.access.flush()

        house.clock.advance(minutes=14)

        assert house.use(admitted)

    @pytest.mark.usefixtures("alice")
    def test_a_strict_session_does_not_slide(self, house):
        admitted = house.enter(audience=NORTH)
        house.clock.advance(hours=9)
        house.use(admitted)
        house.core.access.flush()

        assert stored(house, admitted).expires_at == admitted.session.expires_at


class TestTouch:
    def test_a_use_is_written_behind_by_a_flush(self, house, admitted):
        house.clock.advance(minutes=5)
        house.use(admitted)
        assert stored(house, admitted).seen_at == admitted.session.seen_at

        assert house.core.access.flush() == 1
        assert stored(house, admitted).seen_at == house.clock()

    def test_without_use_there_is_nothing_to_write(self, house):
        assert house.core.access.flush() == 0

    @pytest.mark.usefixtures("alice")
    def test_of_a_strict_session_a_use_is_noted_once_in_a_while(self, house):
        admitted = house.enter(audience=NORTH)
        house.use(admitted)
        house.core.access.flush()
        house.clock.advance(seconds=14)
        house.use(admitted)
        assert house.core.access.flush() == 0

        house.clock.advance(seconds=1)
        house.use(admitted)
        assert house.core.access.flush() == 1

    def test_the_latest_use_of_many_is_what_is_written(self, house, admitted):
        for _ in range(5):
            house.clock.advance(seconds=1)
            house.use(admitted)

        assert house.core.access.flush() == 1
        assert stored(house, admitted).seen_at == house.clock()

    def test_a_flush_that_fails_keeps_what_it_could_not_write(self, house, admitted):
        storage = FailingStorage(house.storage)
        worker = house.worker(storage=storage)
        house.add("bob")
        bob = house.enter("bob")
        worker.access.principal(admitted.token.secret, SOUTH)
        first = house.clock()
        with storage.outage(), pytest.raises(StorageUnavailableError):
            worker.access.flush()
        house.clock.advance(seconds=1)
        worker.access.principal(bob.token.secret, SOUTH)

        assert worker.access.flush() == 2
        assert stored(house, admitted).seen_at == first
        assert stored(house, bob).seen_at == house.clock()

    def test_a_session_that_ended_meanwhile_is_not_brought_back(self, house, admitted):
        house.use(admitted)
        house.core.revocation.end_session(admitted.session, EndReason.LEFT)
        house.core.access.flush()

        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    def test_closing_writes_what_is_pending(self, house, admitted):
        worker = house.worker()
        house.clock.advance(minutes=1)
        worker.access.principal(admitted.token.secret, SOUTH)
        worker.close()

        assert stored(house, admitted).seen_at == house.clock()


class TestBusy:
    def test_while_others_keep_changing_things_it_answers_but_keeps_nothing(self, house, admitted):
        storage = WatchedStorage(house.storage)
        worker = house.worker(storage=storage)
        storage.seen = lambda _event: house.stamps.renew([SLOTS - 1])

        assert worker.access.principal(admitted.token.secret, SOUTH)
        assert recall(worker, admitted) is None

    def test_once_they_stop_it_keeps_it(self, house, admitted):
        storage = WatchedStorage(house.storage)
        worker = house.worker(storage=storage)
        storage.once("read", lambda: house.stamps.renew([SLOTS - 1]))

        assert worker.access.principal(admitted.token.secret, SOUTH)
        assert recall(worker, admitted) is not None


class TestFirstUseOfASuccessor:
    @pytest.fixture
    def successor(self, house, admitted):
        return house.core.renewal.renew(admitted.token.secret, admitted.refresh.secret, SOUTH)

    def test_it_ends_the_predecessor_in_every_worker(self, house, admitted, successor):
        other = house.worker()
        other.access.principal(admitted.token.secret, SOUTH)

        house.use(successor)

        assert recall(other, admitted) is None
        assert stored(house, admitted).end_reason is EndReason.REPLACED

    def test_two_workers_that_see_it_at_once_write_down_one_end(self, house, successor):
        storage = WatchedStorage(house.storage)
        other = house.worker(storage=storage)
        storage.once("read", lambda: house.use(successor))

        assert other.access.principal(successor.token.secret, SOUTH)
        assert house.results("session.end") == ["replaced"]

    def test_a_subject_that_was_removed_meanwhile_is_unknown(self, house, alice, successor):
        storage = WatchedStorage(house.storage)
        other = house.worker(storage=storage)
        storage.once("read", lambda: house.core.directory.remove_subject(alice.id))

        with pytest.raises(TokenUnknownError):
            other.access.principal(successor.token.secret, SOUTH)
