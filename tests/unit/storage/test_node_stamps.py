"""Waiting for other hosts, and for no longer than a lease, whatever they or the database do."""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.nodes import Seats
from tests.support.waiting import until
from watchword.core.errors import StorageUnavailableError
from watchword.core.nodes import LEASE, TRUST
from watchword.core.ports import Instant, NodeId, Seat
from watchword.storage.lookout import Lookout
from watchword.storage.node_stamps import NodeStamps, log_waiting
from watchword.storage.stamps import SharedStamps
from watchword.storage.trust import TrustFile

HERE, THERE = NodeId(1), NodeId(2)


class FastClock:
    """A clock on which a tenth of a second passes with each look at it."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> Instant:
        self.now += LEASE // 20
        return Instant(self.now)


class Roll(Seats):
    """A roll that may be out of reach, and on which something may happen at each look."""

    def __init__(self) -> None:
        super().__init__()
        self.away = self.closed = False
        self.looks = 0
        self.then: Callable[[int], object] = lambda _looks: None

    def close(self) -> None:
        self.closed = True

    def seats(self) -> Sequence[Seat]:
        self.looks += 1
        self.then(self.looks)
        if self.away:
            raise StorageUnavailableError
        return super().seats()


class Host:
    """One host, on the roll as ``HERE``."""

    def __init__(self, folder: Path) -> None:
        self.roll = Roll()
        self.roll.enter(HERE, "here")
        self.trust = TrustFile.beside(folder / "x-stamps")
        self.trust.begin(HERE)
        self.told: list[Sequence[str]] = []
        shared = SharedStamps.open(folder / "x-stamps")
        self.stamps = NodeStamps(shared, self.trust, self.roll, self._tell, FastClock())
        self.shared = shared

    def _tell(self, seconds: float, missing: Sequence[str]) -> None:
        assert seconds > 0
        self.told.append(missing)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


class TestWhoeverRevokes:
    def test_waits_for_nobody_where_nobody_else_is(self, host: Host) -> None:
        host.stamps.await_others(host.roll.add([5]))

        assert host.told == [[]]
        assert host.roll.looks == 1

    def test_waits_until_the_others_have_confirmed(self, host: Host) -> None:
        host.roll.enter(THERE, "there")
        serial = host.roll.add([5])

        def confirm(looks: int) -> None:
            if looks == 3:
                host.roll.confirm(THERE, serial)

        host.roll.then = confirm

        host.stamps.await_others(serial)

        assert host.told == [[]]
        assert host.roll.looks == 3

    def test_waits_for_a_lease_at_most_and_says_for_whom(self, host: Host) -> None:
        host.roll.enter(THERE, "there")

        host.stamps.await_others(host.roll.add([5]))

        assert host.told == [["there"]]

    def test_waits_as_long_where_the_roll_is_out_of_reach(self, host: Host) -> None:
        host.roll.away = True

        host.stamps.await_others(1)

        assert host.told == [["unknown"]]

    def test_takes_those_off_who_have_stopped_so_that_the_next_one_need_not_wait(
        self, host: Host
    ) -> None:
        host.roll.enter(THERE, "there")
        host.stamps.await_others(host.roll.add([5]))

        host.stamps.await_others(host.roll.add([5]))

        assert host.told[-1] == []
        assert THERE not in host.roll.on

    def test_renews_the_stamps_of_its_own_host_itself(self, host: Host) -> None:
        before = host.stamps.table[5]

        host.stamps.renew([5])

        assert host.shared.table[5] == host.stamps.table[5] != before

    def test_believes_what_the_host_trusts(self, host: Host) -> None:
        assert not host.stamps.trusted()
        host.trust.extend(Instant(host.trust.clock() + TRUST))
        assert host.stamps.trusted()


def test_what_is_closed_is_closed_altogether(host: Host) -> None:
    host.stamps.close()

    assert host.roll.closed
    with pytest.raises(ValueError, match="released"):
        host.shared.table[0]


class TestWhatIsSaid:
    def test_names_those_who_were_waited_for_in_vain(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        log_waiting(2.01, ["there", "elsewhere"])

        [told] = caplog.records
        assert told.levelname == "WARNING"
        assert vars(told)["nodes"] == "there, elsewhere"
        assert vars(told)["seconds"] == 2.01

    def test_is_nothing_where_all_went_well(self, caplog: pytest.LogCaptureFixture) -> None:
        log_waiting(0.003, [])

        assert not caplog.records


@pytest.fixture
def gate() -> Generator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


class TestALookout:
    def test_hands_on_what_it_sees(self) -> None:
        assert Lookout(lambda: "sea").ask(60) == "sea"

    def test_hands_on_nothing_where_there_is_nothing_to_see(self) -> None:
        def look() -> str:
            raise StorageUnavailableError

        lookout = Lookout(look)
        assert lookout.ask(60) is None
        assert lookout.ask(60) is None

    def test_keeps_nobody_longer_than_there_is_time(self, gate: threading.Event) -> None:
        lookout = Lookout(gate.wait)

        assert lookout.ask(0.01) is None
        assert lookout.ask(-1) is None

    def test_looks_again_for_whoever_asked_while_it_looked(self, gate: threading.Event) -> None:
        """What it saw may be from before the question."""
        looks: list[int] = []

        def look() -> int:
            looks.append(1)
            if len(looks) == 1:
                gate.wait(60)
            return len(looks)

        lookout = Lookout(look)
        with ThreadPoolExecutor(4) as pool:
            first = pool.submit(lookout.ask, 60)
            until(lambda: looks)
            later = [pool.submit(lookout.ask, 60) for _ in range(3)]
            gate.set()
            assert first.result() == 1
            assert min(each.result() or 0 for each in later) >= 2
