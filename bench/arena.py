"""The servers of one run, each started when it is first asked for."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from bench.crowd import crowd
from bench.doors import ASKER, OAUTH
from bench.gates import behind
from bench.hashing import Hasher, hasher
from bench.peers.django_rest_knox import knox
from bench.peers.nginx import free_port, installed, nginx
from bench.postgres import postgres_database
from bench.servers import MissingError, Server, watchword

__all__ = ["Arena"]

NGINX: Final = "nginx"
SOCKET: Final = "gate.sock"


class Arena:
    """Servers, running for as long as the stack that was handed in."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        """Begin with no server running; each gets a folder below this one."""
        self._stack = stack
        self._folder = folder

    @cached_property
    def nginx(self) -> Server:
        """One worker of nginx. Raises `MissingError`."""
        program = installed()
        if program is None:
            raise MissingError("nginx is not here and could not be installed")
        return self._stack.enter_context(nginx(program, self._place(NGINX)))

    @property
    def nginx_folder(self) -> Path:
        """Where nginx keeps what is put there."""
        return self._folder / NGINX

    @cached_property
    def knox(self) -> tuple[Server, Sequence[str]]:
        """django-rest-knox, and its tokens."""
        return self._stack.enter_context(knox(self._place("knox")))

    @cached_property
    def hasher(self) -> Hasher:
        """The bare password hash."""
        return self._stack.enter_context(hasher())

    @cached_property
    def watchword(self) -> Server:
        """This server on SQLite."""
        return self._stack.enter_context(watchword(self._place("watchword")))

    @cached_property
    def with_oauth(self) -> Server:
        """This server with the door for back-ends, and one that may ask about Oz's tokens."""
        place = self._place("with-oauth")
        return self._stack.enter_context(watchword(place, more=ASKER, settings=OAUTH))

    @cached_property
    def on_postgres(self) -> Server:
        """This server on PostgreSQL. Raises `MissingError`."""
        database = self._stack.enter_context(postgres_database())
        return self._stack.enter_context(watchword(self._place("on-postgres"), database))

    @cached_property
    def gate(self) -> tuple[Server, Server]:
        """This server, and its gate's own port: the same processes at another address."""
        folder, port = self._place("gate"), free_port()
        settings = f'[gate]\nport = {port}\nsocket = "{folder / SOCKET}"\n'
        server = self._stack.enter_context(watchword(folder, settings=settings))
        return server, replace(server, address=("127.0.0.1", port))

    def behind(self, *, gate: bool) -> Server:
        """Run nginx in front of a file, asking the gate, or another nginx that says 200 to all."""
        program = installed()
        if program is None:
            raise MissingError("nginx is not here and could not be installed")
        asks = self._folder / "gate" / SOCKET if gate else None
        place = self._place("behind-gate" if gate else "behind-200")
        charged = self.gate[0].pid if gate else 0
        return self._stack.enter_context(behind(program, place, asks, charged))

    @cached_property
    def crowds(self) -> "Crowds":
        """This server with different numbers of sessions."""
        return Crowds(self._stack, self._place("crowds"))

    def _place(self, name: str) -> Path:
        place = self._folder / name
        place.mkdir()
        return place


class Crowds:
    """Servers by how many sessions their stores hold, each with an administrator's token."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        """Begin with no server running."""
        self._stack = stack
        self._folder = folder
        self._running: dict[int, tuple[Server, str]] = {}

    def of(self, count: int) -> tuple[Server, str]:
        """Return the server with so many sessions; it is started when it is first asked for."""
        if count not in self._running:
            place = self._folder / str(count)
            place.mkdir()
            self._running[count] = self._stack.enter_context(crowd(place, count))
        return self._running[count]
