"""The fast listener: HTTP/1.1 for gateways alone, on a socket of its own (decision 0172).

A call whose answer is remembered costs no task, no thread and no object beside its bytes. Any other
one waits on a thread, and its connection with it: what follows on that connection waits its turn, a
little of it here and the rest in the system's buffers, so answers keep their order. Everything that
a peer chooses is bounded: what it sends (`watchword.gate.wire`), how long it takes, how many
connections there are, and how many answers one of them gets before others have their turn.
"""

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from watchword.core.errors import OverloadedError
from watchword.core.networks import Network, is_within
from watchword.gate.answers import Answer, no_answer
from watchword.gate.app import NO_SUCH, STRANGER, Counter, is_verify
from watchword.gate.gate import Call, Gate
from watchword.gate.wire import MalformedError, Reader
from watchword.web.lanes import Lanes

__all__ = ["Limits", "Listener"]

MOST_WAITING: Final = 131_072
TURN: Final = 64
LOOK_SECONDS: Final = 1.0
LATE_SECONDS: Final = 10
"""How long the rest of a request may take, and how long a peer may leave answers unread."""
DRAIN_SECONDS: Final = 10.0

FULL: Final = no_answer(503, "too many connections")


@dataclass(frozen=True, slots=True)
class Limits:
    """Who is believed, how many may be connected, and for how long in silence."""

    trusted: tuple[Network, ...]
    connections: int
    idle_seconds: int


class Listener:
    """The gate's own sockets in one worker. Used from its event loop."""

    def __init__(self, gate: Gate, lanes: Lanes, limits: Limits, count: Counter) -> None:
        """Begin without sockets."""
        self.gate = gate
        self.lanes = lanes
        self.limits = limits
        self.count = count
        self.connections: set[_Connection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, listeners: Iterable[socket.socket]) -> None:
        """Take connections."""
        loop = asyncio.get_running_loop()
        for each in listeners:
            make = partial(_Connection, self)
            if each.family == socket.AF_UNIX:
                server: asyncio.Server = await loop.create_unix_server(make, sock=each)
            else:
                server = await loop.create_server(make, sock=each)
            self._servers.append(server)
        self._look()

    async def close(self) -> None:
        """Take no more, answer what was asked already, and close."""
        for server in self._servers:
            server.close()
        if self._timer is not None:
            self._timer.cancel()
        for connection in list(self.connections):
            connection.finish()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=DRAIN_SECONDS)

    def _look(self) -> None:
        """End what takes too long: one timer for all connections, since each call restarts it."""
        for connection in list(self.connections):
            connection.grow_older()
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)


class _Connection(asyncio.Protocol):
    """One gateway's connection."""

    __slots__ = (
        "_at_rest",
        "_busy", "_choked", "_idle", "_last", "_late", "_listener", "_loop", "_reader",
        "_reading", "_transport", "_trusted",
    )  # fmt: skip

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._reader = Reader()
        self._loop = asyncio.get_running_loop()
        self._busy = self._choked = self._last = self._trusted = self._at_rest = False
        self._reading = True
        self._idle = self._late = 0

    # --- called by the event loop ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        listener, peer = self._listener, transport.get_extra_info("peername")
        # Who may open a Unix socket is settled by its permissions.
        address = cast("tuple[str, int]", peer)[0] if isinstance(peer, tuple) else None
        self._trusted = address is None or is_within(address, listener.limits.trusted)
        if len(listener.connections) >= listener.limits.connections:
            self._end(FULL)
        else:
            listener.connections.add(self)
            self._at_rest = self._trusted

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._last = True
        self._listener.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._idle = 0
        reader, listener = self._reader, self._listener
        if self._at_rest:
            # A request that is known is a whole one, so there is nothing else to be looked at.
            found = listener.gate.known(data)
            if found is not None:
                listener.count(found.status)
                self._transport.write(found.whole)
                return
        reader.pending = reader.pending + data if reader.pending else data
        if not self._busy:
            self._proceed()
        elif len(reader.pending) > MOST_WAITING:
            self._read(on=False)

    def pause_writing(self) -> None:
        self._choked = True
        self._at_rest = False
        self._read(on=False)

    def resume_writing(self) -> None:
        self._choked = False
        if not self._busy:
            self._proceed()

    # --- called by the listener ---

    def grow_older(self) -> None:
        """A second went by."""
        self._idle += 1
        owes = self._choked or (self._reader.is_partial and not self._busy)
        self._late = self._late + 1 if owes else 0
        if self._late > LATE_SECONDS:
            self._transport.abort()
        elif self._idle > self._listener.limits.idle_seconds and not self._busy:
            self._transport.close()

    def finish(self) -> None:
        """Give the answer that is owed, if there is one, and close."""
        if self._busy:
            self._last = True
        else:
            self._transport.close()

    # --- in between ---

    def _proceed(self) -> None:
        """Answer what is there, in its order, up to a turn's worth."""
        self._busy = self._at_rest = False
        answers: list[bytes] = []
        for _ in range(TURN):
            if self._last or self._choked:
                break
            try:
                found = self._next()
            except MalformedError as error:
                self._transport.write(b"".join(answers))
                self._end(error.answer)
                return
            if found is None:
                break
            answers.append(found)
        else:
            self._busy = True
            self._loop.call_soon(self._proceed)
        if answers:
            self._late = 0
            self._transport.write(b"".join(answers) if len(answers) > 1 else answers[0])
        if self._last and not self._busy:
            self._transport.close()
        rests = not (self._busy or self._choked or self._last or self._reader.is_partial)
        self._at_rest = rests and self._trusted
        reads = not self._choked and len(self._reader.pending) <= MOST_WAITING
        if reads is not self._reading:
            self._read(on=reads)

    def _next(self) -> bytes | None:
        """Return the answer to the next request; None if there is none, or a thread has to tell."""
        listener, reader = self._listener, self._reader
        if reader.awaits:
            return self._answer() if reader.read_body() else None
        head = reader.take_head()
        if head is None:
            return None
        found = listener.gate.known(head) if self._trusted else None
        if found is None:
            if not reader.read_head(head):
                return self._next()
            if self._trusted and reader.keeps:
                found = listener.gate.quick(reader.target, reader.headers, head)
            if found is None:
                return self._answer()
        listener.count(found.status)
        return found.whole

    def _answer(self) -> bytes | None:
        """Return the answer to the request in front; None is that a thread has to find it."""
        listener, reader = self._listener, self._reader
        call = Call(reader.method, reader.target, reader.headers, reader.body)
        if not is_verify(call.target):
            return self._render(NO_SUCH, call.method)
        found = listener.gate.recall(call) if self._trusted else STRANGER
        if found is not None:
            return self._render(found, call.method)
        self._busy = True
        task = self._loop.create_task(self._ask(call))
        listener.tasks.add(task)
        task.add_done_callback(listener.tasks.discard)
        return None

    async def _ask(self, call: Call) -> None:
        """Let a thread find the answer, and go on after it."""
        listener = self._listener
        try:
            found = await listener.lanes.store.run(partial(listener.gate.answer, call))
        except OverloadedError as error:
            found = listener.gate.refuse(call, error)
        if not self._transport.is_closing():
            self._transport.write(self._render(found, call.method))
            self._proceed()

    def _render(self, found: Answer, method: bytes) -> bytes:
        self._listener.count(found.status)
        self._last = self._last or not self._reader.keeps
        return found.head if method == b"HEAD" else found.whole

    def _end(self, found: Answer) -> None:
        """Give a last answer, whatever else may have come."""
        self._listener.count(found.status)
        self._last = True
        self._transport.write(found.whole.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
        self._transport.close()

    def _read(self, *, on: bool) -> None:
        if self._transport.is_closing():
            return
        self._reading = on
        if on:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()
