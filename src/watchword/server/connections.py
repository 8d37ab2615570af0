"""uvicorn's connections, with an end to how long the head of a request may be, and may take.

By itself uvicorn reads a head for as long as somebody sends one, and holds all of it in memory.
Nothing is looked at twice here: of a request whose head came in one piece this costs one look.
"""

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HEAD_SECONDS", "LONGEST_HEAD", "Connection"]

LONGEST_HEAD: Final = 65_536
"""Bytes of a head beyond what came with its first piece, which the loop bounds."""
HEAD_SECONDS: Final = 30.0
"""From connecting, or from the first piece of a head, to its end."""


class Connection(HttpToolsProtocol):
    """One connection, over which requests come."""

    _late: asyncio.TimerHandle | None = None
    _more = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin, and wait for the first head."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrived, and wait for the rest of a head if that is what it was."""
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
