"""Refreshing: who may, what comes of it, what a retry gives and what a replay ends."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.house import NORTH, POLICY, SOUTH, House
from tests.support.storages import FailingStorage
from watchword.core.errors import (
    RefreshForeignError,
    RefreshUnknownError,
    StorageUnavailableError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenMissingError,
    TokenUnknownError,
)
from watchword.core.policy import Lifetime
from watchword.core.sessions import EndReason, SessionFilter


@pytest.fixture
def first(house):
    house.add("alice", tenant="Acme")
    return house.enter(device="phone")


def renew(house, admitted, refresh=None, core=None):
    core = core or house.core
    return core.renewal.renew(
        admitted.token.secret, refresh or admitted.refresh.secret, admitted.session.audience
    )


def living(house):
    with house.storage.read() as transaction:
        found = transaction.sessions.list_living(SessionFilter(), house.clock(), 1_000)
    return [session.id for session in found]


class TestSuccessor:
    def test_it_is_a_new_session_of_the_same_family_on_the_same_device(self, house, first):
        second = renew(house, first)

        before, after = first.session, second.session
        assert after.id != before.id
        assert after.family == before.family
        assert (after.subject_id, after.device, after.address, after.scopes) == (
            before.subject_id,
            before.device,
            before.address,
            before.scopes,
        )

    def test_its_tokens_are_new_and_of_the_audiences_form(self, house, first):
        second = renew(house, first)

        tokens = {t.secret for each in (first, second) for t in (each.token, each.refresh)}
        assert len(tokens) == 4
        assert {len(token) for token in tokens} == {128}

    def test_until_it_is_used_both_pairs_are_good(self, house, first):
        renew(house, first)

        assert house.use(first)
        assert house.use(first)

    def test_its_first_use_ends_the_old_pair(self, house, first):
        house.use(renew(house, first))

        with pytest.raises(TokenUnknownError):
            house.use(first)
        with pytest.raises(TokenUnknownError):
            renew(house, first)

    def test_it_is_audited_with_both_sessions(self, house, first):
        second = renew(house, first)

        [entry] = house.audited("renew")
        assert entry.result == "renewed"
        assert entry.details == {
            "session": str(first.session.id),
            "family": str(first.session.id),
            "successor": str(second.session.id),
        }

    def test_a_chain_of_refreshes_leaves_one_session(self, house, first):
        last = first
        for _ in range(5):
            last = renew(house, last)
            house.use(last)

        assert living(house) == [last.session.id]


class TestRetry:
    def test_a_repeated_refresh_gives_the_same_pair(self, house, first):
        once, again = renew(house, first), renew(house, first)

        assert once.token.secret == again.token.secret
        assert once.refresh.secret == again.refresh.secret
        assert once.session.id == again.session.id

    def test_so_it_does_in_another_worker(self, house, first):
        once, again = renew(house, first), renew(house, first, core=house.worker())

        assert once.token.secret == again.token.secret

    @settings(max_examples=8, deadline=None)
    @given(st.integers(2, 12))
    def test_parallel_refreshes_give_one_successor(self, threads):
        house = House()
        house.add("alice")
        first = house.enter()
        workers = [house.core, house.worker()]

        with ThreadPoolExecutor(threads) as pool:
            calls = [
                pool.submit(renew, house, first, core=workers[number % 2])
                for number in range(threads)
            ]
            answers = {
                (each.token.secret, each.refresh.secret, each.session.id)
                for each in (call.result() for call in calls)
            }

        assert len(answers) == 1
        assert len(living(house)) == 2
        assert house.results("renew") == ["renewed"]
        house.close()

    def test_a_successor_that_was_ended_is_followed_by_another(self, house, first):
        lost = renew(house, first)
        house.core.revocation.end_session(lost.session, EndReason.REVOKED)

        found = renew(house, first)

        assert found.session.id != lost.session.id
        assert house.use(found)

    def test_storage_that_does_not_answer_changes_nothing(self, house, first):
        storage = FailingStorage(house.storage)
        worker = house.worker(storage=storage)

        with storage.outage(), pytest.raises(StorageUnavailableError):
            renew(house, first, core=worker)

        assert living(house) == [first.session.id]


class TestReplay:
    def test_after_the_first_use_it_ends_the_family_in_every_worker(self, house, first):
        second = renew(house, first)
        other = house.worker()
        other.access.principal(second.token.secret, SOUTH)

        with pytest.raises(RefreshUnknownError):
            renew(house, second, first.refresh.secret)

        assert other.access.recall(second.token.secret, SOUTH) is None
        with pytest.raises(TokenUnknownError):
            house.use(second)
        assert house.results("renew") == ["renewed", "replayed"]

    def test_other_logins_of_the_subject_live_on(self, house, first):
        other = house.enter()
        second = renew(house, first)
        house.use(second)

        with pytest.raises(TokenUnknownError):
            renew(house, first)

        assert living(house) == [other.session.id]
        assert house.use(other)

    @pytest.mark.parametrize("reason", [EndReason.LEFT, EndReason.REVOKED])
    def test_a_session_that_was_left_is_no_replay(self, house, first, reason):
        other = house.enter()
        house.core.revocation.end_session(first.session, reason)

        with pytest.raises(RefreshUnknownError):
            renew(house, other, first.refresh.secret)

        assert house.results("renew") == []

    def test_a_dead_token_of_another_audience_is_no_replay_here(self, house, first):
        house.use(renew(house, first))
        north = house.enter(audience=NORTH)

        with pytest.raises(RefreshUnknownError):
            renew(house, north, first.refresh.secret)

        assert "replayed" not in house.results("renew")


class TestRefusal:
    @pytest.mark.parametrize("access", [None, ""])
    def test_without_an_access_token_nobody_is_asking(self, house, first, access):
        with pytest.raises(TokenMissingError):
            house.core.renewal.renew(access, first.refresh.secret, SOUTH)

    def test_an_unknown_access_token_is_told_so(self, house, first):
        with pytest.raises(TokenUnknownError):
            house.core.renewal.renew("x", first.refresh.secret, SOUTH)

    def test_a_refresh_token_is_no_access_token(self, house, first):
        with pytest.raises(TokenUnknownError):
            house.core.renewal.renew(first.refresh.secret, first.refresh.secret, SOUTH)

    @pytest.mark.parametrize("refresh", ["", "x", "\ud800"])
    def test_an_unknown_refresh_token_is_told_so(self, house, first, refresh):
        with pytest.raises(RefreshUnknownError):
            house.core.renewal.renew(first.token.secret, refresh, SOUTH)

    def test_an_access_token_is_no_refresh_token(self, house, first):
        with pytest.raises(RefreshUnknownError):
            house.core.renewal.renew(first.token.secret, first.token.secret, SOUTH)

    def test_tokens_of_one_audience_are_unknown_at_another(self, house, first):
        north = house.enter(audience=NORTH)

        with pytest.raises(TokenUnknownError):
            house.core.renewal.renew(north.token.secret, first.refresh.secret, SOUTH)
        with pytest.raises(TokenUnknownError):
            house.core.renewal.renew(first.token.secret, first.refresh.secret, NORTH)

    def test_anothers_refresh_token_is_foreign_and_stays_good(self, house, first):
        house.add("mallory")
        mallory = house.enter("mallory")

        with pytest.raises(RefreshForeignError):
            renew(house, mallory, first.refresh.secret)

        assert renew(house, first)

    def test_who_was_switched_off_gets_nothing(self, house, first):
        with house.storage.write() as transaction:
            transaction.subjects.replace(replace(first.subject, active=False))

        with pytest.raises(SubjectDisabledError):
            renew(house, first)

    def test_so_it_is_when_its_sessions_ended_with_that(self, house, first):
        house.core.directory.set_active(first.subject.id, active=False)
        with pytest.raises(SubjectDisabledError):
            renew(house, first)

        house.core.directory.set_active(first.subject.id, active=True)
        with pytest.raises(TokenUnknownError):
            renew(house, first)

    def test_neither_does_a_tenant_in_deletion(self, house, first):
        house.close_tenant("Acme")

        with pytest.raises(TenantClosedError):
            renew(house, first)


class TestTime:
    def test_within_the_grace_an_expired_session_can_be_renewed(self, house, first):
        house.clock.advance(minutes=20)

        assert house.use(renew(house, first)).subject == first.subject

    def test_after_the_grace_the_access_token_is_expired(self, house, first):
        house.clock.advance(minutes=20, microseconds=1)

        with pytest.raises(TokenExpiredError):
            renew(house, first)

    def test_after_the_grace_the_refresh_token_is_unknown(self, house, first):
        house.clock.advance(minutes=20, microseconds=1)
        other = house.enter()

        with pytest.raises(RefreshUnknownError):
            renew(house, other, first.refresh.secret)

    def test_no_chain_of_refreshes_outlives_the_first_sessions_deadline(self, house, first):
        last = first
        while last.session.expires_at < first.session.deadline:
            house.clock.advance(minutes=10)
            last = renew(house, last)
        house.clock.time = first.session.deadline
        house.use(last)

        house.clock.advance(microseconds=1)

        assert last.session.deadline == first.session.deadline
        with pytest.raises(TokenExpiredError):
            house.use(last)
        with pytest.raises(RefreshUnknownError):
            renew(house, last)

    def test_where_sessions_do_not_slide_each_refresh_begins_a_whole_one(self):
        strict = replace(
            POLICY.audiences[SOUTH], lifetime=lambda _s, _p: Lifetime(timedelta(minutes=15))
        )
        house = House(replace(POLICY, audiences={**POLICY.audiences, SOUTH: strict}))
        house.add("alice")
        last = house.enter()

        for _ in range(4):
            house.clock.advance(minutes=14)
            last = renew(house, last)
            assert last.session.expires_at == house.clock() + timedelta(minutes=15)
        house.use(last)
        house.close()
