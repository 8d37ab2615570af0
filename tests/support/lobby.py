"""The console in front of a world: in one process, or behind a socket for a real browser."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

from starlette.testclient import TestClient
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import Server

from tests.support.world import World
from watchword.server.gatehouse import Hands
from watchword.server.lobby import Lobby

__all__ = ["console_client", "lobby_of", "serve_world"]


def lobby_of(world: World) -> ASGIApp:
    """Return the doors of a world with the console in front."""
    observe = world.observe
    hands = Hands(world.core, world.opened, world.lanes, lambda *_: None)
    return Lobby(hands, observe).in_front_of(world.site)


def console_client(world: World) -> TestClient:
    """Return an HTTP client in front of both."""
    return TestClient(lobby_of(world), follow_redirects=False)


@contextmanager
def serve_world(world: World) -> Generator[str]:
    """Serve both on a port of this machine for as long as the block lasts; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = Config(lobby_of(world), log_config=None, access_log=False, lifespan="off")
        server = Server(config)
        # Signals are the test run's own.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
