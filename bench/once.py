"""What is not measured in rounds: how fast a server starts, what it holds when idle, and so on."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final, Protocol, Self

from bench.client import Limits, drive
from bench.doors import DOORS, OZ, PERSON, STATION, guarded, logins
from bench.face_curve import draw_curve
from bench.face_rows import face_rows
from bench.faces import face_figures
from bench.nodes import node_rows, two_nodes
from bench.processes import Memory, children, cpu_seconds, memory
from bench.report import Row, memory_rows, start_rows, weight_rows
from bench.servers import watchword
from bench.weights import postgres_weights

__all__ = ["ONCE", "Found", "idle_memory", "start_seconds"]

ONE: Final = Limits(connections=1, seconds=60, requests=1)
CURVE: Final = Path(__file__).parent / "results" / "faces.png"
QUIET_SECONDS: Final = 20.0
"""Long enough for a worker to give back what hashing took."""


def start_seconds(times: int) -> tuple[float, float]:
    """Return the median time from starting the program to the answer of a first login.

    And the CPU time of it, which is what it would take on a core that nobody else uses.

    Each time on an empty SQLite, with a directory file to be applied: two passwords are hashed
    for it, and a third time for the login.
    """
    taken = [_start_once() for _ in range(times)]
    return median(wall for wall, _ in taken), median(cpu for _, cpu in taken)


def _start_once() -> tuple[float, float]:
    with TemporaryDirectory(prefix="watchword-bench-") as folder:
        begun = time.perf_counter()
        with watchword(Path(folder)) as server:
            drive(server.address, logins(OZ, PERSON), ONE)
            return time.perf_counter() - begun, cpu_seconds(server.pid)


def idle_memory() -> tuple[Memory, Memory]:
    """Return what a worker and its supervisor hold, quiet again after some use of every door."""
    with TemporaryDirectory(prefix="watchword-bench-") as folder, watchword(Path(folder)) as server:
        for door in DOORS:
            for login in (PERSON, STATION):
                drive(server.address, logins(door, login), ONE)
            drive(server.address, guarded(door, server.address), ONE)
        time.sleep(QUIET_SECONDS)
        (worker,) = children(server.pid)
        return memory(worker), memory(server.pid)


@dataclass(frozen=True, slots=True)
class Found:
    """Rows for people, by their names the figures to reckon with, and what is not there and why."""

    rows: Sequence[Row]
    weighed: Mapping[str, float] = field(default_factory=dict)
    missing: Sequence[str] = ()

    def beside(self, other: Self) -> Self:
        """Return both together."""
        return replace(
            self,
            rows=[*self.rows, *other.rows],
            weighed={**self.weighed, **other.weighed},
            missing=[*self.missing, *other.missing],
        )


def _start(*, quick: bool) -> Found:
    return Found(start_rows(*start_seconds(3 if quick else 7)))


def _memory(*, quick: bool) -> Found:
    del quick
    return Found(memory_rows(*idle_memory()))


def _weights(*, quick: bool) -> Found:
    del quick
    weights = postgres_weights()
    weighed = {
        "session_bytes": weights.bytes,
        "note_here_us": weights.touch_here_us,
        "note_there_us": weights.touch_there_us,
    }
    return Found(weight_rows(weights), weighed)


def _nodes(*, quick: bool) -> Found:
    return Found(node_rows(two_nodes(quick=quick)))


def _face(*, quick: bool) -> Found:
    figures = face_figures(quick=quick)
    draw_curve(figures.scores, CURVE)
    return Found(face_rows(figures))


class Measure(Protocol):
    """Measures once; may raise `MissingError`."""

    def __call__(self, *, quick: bool) -> Found:
        """Do so, the rougher the quicker."""
        ...


ONCE: Final[Mapping[str, Measure]] = {
    "start": _start,
    "memory": _memory,
    "weights": _weights,
    "nodes": _nodes,
    "face": _face,
}
