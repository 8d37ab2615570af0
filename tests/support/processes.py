"""A whole `watchword serve`, as an operator runs it: a process, a port, a log."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.ports import free_port

__all__ = ["ServerProcess", "serve"]

PROGRAM = (sys.executable, "-m", "watchword")
START_SECONDS = 60
STOP_SECONDS = 20
READY = re.compile(r"^watchword ready on (http://\S+)\n", re.MULTILINE)


class ServerProcess:
    """One running server with its workers."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self.base_url = self._await_ready()

    @property
    def pid(self) -> int:
        """The process that was started; with several workers, their parent."""
        return self._process.pid

    def output(self) -> str:
        """Return everything the server has written so far, to either stream."""
        return self._log.read_text()

    def stop(self) -> int:
        """Ask the server to stop, as a service manager would, and return its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        # The group outlives its leader, so it is asked even when the leader is gone.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)

    def _await_ready(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ended = self._process.poll() is not None
            if ready := READY.search(self.output()):
                return ready[1]
            if ended:
                break
            time.sleep(0.01)
        self.kill()
        pytest.fail(f"The server never said that it was ready:\n{self.output()}")


@contextmanager
def serve(
    directory: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    program: Sequence[str] = PROGRAM,
) -> Generator[ServerProcess]:
    """Run ``watchword serve`` in a folder, on a free port, for as long as the block lasts.

    Args:
        directory: Where it works: its default database and its log go here.
        arguments: What follows ``serve --port PORT`` on the command line.
        env: Environment variables to add. No ``WATCHWORD_`` variable of the caller's passes.
        program: What an operator calls ``watchword``.
    """
    inherited = {key: value for key, value in os.environ.items() if not _is_ours(key)}
    log = directory / "serve.log"
    command = [*program, "serve", "--port", str(free_port()), *arguments]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env={**inherited, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = ServerProcess(process, log)
    try:
        yield server
    finally:
        # Asked first: a server that is killed writes down no coverage.
        with suppress(subprocess.TimeoutExpired):
            server.stop()
        server.kill()


def _is_ours(variable: str) -> bool:
    return variable.startswith("WATCHWORD_")
