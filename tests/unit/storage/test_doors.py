"""The writing door: units that queue up share a commit, and each hears what became of it."""

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from watchword.core.errors import StorageUnavailableError
from watchword.storage.sql.doors import MOST_IN_A_GROUP, Connections, Unit, WritingDoor

LONG = 10.0


class FakeChannel:
    """Notes what it is told, and fails where a test wants it to."""

    def __init__(self, told: list[str], failing: set[str]) -> None:
        self.told = told
        self.failing = failing
        self.failed = False

    def begin(self) -> bool:
        self.failed = False
        self._note("begin")
        return "dead" not in self.failing

    def mark(self) -> None:
        self.failed = False
        self._note("mark")

    def go_back(self) -> None:
        self._note("go back")

    def commit(self) -> None:
        self._note("commit")

    def roll_back(self) -> None:
        self._note("roll back")

    def close(self) -> None:
        self._note("close")

    def _note(self, step: str) -> None:
        self.told.append(step)
        if step in self.failing:
            raise StorageUnavailableError from OSError(f"no {step}")


class FakeUnit:
    """What a writer holds."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel


class Scene:
    """A door, and threads that queue up at it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.failing: set[str] = set()
        self.door = WritingDoor(
            Connections(lambda: FakeUnit(FakeChannel(self.told, self.failing))), patience=LONG
        )
        self._pool = ThreadPoolExecutor(MOST_IN_A_GROUP * 2)
        self._queued = 0

    @contextmanager
    def inside(self) -> Generator[None]:
        """Be inside while others queue up."""
        with Unit(self.door):
            yield

    def queue(self, body: Callable[[FakeUnit], object] = lambda _unit: None) -> Future[None]:
        """Let one more thread wait for its turn, then do this in a unit."""

        def run() -> None:
            with Unit(self.door) as unit:
                body(unit)

        self._queued += 1
        future = self._pool.submit(run)
        deadline = time.monotonic() + LONG
        while self.door.waiting < self._queued:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        return future

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def scene() -> Generator[Scene]:
    scene = Scene()
    yield scene
    scene.close()


def fail(_unit: FakeUnit) -> None:
    raise KeyError


def overlook(unit: FakeUnit) -> None:
    """Do as a body does that looks away from a statement that failed."""
    unit.channel.failed = True


def test_a_unit_alone_begins_and_commits(scene: Scene) -> None:
    for _ in range(2):
        with Unit(scene.door):
            pass

    assert scene.told == ["begin", "commit"] * 2


def test_units_that_queue_up_share_a_commit(scene: Scene) -> None:
    with scene.inside():
        waiting = [scene.queue() for _ in range(3)]

    for each in waiting:
        each.result(LONG)
    assert scene.told == ["begin", "mark", "mark", "mark", "commit"]


def test_a_group_is_bounded(scene: Scene) -> None:
    with scene.inside():
        waiting = [scene.queue() for _ in range(MOST_IN_A_GROUP)]

    for each in waiting:
        each.result(LONG)
    assert scene.told.count("commit") == 2
    assert scene.told.count("mark") == MOST_IN_A_GROUP - 1


def test_nobody_leaves_before_the_commit(scene: Scene) -> None:
    """Being told that something is durable before it is would break the first promise of all."""
    hold = threading.Event()
    left = threading.Event()

    def first() -> None:
        with scene.inside():
            scene.queue(lambda _unit: hold.wait(LONG))
        left.set()

    thread = threading.Thread(target=first)
    thread.start()

    assert not left.wait(0.05)
    assert "commit" not in scene.told
    hold.set()
    thread.join(LONG)
    assert left.is_set()


@pytest.mark.parametrize("body", [fail, overlook])
def test_a_unit_that_fails_is_undone_and_the_others_are_kept(
    scene: Scene, body: Callable[[FakeUnit], object]
) -> None:
    with scene.inside():
        waiting = [scene.queue(), scene.queue(body), scene.queue()]

    waiting[0].result(LONG)
    assert isinstance(waiting[1].exception(LONG), KeyError | StorageUnavailableError)
    waiting[2].result(LONG)
    assert scene.told == ["begin", "mark", "mark", "go back", "mark", "commit"]


@pytest.mark.parametrize("body", [fail, overlook])
def test_a_first_unit_that_fails_ends_its_transaction(
    scene: Scene, body: Callable[[FakeUnit], object]
) -> None:
    with suppress(KeyError, StorageUnavailableError), Unit(scene.door) as unit:
        waiting = scene.queue()
        body(unit)

    waiting.result(LONG)
    assert scene.told == ["begin", "roll back", "begin", "commit"]


def test_a_commit_that_fails_is_told_to_the_whole_group(scene: Scene) -> None:
    scene.failing.add("commit")

    with pytest.raises(StorageUnavailableError), scene.inside():
        waiting = [scene.queue() for _ in range(2)]

    for each in waiting:
        told = each.exception(LONG)
        assert isinstance(told, StorageUnavailableError)
        assert str(told.__cause__) == "no commit"
    assert scene.told == ["begin", "mark", "mark", "commit", "close"]


def test_a_unit_that_cannot_be_undone_costs_the_group(scene: Scene) -> None:
    """The transaction is lost then, so nothing of it is committed."""
    scene.failing.add("go back")

    with pytest.raises(StorageUnavailableError), scene.inside():
        waiting = [scene.queue(), scene.queue(fail), scene.queue()]

    assert isinstance(waiting[0].exception(LONG), StorageUnavailableError)
    assert isinstance(waiting[1].exception(LONG), KeyError)
    waiting[2].result(LONG)
    assert scene.told == ["begin", "mark", "mark", "go back", "close", "begin", "commit"]


def test_who_cannot_join_leaves_the_others_their_commit(scene: Scene) -> None:
    scene.failing.add("mark")

    with scene.inside():
        waiting = scene.queue()

    assert isinstance(waiting.exception(LONG), StorageUnavailableError)
    assert scene.told == ["begin", "mark", "commit"]


def test_a_dead_connection_is_replaced_before_anything_was_done(scene: Scene) -> None:
    with Unit(scene.door):
        pass
    scene.failing.add("dead")

    with pytest.raises(StorageUnavailableError), Unit(scene.door):
        pass
    scene.failing.clear()
    with Unit(scene.door):
        pass

    assert scene.told == [
        *("begin", "commit"),
        *("begin", "close", "begin", "close"),
        *("begin", "commit"),
    ]


def test_a_unit_is_left_once(scene: Scene) -> None:
    unit = Unit(scene.door)
    with unit:
        pass

    with pytest.raises(RuntimeError, match="not inside"):
        unit.__exit__(None, None, None)
