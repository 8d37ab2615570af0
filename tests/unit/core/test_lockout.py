"""The arithmetic of the lock-out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.world import START
from watchword.core.lockout import (
    Attempts,
    device_keys,
    judge,
    login_key,
    record_failure,
    source_key,
)
from watchword.core.policy import LockoutPolicy

POLICY = LockoutPolicy()


def failing(policy, times, *, source=False):
    """Return the count after so many failures, each as soon as it is let through."""
    now, count = START, None
    for _ in range(times):
        now += judge(policy, count, now) or timedelta(0)
        count = record_failure(policy, "key", count, now, source=source)
    return count, now


policies = st.builds(
    LockoutPolicy,
    free_failures=st.integers(-1, 20),
    free_source_failures=st.integers(-1, 100),
    first_lock=st.timedeltas(timedelta(seconds=1), timedelta(days=1)),
    longest_lock=st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
    forget_after=st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
)


class TestLocks:
    def test_the_fifth_failure_locks_for_half_a_minute(self):
        fourth, now = failing(POLICY, 4)
        fifth, later = failing(POLICY, 5)

        assert judge(POLICY, fourth, now) is None
        assert judge(POLICY, fifth, later) == timedelta(seconds=30)

    def test_a_source_is_locked_by_its_fiftieth(self):
        count, now = failing(POLICY, 49, source=True)
        assert judge(POLICY, count, now) is None

        count, now = failing(POLICY, 50, source=True)
        assert judge(POLICY, count, now) == timedelta(seconds=30)

    def test_locks_double_up_to_the_longest(self):
        left = [judge(POLICY, *failing(POLICY, times)) for times in range(5, 12)]

        assert [each.total_seconds() for each in left if each] == [30, 60, 120, 240, 480, 900, 900]

    def test_failures_are_forgotten_an_hour_after_the_last(self):
        count, now = failing(POLICY, 7)
        assert count is not None

        kept = record_failure(POLICY, "key", count, count.failed_at + timedelta(hours=1))
        fresh = record_failure(POLICY, "key", count, now + timedelta(hours=1, seconds=1))

        assert (kept.failures, fresh.failures) == (8, 1)
        assert fresh.locked_until is None

    def test_switched_off_nothing_is_locked(self):
        count, now = failing(POLICY, 9)

        assert judge(replace(POLICY, enabled=False), count, now) is None

    def test_a_lock_is_over_at_its_last_instant(self):
        count = Attempts("key", 5, START, START + timedelta(seconds=30))

        assert judge(POLICY, count, START + timedelta(seconds=30)) is None
        assert judge(POLICY, count, START + timedelta(seconds=29)) == timedelta(seconds=1)

    @given(policies, st.integers(1, 60), st.booleans())
    def test_no_lock_is_longer_than_the_longest(self, policy, times, source):
        count, now = failing(policy, times, source=source)
        left = judge(policy, count, now)

        assert left is None or timedelta(0) < left <= policy.longest_lock
        assert judge(policy, count, now + policy.longest_lock) is None

    @given(policies, st.integers(1, 60))
    def test_locks_never_shrink_while_failures_go_on(self, policy, times):
        policy = replace(policy, forget_after=policy.longest_lock)
        left = [judge(policy, *failing(policy, each)) or timedelta(0) for each in range(times)]

        assert left == sorted(left)

    @given(policies, st.integers(1, 60))
    def test_free_failures_lock_nothing_and_all_others_do(self, policy, times):
        policy = replace(policy, forget_after=policy.longest_lock)
        count, now = failing(policy, times)

        assert (judge(policy, count, now) is None) is (times < policy.free_failures)


class TestKeys:
    def test_the_login_cannot_be_read_from_its_key(self):
        assert "alice" not in login_key("alice") + source_key("alice")

    def test_a_known_device_and_strangers_are_counted_apart(self):
        assert len({login_key("alice"), login_key("alice", "phone"), login_key("alice", "x")}) == 3

    def test_a_login_and_an_address_of_one_spelling_are_counted_apart(self):
        assert login_key("192.0.2.7") != source_key("192.0.2.7")

    def test_an_unknown_address_is_no_source(self):
        assert source_key("") == ""

    def test_an_address_of_ipv6_stands_for_its_whole_network(self):
        """Whoever has one has 2^64 of them, and one computer has another every day."""
        one, other = "2001:db8:1:2::7", "2001:db8:1:2:a:b:c:d"

        assert source_key(one) == source_key(other) != source_key("2001:db8:1:3::7")
        assert device_keys("", one) == device_keys("", other)

    def test_an_address_has_one_key_however_it_is_spelt(self):
        assert source_key("::ffff:192.0.2.7") == source_key("192.0.2.7")

    def test_a_device_comes_before_an_address_and_neither_has_to_be_known(self):
        device, address = device_keys("phone", "192.0.2.7")

        assert device.startswith("device:")
        assert address.startswith("address:")
        assert device_keys("phone", "") == (device,)
        assert device_keys("", "192.0.2.7") == (address,)
        assert device_keys("", "") == ()

    def test_half_a_surrogate_pair_has_a_key_like_any_other(self):
        assert device_keys("\ud800", "") != device_keys("\ud801", "")


@pytest.mark.parametrize("attempts", [None, Attempts("key", 3, START)])
def test_what_was_never_locked_is_not_locked(attempts):
    assert judge(POLICY, attempts, START) is None
