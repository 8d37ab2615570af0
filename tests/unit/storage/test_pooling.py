"""Several hosts that tell each other what they let through."""

import json
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.world import FixedClock
from watchword.core.errors import NotFoundError, StorageUnavailableError
from watchword.core.rates import MINUTE, Rate, per_minute
from watchword.storage.memory import MemoryStorage
from watchword.storage.memory.meter import MemoryMeter
from watchword.storage.pooling import AUDIENCE, KIND, PooledMeter

SECOND = MINUTE // 60
KEY = b"login192.0.2.7"


class Away(MemoryStorage):
    """A storage that sometimes does not answer."""

    away = False

    @contextmanager
    def write(self):
        if self.away:
            raise StorageUnavailableError
        with super().write() as transaction:
            yield transaction


@dataclass
class Hosts:
    """So many hosts of one process each, at one storage and by one clock."""

    count: int = 2
    storage: Away = field(default_factory=Away)
    clock: FixedClock = field(default_factory=FixedClock)
    now: int = 100 * MINUTE

    def __post_init__(self) -> None:
        self.hosts = [self.add(f"host{number}") for number in range(self.count)]

    def add(self, home: str, process: str = "0") -> PooledMeter:
        meter = MemoryMeter(lambda: self.now)
        return PooledMeter(meter, self.storage, self.clock, home, process)

    def advance(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)
        self.clock.advance(seconds=seconds)

    def talk(self) -> None:
        for leading in (False, True):
            for host in self.hosts:
                host.keep_up(leading=leading)

    def told(self) -> Sequence[str]:
        with self.storage.read() as transaction:
            return [name for name, _ in transaction.documents.list_of(AUDIENCE, KIND)]


def most(host: PooledMeter, rate: Rate, tries: int = 1_000) -> int:
    """Return how many of so many calls at once are let through."""
    return sum(host.take(KEY, rate) == 0 for _ in range(tries))


class TestTelling:
    def test_what_one_let_through_the_other_counts(self):
        hosts, rate = Hosts(), per_minute(60, 10)
        one, other = hosts.hosts

        assert most(one, rate, 4) == 4
        hosts.talk()

        assert most(other, rate) == 6

    def test_no_round_is_charged_twice(self):
        hosts, rate = Hosts(), per_minute(60, 10)
        one, other = hosts.hosts
        most(one, rate, 4)

        hosts.talk()
        hosts.talk()
        assert other.hear() == 0

        assert most(other, rate) == 6

    def test_a_host_does_not_charge_itself(self):
        hosts, rate = Hosts(1), per_minute(60, 10)
        [one] = hosts.hosts
        most(one, rate, 4)

        hosts.talk()

        assert most(one, rate) == 6

    def test_nor_what_another_process_of_its_own_let_through(self):
        """Both count in one table already."""
        hosts, rate = Hosts(1), per_minute(60, 10)
        neighbour = hosts.add("host0", "1")
        most(neighbour, rate, 4)
        neighbour.tell()

        assert hosts.hosts[0].hear() == 0

    def test_who_asks_little_is_not_told_of_until_it_is_worth_it(self):
        hosts, rate = Hosts(), per_minute(600, 100)
        one, _ = hosts.hosts

        told = []
        for _ in range(4):
            one.take(KEY, rate)
            told.append(one.tell())

        assert told == [0, 0, 0, 1]
        hosts.hosts[1].hear()
        assert most(hosts.hosts[1], rate) == 96

    def test_little_that_many_asked_is_forgotten_rather_than_kept(self):
        hosts, rate = Hosts(1), per_minute(600, 100)
        [one] = hosts.hosts
        for number in range(8_193):
            one.take(b"%d" % number, rate)
        one.tell()

        for _ in range(3):
            one.take(b"0", rate)
        assert one.tell() == 0

    def test_of_too_many_the_busiest_are_told(self):
        hosts, rate = Hosts(), per_minute(60, 10)
        one, other = hosts.hosts
        for number in range(300):
            one.take(b"%d" % number, rate)
        most(one, rate, 5)

        assert one.tell() == 256
        other.hear()
        assert most(other, rate) == 5

    def test_nothing_is_written_where_nobody_asked(self):
        hosts = Hosts()
        hosts.talk()

        assert hosts.told() == []

    def test_what_is_told_names_nobody_who_did_not_ask_and_no_more_rounds_than_four(self):
        hosts, rate = Hosts(), per_minute(600, 10)
        for _ in range(6):
            hosts.hosts[0].take(KEY, rate)
            hosts.hosts[0].tell()

        with hosts.storage.read() as transaction:
            document = transaction.documents.find(AUDIENCE, KIND, "host0/0")
        rounds = json.loads(document or b"")["rounds"]
        assert [number for number, _ in rounds] == [3, 4, 5, 6]
        assert rounds[0][1] == [[KEY.hex(), rate.pace, 1]]


class TestHearing:
    def test_who_is_heard_for_the_first_time_is_believed_if_that_is_news(self):
        hosts, rate = Hosts(), per_minute(60, 10)
        one, other = hosts.hosts
        most(one, rate, 4)
        one.tell()
        hosts.clock.advance(seconds=11)

        assert other.hear() == 0
        assert most(other, rate) == 10

    def test_a_round_that_was_missed_is_heard_with_the_next(self):
        hosts, rate = Hosts(), per_minute(60, 10)
        one, other = hosts.hosts
        for _ in range(3):
            one.take(KEY, rate)
            one.tell()

        assert other.hear() == 3

    def test_what_everybody_had_time_to_hear_is_no_news_to_who_begins(self):
        hosts, rate = Hosts(1), per_minute(600, 10)
        [one] = hosts.hosts
        most(one, rate, 4)
        one.tell()
        hosts.advance(11)
        one.take(KEY, rate)
        one.tell()

        assert hosts.add("beginner").hear() == 1

    def test_a_round_that_could_not_be_told_is_kept_however_long_it_takes(self):
        hosts, rate = Hosts(2), per_minute(600, 10)
        one, other = hosts.hosts
        hosts.storage.away = True
        most(one, rate, 4)
        with pytest.raises(StorageUnavailableError):
            one.tell()
        hosts.advance(11)
        hosts.storage.away = False
        one.tell()

        assert other.hear() == 4

    def test_documents_of_processes_that_are_long_gone_are_removed(self):
        hosts, rate = Hosts(), per_minute(60, 10)
        one, other = hosts.hosts
        most(one, rate, 4)
        hosts.talk()
        hosts.advance(601)
        other.hear()

        assert hosts.told() == []
        other.hear()

    def test_who_was_removed_by_another_host_is_new_to_all_that_had_heard_them(self):
        hosts, rate = Hosts(3), per_minute(60, 10)
        one, other, third = hosts.hosts
        most(one, rate, 4)
        hosts.talk()
        hosts.advance(601)
        other.hear()
        third.hear()

        again = hosts.add("host0")
        most(again, rate, 4)
        again.tell()

        assert [other.hear(), third.hear()] == [4, 4]

    def test_two_that_remove_them_at_once_do_not_mind(self, monkeypatch):
        hosts, rate = Hosts(), per_minute(60, 10)
        most(hosts.hosts[0], rate, 4)
        hosts.talk()
        hosts.advance(601)

        def refuse(*_):
            raise NotFoundError("document")

        with hosts.storage.write() as transaction:
            monkeypatch.setattr(type(transaction.documents), "remove", refuse)

        assert hosts.hosts[1].hear() == 0


class TestBounds:
    @pytest.mark.parametrize("count", [2, 3])
    def test_hosts_let_through_a_burst_each_at_first_and_one_rate_between_them_from_then_on(
        self, count
    ):
        """Rule 3: what was too much is worked off."""
        hosts, rate = Hosts(count), per_minute(600, 20)
        passed = []
        for _ in range(120):
            passed.append(sum(most(host, rate, 50) for host in hosts.hosts))
            hosts.talk()
            hosts.advance(1)

        assert passed[0] == 20 * count
        # Ten a second is the rate; what passes between two rounds is worked off in the next.
        assert sum(passed[60:]) <= 600 + 20 * count
        assert sum(passed) <= 20 * count + 1_200

    @settings(max_examples=30, deadline=timedelta(seconds=5))
    @given(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 40), st.booleans()),
            min_size=1,
            max_size=60,
        )
    )
    def test_whatever_order_they_are_asked_in(self, calls):
        hosts, rate = Hosts(3), per_minute(600, 20)
        passed = 0
        for number, tries, talks in calls:
            passed += most(hosts.hosts[number], rate, tries)
            if talks:
                hosts.talk()

        assert passed <= 3 * 20


class TestAStorageThatIsAway:
    def test_each_host_keeps_the_limit_by_itself(self):
        hosts, rate = Hosts(), per_minute(60, 10)
        one, other = hosts.hosts
        hosts.storage.away = True

        assert most(one, rate) == 10
        with pytest.raises(StorageUnavailableError):
            one.tell()
        assert most(other, rate) == 10

    def test_what_could_not_be_told_is_told_later(self):
        hosts, rate = Hosts(), per_minute(60, 10)
        one, other = hosts.hosts
        most(one, rate, 4)
        hosts.storage.away = True
        with pytest.raises(StorageUnavailableError):
            one.tell()

        hosts.storage.away = False
        one.tell()
        other.hear()

        assert most(other, rate) == 6
