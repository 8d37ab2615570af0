"""One worker process: the core, the doors, and uvicorn on the shared socket."""

import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final, cast

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.server import Server

from watchword.bootstrap import (
    build_core,
    build_lanes,
    build_policy,
    build_site,
    build_works,
    now,
    open_dialects,
    open_limits,
    open_roster,
    open_stamps,
    open_store,
)
from watchword.config import Configuration
from watchword.core.networks import parse_network
from watchword.core.ports import Stamps
from watchword.seal import open_vault
from watchword.server.connections import Connection
from watchword.server.crowd import Crowd
from watchword.server.descriptors import most_connections
from watchword.server.gatehouse import Gatehouse, Hands
from watchword.server.lobby import Lobby
from watchword.server.logs import configure_logs
from watchword.server.memory import collect_as_usual, use_one_arena
from watchword.server.metrics import Metrics
from watchword.server.recent import Recent
from watchword.server.upgrade import upgrade
from watchword.server.upkeep import Upkeep
from watchword.sight import give_sight

__all__ = ["Post", "work"]

SWITCH_SECONDS: Final = 0.001
"""How long one thread may keep the others waiting. With Python's 5 ms, a storage thread that gives
up the interpreter at each statement waits that long for the event loop to hand it back."""

DRAIN_SECONDS: Final = 20
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than the 60 s after which gateways commonly drop idle connections themselves."""


@dataclass(frozen=True, slots=True)
class Post:
    """What the supervisor gives a worker to work with."""

    number: int
    listener: socket.socket
    stamps: Path
    lifeline: int
    ready: Callable[[], None]
    gates: Sequence[socket.socket] = ()
    """Sockets on which gateways alone are answered."""


def work(configuration: Configuration, post: Post) -> None:
    """Serve until told to stop by SIGTERM; drain, write behind what is pending, and return."""
    configure_logs()
    use_one_arena()
    sys.setswitchinterval(SWITCH_SECONDS)
    opened = open_dialects(configuration)
    policy = build_policy(configuration, opened)
    storage = open_store(configuration.database.url, policy)
    metrics = Metrics()
    stamps, vault = _open_stamps(configuration, post, metrics), open_vault(configuration, now)
    core = give_sight(
        configuration, build_core(storage, stamps, vault, policy, open_roster(configuration))
    )
    lanes = build_lanes(configuration, most_connections(configuration.server.live_connections))
    limits = open_limits(configuration, post.stamps, storage)
    hands = Hands(core, opened, lanes, metrics.count, limits)
    gatehouse = Gatehouse(configuration, hands, post.gates)
    upkeep = Upkeep(
        core,
        lanes,
        metrics,
        storage.ping,
        storage.tidy,
        post.lifeline,
        post.ready,
        # One worker clears away what is old and does the jobs.
        works=build_works(core, opened) if post.number == 0 else None,
        gate=gatehouse,
        limits=limits,
    )
    site = build_site(core, opened, lanes, upkeep.app(), metrics.observe, limits)
    pages = Lobby(hands, metrics.observe).in_front_of(site)
    front = gatehouse.in_front_of(_told_by_proxies(configuration, pages))
    server = Server(_uvicorn(front, _crowd(configuration)))
    _stop_when_told(server)
    collect_as_usual()
    server.run(sockets=[post.listener])
    lanes.close()
    core.close()
    storage.close()


def _open_stamps(configuration: Configuration, post: Post, metrics: Metrics) -> Stamps:
    stamps = open_stamps(post.stamps, configuration.database.url, metrics.waited)
    metrics.trusted = stamps.trusted
    return stamps


def _stop_when_told(server: Server) -> None:
    """Obey a signal that comes before uvicorn listens for it, and survive it after it drained.

    uvicorn raises the signal once more when it is done; what is pending must still be written.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _told_by_proxies(configuration: Configuration, site: ASGIApp) -> ASGIApp:
    """Return the site as trusted proxies tell it who is calling."""
    trusted = configuration.server.trusted_proxies
    if not trusted:
        return site
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", site), list(trusted)))


def _crowd(configuration: Configuration) -> Crowd:
    """Bound what one address may have, unless it is a proxy's or a gateway's, on this host too."""
    proxies = (*configuration.server.trusted_proxies, *configuration.gate.trusted_proxies)
    return Crowd(configuration.server.connections_per_address, tuple(map(parse_network, proxies)))


def _uvicorn(front: ASGIApp, crowd: Crowd) -> Config:
    return Config(
        front,
        loop="uvloop",
        http=cast("Any", partial(Connection, crowd=crowd, recent=Recent())),
        ws=cast("Any", upgrade),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # read behind the gate, which has to know who is really there
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
