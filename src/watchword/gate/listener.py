"""The fast listener: HTTP/1.1 for gateways alone, on a socket of its own (decision 0172).

A call whose answer is remembered costs no task, no thread and no object beside its bytes. Any other
one waits on a thread, and its connection with it (`watchword.gate.connection`).
"""

import asyncio
import socket
from collections.abc import Iterable
from functools import partial
from typing import Final

from watchword.gate.app import Counter
from watchword.gate.connection import Connection, Hub, Limits
from watchword.gate.gate import Gate
from watchword.web.lanes import Lanes

__all__ = ["Listener"]

LOOK_SECONDS: Final = 1.0
DRAIN_SECONDS: Final = 10.0


class Listener:
    """The gate's own sockets in one worker. Used from its event loop."""

    def __init__(self, gate: Gate, lanes: Lanes, limits: Limits, count: Counter) -> None:
        """Begin without sockets."""
        self._hub = Hub(gate, lanes, limits, count)
        self._servers: list[asyncio.Server] = []
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, listeners: Iterable[socket.socket]) -> None:
        """Take connections."""
        loop = asyncio.get_running_loop()
        make = partial(Connection, self._hub)
        for each in listeners:
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
        for connection in list(self._hub.connections):
            connection.finish()
        if self._hub.tasks:
            await asyncio.wait(self._hub.tasks, timeout=DRAIN_SECONDS)

    def _look(self) -> None:
        """End what takes too long: one timer for all connections, since each call restarts it."""
        for connection in list(self._hub.connections):
            connection.grow_older()
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)
