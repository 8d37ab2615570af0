"""What a check costs with more connections, with more workers, and with fuller stores."""

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from bench.arena import Arena
from bench.bars import Bar, Tail, Within
from bench.client import Load
from bench.crowd import MANY as MILLION
from bench.crowd import NONE, Crowd
from bench.doors import OZ, guarded
from bench.entry import MANY, Entry, Operation, driving
from bench.gates import asked
from bench.servers import Server

__all__ = ["CONNECTIONS", "STORES", "WORKERS"]

SIZES: Final = (1, 64, 512)
BUSY: Final = 64
"""Connections for which the tail has a bar; and as many drive several workers."""
NUMBERS: Final = (1, 2)
SMALL: Final = 100_000
ALIKE: Final = 10.0
"""So many per cent may a check cost more, or less, than with an empty store."""

Check = Callable[[Arena], tuple[Server, Load]]


def _nginx(arena: Arena) -> tuple[Server, Load]:
    return arena.nginx, asked(OZ, arena.gate[0].address)


def _gate(arena: Arena) -> tuple[Server, Load]:
    server, gate = arena.gate
    return gate, asked(OZ, server.address)


def _route(arena: Arena) -> tuple[Server, Load]:
    return arena.watchword, guarded(OZ, arena.watchword.address)


def _on(connections: int, check: Check, arena: Arena) -> Operation:
    return driving(connections, *check(arena))


CHECKS: Final[tuple[tuple[str, str, Check], ...]] = (
    ("nginx", "nginx: return 200", _nginx),
    ("gate", "gate, its own port: Oz", _gate),
    ("route", "verify: Oz", _route),
)


def _bars(name: str, connections: int) -> tuple[Bar, ...]:
    return (Tail(3),) if name == "gate" and connections == BUSY else ()


def _of(connections: int) -> str:
    return "1 connection" if connections == 1 else f"{connections} connections"


CONNECTIONS: Final = tuple(
    Entry(
        f"at-{connections}-{name}",
        f"{title}, {_of(connections)}",
        partial(_on, connections, check),
        bars=_bars(name, connections),
    )
    for connections in SIZES
    for name, title, check in CHECKS
)


def _nginx_of(workers: int, arena: Arena) -> Operation:
    load = asked(OZ, arena.gate[0].address)
    return driving(BUSY, arena.nginx_of(workers), load, awake=False)


def _gate_of(workers: int, arena: Arena) -> Operation:
    server, gate = arena.of_workers(workers)
    return driving(BUSY, gate, asked(OZ, server.address), awake=False)


def _route_of(workers: int, arena: Arena) -> Operation:
    server, _ = arena.of_workers(workers)
    return driving(BUSY, server, guarded(OZ, server.address), awake=False)


WORKERS: Final = tuple(
    Entry(
        f"workers-{workers}-{name}",
        f"{title}, {workers} worker{'s' * (workers > 1)}",
        partial(prepare, workers),
    )
    for workers in NUMBERS
    for name, title, prepare in (
        ("nginx", "nginx: return 200", _nginx_of),
        ("gate", "gate, its own port: Oz", _gate_of),
        ("route", "verify: Oz", _route_of),
    )
)


class _Store(NamedTuple):
    """What a store is filled with."""

    name: str
    holds: str
    sessions: int
    revoked: bool = False

    def crowd(self, arena: Arena) -> Crowd:
        """Return the servers on it."""
        return arena.crowds.of(self.sessions, revoked=self.revoked)


def _gate_with(store: _Store, arena: Arena) -> Operation:
    crowd = store.crowd(arena)
    return driving(MANY, crowd.gate, asked(OZ, crowd.server.address))


def _route_with(store: _Store, arena: Arena) -> Operation:
    crowd = store.crowd(arena)
    return driving(MANY, crowd.server, guarded(OZ, crowd.server.address))


def _cold_with(store: _Store, arena: Arena) -> Operation:
    crowd = store.crowd(arena)
    return driving(MANY, crowd.cold, guarded(OZ, crowd.cold.address))


FILLED: Final = (
    _Store("empty", "an empty store", NONE),
    _Store("small", "100,000 living sessions", SMALL),
    _Store("revoked", "100,000 revoked sessions", SMALL, revoked=True),
    _Store("million", "1,000,000 living sessions", MILLION),
)
WAYS: Final = (
    ("gate", "gate, its own port", _gate_with),
    ("route", "verify: Oz", _route_with),
    ("cold", "verify: Oz, nothing remembered", _cold_with),
)
STORES: Final = tuple(
    Entry(
        f"store-{store.name}-{way}",
        f"{title}, {store.holds}",
        partial(prepare, store),
        bars=() if store.sessions == NONE else (Within(f"store-empty-{way}", ALIKE),),
    )
    for way, title, prepare in WAYS
    for store in FILLED
)
