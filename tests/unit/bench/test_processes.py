"""What the kernel says of a process, and that a process under measurement ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import processes
from bench.machine import parse_model
from bench.processes import (
    SERVER_CORE,
    StartError,
    await_line,
    children,
    cpu_seconds,
    memory,
    on_core,
    parse_cpu,
    parse_memory,
    running,
)
from tests.support.waiting import until


def alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_cpu_time_counts_user_system_and_ended_children() -> None:
    fields = " ".join(str(number) for number in range(4, 50))

    # The name of a process may hold spaces and parentheses.
    assert parse_cpu(f"42 (a) b (c) S {fields}") == 14 + 15 + 16 + 17


def test_memory_is_told_in_bytes() -> None:
    rollup = "55d0-7ffe ---p 00000000 00:00 0  [rollup]\nRss:  100 kB\nPss:   40 kB\nShared: 0 kB\n"

    assert parse_memory(rollup) == {"rss": 102_400, "pss": 40_960}


def test_the_model_of_a_processor() -> None:
    assert parse_model("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n") == "Some CPU @ 2 GHz"


def test_this_process_has_used_time_and_holds_memory() -> None:
    assert cpu_seconds(os.getpid()) > 0
    assert memory(os.getpid())["rss"] >= memory(os.getpid())["pss"] > 0


def test_a_process_that_is_gone_has_used_nothing_and_started_nobody() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()

    assert cpu_seconds(process.pid) == 0
    assert children(process.pid) == []


def test_affinity_is_given_back() -> None:
    before = os.sched_getaffinity(0)
    with on_core(SERVER_CORE):
        assert os.sched_getaffinity(0) == {SERVER_CORE}

    assert os.sched_getaffinity(0) == before


def test_what_a_program_started_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if neither heeds a polite request."""
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    monkeypatch.setenv("WATCHWORD_PORT", "1")
    program = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "os.fork() and print('ready', 'WATCHWORD_PORT' in os.environ, flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    with running([sys.executable, "-c", program], log) as process:
        said = await_line(process, log, "ready ")
        family = [process.pid, *children(process.pid)]
        assert os.sched_getaffinity(process.pid) == {SERVER_CORE}

    assert said == "False"
    assert len(family) == 2
    # Who is nobody's child any more ends as soon as it is killed, which is soon.
    until(lambda: not any(alive(pid) for pid in family))


def test_a_program_that_ends_at_once_is_told_with_what_it_wrote(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        running([sys.executable, "-c", "print('out of order')"], log) as process,
        pytest.raises(StartError, match="out of order"),
    ):
        await_line(process, log, "ready ")
