"""Running two actors step by step, in every order in which their steps can fall.

An actor calls `Steps.reach` before each thing that it does to what both share; there it waits for
its turn. One actor moves at a time, so an order of turns decides everything that happens.
"""

import itertools
import threading
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from watchword.core.ports import Storage, Transaction
from watchword.core.revocation import CHANGES, SLOTS

__all__ = ["SteppedStamps", "SteppedStorage", "Steps", "every_order", "run"]

LONGEST: Final = 20
"""Steps that an actor may have."""


class Steps:
    """The turns of several actors."""

    def __init__(self) -> None:
        """Let nobody move yet."""
        self._turns: dict[str, threading.Semaphore] = {}
        self._rested = threading.Semaphore(0)
        self._actors: dict[int, str] = {}
        self._done: set[str] = set()

    def reach(self) -> None:
        """Wait for the next turn, if the caller is one of the actors."""
        name = self._actors.get(threading.get_ident())
        if name is not None:
            self._rested.release()
            self._turns[name].acquire()

    def start(self, name: str, act: Callable[[], None]) -> threading.Thread:
        """Start an actor; it comes to rest before its first step."""
        self._turns[name] = threading.Semaphore(0)

        def body() -> None:
            self._actors[threading.get_ident()] = name
            try:
                act()
            finally:
                self._done.add(name)
                self._rested.release()

        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        self._rested.acquire()
        return thread

    def move(self, name: str) -> bool:
        """Let an actor take its next step. Says whether it had one."""
        if name in self._done:
            return False
        self._turns[name].release()
        self._rested.acquire()
        return True


def run(
    steps: Steps,
    actors: Mapping[str, Callable[[], None]],
    order: Sequence[str],
    between: Callable[[], None],
) -> None:
    """Run actors in an order of turns, and look ``between`` any two of them.

    Whoever is not done when the order is used up is run to its end.
    """
    threads = [steps.start(name, act) for name, act in actors.items()]
    for name in [*order, *(name for name in actors for _ in range(LONGEST))]:
        if steps.move(name):
            between()
    for thread in threads:
        thread.join()


def every_order(first: str, count: int, second: str, other_count: int) -> Iterator[tuple[str, ...]]:
    """Yield every order of so many turns of one actor and so many of another."""
    turns = count + other_count
    for places in itertools.combinations(range(turns), count):
        yield tuple(first if turn in places else second for turn in range(turns))


class _SteppedTable(Sequence[int]):
    """A table of stamps in which every look is a step."""

    def __init__(self, inner: Sequence[int], steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    def __getitem__(self, index):
        self._steps.reach()
        return self._inner[index]

    def __len__(self) -> int:
        return len(self._inner)


class SteppedStamps:
    """Stamps of which every look and every renewal of one slot is a step.

    With ``backwards`` it breaks rule 2: the slots that are meant come before slot 0.
    """

    def __init__(self, steps: Steps, *, backwards: bool = False) -> None:
        """Start with a table of equal numbers."""
        self._numbers = [0] * SLOTS
        self._fresh = itertools.count(1)
        self._steps = steps
        self._backwards = backwards
        self.table: Sequence[int] = _SteppedTable(self._numbers, steps)

    @property
    def trusted(self) -> None:
        """None: there are no other hosts."""

    def await_others(self, serial: int) -> None:
        """Return: there are no other hosts."""

    def close(self) -> None:
        """Nothing is held open."""

    def renew(self, slots: Collection[int]) -> None:
        """Give slot 0, then each of these slots, a new number."""
        order = [CHANGES, *slots]
        for slot in reversed(order) if self._backwards else order:
            self._steps.reach()
            self._numbers[slot] = next(self._fresh)


class SteppedStorage:
    """A storage of which every unit is a step: a read when it begins, a write when it commits."""

    def __init__(self, inner: Storage, steps: Steps) -> None:
        """Take turns in front of ``inner``."""
        self._inner = inner
        self._steps = steps

    @contextmanager
    def read(self) -> Generator[Transaction]:
        """Open a unit that only looks."""
        self._steps.reach()
        with self._inner.read() as transaction:
            yield transaction

    @contextmanager
    def write(self) -> Generator[Transaction]:
        """Open a unit that may change things."""
        with self._inner.write() as transaction:
            yield transaction
            self._steps.reach()
