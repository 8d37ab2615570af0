"""Clients of live channels over real sockets, and which worker they have reached."""

import json
import os
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.processes import ServerProcess

__all__ = ["LiveClient", "children", "live", "memory", "spread", "worker_at"]

MOST_TRIES = 60
ESTABLISHED = "01"


class LiveClient:
    """One open channel of FindFace's client, after its first frame was sent."""

    def __init__(self, connection: ClientConnection, token: str) -> None:
        self.connection = connection
        self.say(type="auth", data={"token": token, "msg_groups": {"ws_events": True}})

    def say(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def hear(self, seconds: float = 5.0) -> dict[str, Any]:
        """Return the next frame."""
        heard: dict[str, Any] = json.loads(self.connection.recv(seconds))
        return heard

    def told(self, seconds: float = 1.0) -> float:
        """Return after how long it is told that its token is good no more; pings are passed over.

        Raises ``TimeoutError`` if it is not told in time.
        """
        begun = time.monotonic()
        while True:
            left = begun + seconds - time.monotonic()
            if self.hear(max(left, 0.001)) == {"type": "token_invalid"}:
                return time.monotonic() - begun

    def closed(self, seconds: float = 5.0) -> int | None:
        """Return the code of the close that comes next."""
        try:
            self.connection.recv(seconds)
        except ConnectionClosed as over:
            return None if over.rcvd is None else over.rcvd.code
        raise AssertionError("it is still open")


@contextmanager
def live(server: ServerProcess, token: str) -> Generator[LiveClient]:
    """Keep a channel open for as long as the block lasts."""
    url = server.base_url.replace("http", "ws", 1) + "/events/"
    with connect(url, open_timeout=10, close_timeout=1) as connection:
        yield LiveClient(connection, token)


def spread(stack: ExitStack, server: ServerProcess, token: str) -> Iterator[LiveClient]:
    """Open channels until every worker has one, and yield the first of each worker."""
    missing = set(children(server))
    for _ in range(MOST_TRIES):
        if not missing:
            return
        client = stack.enter_context(live(server, token))
        client.hear()
        worker = worker_at(server, client.connection.socket.getsockname()[1])
        if worker in missing:
            missing.remove(worker)
            yield client
        else:
            client.connection.close()
    assert not missing, "a worker never took a connection"


def children(server: ServerProcess) -> list[int]:
    """Return the worker processes."""
    listed = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    return [int(pid) for pid in listed.split()]


def worker_at(server: ServerProcess, port: int) -> int:
    """Return the worker that has taken the connection from a port of ours."""
    inode = _inode(urlsplit(server.base_url).port or 0, port)
    for pid in children(server):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if str(descriptor.readlink()) == f"socket:[{inode}]":
                    return pid
            except FileNotFoundError:
                continue
    raise AssertionError("no worker has it")


def _inode(server_port: int, client_port: int) -> str:
    """Return the kernel's name of the server's end of a connection over loopback."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_, inode = line.split()[:10]
        ports = tuple(int(address.rpartition(":")[2], 16) for address in (local, remote))
        if ports == (server_port, client_port) and state == ESTABLISHED:
            return inode
    raise AssertionError("no such connection")


def memory(pid: int) -> int:
    """Return how many bytes of memory a process has to itself and in use."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
