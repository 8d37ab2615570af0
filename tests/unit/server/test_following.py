"""The follower: one host's rounds, from coming to leaving, whatever its database does meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.support.checkout import ROOT
from tests.support.nodes import Seats
from tests.support.programs import unmeasured
from tests.support.waiting import until
from watchword.core.errors import StorageUnavailableError
from watchword.core.ports import NOBODY, NodeId
from watchword.server.following import PAUSE_SECONDS, Follower
from watchword.storage.stamps import SharedStamps
from watchword.storage.trust import TrustFile

PATIENCE = 20.0
OTHER = NodeId(10**6)


class News(Seats):
    """A roll that wakes by a pipe, and that may be out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.refused = 0
        self.listens = 0
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._readable, False)

    def listen(self) -> int:
        self._answer()
        self.listens += 1
        return self._readable

    def heed(self) -> bool:
        self._answer()
        try:
            return bool(os.read(self._readable, 1_000))
        except BlockingIOError:
            return False

    def tell(self, *slots: int) -> int:
        """Write into the journal, as the commit of another host does."""
        serial = self.add(slots)
        os.write(self._writable, b".")
        return serial

    def beat(self, node: NodeId, beats: int) -> bool:
        self._answer()
        return super().beat(node, beats)

    def close(self) -> None:
        """Hang up, which the pipe is kept through."""

    def _answer(self) -> None:
        if self.away:
            self.refused += 1
            raise StorageUnavailableError from ConnectionError("no route to it")


class Host:
    """A host whose follower runs in a thread."""

    def __init__(self, folder: Path) -> None:
        self.news = News()
        self.stamps = SharedStamps.open(folder / "x-stamps")
        self.trust = TrustFile.beside(folder / "x-stamps")
        self._stop = os.pipe()
        numbers = count(1)
        self.follower = Follower(
            self.news,
            self.stamps,
            self.trust,
            self.trust.clock,
            lambda: NodeId(next(numbers)),
            (self._stop[0],),
        )
        self.thread = threading.Thread(target=self.follower.run, daemon=True)

    def stop(self) -> None:
        os.write(self._stop[1], b".")
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@contextmanager
def following(folder: Path) -> Generator[Host]:
    host = Host(folder)
    host.thread.start()
    until(host.trust.trusted)
    yield host
    if host.thread.is_alive():
        host.stop()


@pytest.fixture
def host(tmp_path: Path) -> Generator[Host]:
    with following(tmp_path) as host:
        yield host


class TestAFollower:
    def test_comes_and_lets_its_host_believe(self, host: Host) -> None:
        assert host.trust.node == 1
        assert list(host.news.on) == [1]

    def test_goes_round_after_round(self, host: Host) -> None:
        until(lambda: host.news.on[NodeId(1)].beats >= 2)

    def test_renews_what_it_hears_of_and_confirms_it(self, host: Host) -> None:
        before = host.stamps.table[5]

        serial = host.news.tell(5)

        until(lambda: host.news.on[NodeId(1)].confirmed == serial)
        assert host.stamps.table[5] != before

    def test_hears_at_its_next_round_of_what_nobody_woke_it_for(self, host: Host) -> None:
        serial = host.news.add([5])

        until(lambda: host.news.on[NodeId(1)].confirmed == serial)

    def test_says_whom_it_takes_off_the_roll(
        self, host: Host, caplog: pytest.LogCaptureFixture
    ) -> None:
        host.news.enter(OTHER, "silent")

        until(lambda: OTHER not in host.news.on)
        until(lambda: caplog.records)
        [told] = caplog.records
        assert (told.levelname, vars(told)["name_of_node"]) == ("WARNING", "silent")

    def test_leaves_when_it_is_told_to(self, host: Host) -> None:
        host.stop()

        assert host.news.on == {}
        assert not host.trust.trusted()
        assert host.trust.node == NOBODY

    def test_comes_anew_when_it_was_taken_off(
        self, host: Host, caplog: pytest.LogCaptureFixture
    ) -> None:
        host.news.on.clear()

        until(lambda: host.trust.node == 2 and host.trust.trusted())
        assert "taken off" in caplog.text


class TestAFollowerWhoseDatabaseIsAway:
    def test_lets_its_host_believe_nothing(self, host: Host) -> None:
        host.news.away = True

        until(lambda: not host.trust.trusted())
        assert host.trust.node == NOBODY

    def test_comes_anew_when_it_is_back(self, host: Host) -> None:
        host.news.away = True
        until(lambda: not host.trust.trusted())
        host.news.away = False

        until(host.trust.trusted)
        assert host.trust.node > 1
        assert host.news.listens > 1

    def test_says_so_once_and_why(self, host: Host, caplog: pytest.LogCaptureFixture) -> None:
        host.news.away = True
        until(lambda: host.news.refused > 2)

        [told] = caplog.records
        assert told.levelname == "WARNING"
        assert vars(told)["cause"] == "no route to it"

    def test_can_be_stopped(self, host: Host) -> None:
        host.news.away = True
        until(lambda: not host.trust.trusted())

        host.stop()


def test_a_follower_on_a_connection_where_nothing_comes_any_more_dies(tmp_path: Path) -> None:
    """In a process of its own: another one is started in its place, with another connection."""
    script = f"""
import signal, time
from functools import partial
from pathlib import Path
from tests.unit.server.test_following import Host
host = Host(Path({str(tmp_path)!r}))
host.follower.alarm = partial(signal.alarm, 1)
host.news.beat = lambda node, beats: time.sleep(60)
host.follower.run()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=unmeasured(), check=False, timeout=60
    )

    assert done.returncode == -signal.SIGALRM


class TestASecondFollowerOnAHost:
    def test_waits_for_its_turn(self, host: Host, tmp_path: Path) -> None:
        second = Host(tmp_path)
        second.thread.start()
        time.sleep(PAUSE_SECONDS + 0.05)  # so that it has tried again
        assert second.news.on == {}

        host.stop()
        host.trust.close()  # as the end of its process does
        until(lambda: second.news.on)
        second.stop()

    def test_can_be_stopped_while_it_waits(self, host: Host, tmp_path: Path) -> None:
        assert host.trust.trusted()
        second = Host(tmp_path)
        second.thread.start()

        second.stop()
        assert second.news.listens == 0


def test_a_signal_becomes_something_to_wait_on() -> None:
    """In a process of its own: how this one ends is not the test's to change."""
    script = """
import os, select, signal
from watchword.server.following import tell_to_stop
readable = tell_to_stop()
assert not select.select([readable], [], [], 0)[0]
os.kill(os.getpid(), signal.SIGTERM)
assert select.select([readable], [], [], 10)[0]
print(signal.alarm(0) > 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "True\n"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
