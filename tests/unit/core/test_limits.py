"""Limits: who is counted, for how long one waits, and what is told of it."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.house import ADDRESS, NORTH, SOUTH, House
from watchword.core.errors import StorageUnavailableError, TooManyRequestsError
from watchword.core.limits import ADMITTED, REFUSED, Limits
from watchword.core.networks import parse_network
from watchword.core.rates import MINUTE, LimitPolicy, Traffic, per_minute
from watchword.storage.memory import MemoryStorage
from watchword.storage.memory.meter import MemoryMeter

SECOND = MINUTE // 60
ELSEWHERE = "198.51.100.1"


class Ground:
    """One host with as many workers as a test wants, and a house to count the visitors of."""

    def __init__(self, house, **rates):
        self.house = house
        self.now = 100 * MINUTE
        self.meter = MemoryMeter(lambda: self.now)
        self.rates = {Traffic(name): per_minute(*rate) for name, rate in rates.items()}
        self.limits = self.worker()

    def worker(self, *exempt):
        policy = LimitPolicy(self.rates, tuple(map(parse_network, exempt)))
        return Limits(self.meter, policy, self.house.clock)

    def advance(self, seconds):
        self.now += int(seconds * SECOND)
        self.house.clock.advance(seconds=seconds)

    def passed(self, tries, traffic=Traffic.LOGIN, address=ADDRESS, limits=None):
        """Return how many of so many calls at once are let through."""
        return sum(not refusal(limits or self.limits, traffic, address) for _ in range(tries))


def refusal(limits, traffic, address=ADDRESS, principal=None):
    """Return the refusal of a call, or None."""
    try:
        if principal is None:
            limits.require(traffic, address, SOUTH)
        else:
            limits.require_of(traffic, principal, address)
    except TooManyRequestsError as error:
        return error
    return None


@pytest.fixture
def house():
    house = House()
    house.add("alice")
    yield house
    house.close()


@pytest.fixture
def ground(house):
    return Ground(house, login=(60, 5), call=(60, 2))


class TestSources:
    def test_a_burst_passes_and_the_next_is_told_how_long_to_wait(self, ground):
        assert ground.passed(5) == 5

        assert refusal(ground.limits, Traffic.LOGIN).retry_after == timedelta(seconds=1)

    def test_what_is_told_to_wait_passes_then(self, ground):
        ground.passed(6)
        ground.advance(1)

        assert ground.passed(2) == 1

    def test_sources_are_counted_apart(self, ground):
        ground.passed(6)

        assert ground.passed(6, address=ELSEWHERE) == 5

    def test_all_addresses_of_one_network_of_ipv6_are_one_source(self, ground):
        assert sum(ground.passed(1, address=f"2001:db8::{n:x}") for n in range(1, 9)) == 5
        assert ground.passed(6, address="2001:db8:0:1::1") == 5

    def test_one_address_is_one_source_however_it_is_spelt(self, ground):
        ground.passed(5, address=f"::ffff:{ADDRESS}")

        assert ground.passed(1) == 0

    def test_kinds_of_traffic_are_counted_apart(self, house):
        ground = Ground(house, login=(60, 1), refresh=(60, 1))

        assert ground.passed(2) == ground.passed(2, Traffic.REFRESH) == 1

    def test_what_has_no_rate_is_not_limited(self, ground):
        assert ground.passed(100, Traffic.OPEN) == 100

    def test_a_caller_without_an_address_is_not_counted_with_others_like_it(self, ground):
        assert ground.passed(100, address="") == 100

    def test_what_is_no_address_is_a_source_of_its_own(self, ground):
        assert ground.passed(6, address="half a \ud800 name") == 5

    def test_workers_count_together(self, ground):
        other = ground.worker()

        assert ground.passed(3) + ground.passed(10, limits=other) == 5


class TestSessions:
    def test_each_session_is_counted_by_itself(self, ground, house):
        one, other = (house.use(house.enter(device=name)) for name in ("phone", "desk"))

        assert [refusal(ground.limits, Traffic.CALL, ADDRESS, one) for _ in range(2)] == [None] * 2
        assert refusal(ground.limits, Traffic.CALL, ADDRESS, one) is not None
        assert refusal(ground.limits, Traffic.CALL, ADDRESS, other) is None

    def test_from_wherever_it_calls(self, ground, house):
        alice = house.use(house.enter())
        for _ in range(2):
            ground.limits.require_of(Traffic.CALL, alice, ADDRESS)

        assert refusal(ground.limits, Traffic.CALL, ELSEWHERE, alice) is not None

    def test_behind_one_address_nobody_keeps_another_out(self, ground, house):
        """A gateway's address is everybody's; who has been vouched for is not counted by it."""
        loud, quiet = (house.use(house.enter(device=name)) for name in ("loud", "quiet"))
        for _ in range(50):
            refusal(ground.limits, Traffic.CALL, ADDRESS, loud)

        assert refusal(ground.limits, Traffic.CALL, ADDRESS, quiet) is None

    def test_what_has_no_rate_is_not_limited(self, ground, house):
        alice = house.use(house.enter())

        assert all(refusal(ground.limits, Traffic.UPLOAD, "", alice) is None for _ in range(9))


class TestExemptNetworks:
    def test_who_calls_from_there_is_not_limited(self, ground, house):
        limits, alice = ground.worker("192.0.2.0/24", "2001:db8::/32"), house.use(house.enter())

        assert ground.passed(50, limits=limits) == 50
        assert ground.passed(50, limits=limits, address="2001:db8::1") == 50
        assert all(refusal(limits, Traffic.CALL, ADDRESS, alice) is None for _ in range(50))

    def test_nobody_else_is(self, ground, house):
        limits, alice = ground.worker("192.0.2.0/24"), house.use(house.enter())

        assert ground.passed(50, limits=limits, address=ELSEWHERE) == 5
        assert sum(not refusal(limits, Traffic.CALL, ELSEWHERE, alice) for _ in range(9)) == 2

    def test_nor_is_a_session_of_which_nobody_knows_where_it_calls_from(self, ground, house):
        limits, alice = ground.worker("192.0.2.0/24"), house.use(house.enter())

        assert sum(not refusal(limits, Traffic.CALL, "", alice) for _ in range(9)) == 2


class TestChunks:
    """Rule 4: where a limit is generous, a process takes several calls' worth at once."""

    def test_no_more_passes_through_one_process(self, house):
        ground = Ground(house, open=(60_000, 1_024))

        assert ground.passed(2_000, Traffic.OPEN) == 1_024

    def test_and_no_less(self, house):
        ground = Ground(house, open=(60_000, 1_027))

        assert ground.passed(2_000, Traffic.OPEN) == 1_027

    def test_what_was_not_used_within_a_second_is_lost(self, house):
        ground = Ground(house, open=(600, 1_024))
        ground.passed(1, Traffic.OPEN)
        ground.advance(1)

        # Three of the chunk of four are gone, and ten have come back; a burst is never exceeded.
        assert ground.passed(2_000, Traffic.OPEN) == 1_024

    def test_what_is_remembered_of_them_is_bounded(self, house):
        ground = Ground(house, open=(60_000, 1_024))
        for number in range(5_000):
            ground.passed(1, Traffic.OPEN, f"10.0.{number // 256}.{number % 256}")

        assert ground.passed(2_000, Traffic.OPEN, "10.0.0.0") == 1_020

    @settings(max_examples=30)
    @given(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 300), st.integers(0, 700)), max_size=20
        )
    )
    def test_processes_exceed_a_limit_by_less_than_a_chunk_each(self, calls):
        house = House()
        ground = Ground(house, open=(600, 1_024))
        workers, begun, passed = [ground.worker() for _ in range(3)], ground.now, 0
        for number, tries, milliseconds in calls:
            ground.advance(milliseconds / 1_000)
            passed += ground.passed(tries, Traffic.OPEN, limits=workers[number])
        house.close()

        pace, chunk = ground.rates[Traffic.OPEN].pace, ground.rates[Traffic.OPEN].chunk
        assert passed <= 1_024 + (ground.now - begun) // pace + 3 * (chunk - 1)


class TestWhatIsTold:
    def test_the_audit_log_hears_of_a_sources_first_refusal_only(self, ground, house):
        ground.passed(200)

        assert ground.limits.keep_up(house.storage, leading=True) == 1
        [entry] = house.audited("limit")
        assert (entry.result, entry.audience, entry.address) == ("refused", SOUTH, ADDRESS)
        assert entry.details == {"traffic": "login"}
        assert ground.limits.keep_up(house.storage, leading=True) == 0

    def test_and_once_more_every_four_minutes_as_long_as_it_goes_on(self, ground, house):
        for _ in range(9 * 60):
            ground.passed(5)
            ground.advance(1)
        ground.limits.keep_up(house.storage, leading=True)

        assert len(house.audited("limit")) == 3

    def test_workers_do_not_tell_twice(self, ground, house):
        other = ground.worker()
        ground.passed(6)
        ground.passed(6, limits=other)

        told = [each.keep_up(house.storage, leading=False) for each in (ground.limits, other)]
        assert told == [1, 0]

    def test_of_a_session_it_is_told_whose_it_is(self, ground, house):
        alice = house.use(house.enter(audience=NORTH, scopes=["read"], device="phone"))
        for _ in range(3):
            refusal(ground.limits, Traffic.CALL, ADDRESS, alice)
        ground.limits.keep_up(house.storage, leading=True)

        [entry] = house.audited("limit")
        assert (entry.subject_id, entry.login) == (alice.subject.id, "alice")
        assert (entry.audience, entry.address, entry.device_key) == (NORTH, ADDRESS, "phone")

    def test_a_crowd_cannot_flood_it(self, ground, house):
        for number in range(500):
            ground.passed(6, address=f"10.0.{number // 256}.{number % 256}")

        assert ground.limits.keep_up(house.storage, leading=True) == 60

    def test_what_waits_to_be_told_is_bounded(self, ground, house):
        for number in range(400):
            ground.passed(6, address=f"10.0.{number // 256}.{number % 256}")
            ground.advance(1)

        assert ground.limits.keep_up(house.storage, leading=True) == 256

    def test_while_the_storage_is_away_it_is_told_later(self, ground, house):
        ground.passed(6)

        class Away(MemoryStorage):
            def write(self):
                raise StorageUnavailableError

        with pytest.raises(StorageUnavailableError):
            ground.limits.keep_up(Away(), leading=True)
        assert ground.limits.keep_up(house.storage, leading=True) == 1

    def test_calls_are_counted_by_kind_and_result(self, ground, house):
        ground.passed(7)
        alice = house.use(house.enter())
        for _ in range(3):
            refusal(ground.limits, Traffic.CALL, ADDRESS, alice)

        assert ground.limits.counts == {
            (Traffic.LOGIN, ADMITTED): 5,
            (Traffic.LOGIN, REFUSED): 2,
            (Traffic.CALL, ADMITTED): 2,
            (Traffic.CALL, REFUSED): 1,
        }
