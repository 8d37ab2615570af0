"""Gateways: how they ask the gate, on the server's own port and on sockets of the gate's own."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import uvloop
from starlette.testclient import TestClient

from tests.support.world import World
from watchword.bootstrap import build_doors, build_gate
from watchword.config import Configuration
from watchword.gate.app import GateApp
from watchword.gate.connection import Limits
from watchword.gate.gate import Gate
from watchword.gate.listener import Listener

__all__ = [
    "WAYS",
    "Ask",
    "Told",
    "asking",
    "exchange",
    "gate_of",
    "listening_gate",
    "told_by_nginx",
]

TRUSTED: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
WAYS: Final = ("port", "tcp", "unix")
PATIENCE: Final = 10.0
USUAL: Final = Configuration()
LIMITS: Final = Limits(TRUSTED, 64, 30)


@dataclass(frozen=True)
class Told:
    """What a gateway was answered; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


Ask = Callable[..., Told]
"""Asks ``(headers, target="/gate/verify", method="GET", body=b"")``."""


def gate_of(world: World, configuration: Configuration = USUAL) -> Gate:
    """Return the gate of a world."""
    return build_gate(configuration, world.core, build_doors(world.core, world.opened))


def told_by_nginx(method: str, path: str, **more: str) -> dict[str, str]:
    """Return the headers in which our snippet for nginx tells of a request."""
    return {
        "X-Original-Method": method,
        "X-Original-URI": path,
        "X-Original-Host": "api.example",
        "X-Original-Client": "192.0.2.7",
        **more,
    }


@contextmanager
def asking(
    way: str, world: World, folder: Path, configuration: Configuration = USUAL
) -> Generator[Ask]:
    """Open a gate in one of the `WAYS`, and yield how to ask it."""
    gate = gate_of(world, configuration)
    if way == "port":
        app = GateApp(gate, world.lanes, TRUSTED, lambda _status: None)
        client = TestClient(app, client=("127.0.0.1", 4))
        yield lambda *args, **more: _ask_port(client, *args, **more)
        return
    with listening_gate(gate, world, folder if way == "unix" else None) as address:
        yield lambda *args, **more: _ask_socket(address, *args, **more)


@contextmanager
def listening_gate(
    gate: Gate,
    world: World,
    folder: Path | None = None,
    limits: Limits = LIMITS,
    counted: Counter[int] | None = None,
) -> Generator[str | tuple[str, int]]:
    """Run the fast listener in a thread, and yield its address; ``folder`` is for a Unix socket."""
    tally: Counter[int] = Counter() if counted is None else counted
    listener = Listener(gate, world.lanes, limits, lambda status: tally.update([status]))
    with socket.socket(socket.AF_UNIX if folder else socket.AF_INET) as sock:
        sock.bind(str(folder / "gate.sock") if folder else ("127.0.0.1", 0))
        sock.listen(128)
        address = sock.getsockname()
        loop = uvloop.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            _run(loop, listener.open([sock]))
            try:
                yield address
            finally:
                # Also where a test fails: a loop that still listens is never done with closing.
                _run(loop, listener.close())
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(PATIENCE)
            loop.close()


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[object, object, None]) -> None:
    asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE)


def exchange(address: str | tuple[str, int], sent: bytes, answers: int = 1) -> list[Told]:
    """Send bytes on a connection of its own and return what comes back, to the end if it ends."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(address)
        sock.sendall(sent)
        received, found = b"", list[Told]()
        while len(found) < answers:
            data = sock.recv(65_536)
            received += data
            while (parsed := _parse(received)) is not None:
                told, received = parsed
                found.append(told)
            if not data:
                break
    return found


def _ask_port(
    client: TestClient,
    headers: Mapping[str, str],
    target: str = "/gate/verify",
    method: str = "GET",
    body: bytes = b"",
) -> Told:
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = client.request(method, target, headers=raw, content=body)
    return Told(answer.status_code, dict(answer.headers), answer.content)


def _ask_socket(
    address: str | tuple[str, int],
    headers: Mapping[str, str],
    target: str = "/gate/verify",
    method: str = "GET",
    body: bytes = b"",
) -> Told:
    lines = [f"{method} {target} HTTP/1.1", "Host: testserver"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    [told] = exchange(address, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    return told


def _parse(received: bytes) -> tuple[Told, bytes] | None:
    head, end, rest = received.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    length = int(headers["content-length"])
    if len(rest) < length:
        return None
    return Told(int(first.split()[1]), headers, rest[:length]), rest[length:]
