"""Where a worker keeps its gate: nothing until a gateway asks, or from the start on a listener.

What the gate consists of is loaded when it is needed: a worker that no gateway asks stays as small
as it was.
"""

import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from watchword.bootstrap import Opened, build_doors, build_gate
from watchword.config import Configuration
from watchword.core.core import Core
from watchword.core.limits import Limits
from watchword.core.networks import Network, parse_network
from watchword.web.lanes import Lanes

if TYPE_CHECKING:
    from watchword.gate.gate import Gate
    from watchword.gate.listener import Listener

__all__ = ["Gatehouse", "Hands"]

PREFIX: Final = "/gate/"
NAME: Final = "gate"
OPERATION: Final = "/gate/verify"

Count = Callable[[str, str, int, int], None]
"""Told how many answers there were: a name, an operation, their status, how many."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What of a worker the gate works with."""

    core: Core
    opened: Mapping[str, Opened]
    lanes: Lanes
    count: Count
    limits: Limits | None = None
    """Of what is no gateway's."""


class Gatehouse:
    """The gate of one worker. Used from its event loop, but for `flush`."""

    def __init__(
        self, configuration: Configuration, hands: Hands, sockets: Sequence[socket.socket]
    ) -> None:
        """Keep what the gate will be made of."""
        self._table = configuration.gate
        self._configuration = configuration
        self._hands = hands
        self._sockets = sockets
        self._listener: Listener | None = None
        self._seen: Counter[int] = Counter()
        self._told: Counter[int] = Counter()

    def in_front_of(self, site: ASGIApp) -> ASGIApp:
        """Return an application that answers gateways on the server's own port, too."""
        if not self._table.enabled:
            return site

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].startswith(PREFIX):
                await self._app(scope, receive, send)
            else:
                await site(scope, receive, send)

        return serve

    async def open(self) -> None:
        """Listen on the gate's own sockets, if there are any."""
        if not self._sockets:
            return
        from watchword.gate.connection import Limits
        from watchword.gate.listener import Listener

        table = self._table
        of_address = table.connections_per_address
        limits = Limits(self._trusted, table.connections, table.idle_seconds, of_address)
        self._listener = Listener(self._gate, self._hands.lanes, limits, self._count)
        await self._listener.open(self._sockets)

    async def close(self) -> None:
        """Give the answers that are owed, and close the gate's own sockets."""
        if self._listener is not None:
            await self._listener.close()

    def flush(self) -> None:
        """Count what was answered since the last time."""
        for status, seen in list(self._seen.items()):
            fresh = seen - self._told[status]
            if fresh:
                self._hands.count(NAME, OPERATION, status, fresh)
                self._told[status] = seen

    def _count(self, status: int) -> None:
        self._seen[status] += 1

    @cached_property
    def _gate(self) -> "Gate":
        hands = self._hands
        return build_gate(self._configuration, hands.core, build_doors(hands.core, hands.opened))

    @cached_property
    def _app(self) -> ASGIApp:
        from watchword.gate.app import GateApp

        return GateApp(self._gate, self._hands.lanes, self._trusted, self._count)

    @property
    def _trusted(self) -> tuple[Network, ...]:
        return tuple(map(parse_network, self._table.trusted_proxies))
