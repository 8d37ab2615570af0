"""The table of marks: what several processes, a crowd, and time do to it."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.waiting import until
from watchword.core.rates import MINUTE, per_minute
from watchword.storage.memory.meter import MemoryMeter
from watchword.storage.meter import (
    COLUMNS,
    FILE_BYTES,
    HEADER,
    TURN,
    SharedMeter,
    spread,
)
from watchword.storage.shared_file import boot_of_host

Place = Callable[[bytes, bytes, int], tuple[int, int, int, int]]

SECOND = MINUTE // 60
QUIET = 7 * MINUTE
"""A time when marks of the turn before no longer matter."""

WORKER = """
import json, pathlib, sys
from watchword.core.rates import per_minute
from watchword.storage.meter import SharedMeter
meter, rate = SharedMeter(pathlib.Path(sys.argv[1])), per_minute(1_200, 300)
sys.stdin.readline()
begun = meter.ticks()
passed = sum(meter.take(b"one source", rate) == 0 for _ in range(2_000))
print(json.dumps([passed, begun, meter.ticks()]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "meter"


@pytest.fixture
def at() -> list[int]:
    return [QUIET]


@pytest.fixture
def open_meter(path: Path, at: list[int]) -> Generator[Callable[..., SharedMeter]]:
    opened: list[SharedMeter] = []

    def make(boot: bytes = b"1" * 16, place: Place | None = None) -> SharedMeter:
        opened.append(SharedMeter(path, lambda: at[0], boot, place))
        return opened[-1]

    yield make
    for meter in opened:
        meter.close()


def together(_salt: bytes, _key: bytes, turn: int) -> tuple[int, int, int, int]:
    """Let all keys share all cells."""
    return turn, turn, turn, turn


def together_at_first(salt: bytes, key: bytes, turn: int) -> tuple[int, int, int, int]:
    """Let all keys share all cells during one turn."""
    return spread(salt, key, turn) if turn else (0, 0, 0, 0)


def start(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class TestSeveralProcesses:
    def test_together_let_through_one_burst_and_the_pace_and_nothing_else(self, path: Path) -> None:
        """To the call: no update is lost, whoever comes in between."""
        workers = [start(path) for _ in range(4)]
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        told = [json.loads(worker.communicate(timeout=60)[0]) for worker in workers]

        passed = sum(each[0] for each in told)
        spent = max(each[2] for each in told) - min(each[1] for each in told)
        # None is missing either: all that time lets through was asked for.
        assert 300 <= passed <= 300 + spent // per_minute(1_200, 300).pace

    def test_see_each_others_marks_and_what_was_counted_before_they_came(
        self, open_meter: Callable[..., SharedMeter]
    ) -> None:
        rate = per_minute(60, 2)
        first, second = open_meter(), open_meter()

        assert [first.take(b"key", rate), second.take(b"key", rate)] == [0, 0]
        assert first.take(b"key", rate) == second.take(b"key", rate) == SECOND
        assert open_meter().take(b"key", rate) == SECOND
        assert first.home == second.home

    def test_go_on_when_one_was_killed(self, path: Path) -> None:
        killed = start(path)
        until(path.exists)
        with closing(SharedMeter(path)) as meter:
            killed.send_signal(signal.SIGKILL)
            killed.communicate(timeout=60)

            assert meter.take(b"key", per_minute(60, 1)) == 0

    def test_are_held_up_once_by_one_that_is_stopped_with_the_lock(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waited: list[float] = []
        monkeypatch.setattr("watchword.storage.meter.time.sleep", waited.append)
        with closing(SharedMeter(path)) as meter, path.open() as stopped:
            fcntl.flock(stopped, fcntl.LOCK_EX)
            rate = per_minute(60, 1)

            assert meter.take(b"key", rate) == 0
            assert len(waited) == 5_000
            assert meter.take(b"key", rate) > 0
            assert len(waited) == 5_001


class TestTime:
    def test_marks_are_kept_across_a_turn(
        self, open_meter: Callable[..., SharedMeter], at: list[int]
    ) -> None:
        meter, rate = open_meter(), per_minute(60, 60)
        at[0] = TURN - SECOND
        meter.take(b"key", rate, 60)

        at[0] = TURN + SECOND
        assert [meter.take(b"key", rate) for _ in range(3)] == [0, 0, SECOND]
        at[0] = TURN + 6 * MINUTE
        assert meter.take(b"key", rate, 60) == 0

    def test_who_shared_all_cells_with_a_nuisance_is_rid_of_it_within_a_quarter_of_an_hour(
        self, open_meter: Callable[..., SharedMeter], at: list[int]
    ) -> None:
        meter = open_meter(place=together_at_first)
        nuisance, rate = per_minute(1, 4), per_minute(60, 1)
        refused = list[int]()
        for minute in range(7, 20):
            at[0] = minute * MINUTE
            meter.take(b"nuisance", nuisance, 4 if minute == 7 else 1)
            if meter.take(b"innocent", rate):
                refused.append(minute)

        assert refused == list(range(7, 15))

    def test_after_a_restart_of_the_host_nobody_has_asked_for_anything(
        self, open_meter: Callable[..., SharedMeter], at: list[int]
    ) -> None:
        rate = per_minute(60, 1)
        open_meter().take(b"key", rate)
        at[0] -= MINUTE

        assert open_meter(b"2" * 16).take(b"key", rate) == 0

    def test_the_host_tells_since_when_it_runs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert len(boot_of_host()) == 16
        monkeypatch.setattr("watchword.storage.shared_file.BOOT_ID", Path("/nowhere"))
        assert boot_of_host() == bytes(16)


class TestCrowds:
    def test_the_table_has_one_size(
        self, open_meter: Callable[..., SharedMeter], path: Path
    ) -> None:
        meter, rate = open_meter(), per_minute(60, 1)
        for number in range(5_000):
            meter.take(f"{number}".encode(), rate)

        assert path.stat().st_size == FILE_BYTES

    def test_ten_thousand_that_are_at_their_limit_hold_up_one_innocent_in_two_thousand(
        self, open_meter: Callable[..., SharedMeter]
    ) -> None:
        """Each row is one seventh full, so four cells are all taken with a chance of 0.0004."""
        meter, rate = open_meter(), per_minute(60, 1)
        for number in range(10_000):
            meter.take(f"busy {number}".encode(), rate)

        held_up = sum(meter.take(f"quiet {number}".encode(), rate) > 0 for number in range(2_000))

        # Some of the innocent become busy as they are counted; chance is given room.
        assert held_up <= 20

    def test_nobody_can_tell_where_the_cells_lie_without_the_salt(
        self, open_meter: Callable[..., SharedMeter], tmp_path: Path
    ) -> None:
        with closing(SharedMeter(tmp_path / "other", lambda: QUIET)) as other:
            assert open_meter().home != other.home
        assert spread(b"1" * 16, b"key", 0) != spread(b"2" * 16, b"key", 0)

    @given(st.binary(max_size=40), st.integers(-1, 2**40))
    def test_the_four_cells_of_a_key_lie_in_four_rows_and_elsewhere_each_turn(
        self, key: bytes, turn: int
    ) -> None:
        cells = spread(b"1" * 16, key, turn)

        assert [cell // COLUMNS for cell in cells] == [0, 1, 2, 3]
        assert cells != spread(b"1" * 16, key, turn + 1)

    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 2 * SECOND), st.integers(1, 3)),
            max_size=40,
        )
    )
    def test_a_crowded_table_passes_nothing_that_the_reference_would_not(
        self, tmp_path: Path, calls: list[tuple[int, int, int]]
    ) -> None:
        """Even if all keys share all cells."""
        now = [QUIET]
        rate = per_minute(60, 4)
        crowded = tmp_path / "crowded"
        crowded.unlink(missing_ok=True)
        with closing(SharedMeter(crowded, lambda: now[0], place=together)) as meter:
            reference = MemoryMeter(lambda: now[0])
            for key, after, count in calls:
                now[0] += after
                if not meter.take(b"%d" % key, rate, count):
                    assert reference.take(b"%d" % key, rate, count) == 0


class TestTheFile:
    def test_only_what_is_touched_of_it_is_in_memory(
        self, open_meter: Callable[..., SharedMeter], path: Path
    ) -> None:
        meter = open_meter()
        for number in range(8):
            meter.take(b"%d" % number, per_minute(60, 1))

        _, _, mapped = Path("/proc/self/smaps").read_text().partition(f"{path}\n")
        size, resident = (
            int(re.findall(rf"^{name}: +(\d+) kB$", mapped, re.MULTILINE)[0])
            for name in ("Size", "Rss")
        )
        assert (size * 1_024 >= FILE_BYTES, 0 < resident < 1_024) == (True, True)

    def test_it_is_its_owners_alone(
        self, open_meter: Callable[..., SharedMeter], path: Path
    ) -> None:
        open_meter()

        assert path.stat().st_mode & 0o777 == 0o600
        assert [each.name for each in path.parent.iterdir()] == [path.name]

    @pytest.mark.parametrize("size", [0, 1, FILE_BYTES - 1, FILE_BYTES])
    def test_one_that_is_none_of_ours_is_refused(self, path: Path, size: int) -> None:
        path.write_bytes(bytes(size))
        path.chmod(0o600)

        with pytest.raises(ValueError, match="not what it should be"):
            SharedMeter(path)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
    def test_one_that_others_can_open_is_refused(
        self, open_meter: Callable[..., SharedMeter], path: Path, mode: int
    ) -> None:
        open_meter()
        path.chmod(mode)

        with pytest.raises(ValueError, match="open to others"):
            SharedMeter(path)

    def test_its_head_tells_what_it_is(
        self, open_meter: Callable[..., SharedMeter], path: Path
    ) -> None:
        open_meter()
        with path.open("rb") as file:
            magic, salt, boot = HEADER.unpack(file.read(HEADER.size))

        assert (magic, boot) == (b"wwmeter1", b"1" * 16)
        assert salt != bytes(16)

    def test_the_disk_has_room_for_all_of_it_from_the_beginning(
        self, open_meter: Callable[..., SharedMeter], path: Path
    ) -> None:
        """On a disk that is full by then, whoever wrote into a hole of it would be killed."""
        open_meter()

        assert path.stat().st_blocks * 512 >= FILE_BYTES

    def test_so_it_has_for_one_that_had_holes(self, path: Path) -> None:
        SharedMeter(path).close()
        head = path.read_bytes()[: HEADER.size]
        path.write_bytes(head)
        os.truncate(path, FILE_BYTES)

        SharedMeter(path).close()

        assert path.stat().st_blocks * 512 >= FILE_BYTES
