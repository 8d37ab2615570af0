"""uvicorn's connections, with an end to what one peer may take of them.

That is how long the head of a request may be, and may take, and how many connections there may be.

By itself uvicorn reads a head for as long as somebody sends one, and holds all of it in memory.
Nothing is looked at twice here: of a request whose head came in one piece this costs one look.
"""

import asyncio
from typing import Any, Final, cast

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from watchword.server.crowd import Crowd

__all__ = ["HEAD_SECONDS", "LONGEST_HEAD", "Connection"]

LONGEST_HEAD: Final = 65_536
"""Bytes of a head beyond what came with its first piece, which the loop bounds."""
REFUSED_SECONDS: Final = 2.0
EVERYBODY: Final = Crowd()
REFUSAL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 39\r\n"
    b"retry-after: 1\r\nconnection: close\r\n\r\n"
    b"too many connections from this address\n"
)
HEAD_SECONDS: Final = 30.0
"""From connecting, or from the first piece of a head, to its end."""


class Connection(HttpToolsProtocol):
    """One connection, over which requests come. ``crowd`` are all connections of this worker."""

    _late: asyncio.TimerHandle | None = None
    _more = 0
    _is_in = False

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        crowd: Crowd = EVERYBODY,
    ) -> None:
        """Begin; uvicorn makes one of these for each connection."""
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = crowd

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin, and wait for the first head."""
        super().connection_made(transport)
        self._is_in = self._crowd.enter(self._address)
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
