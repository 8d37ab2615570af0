"""Processes under measurement: started on a core of their own, weighed, and ended for certain."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

__all__ = [
    "ALL_CORES",
    "CLIENT_CORE",
    "SERVER_CORE",
    "Memory",
    "StartError",
    "await_connection",
    "await_line",
    "children",
    "cpu_seconds",
    "memory",
    "on_core",
    "parse_cpu",
    "parse_memory",
    "running",
]

Memory = Mapping[str, int]

_CORES: Final = sorted(os.sched_getaffinity(0))
SERVER_CORE: Final = _CORES[0]
CLIENT_CORE: Final = _CORES[-1]
"""The same as the server's where there is only one; the report says so."""
ALL_CORES: Final = frozenset(_CORES)

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 10.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class StartError(Exception):
    """A server did not start; the message holds what it wrote."""


@contextmanager
def on_core(*cores: int) -> Generator[None]:
    """Run this process, and all that it starts meanwhile, on one core, or on some."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def running(
    command: list[str],
    log: Path,
    env: Mapping[str, str] | None = None,
    cores: Iterable[int] = (SERVER_CORE,),
) -> Generator[subprocess.Popen[bytes]]:
    """Run a program on the server's core for as long as the block lasts; its output goes to a log.

    It leads a process group of its own, so that Ctrl-C ends it through here and in good order, and
    so that whatever it leaves behind can be ended with it. No ``WATCHWORD_`` variable passes: the
    defaults are measured.
    """
    inherited = {key: value for key, value in os.environ.items() if not _is_ours(key)}
    with log.open("wb") as stream, on_core(*cores):
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env={**inherited, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def await_line(process: subprocess.Popen[bytes], log: Path, wanted: str) -> str:
    """Return what follows ``wanted`` on its line, once the process has written it.

    Raises `StartError`.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        lines = log.read_text(errors="replace").splitlines(keepends=True)
        for line in lines:
            if wanted in line and line.endswith("\n"):
                return line.partition(wanted)[2].strip()
        if ended:
            break
        time.sleep(0.005)
    raise StartError(log.read_text(errors="replace"))


def await_connection(process: subprocess.Popen[bytes], log: Path, address: tuple[str, int]) -> None:
    """Return once a program takes connections. Raises `StartError`."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(ConnectionRefusedError), socket.create_connection(address):
            return
        time.sleep(0.005)
    raise StartError(log.read_text(errors="replace"))


def _is_ours(variable: str) -> bool:
    return variable.startswith("WATCHWORD_")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        # The group outlives its leader, so it is asked even when the leader is gone.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    found: list[int] = []
    tasks: list[Path] = []
    with suppress(FileNotFoundError):
        tasks += Path(f"/proc/{pid}/task").iterdir()
    for task in tasks:
        with suppress(FileNotFoundError, ProcessLookupError):
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, its threads, and all processes below it."""
    return sum(_ticks(each) for each in _tree(pid)) / _TICKS


def _ticks(pid: int) -> int:
    """Return the ticks of one process; none if it ended just now, its parent has them then."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return parse_cpu(Path(f"/proc/{pid}/stat").read_text())
    return 0


def parse_cpu(stat: str) -> int:
    """Return the ticks in ``/proc/PID/stat``: user and system, of itself and of ended children."""
    # The name may hold anything, so fields are counted from the parenthesis behind it.
    fields = stat.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15])


def memory(pid: int) -> Memory:
    """Return the bytes that a process has resident, and its share of them."""
    return parse_memory(Path(f"/proc/{pid}/smaps_rollup").read_text())


def parse_memory(rollup: str) -> Memory:
    """Return ``rss`` and ``pss`` in bytes from ``/proc/PID/smaps_rollup``."""
    values = {}
    for line in rollup.splitlines()[1:]:
        name, _, rest = line.partition(":")
        values[name.lower()] = int(rest.split()[0]) * 1024
    return {name: values[name] for name in ("rss", "pss")}


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in children(pid):
        yield from _tree(child)
