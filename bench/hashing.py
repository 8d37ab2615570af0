"""The bare password hash, in the thread arrangement of the server's workers.

As a program (``python -m bench.hashing``) it hashes on as many threads as it has cores, at the
lowest priority, with eight checks waiting, as a worker does under eight logins; it reads how long
from standard input, a number of seconds a line, and writes how many checks it made in what time.
"""

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from argon2.low_level import Type, hash_secret, verify_secret

from bench.figures import Sample
from bench.processes import SERVER_CORE, cpu_seconds, on_core

__all__ = ["LANES", "MEMORY_KIB", "PASSES", "Hasher", "hasher"]

MEMORY_KIB: Final = 19_456
PASSES: Final = 2
LANES: Final = 1
WAITING: Final = 8
LOWEST_PRIORITY: Final = 19


class Hasher:
    """The program above, running."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Wrap the process."""
        self._process = process

    def sample(self, seconds: float) -> Sample:
        """Hash for so long. Latencies are those of one check without waiting."""
        process = self._process
        assert process.stdin is not None  # noqa: S101 - both were asked for as pipes
        assert process.stdout is not None  # noqa: S101 - as above
        before = cpu_seconds(process.pid)
        process.stdin.write(f"{seconds}\n")
        process.stdin.flush()
        count, took = process.stdout.readline().split()
        spent = cpu_seconds(process.pid) - before
        each = float(took) / int(count)
        return Sample(int(count), float(took), spent, each, each)


@contextmanager
def hasher() -> Generator[Hasher]:
    """Run the program on the server's core for as long as the block lasts."""
    with on_core(SERVER_CORE):
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.hashing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
            start_new_session=True,
        )
    with process:
        try:
            yield Hasher(process)
        finally:
            process.kill()


def _hash_for(executor: ThreadPoolExecutor, encoded: bytes, seconds: float) -> tuple[int, float]:
    begun = time.perf_counter()

    def check() -> bool:
        return verify_secret(encoded, b"password", Type.ID)

    under_way = deque(executor.submit(check) for _ in range(WAITING))
    count = 0
    while under_way:
        under_way.popleft().result()
        count += 1
        if time.perf_counter() - begun < seconds:
            under_way.append(executor.submit(check))
    return count, time.perf_counter() - begun


def _yield_to_others() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)


def main() -> None:
    """Hash as told until standard input ends."""
    threads = len(os.sched_getaffinity(0))
    encoded = hash_secret(b"password", os.urandom(16), PASSES, MEMORY_KIB, LANES, 32, Type.ID)
    with ThreadPoolExecutor(threads, initializer=_yield_to_others) as executor:
        for line in sys.stdin:
            count, took = _hash_for(executor, encoded, float(line))
            print(count, took, flush=True)


if __name__ == "__main__":
    main()
