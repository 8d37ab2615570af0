"""uvicorn's connections, with an end to what one peer may take of them, and cheaper answers.

That is how long the head of a request may be, and may take, and how many connections there may be.
By itself uvicorn reads a head for as long as somebody sends one, and holds all of it in memory.
Nothing is looked at twice here: of a request whose head came in one piece this costs one look.

Answers are sent in one piece (0154), and what was asked lately is not read again (0155).
"""

import asyncio
import re
from functools import partial
from typing import Any, Final, cast

from uvicorn import Config
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from watchword.server.crowd import Crowd
from watchword.server.recent import Name, Recent, name_of
from watchword.web.messages import Headers
from watchword.web.repeating import AGAIN, Again
from watchword.web.sending import AT_ONCE, headers_of

__all__ = ["HEAD_SECONDS", "LONGEST_HEAD", "Connection"]

LONGEST_HEAD: Final = 65_536
"""Bytes of a head beyond what came with its first piece, which the loop bounds."""
REFUSED_SECONDS: Final = 2.0
EVERYBODY: Final = Crowd()
NOTHING: Final = Recent(0)
REFUSAL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 39\r\n"
    b"retry-after: 1\r\nconnection: close\r\n\r\n"
    b"too many connections from this address\n"
)
UNFIT: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"""What no header may consist of."""
HEAD_SECONDS: Final = 30.0
"""From connecting, or from the first piece of a head, to its end."""


class Connection(HttpToolsProtocol):
    """One connection, over which requests come.

    ``crowd`` are all connections of this worker, ``recent`` is what was asked over them.
    """

    _late: asyncio.TimerHandle | None = None
    _more = 0
    _is_in = False
    _rests = False
    """Whether all that came was answered, and nothing of another request is here yet."""
    _ended = True
    """Whether the request that began last is here as a whole."""
    _name: Name | None = None
    """What the last piece is kept under, if it can be one whole request that came before."""
    _heard = 0.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        crowd: Crowd = EVERYBODY,
        recent: Recent = NOTHING,
    ) -> None:
        """Begin; uvicorn makes one of these for each connection."""
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = crowd
        self._recent = recent

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin, and wait for the first head."""
        super().connection_made(transport)
        self._is_in = self._rests = self._crowd.enter(self._address)
        seconds = HEAD_SECONDS if self._is_in else REFUSED_SECONDS
        self._late = self.loop.call_later(seconds, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        self._go()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand it over; how many of those there are is bounded where they are (`web.live`)."""
        self._go()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Take what arrived, and wait for the rest of a head if that is what it was."""
        self._name = None
        if self._rests:
            name = name_of(data, self._address, self.scheme)
            if name is not None:
                if self._answer_again(name):
                    return
                self._name = name if self._recent.came_before(data) else None
        if not self._is_in:
            # Not before it asked: what it is still sending would take the answer away.
            self.transport.write(REFUSAL)
            self.transport.close()
            return
        super().data_received(data)
        # uvicorn begins a scope with the first byte of a head, and names the method at its end.
        scope = cast("dict[str, Any] | None", self.scope)
        if scope is None or "method" not in scope:
            self._wait(len(data))
        elif self._late is not None:
            self._stop_waiting()

    def on_message_begin(self) -> None:
        """Begin a request."""
        if not self._rests:
            self._name = None  # the second one in it
        self._rests = self._ended = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """End a request. After one that asks for another protocol, nothing is as it was."""
        super().on_message_complete()
        self._ended = not cast("Any", self.parser).should_upgrade()
        self._rests = self._ended and self.cycle.response_complete

    def on_response_complete(self) -> None:
        """Go on to the next request, or wait for it."""
        super().on_response_complete()
        self._rests = self._ended and self.cycle.response_complete

    def timeout_keep_alive_handler(self) -> None:
        """Close, but if a request was answered meanwhile whose like had come before."""
        left = self._heard + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait_for_more(left)
        else:
            super().timeout_keep_alive_handler()

    def on_body(self, body: bytes) -> None:
        """Hand a piece on as it came, where nothing waits before it.

        uvicorn would copy it into a buffer, and out of that again when it is asked for.
        """
        cycle = cast("Any", self.cycle)
        if cycle.body:
            super().on_body(body)
        else:
            cycle.body = body
            super().on_body(b"")

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Offer to take its answer whole, and begin a request as uvicorn does."""
        offers: dict[str, object] = {AT_ONCE: partial(self._answer, cycle)}
        if self._name is not None and cycle.keep_alive:
            offers[AGAIN] = partial(self._keep, self._name)
        cast("Any", cycle.scope)["extensions"] = offers
        super()._start_asgi_task(cycle, app)

    def _keep(self, name: Name, again: Again) -> None:
        """Keep what answers a request again, if it was all there was of one, and all there is."""
        if name is self._name and self._ended:
            self._recent.keep(name, again)

    def _answer_again(self, name: Name) -> bool:
        """Answer what was asked before. False leaves it to uvicorn, as if it had not been here."""
        again = self._recent.find(name)
        if again is None or self.flow.write_paused:
            return False
        reply = again()
        if reply is None:
            return False
        headers = [*self.server_state.default_headers, *headers_of(reply)]
        if not _is_fit(headers):
            return False
        self.transport.write(_whole(reply.status, headers, reply.body))
        self._heard = self.loop.time()
        if self._late is not None:
            self._stop_waiting()
        if self.timeout_keep_alive_task is None:
            self._wait_for_more(self.timeout_keep_alive)
        return True

    def _wait_for_more(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def _answer(
        self, cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes
    ) -> bool:
        """Send a whole answer in one piece; False leaves it, and what is unusual, to uvicorn."""
        # Or each request would wait for the collector: the offer holds what it is made in.
        cast("Any", cycle.scope).pop("extensions", None)
        headers = [*cycle.default_headers, *headers]
        if (
            cycle.disconnected
            or not cycle.keep_alive
            or self.flow.write_paused
            or not _is_fit(headers)
        ):
            return False
        cycle.response_started = cycle.response_complete = True
        self.transport.write(_whole(status, headers, body))
        cycle.on_response()
        return True

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _go(self) -> None:
        if self._is_in:
            self._crowd.leave(self._address)
        self._is_in = False

    def _wait(self, received: int) -> None:
        if self.transport.is_closing():
            return
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)
            return
        self._more += received
        if self._more > LONGEST_HEAD:
            self.send_400_response("The head of the request is too long.")

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late, self._more = None, 0


def _is_fit(headers: Headers) -> bool:
    """Say whether each of these is one header and no more."""
    return not UNFIT.search(b"".join([part for header in headers for part in header]))


def _whole(status: int, headers: Headers, body: bytes) -> bytes:
    lines = [b"%s: %s\r\n" % (name.lower(), value) for name, value in headers]
    return b"".join([STATUS_LINE[status], *lines, b"\r\n", body])
