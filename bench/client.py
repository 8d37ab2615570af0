"""The client: one thread, one ``epoll``, keep-alive connections with one request under way on each.

Why our own and not ``wrk``: a run must end with every request answered, so that the server's CPU
time divides by an exact count even where an answer takes 20 ms, and a refresh must send what the
answer before it said. ``asyncio`` would cost as much as a fast server does; this loop does not:
beside nginx's ``return 200`` on another core it made 220,000 requests a second where ``wrk`` made
205,000, and nginx spent the same CPU time on each within 6 %.

A run is bounded in time and in requests, and speaks to loopback addresses only.
"""

import gc
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Final

from bench.wire import body_of, is_complete

__all__ = ["Address", "Drive", "Limits", "Load", "drive"]

PATIENCE_SECONDS: Final = 30.0
"""How long the next answer may take; without any for so long, a server counts as stuck."""
MOST_BYTES: Final = 262_144

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Load:
    """What to send, endlessly, and who wants to know the bodies of the answers."""

    requests: Iterator[bytes]
    learn: Callable[[bytes], None] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run stops sending: after so long or so many, whichever comes first.

    ``awake`` keeps the client's core busy while it waits. Waking a core that sleeps is work for
    the one that sends, and on a virtual machine dear: a tenth of a login that takes a millisecond.
    ``settle`` is for how many seconds requests are sent before anything counts.
    """

    connections: int
    seconds: float
    requests: int = 1_000_000
    awake: bool = False
    settle: float = 0.0


@dataclass(frozen=True, slots=True)
class Drive:
    """What a run saw: how long it took, and each answer's time in nanoseconds."""

    seconds: float
    latencies: list[int] = field(repr=False)


def drive(
    address: Address, load: Load, limits: Limits, begins: Callable[[], None] | None = None
) -> Drive:
    """Send until a limit is reached, wait for every answer, and say how it went.

    ``begins`` is called when what counts begins. Raises `AnswerError`, ``ConnectionError`` or
    ``TimeoutError``.
    """
    if not ip_address(address[0]).is_loopback:
        message = f"{address[0]} is not a loopback address"
        raise ValueError(message)
    with ExitStack() as stack:
        poll = stack.enter_context(select.epoll())
        connections = {}
        for _ in range(min(limits.connections, limits.requests)):
            connection = stack.enter_context(socket.create_connection(address))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            poll.register(connection, select.EPOLLIN)
            connections[connection.fileno()] = connection
        gc.disable()
        stack.callback(gc.enable)
        if limits.settle:
            settling = replace(limits, seconds=limits.settle)
            _Run(poll, connections, load, settling).go()
        if begins is not None:
            begins()
        return _Run(poll, connections, load, limits).go()


class _Run:
    """One run: what was sent on which connection and when, and what has come of it so far."""

    def __init__(
        self,
        poll: select.epoll,
        connections: dict[int, socket.socket],
        load: Load,
        limits: Limits,
    ) -> None:
        self._poll = poll
        self._connections = connections
        self._load = load
        self._limits = limits
        self._left = limits.requests
        self._sent: dict[int, int] = {}
        self._partial: dict[int, bytes] = {}
        self._usual = b""

    def go(self) -> Drive:
        """Send one request on each connection, and the next on each that was answered."""
        now, learn = time.perf_counter_ns, self._load.learn
        latencies: list[int] = []
        begun = now()
        deadline = begun + int(self._limits.seconds * 1e9)
        for number in self._connections:
            self._send(number)
        under_way = len(self._connections)
        while under_way:
            for number, _ in self._events():
                answer = self._receive(number)
                if answer is None:
                    continue
                moment = now()
                latencies.append(moment - self._sent[number])
                if learn is not None:
                    learn(body_of(answer))
                if self._left > 0 and moment < deadline:
                    self._send(number)
                else:
                    under_way -= 1
        return Drive((now() - begun) / 1e9, latencies)

    def _send(self, number: int) -> None:
        self._left -= 1
        request = next(self._load.requests)
        self._sent[number] = time.perf_counter_ns()
        self._connections[number].sendall(request)

    def _receive(self, number: int) -> bytes | None:
        """Return an answer once it is complete. Raises `AnswerError` or ``ConnectionError``."""
        received = self._connections[number].recv(MOST_BYTES)
        usual = self._usual
        # Like the one before in length and beginning, so just as complete: no need to parse.
        if len(received) == len(usual) and received[:15] == usual[:15] and not self._partial:
            return received
        if not received:
            message = "the server closed a connection"
            raise ConnectionError(message)
        received = self._partial.pop(number, b"") + received
        if not is_complete(received):
            self._partial[number] = received
            return None
        self._usual = received
        return received

    def _events(self) -> list[tuple[int, int]]:
        """Wait for answers, awake where the client has a core of its own."""
        longest = 0.0 if self._limits.awake else PATIENCE_SECONDS
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (events := self._poll.poll(longest)):
            if time.monotonic() > deadline:
                message = f"no answer within {PATIENCE_SECONDS:.0f} s"
                raise TimeoutError(message)
        return events
