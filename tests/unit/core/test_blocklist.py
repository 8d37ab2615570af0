"""Blocked devices: out at once, everywhere, and not let in again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.house import NORTH, SOUTH, House
from watchword.core.audit import Actor
from watchword.core.blocklist import Block, collection_of_blocks, is_blocked
from watchword.core.errors import (
    DeviceBlockedError,
    InvalidCredentialsError,
    NotFoundError,
    TokenUnknownError,
    TooManyAttemptsError,
)
from watchword.core.index import Order, Query, equals, instant
from watchword.core.session_lists import SessionSearch
from watchword.core.sessions import EndReason

DAY = timedelta(days=1)


@pytest.fixture
def alice(house: House):
    return house.add("alice")


def block(house, device="phone", *, until=None, audience=SOUTH, by=None):
    draft = Block(0, audience, device, "lost", house.clock(), until)
    return house.core.blocklist.add(draft, by=by)


def listed(house, **asked):
    search = SessionSearch(SOUTH, house.clock(), house.clock(), **asked)
    return house.core.listing.search(search)


@pytest.mark.usefixtures("alice")
class TestTakingEffect:
    def test_the_devices_sessions_are_out_in_every_worker_before_it_answers(self, house):
        other = house.worker()
        admitted, elsewhere = house.enter(device="phone"), house.enter(device="desk")
        for worker in (house.core, other):
            worker.access.principal(admitted.token.secret, SOUTH)

        block(house)

        for worker in (house.core, other):
            assert worker.access.recall(admitted.token.secret, SOUTH) is None
            with pytest.raises(TokenUnknownError):
                worker.access.principal(admitted.token.secret, SOUTH)
        assert house.use(elsewhere).subject.name == "alice"

    @pytest.mark.parametrize("password", ["correct horse", "wrong", ""])
    @pytest.mark.parametrize("login", ["alice", "nobody"])
    def test_nobody_logs_in_from_it_whatever_the_credentials(self, house, login, password):
        block(house)

        with pytest.raises(DeviceBlockedError):
            house.enter(login, password, device="phone")
        assert house.results() == ["device-blocked"]

    def test_nothing_is_counted_for_it(self, house):
        lifted = block(house)
        for _ in range(20):
            with pytest.raises(DeviceBlockedError):
                house.enter("alice", "wrong", device="phone")
        house.core.blocklist.remove(SOUTH, lifted.id)

        assert house.enter(device="phone").subject.name == "alice"

    def test_a_lock_is_not_lifted_by_it(self, house):
        for _ in range(60):
            with pytest.raises((InvalidCredentialsError, TooManyAttemptsError)):
                house.enter("alice", "wrong", device="desk")
        block(house, "desk")

        with pytest.raises((DeviceBlockedError, TooManyAttemptsError)):
            house.enter(device="desk")

    def test_a_refresh_gives_nothing(self, house):
        admitted = house.enter(device="phone")
        block(house)

        with pytest.raises(TokenUnknownError):
            house.core.renewal.renew(admitted.token.secret, admitted.refresh.secret, SOUTH)

    def test_a_session_that_slipped_through_is_refused_at_its_use_and_at_its_refresh(self, house):
        """As if somebody had written it by other means than ours."""
        block(house)
        admitted = house.enter(device="desk")
        with house.storage.write() as transaction:
            device = replace(admitted.session.device, key="phone")
            session = transaction.sessions.add(replace(admitted.session, device=device, id=0))
            for token in (admitted.token, admitted.refresh):
                rows = transaction.tokens.tables.tokens.change()
                rows[token.digest] = replace(rows[token.digest], session_id=session.id)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)
        with pytest.raises(TokenUnknownError):
            house.core.renewal.renew(admitted.token.secret, admitted.refresh.secret, SOUTH)

    def test_another_audiences_device_of_that_name_is_not_meant(self, house):
        admitted = house.enter(device="phone", audience=NORTH)
        block(house)

        assert house.use(admitted).subject.name == "alice"
        assert house.enter(device="phone", audience=NORTH)

    def test_a_login_without_a_device_is_not_meant(self, house):
        block(house)

        assert house.enter(device="")

    def test_it_ends_at_its_time(self, house):
        block(house, until=house.clock() + DAY)
        house.clock.advance(days=1, microseconds=-1)
        with pytest.raises(DeviceBlockedError):
            house.enter(device="phone")

        house.clock.advance(microseconds=1)
        assert house.enter(device="phone")

    def test_one_that_is_over_has_no_effect(self, house):
        admitted = house.enter(device="phone")
        block(house, until=house.clock())

        assert house.use(admitted)
        assert house.enter(device="phone")

    def test_the_longest_of_several_counts(self, house):
        first = block(house)
        block(house, until=house.clock() + DAY)
        block(house, until=house.clock() + 2 * DAY)
        house.core.blocklist.remove(SOUTH, first.id)

        house.clock.advance(days=2, microseconds=-1)
        with pytest.raises(DeviceBlockedError):
            house.enter(device="phone")
        house.clock.advance(microseconds=1)
        assert house.enter(device="phone")

    def test_lifting_it_revives_nothing(self, house):
        admitted = house.enter(device="phone")
        added = block(house)
        house.core.blocklist.remove(SOUTH, added.id)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)
        assert house.enter(device="phone")

    def test_of_a_login_and_a_block_at_once_no_session_is_left(self, house):
        with ThreadPoolExecutor(8) as pool:
            tries = [pool.submit(house.enter, device="phone") for _ in range(6)]
            blocking = pool.submit(block, house)
            entered = [each.result() for each in tries if each.exception() is None]
        blocking.result()

        for admitted in entered:
            with pytest.raises(TokenUnknownError):
                house.use(admitted)


@pytest.mark.usefixtures("alice")
class TestKeeping:
    def test_a_block_comes_back_as_it_was_added(self, house):
        added = block(house, until=house.clock() + DAY)

        assert added == Block(1, SOUTH, "phone", "lost", house.clock(), house.clock() + DAY)
        assert house.core.blocklist.get(SOUTH, 1) == added

    def test_numbers_are_never_given_out_again(self, house):
        for number in (1, 2, 3):
            assert block(house).id == number
            house.core.blocklist.remove(SOUTH, number)

    def test_only_the_reason_and_the_end_can_be_edited(self, house):
        added = block(house)
        wanted = replace(added, reason="found", until=house.clock() + DAY, device_key="desk")
        house.clock.advance(hours=1)

        edited = house.core.blocklist.edit(SOUTH, added.id, lambda _: wanted)

        assert edited == replace(added, reason="found", until=wanted.until)
        assert house.core.blocklist.get(SOUTH, added.id) == edited

    def test_an_end_that_is_moved_into_the_future_blocks_again(self, house):
        added = block(house, until=house.clock())
        admitted = house.enter(device="phone")

        house.core.blocklist.edit(SOUTH, added.id, lambda each: replace(each, until=None))

        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    @pytest.mark.parametrize("audience", [SOUTH, NORTH])
    def test_what_is_not_there_is_not_found(self, house, audience):
        number = 7 if audience == SOUTH else block(house).id
        blocklist = house.core.blocklist

        for call in (
            lambda: blocklist.get(audience, number),
            lambda: blocklist.edit(audience, number, lambda each: each),
            lambda: blocklist.remove(audience, number),
        ):
            with pytest.raises(NotFoundError, match="device"):
                call()

    def test_blocks_are_found_by_what_they_say(self, house):
        first, second = block(house), block(house, "desk", until=house.clock() + DAY)
        collection = collection_of_blocks(SOUTH)

        def found(*filters, order=()):
            return house.core.blocklist.search(SOUTH, Query(collection, filters, order))

        assert found(order=(Order("id"),)) == [first, second]
        assert found(equals("device", "desk")) == [second]
        assert found(equals("until", None)) == [first]
        assert found(equals("created_at", instant(house.clock()))) == [second, first]

    def test_the_end_of_its_sessions_is_audited_with_who_asked(self, house, alice):
        by = Actor(alice.id, "alice", SOUTH, "192.0.2.9", "desk")
        house.enter(device="phone")

        block(house, by=by)

        (ended,) = [each for each in house.audited() if each.action == "session.end"]
        assert (ended.result, ended.address) == (EndReason.BLOCKED, "192.0.2.9")
        assert (ended.details["by_login"], ended.details["device"]) == ("alice", "phone")

    def test_every_step_is_audited_with_who_asked(self, house, alice):
        by = Actor(alice.id, "alice", "south", "192.0.2.9")
        admitted = house.enter(device="phone")
        added = block(house, by=by)
        house.core.blocklist.edit(SOUTH, added.id, lambda each: each, by=by)
        house.core.blocklist.remove(SOUTH, added.id, by=by)

        entries = [each for each in house.audited() if each.action.startswith("device-block")]
        assert [each.action.partition(".")[2] for each in entries] == ["create", "update", "remove"]
        for each in entries:
            assert (each.device_key, each.address, each.details["by_login"]) == (
                "phone",
                "192.0.2.9",
                "alice",
            )
        assert house.results("session.end") == [EndReason.BLOCKED]
        assert admitted.session.device.key == "phone"


@pytest.mark.usefixtures("alice")
class TestListing:
    def test_a_blocked_session_is_listed_while_its_device_is_blocked(self, house):
        blocked, living = house.enter(device="phone"), house.enter(device="desk")
        added = block(house)

        shown = [(each.session.id, each.session.ended_at is None) for each in listed(house)]
        assert shown == [(living.session.id, True), (blocked.session.id, False)]

        house.core.blocklist.remove(SOUTH, added.id)
        assert [each.session.id for each in listed(house)] == [living.session.id]

    def test_pages_are_filled_past_what_is_not_shown(self, house):
        old = [house.enter(device="desk") for _ in range(2)]
        for number in range(4):
            house.enter(device=f"phone {number}")
            lifted = block(house, f"phone {number}")
            house.core.blocklist.remove(SOUTH, lifted.id)

        assert [each.session.id for each in listed(house, limit=2)] == [
            each.session.id for each in reversed(old)
        ]

    def test_closing_ends_what_lives_and_hides_what_was_blocked(self, house):
        living, blocked = house.enter(device="desk"), house.enter(device="phone")
        house.use(living)
        block(house)

        house.core.listing.close(listed(house))

        assert listed(house) == []
        with pytest.raises(TokenUnknownError):
            house.use(living)
        assert house.results("session.end") == ["blocked", "revoked", "revoked"]
        assert blocked.session.id


def test_no_device_is_never_blocked(house: House) -> None:
    with house.storage.read() as transaction:
        assert not is_blocked(transaction, SOUTH, "", house.clock())
