"""The servers of one run, each started when it is first asked for."""

from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Final

from bench.crowd import FORGETFUL, Crowd, crowd
from bench.doors import ASKER, OAUTH
from bench.gates import behind
from bench.hashing import Hasher, hasher
from bench.peers.nginx import free_port, installed, nginx
from bench.postgres import postgres_database, postmaster
from bench.processes import StartError
from bench.servers import MissingError, Rival, Server, StartRival, watchword
from bench.variants import variant

__all__ = ["Arena"]

NGINX: Final = "nginx"
SOCKET: Final = "gate.sock"


class Arena:
    """Servers, running for as long as the stack that was handed in."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        """Begin with no server running; each gets a folder below this one."""
        self._stack = stack
        self._folder = folder
        self._rivals: dict[str, Rival | MissingError] = {}
        self._of_workers: dict[int, tuple[Server, Server]] = {}

    @cached_property
    def nginx(self) -> Server:
        """One worker of nginx. Raises `MissingError`."""
        return self._stack.enter_context(nginx(self._nginx_program, self._place(NGINX)))

    @cached_property
    def _nginx_program(self) -> str:
        program = installed()
        if program is None:
            raise MissingError("nginx is not here and could not be installed")
        return program

    @property
    def nginx_folder(self) -> Path:
        """Where nginx keeps what is put there."""
        return self._folder / NGINX

    def rival(self, name: str, start: StartRival) -> Rival:
        """Return a peer by its name, started when it is first asked for. Raises `MissingError`."""
        if name not in self._rivals:
            self._rivals[name] = self._try(name, start)
        found = self._rivals[name]
        if isinstance(found, MissingError):
            raise found
        return found

    def _try(self, name: str, start: StartRival) -> Rival | MissingError:
        """Start a peer once only: what cannot be installed now cannot be a minute later."""
        try:
            return self._stack.enter_context(start(self._place(name)))
        except MissingError as missing:
            return missing
        except (StartError, OSError, TimeoutError) as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            return MissingError(f"does not start: {said[-1]}")

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
        place = self._place("on-postgres")
        server = watchword(place, self._database, settings=self._keyed)
        return self._stack.enter_context(server)

    @cached_property
    def cold_on_postgres(self) -> Server:
        """The same on the same database, but it remembers no token. Raises `MissingError`."""
        place = self._place("cold-on-postgres")
        server = watchword(place, self._database, settings=FORGETFUL + self._keyed)
        return self._stack.enter_context(server)

    @cached_property
    def _keyed(self) -> str:
        """Settings that give all who serve one database the same master key."""
        file = self._folder / "master.key"
        file.touch(mode=0o600)
        file.write_text(token_hex(32))
        return f'[vault]\nkey_file = "{file}"\n'

    @cached_property
    def postmaster(self) -> int:
        """The process above all of PostgreSQL's. Raises `MissingError`."""
        return postmaster(self._database)

    @cached_property
    def _database(self) -> str:
        return self._stack.enter_context(postgres_database())

    @cached_property
    def gate(self) -> tuple[Server, Server]:
        """This server, and its gate's own port: the same processes at another address."""
        folder, port = self._place("gate"), free_port()
        settings = f'[gate]\nport = {port}\nsocket = "{folder / SOCKET}"\n'
        server = self._stack.enter_context(watchword(folder, settings=settings))
        return server, replace(server, address=("127.0.0.1", port))

    def nginx_of(self, workers: int) -> Server:
        """Return nginx with so many workers on all cores. Raises `MissingError`."""
        place = self._place(f"nginx-{workers}")
        return self._stack.enter_context(nginx(self._nginx_program, place, workers))

    def of_workers(self, count: int) -> tuple[Server, Server]:
        """Return this server with so many workers on all cores, and its gate's own port."""
        if count not in self._of_workers:
            folder, port = self._place(f"workers-{count}"), free_port()
            settings = f"[gate]\nport = {port}\n"
            server = self._stack.enter_context(watchword(folder, settings=settings, workers=count))
            self._of_workers[count] = server, replace(server, address=("127.0.0.1", port))
        return self._of_workers[count]

    def variant(self, kind: str) -> Server:
        """Run this server with its gate as a subclass of uvicorn's protocol."""
        return self._stack.enter_context(variant(self._place(f"variant-{kind}"), kind))

    def behind(self, *, gate: bool) -> Server:
        """Run nginx in front of a file, asking the gate, or another nginx that says 200 to all."""
        asks = self._folder / "gate" / SOCKET if gate else None
        place = self._place("behind-gate" if gate else "behind-200")
        charged = self.gate[0].pid if gate else 0
        return self._stack.enter_context(behind(self._nginx_program, place, asks, charged))

    @cached_property
    def crowds(self) -> "Crowds":
        """This server with different numbers of sessions."""
        return Crowds(self._stack, self._place("crowds"))

    def _place(self, name: str) -> Path:
        place = self._folder / name
        place.mkdir()
        return place


class Crowds:
    """Servers by how many sessions their stores hold, each started when it is first asked for."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        """Begin with no server running."""
        self._stack = stack
        self._folder = folder
        self._running: dict[tuple[int, bool], Crowd] = {}

    def of(self, count: int, *, revoked: bool = False) -> Crowd:
        """Return the server with so many living, or revoked, sessions of others."""
        key = count, revoked
        if key not in self._running:
            place = self._folder / f"{count}-{'revoked' if revoked else 'living'}"
            place.mkdir()
            self._running[key] = self._stack.enter_context(crowd(place, count, revoked=revoked))
        return self._running[key]
