"""One gateway's connection to the fast listener.

Rules of this file:

1. Answers go out in the order of their requests. One that a thread has to find stops its own
   connection, and no other: what follows there waits, a little of it here and the rest in the
   system's buffers.
2. Whatever a peer chooses has a bound: what it sends (`watchword.gate.wire`), how long it takes
   over it, how long it leaves answers unread, and how many it gets before others have their turn.
3. Who is not let in takes nobody's place. It is told so when it asks, so that it can read that
   before the connection ends; it has `REFUSED_SECONDS` for that.
"""

import asyncio
from collections import Counter as Tally
from dataclasses import dataclass, field
from functools import partial
from typing import Final, cast

from watchword.core.errors import OverloadedError
from watchword.core.networks import Network, is_within, source_of
from watchword.gate.answers import Answer, no_answer
from watchword.gate.app import NO_SUCH, STRANGER, Counter, is_verify
from watchword.gate.gate import Call, Gate
from watchword.gate.wire import MalformedError, Reader
from watchword.web.lanes import Lanes

__all__ = ["Connection", "Hub", "Limits"]

MOST_WAITING: Final = 131_072
TURN: Final = 16
"""Answers that one connection gets before others have their turn; no gateway sends so many."""
LATE_SECONDS: Final = 10
"""How long the rest of a request may take, and how long a peer may leave answers unread."""

MOST_REFUSED: Final = 256
REFUSED_SECONDS: Final = 2.0

FULL: Final = no_answer(503, "too many connections")


@dataclass(frozen=True, slots=True)
class Limits:
    """Who is believed, how many may be connected, of one address too, and for how long in silence.

    ``of_address`` 0 is no bound of its own.
    """

    trusted: tuple[Network, ...]
    connections: int
    idle_seconds: int
    of_address: int = 0


class Connection(asyncio.Protocol):
    """One gateway's connection."""

    __slots__ = (
        "_at_rest", "_busy", "_choked", "_hub", "_idle", "_last", "_late", "_loop", "_new",
        "_reader", "_reading", "_refusal", "_source", "_transport",
    )  # fmt: skip

    def __init__(self, hub: "Hub") -> None:
        """Begin; the event loop says when it is connected."""
        self._hub = hub
        self._reader = Reader()
        self._loop = asyncio.get_running_loop()
        self._busy = self._choked = self._last = self._at_rest = self._new = False
        self._reading = True
        self._idle = self._late = 0
        self._source = ""
        self._refusal: Answer | None = None

    # --- called by the event loop ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the peer in, if it is believed and there is room."""
        self._transport = cast("asyncio.Transport", transport)
        hub, peer = self._hub, transport.get_extra_info("peername")
        address = cast("tuple[str, int]", peer)[0] if isinstance(peer, tuple) else ""
        self._source = source_of(address)
        self._refusal = self._refuse(address)
        if self._refusal is None:
            hub.connections.add(self)
            hub.addresses[self._source] += 1
            self._at_rest = True
        elif len(hub.refused) < MOST_REFUSED:
            hub.refused.add(self)
            self._loop.call_later(REFUSED_SECONDS, self._transport.abort)
        else:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        del exc
        self._last = True
        hub = self._hub
        hub.refused.discard(self)
        if self in hub.connections:
            hub.connections.discard(self)
            hub.addresses[self._source] -= 1
            if not hub.addresses[self._source]:
                del hub.addresses[self._source]

    def data_received(self, data: bytes) -> None:
        """Answer what is known at once, and see to the rest."""
        self._idle = 0
        hub = self._hub
        if self._at_rest:
            # A request that is known is a whole one, so there is nothing else to be looked at.
            found = hub.gate.known(data)
            if found is not None:
                hub.count(found.status)
                self._transport.write(found.whole)
                return
            self._new = True
        if self._refusal is not None:
            self._end(self._refusal)
            return
        self._reader.receive(data)
        if not self._busy:
            self._proceed()
        elif self._reader.waiting > MOST_WAITING:
            self._read(on=False)

    def pause_writing(self) -> None:
        """Do nothing more for a peer that does not take its answers."""
        self._choked = True
        self._at_rest = False
        self._read(on=False)

    def resume_writing(self) -> None:
        """Go on."""
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
        elif self._idle > self._hub.limits.idle_seconds and not self._busy:
            self._transport.close()

    def finish(self) -> None:
        """Give the answer that is owed, if there is one, and close."""
        if self._busy:
            self._last = True
        else:
            self._transport.close()

    # --- in between ---

    def _refuse(self, address: str) -> Answer | None:
        """Return why a peer is not let in; who may open a Unix socket, its permissions settle."""
        hub, limits = self._hub, self._hub.limits
        if address and not is_within(address, limits.trusted):
            return STRANGER
        alone = bool(address and limits.of_address)
        crowded = alone and hub.addresses[self._source] >= limits.of_address
        return FULL if crowded or len(hub.connections) >= limits.connections else None

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
        self._at_rest = not (self._busy or self._choked or self._last or self._reader.is_partial)
        reads = not self._choked and self._reader.waiting <= MOST_WAITING
        if reads is not self._reading:
            self._read(on=reads)

    def _next(self) -> bytes | None:
        """Return the answer to the next request; None if there is none, or a thread has to tell."""
        hub, reader = self._hub, self._reader
        new, self._new = self._new, False
        if reader.awaits:
            return self._answer() if reader.read_body() else None
        head = reader.take_head()
        if head is None:
            return None
        # One that came alone, and as a whole, was looked for when it came.
        found = None if new and not reader.waiting else hub.gate.known(head)
        if found is None:
            if not reader.read_head(head):
                return self._next()
            if reader.keeps:
                found = hub.gate.quick(reader.target, reader.headers, head)
            if found is None:
                return self._answer()
        hub.count(found.status)
        return found.whole

    def _answer(self) -> bytes | None:
        """Return the answer to the request in front; None is that a thread has to find it."""
        hub, reader = self._hub, self._reader
        call = Call(reader.method, reader.target, reader.headers, reader.body)
        if not is_verify(call.target):
            return self._render(NO_SUCH, call.method)
        found = hub.gate.recall(call)
        if found is not None:
            return self._render(found, call.method)
        self._busy = True
        task = self._loop.create_task(self._ask(call))
        hub.tasks.add(task)
        task.add_done_callback(hub.tasks.discard)
        return None

    async def _ask(self, call: Call) -> None:
        """Let a thread find the answer, and go on after it."""
        hub = self._hub
        try:
            found = await hub.lanes.store.run(partial(hub.gate.answer, call))
        except OverloadedError as error:
            found = hub.gate.refuse(call, error)
        except BaseException:
            # Without an answer nothing may follow on this connection, and it would wait for ever.
            self._transport.abort()
            raise
        if not self._transport.is_closing():
            self._transport.write(self._render(found, call.method))
            self._proceed()

    def _render(self, found: Answer, method: bytes) -> bytes:
        self._hub.count(found.status)
        self._last = self._last or not self._reader.keeps
        return found.head if method == b"HEAD" else found.whole

    def _end(self, found: Answer) -> None:
        """Give a last answer, whatever else may have come."""
        self._hub.count(found.status)
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


@dataclass(slots=True)
class Hub:
    """What the connections of one worker share."""

    gate: Gate
    lanes: Lanes
    limits: Limits
    count: Counter
    connections: set[Connection] = field(default_factory=set[Connection])
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    addresses: Tally[str] = field(default_factory=Tally[str])
    refused: set[Connection] = field(default_factory=set[Connection])
