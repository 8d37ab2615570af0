"""Whoever takes over the process that looks has taken over very little."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.support.programs import unmeasured
from watchword.faces import sandbox
from watchword.faces.sandbox import deadline, shut_off

# Faces are the same at every door.
pytestmark = pytest.mark.once

TRY = """
import errno, os, socket, sys
from watchword.faces.sandbox import shut_off
version = shut_off()
def attempt(work):
    try:
        work()
    except OSError as error:
        return errno.errorcode[error.errno]
    except MemoryError:
        return "ENOMEM"
    return "done"
print(version, attempt(lambda: WORK))
"""


def attempt(work: str) -> tuple[int, str]:
    """Return the version of Landlock here, and how some work went in a process shut off."""
    done = subprocess.run(
        [sys.executable, "-c", TRY.replace("WORK", work)],
        env=unmeasured(),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    version, outcome = done.stdout.split()
    return int(version), outcome


class TestShutOff:
    @pytest.mark.parametrize(
        "work",
        [
            'open("/etc/passwd")',
            'open("/tmp/watchword-was-here", "w")',
            'os.listdir("/etc")',
            'os.execv("/bin/true", ["true"])',
        ],
    )
    def test_no_file_can_be_opened(self, work: str) -> None:
        version, outcome = attempt(work)

        if not version:
            pytest.skip("this kernel has no Landlock")
        assert outcome == "EACCES"

    def test_nobody_can_be_called_over_tcp(self) -> None:
        version, outcome = attempt('socket.create_connection(("127.0.0.1", 9), 1)')

        if version < sandbox.TCP_SINCE:
            pytest.skip("this kernel's Landlock knows no network")
        assert outcome == "EACCES"

    def test_memory_is_bounded(self) -> None:
        assert attempt("bytes(2 << 30)")[1] == "ENOMEM"

    def test_what_is_in_memory_can_be_opened(self) -> None:
        work = 'os.close(os.open(f"/proc/self/fd/{os.memfd_create(str())}", os.O_RDONLY))'

        assert attempt(work)[1] == "done"

    def test_others_come_first(self) -> None:
        work = "None if os.getpriority(os.PRIO_PROCESS, 0) == 19 else bytes(2 << 30)"

        assert attempt(work)[1] == "done"


class FakeLibc:
    """A kernel with so much Landlock."""

    def __init__(self, version: int, made: int = 99, restricted: int = 0) -> None:
        self.version, self.made, self.restricted = version, made, restricted
        self.called: list[tuple[object, ...]] = []

    def prctl(self, *arguments: int) -> int:
        self.called.append(("prctl", *arguments))
        return 0

    def syscall(self, number: int, *arguments: object) -> int:
        self.called.append((number, *arguments))
        if number == sandbox.RESTRICT_SELF:
            return self.restricted
        return self.version if arguments[0] is None else self.made


class TestOtherKernels:
    @pytest.fixture
    def shut_off_on(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeLibc], int]:
        """Return what shuts this process off on another kernel, so not at all."""
        for name in ("setpriority", "close"):
            monkeypatch.setattr(os, name, lambda *_: None)
        monkeypatch.setattr(resource, "setrlimit", lambda *_: None)

        def shut(libc: FakeLibc) -> int:
            monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: libc)
            return shut_off()

        return shut

    @pytest.mark.parametrize("version", [0, -1])
    def test_without_landlock_the_rest_is_done(
        self, version: int, shut_off_on: Callable[[FakeLibc], int]
    ) -> None:
        libc = FakeLibc(version)

        assert shut_off_on(libc) == 0
        assert ("prctl", 38, 1, 0, 0, 0) in libc.called

    @pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7, 99])
    def test_all_that_a_version_knows_is_taken_away(
        self, version: int, shut_off_on: Callable[[FakeLibc], int]
    ) -> None:
        libc = FakeLibc(version)

        assert shut_off_on(libc) == version
        assert (sandbox.RESTRICT_SELF, 99, 0) in libc.called
        size = libc.called[-2][2]
        assert size == (16 if version >= 4 else 8)

    @pytest.mark.parametrize("libc", [FakeLibc(7, made=-1), FakeLibc(7, restricted=-1)])
    def test_a_kernel_that_refuses_is_told(
        self, libc: FakeLibc, shut_off_on: Callable[[FakeLibc], int]
    ) -> None:
        assert shut_off_on(libc) == 0


class TestDeadline:
    def test_a_process_that_computes_for_too_long_ends(self) -> None:
        code = "from watchword.faces.sandbox import deadline\ndeadline(0.2)\nwhile True: abs(1)"

        done = subprocess.run([sys.executable, "-c", code], check=False, timeout=100)

        assert done.returncode == -signal.SIGPROF

    def test_one_that_is_done_in_time_does_not(self) -> None:
        deadline(100)
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0

        deadline(0)

        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
