"""``python -m bench.troublemaker KIND HOST PORT``: make trouble for a server until told to stop.

What is sent comes on standard input. The kinds:

``storm``
    Logins by password, on eight connections.
``abuse``
    At the gate's own port, at once: pipelines of which everything is read, pipelines of which
    nothing is, connections that say nonsense and begin anew, and requests that come a byte at a
    time.

It speaks to loopback addresses only, and has a lower priority than who measures.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from bench.client import Address, Limits, drive
from bench.doors import OZ, PERSON, logins

__all__ = ["BEGUN", "KINDS", "main"]

BEGUN: Final = "begun"
NICE: Final = 10
FOREVER: Final = 3_600.0
"""Seconds after which it ends by itself, if whoever began it did not live to end it."""
PATIENCE: Final = 10.0
AT_ONCE: Final = 200
DRIPPING: Final = 32
DRIP_SECONDS: Final = 0.005
"""Between two bytes of a request: a whole one takes seconds, and is not thrown out as too slow."""
NONSENSE: Final = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"nonsense\r\n\r\n",
    b"GET /gate/verify HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET /gate/verify HTTP/1.1\r\nA: " + b"b" * 40_000,
)

Trouble = Callable[[Address, bytes], None]


def main(words: list[str]) -> None:
    """Make trouble of one kind."""
    kind, host, port = words
    if not ip_address(host).is_loopback:
        message = f"{host} is not a loopback address"
        raise ValueError(message)
    asked = sys.stdin.buffer.read()
    os.nice(NICE)
    for make in KINDS[kind]:
        threading.Thread(target=_again, args=(make, (host, int(port)), asked), daemon=True).start()
    print(BEGUN, flush=True)
    time.sleep(FOREVER)


def _again(make: Trouble, address: Address, asked: bytes) -> None:
    """Begin anew whenever the server has had enough."""
    while True:
        with suppress(OSError):
            make(address, asked)


def _storm(address: Address, _asked: bytes) -> None:
    drive(address, logins(OZ, PERSON), Limits(8, FOREVER))


def _pipeline(address: Address, asked: bytes) -> None:
    with _connected(address) as greedy:
        while True:
            greedy.sendall(asked * AT_ONCE)
            answered = 0
            while answered < AT_ONCE:
                answered += greedy.recv(1 << 18).count(b"HTTP/1.1 200 ")


def _deaf(address: Address, asked: bytes) -> None:
    with _connected(address) as deaf:
        while True:
            deaf.sendall(asked * AT_ONCE)


def _nonsense(address: Address, _asked: bytes) -> None:
    for sent in NONSENSE:
        with _connected(address) as odd:
            odd.sendall(sent)
            while odd.recv(65_536):
                pass


def _drip(address: Address, asked: bytes) -> None:
    dripping = [_connected(address) for _ in range(DRIPPING)]
    try:
        for number in range(len(asked) - 1):
            for each in dripping:
                each.send(asked[number : number + 1])
            time.sleep(DRIP_SECONDS)
    finally:
        for each in dripping:
            each.close()


def _connected(address: Address) -> socket.socket:
    connected = socket.create_connection(address, PATIENCE)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


KINDS: Final[dict[str, tuple[Trouble, ...]]] = {
    "storm": (_storm,),
    "abuse": (_pipeline, _deaf, _nonsense, _drip),
}

if __name__ == "__main__":
    main(sys.argv[1:])
