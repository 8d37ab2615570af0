"""A wire between a server and its database that a test can cut without a word."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit, urlunsplit

__all__ = ["Relay", "relaying"]

NEWS: Final = b"watchword-nodes"
"""How a connection by which a host hears of others names itself, in its first bytes."""


class Relay:
    """Hands bytes on in both directions; connections that are cut stay open, and mute."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._news_flows = threading.Event()
        self._news_flows.set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, url: str) -> str:
        """Return the URL of a database as it is reached through here."""
        parts = urlsplit(url)
        user = parts.netloc.rpartition("@")[0]
        port = self._listener.getsockname()[1]
        return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}"))

    def cut_news(self) -> None:
        """Let nothing through by which a host hears of others; both ends believe it is there."""
        self._news_flows.clear()

    def mend(self) -> None:
        """Let everything through again, what has waited included."""
        self._news_flows.set()

    def close(self) -> None:
        """Hang up on everybody."""
        self.mend()
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._address)
                self._open += [near, far]
                marked = threading.Event()
                for source, target in ((near, far), (far, near)):
                    work = (source, target, marked)
                    threading.Thread(target=self._pump, args=work, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_news: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if NEWS in data:
                    is_news.set()
                if is_news.is_set():
                    self._news_flows.wait()
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@contextmanager
def relaying(url: str) -> Generator[Relay]:
    """Run a relay to the database at a URL."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    relay = Relay((parts.hostname, parts.port))
    try:
        yield relay
    finally:
        relay.close()
