"""What is not measured per request: how fast a server starts, and what it holds when idle."""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.client import Limits, drive
from bench.doors import DOORS, OZ, PERSON, STATION, guarded, logins
from bench.processes import Memory, children, cpu_seconds, memory
from bench.servers import watchword

__all__ = ["idle_memory", "start_seconds"]

ONE: Final = Limits(connections=1, seconds=60, requests=1)
QUIET_SECONDS: Final = 20.0
"""Long enough for a worker to give back what hashing took."""


def start_seconds(times: int) -> tuple[float, float]:
    """Return the median time from starting the program to the answer of a first login.

    And the CPU time of it, which is what it would take on a core that nobody else uses.

    Each time on an empty SQLite, with a directory file to be applied: two passwords are hashed
    for it, and a third time for the login.
    """
    taken = [_start() for _ in range(times)]
    return median(wall for wall, _ in taken), median(cpu for _, cpu in taken)


def _start() -> tuple[float, float]:
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
