"""Our server's connections, listening on an address of this machine, and somebody connected."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from uvicorn import Config
from uvicorn.server import ServerState

from watchword.server.connections import Connection

__all__ = ["PATIENCE", "Streams", "connected"]

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]

PATIENCE: Final = 10.0


@asynccontextmanager
async def connected(answers: Any, **settings: Any) -> AsyncGenerator[Streams]:
    """Serve an application for one connection. ``settings`` are the connection's own."""
    config = Config(answers, http=Connection, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(config, state, {}, **settings), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()
