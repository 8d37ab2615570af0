"""How long gateways wait for their answers while somebody else makes trouble for the server."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from bench.arena import Arena
from bench.bars import Tail
from bench.client import Address, Limits
from bench.doors import OZ
from bench.entry import FEW, SETTLING, Entry, Operation
from bench.figures import Sample
from bench.gates import asked
from bench.processes import StartError
from bench.servers import sample
from bench.troublemaker import BEGUN

__all__ = ["TROUBLE", "trouble"]

STORM: Final = 20.0
"""Milliseconds within which a gateway is to have its answer while passwords are hashed."""


def _calm(arena: Arena) -> Operation:
    server, gate = arena.gate
    load = asked(OZ, server.address)
    return lambda seconds: sample(gate, load, Limits(FEW, seconds, settle=SETTLING))


def _in_trouble(kind: str, arena: Arena) -> Operation:
    server, gate = arena.gate
    load = asked(OZ, server.address)
    where = gate.address if kind == "abuse" else server.address
    request = next(load.requests)

    def measure(seconds: float) -> Sample:
        with trouble(kind, where, request):
            return sample(gate, load, Limits(FEW, seconds, settle=SETTLING))

    return measure


@contextmanager
def trouble(kind: str, address: Address, request: bytes) -> Generator[None]:
    """Have trouble made for as long as the block lasts, beside the client. Raises `StartError`."""
    command = [sys.executable, "-m", "bench.troublemaker", kind, address[0], str(address[1])]
    maker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd())
    try:
        if maker.stdin is None or maker.stdout is None:
            raise StartError(kind)
        with maker.stdin as given:
            given.write(request)
        if maker.stdout.readline().decode().strip() != BEGUN:
            raise StartError(kind)
        yield
    finally:
        maker.kill()
        maker.wait()
        if maker.stdout is not None:
            maker.stdout.close()


TROUBLE: Final = (
    Entry("trouble-none", "gate, its own port: Oz, 8 connections", _calm),
    Entry(
        "trouble-storm",
        "gate, its own port: Oz, while passwords are hashed without end",
        partial(_in_trouble, "storm"),
        bars=(Tail(STORM),),
    ),
    Entry(
        "trouble-abuse",
        "gate, its own port: Oz, while others send floods and nonsense",
        partial(_in_trouble, "abuse"),
        bars=(Tail(STORM),),
    ),
)
