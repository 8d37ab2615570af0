"""Hosts that share a storage, in one process: every message between them is in a test's hands.

The nodes are what the product runs: its `Member`, its `Wait`, its `Access`. Made up are only the
database's roll, the stamps of each host and the clocks, which run at speeds of their own.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

from tests.support.house import SOUTH, House
from watchword.core.admission import Admitted
from watchword.core.core import Core
from watchword.core.nodes import ForgottenError, Member, Step, Steps, Wait, perform
from watchword.core.ports import NOBODY, Entry, Instant, NodeId, Seat, Storage, Transaction
from watchword.core.revocation import CHANGES, session_slot
from watchword.core.sessions import EndReason, SessionFilter
from watchword.storage.memory import MemoryStorage

__all__ = ["MILLISECOND", "Node", "Seats", "Waiting", "World"]

MILLISECOND: Final = 1_000_000

Making = Callable[..., Member]


class Seats:
    """The roll and the journal as a database has them."""

    def __init__(self) -> None:
        self.journal: list[Entry] = []
        self.on: dict[NodeId, Seat] = {}
        self._serials = count(1)

    def add(self, slots: Collection[int]) -> int:
        self.journal.append(Entry(next(self._serials), tuple(slots)))
        return self.journal[-1].serial

    def enter(self, node: NodeId, name: str) -> int:
        newest = self.journal[-1].serial if self.journal else 0
        self.on[node] = Seat(node, name, 0, newest)
        return newest

    def beat(self, node: NodeId, beats: int) -> bool:
        if node not in self.on or self.on[node].beats >= beats:
            return False
        self.on[node] = replace(self.on[node], beats=beats)
        return True

    def read(self, after: int) -> Sequence[Entry]:
        return [entry for entry in self.journal if entry.serial > after]

    def confirm(self, node: NodeId, serial: int) -> None:
        if node in self.on:
            self.on[node] = replace(self.on[node], confirmed=serial)

    def seats(self) -> Sequence[Seat]:
        return list(self.on.values())

    def remove(self, node: NodeId, beats: int) -> None:
        if node in self.on and self.on[node].beats == beats:
            del self.on[node]

    def prune(self) -> None:
        known = min((seat.confirmed for seat in self.on.values()), default=0)
        self.journal = [entry for entry in self.journal[:-1] if entry.serial >= known] + (
            self.journal[-1:]
        )


@dataclass
class _Journalled:
    """A storage whose units write into the journal, when they are committed."""

    inner: Storage
    roll: Seats

    def read(self) -> Any:
        return self.inner.read()

    @contextmanager
    def write(self) -> Generator[Transaction]:
        with self.inner.write() as transaction:
            transaction.renewals = self.roll  # type: ignore[misc] # of a type with none to read it
            yield transaction


@dataclass
class _Stamps:
    """The stamps and the trust of one host."""

    clock: Callable[[], Instant]
    wait: Callable[[int], object]
    table: Any = field(default_factory=lambda: defaultdict[int, int](int))
    node: NodeId = NOBODY

    def __post_init__(self) -> None:
        self.until = Instant(0)
        self._fresh = count(1)

    @property
    def trusted(self) -> Callable[[], bool]:
        return lambda: self.clock() < self.until

    def renew(self, slots: Collection[int]) -> None:
        for slot in (CHANGES, *slots):
            self.table[slot] = next(self._fresh)

    def await_others(self, serial: int) -> None:
        self.wait(serial)

    def close(self) -> None:
        """Nothing is held open."""

    def begin(self, node: NodeId) -> None:
        self.node, self.until = node, Instant(0)

    def extend(self, until: Instant) -> None:
        self.until = until


@dataclass
class Waiting:
    """A revoker that has committed and has not answered yet."""

    meant: Sequence[Admitted]
    roll: Seats
    wait: Wait
    clock: Callable[[], Instant]
    answered: bool = False

    def look(self, *, blind: bool = False) -> bool:
        """Look at the roll, and answer if the protocol says so."""
        seats = None if blind else self.roll.seats()
        self.answered = self.answered or self.wait.is_over(seats, self.clock())
        return self.answered


class Node:
    """One host: the follower that goes its rounds, step by step, and a worker."""

    def __init__(self, world: "World", name: str, speed: float, making: Making) -> None:
        self.world = world
        self.name = name
        self._speed = speed
        self._making = making
        self.stamps = _Stamps(self.clock, self._begin_waiting)
        self.meant: Sequence[Admitted] = ()
        self.worker: Core = self._new_worker()
        self._steps: Steps | None = None
        self._asked: Step | None = None
        self._answer: list[Any] = []
        self._follow()

    def clock(self) -> Instant:
        """Tell the time of this host, which began at some other moment than the others'."""
        return Instant(int(self.world.now * self._speed) + len(self.name) * 10**12)

    # --- the follower ----------------------------------------------------------------------------

    @property
    def rests(self) -> bool:
        """Whether it is between two rounds."""
        return self._steps is None

    def begin(self, *, whole: bool = True) -> None:
        """Begin a round, or only take in what is new."""
        self._go(self._member.go_round() if whole else self._member.catch_up())

    def send(self) -> None:
        """Let the database do what was asked for; the answer is on its way."""
        if self._asked is not None and not self._answer:
            self._answer = [self._asked(self.world.roll)]

    def hear(self) -> None:
        """Let the answer arrive."""
        if self._answer:
            [answer], self._answer = self._answer, []
            self._resume(answer)

    def step(self) -> None:
        """Ask, and be answered at once."""
        self.send()
        self.hear()

    def finish(self) -> None:
        """Go on until it rests."""
        while not self.rests:
            self.step()

    def run(self) -> None:
        """Go a whole round, or come in and then go one."""
        self.finish()
        self.begin()
        self.finish()

    def lose(self) -> None:
        """Lose the connection, whatever was on its way; a new one is made."""
        self._follow()

    def crash(self) -> None:
        """Die with all that was remembered, and come back; the file of trust is still there."""
        self.worker = self._new_worker()
        self._follow()

    def leave(self) -> None:
        """Take leave of the others; the follower does nothing more before it is `lose`d."""
        perform(self._member.leave(), self.world.roll)

    def _follow(self) -> None:
        number = NodeId(next(self.world.numbers))
        self._member = self._making(number, self.name, self.stamps, self.stamps, self.clock)
        self._go(self._member.enter())

    def _go(self, steps: Steps) -> None:
        self._steps, self._answer = steps, []
        self._resume(None)

    def _resume(self, answer: Any) -> None:
        assert self._steps is not None
        try:
            self._asked = self._steps.send(answer)
        except StopIteration:
            self._steps = self._asked = None
        except ForgottenError:
            self._follow()

    # --- the worker ------------------------------------------------------------------------------

    def use(self, admitted: Admitted) -> bool:
        """Come with a token. Says whether it was accepted from memory."""
        known = self.knows(admitted)
        if not known:
            self.worker.access.principal(admitted.token.secret, SOUTH)
        return known

    def knows(self, admitted: Admitted) -> bool:
        """Say whether a token would be accepted from memory."""
        return self.worker.access.recall(admitted.token.secret, SOUTH) is not None

    def end(self, admitted: Admitted) -> Waiting:
        """End one session here; it is committed, and the answer waits."""
        self.meant = [admitted]
        self.worker.revocation.end_session(admitted.session, EndReason.REVOKED)
        return self.world.waiting[-1]

    def end_subject(self, meant: Sequence[Admitted]) -> Waiting:
        """End all sessions of one subject."""
        self.meant = meant
        self.worker.revocation.end_subject(meant[0].session.subject_id, EndReason.REVOKED)
        return self.world.waiting[-1]

    def end_and_die(self, admitted: Admitted) -> None:
        """Commit the end of a session, and die before anything else."""
        with self.worker.storage.write() as transaction:
            which = SessionFilter(id=admitted.session.id)
            now = self.world.house.clock()
            transaction.sessions.end(which, now, EndReason.REVOKED)
            transaction.renewals.add(self.world.slots_of(admitted))
        self.crash()

    def _begin_waiting(self, serial: int) -> None:
        wait = self.world.waits(serial, self.stamps.node, self.clock())
        self.world.waiting.append(Waiting(self.meant, self.world.roll, wait, self.clock))

    def _new_worker(self) -> Core:
        return self.world.house.worker(stamps=self.stamps)


class World:
    """Some nodes, one database, one time that only the world knows."""

    def __init__(
        self,
        *speeds: float,
        making: Making = Member,
        waits: Callable[[int, NodeId, Instant], Wait] = Wait,
    ) -> None:
        self.now = 0
        self.numbers = count(1)
        self.roll = Seats()
        self.waits = waits
        self.waiting: list[Waiting] = []
        self.house = House(storage=_Journalled(MemoryStorage(), self.roll))
        self.house.add("alice")
        self.house.add("bob")
        self.nodes = [Node(self, "n" * place, each, making) for place, each in enumerate(speeds, 1)]
        for node in self.nodes:
            node.run()

    def enter(self, login: str = "alice") -> Admitted:
        """Log somebody in."""
        return self.house.enter(login)

    def slots_of(self, admitted: Admitted) -> Collection[int]:
        """Return what the end of a session makes stale."""
        return [session_slot(admitted.session.id)]

    def wait(self, milliseconds: float) -> None:
        """Let time pass, for everybody."""
        self.now += int(milliseconds * MILLISECOND)

    def stale(self) -> Sequence[str]:
        """Return the nodes that would accept what was revoked by a call that has answered."""
        return [
            node.name
            for each in self.waiting
            if each.answered
            for admitted in each.meant
            for node in self.nodes
            if node.knows(admitted)
        ]

    def close(self) -> None:
        """Stop the workers."""
        self.house.close()
