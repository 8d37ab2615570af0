"""The supervisor: binds the socket, starts workers, replaces those that die, stops them all.

It runs one thread and answers no request. The socket stays open here, so that connections which
wait to be accepted outlive the worker that would have taken them.
"""

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from watchword.bootstrap import open_stamps, sqlite_file, stamps_path
from watchword.config import Configuration
from watchword.core.revocation import ALL
from watchword.server.errors import StartError
from watchword.server.listening import gate_sockets, listen
from watchword.server.logs import configure_logs
from watchword.server.memory import clear_up
from watchword.server.scratch import metrics_folder

__all__ = ["serve"]

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
STOP_SECONDS: Final = 30.0
SHORTEST_LIFE: Final = 1.0
"""A worker that dies sooner is restarted only after a pause, so that a fault cannot spin."""
FOLLOWER: Final = -1
"""In the place of a worker's number: the process that hears of other hosts."""

log = logging.getLogger(__name__)


def serve(configuration: Configuration, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. ``on_ready`` is told the base URL once requests are taken.

    Raises `StartError`.
    """
    configure_logs()
    url = configuration.database.url
    with (
        metrics_folder() as metrics,
        _listen(configuration) as listener,
        gate_sockets(configuration.gate) as gates,
    ):
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        clear_up()
        supervisor = _Supervisor(configuration, listener, gates, stamps_path(url))
        supervisor.start()
        on_ready(_base_url(listener))
        supervisor.watch()


@dataclass(slots=True)
class _Supervisor:
    """The workers, and the follower, by process id, with when each was started."""

    configuration: Configuration
    listener: socket.socket
    gates: Sequence[socket.socket]
    stamps: Path
    workers: dict[int, tuple[int, float]] = field(default_factory=dict[int, tuple[int, float]])
    stopping: bool = False
    lifeline: tuple[int, int] = field(default_factory=os.pipe)

    def start(self) -> None:
        """Start all workers and wait until each takes requests. Raises `StartError`."""
        for stop_signal in STOP_SIGNALS:
            signal.signal(stop_signal, self._told_to_stop)
        if sqlite_file(self.configuration.database.url) is None:
            self._spawn(FOLLOWER, None)
        ready_end, worker_end = os.pipe()
        count = max(1, self.configuration.server.workers)
        for number in range(count):
            self._spawn(number, worker_end)
        os.close(worker_end)
        for _ in range(count):
            if not os.read(ready_end, 1):
                self._stop()
                raise StartError("a worker could not start; the log says why")
        os.close(ready_end)

    def watch(self) -> None:
        """Replace workers that die, until told to stop and all are gone."""
        while self.workers:
            pid, status = os.waitpid(-1, 0)
            number, started = self.workers.pop(pid, (None, 0.0))
            if self.stopping or number is None:
                continue
            _tell_of_a_death(number, status)
            self._look_again()
            if time.monotonic() - started < SHORTEST_LIFE:
                time.sleep(SHORTEST_LIFE)
            self._spawn(number, None)

    def _spawn(self, number: int, ready: int | None) -> None:
        """Start a worker, unless told to stop; nobody is told in between."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        if self.stopping:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            return
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                _obey_by_dying()
                if number == FOLLOWER:
                    self._become_follower()
                else:
                    self._become_worker(number, ready)
                status = 0
            except BaseException as error:
                log.critical("worker failed", exc_info=error, extra={"worker": number})
            finally:
                sys.stderr.flush()
                os._exit(status)
        self.workers[pid] = (number, time.monotonic())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def _become_worker(self, number: int, ready: int | None) -> None:
        # Imported here: the metrics library looks for its directory when it is imported.
        from watchword.server.worker import Post, work

        os.close(self.lifeline[1])

        def tell() -> None:
            if ready is not None:
                os.write(ready, b".")
                os.close(ready)

        lifeline = self.lifeline[0]
        post = Post(number, self.listener, self.stamps, lifeline, tell, self.gates)
        work(self.configuration, post)

    def _become_follower(self) -> None:
        # Imported here: workers have no use for it.
        from watchword.server.following import follow

        os.close(self.lifeline[1])
        for each in (self.listener, *self.gates):
            each.close()
        follow(self.configuration, self.stamps, self.lifeline[0])

    def _look_again(self) -> None:
        """Make the others forget what the dead worker may have changed without telling them."""
        open_stamps(self.stamps, None).renew([ALL])

    def _told_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True
        self._signal(signal.SIGTERM)
        signal.signal(signal.SIGALRM, self._kill)
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)

    def _kill(self, _signal: int, _frame: FrameType | None) -> None:
        log.error("workers do not stop; killing them", extra={"workers": len(self.workers)})
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for pid in self.workers:
            # One that was waited for just now may not have been crossed off yet.
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _stop(self) -> None:
        self._told_to_stop(signal.SIGTERM, None)
        self.watch()


def _tell_of_a_death(number: int, status: int) -> None:
    code = os.waitstatus_to_exitcode(status)
    told = "follower died" if number == FOLLOWER else "worker died"
    log.error(told, extra={"worker": number, "status": code})


def _obey_by_dying() -> None:
    """In a new worker: undo the supervisor's signal handling; there is nothing to drain yet."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def _listen(configuration: Configuration) -> socket.socket:
    return listen(configuration.server.host, configuration.server.port)


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
