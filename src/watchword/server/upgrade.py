"""The way to `watchword.server.sockets`, which is loaded with the first upgrade and not before.

A worker whose clients open no websockets shall not hold the library that speaks them.
"""

import asyncio
from typing import Any

from uvicorn import Config
from uvicorn.server import ServerState

__all__ = ["upgrade"]


def upgrade(
    config: Config, server_state: ServerState, app_state: dict[str, Any]
) -> asyncio.Protocol:
    """Return what takes over an upgraded connection; uvicorn calls it as it calls a class."""
    from watchword.server.sockets import Websocket

    return Websocket(config, server_state, app_state)
