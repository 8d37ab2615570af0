"""Memory that was freed is given back, such as what a hash of other parameters took."""

import subprocess
import sys

PROGRAM = """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import argon2
from watchword.server.memory import give_back, use_one_arena

def resident_kib():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4

use_one_arena()
hasher = argon2.PasswordHasher(time_cost=1, memory_cost=19_456, parallelism=1)
before = resident_kib()
with ThreadPoolExecutor(1) as threads:
    for _ in range(3):
        threads.submit(hasher.hash, "plum tree").result()
    kept = resident_kib()
    give_back()
    print(kept - before, resident_kib() - before)
"""


def test_what_hashes_took_is_given_back() -> None:
    """In a process of its own: how a process allocates is settled before its first thread."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    kept, left = map(int, done.stdout.split())
    assert kept > 15_000
    assert left < 2_000
