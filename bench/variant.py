"""``python -m bench.variant``: this server, its gate as a subclass of uvicorn's protocol instead.

What decision 0172 was weighed against: requests of gateways come in on the server's own port, and
what is known is answered without ASGI. ``WATCHWORD_VARIANT`` says where: ``callback``, once
httptools has read the head, or ``data``, before it reads anything. Written for this comparison
alone: it looks into this server, and is short of everything that a listener owes its peers.
"""

import os
import sys
from typing import Any, cast

from starlette.types import ASGIApp

from bench.variants import VARIABLE
from watchword.cli.serving import main
from watchword.gate.gate import Gate
from watchword.server import worker
from watchword.server.connections import Connection
from watchword.server.gatehouse import Gatehouse


class _AtCallback(Connection):
    """Answers when the head was read."""

    house: Gatehouse
    head = b""
    is_answered = False

    @property
    def gate(self) -> Gate:
        gate: Gate = cast("Any", self.house)._gate  # noqa: SLF001 - a look into this server
        return gate

    def on_headers_complete(self) -> None:
        """Answer, or go on as uvicorn does."""
        found = None
        if self.url == b"/gate/verify" and self.parser.should_keep_alive():
            found = self.gate.quick(self.url, self.headers, self.head)
        self.is_answered = found is not None
        if found is None:
            super().on_headers_complete()
        else:
            # So that nobody waits for the rest of it.
            cast("dict[str, Any]", self.scope)["method"] = "GET"
            self.transport.write(found.whole)

    def on_message_complete(self) -> None:
        """Let nobody know of what was answered."""
        if not self.is_answered:
            super().on_message_complete()


class _AtData(_AtCallback):
    """Answers before the head was read, if it is known."""

    def data_received(self, data: bytes) -> None:
        """Answer, or have it read."""
        found = self.gate.known(data)
        if found is not None:
            self.transport.write(found.whole)
            return
        self.head = data
        super().data_received(data)


def _install() -> None:
    variant = _AtData if os.environ[VARIABLE] == "data" else _AtCallback
    usual = Gatehouse.in_front_of

    def in_front_of(house: Gatehouse, site: ASGIApp) -> ASGIApp:
        _AtCallback.house = house
        return usual(house, site)

    cast("Any", Gatehouse).in_front_of = in_front_of
    cast("Any", worker).Connection = variant


if __name__ == "__main__":
    _install()
    sys.exit(main())
