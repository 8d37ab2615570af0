"""What gateways ask, as loads; and nginx before a file, asking the gate or who only says 200.

Written against what our snippets for nginx send; this server's code is not imported.
"""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path
from typing import Any, Final

from bench.client import Address, Limits, Load, drive
from bench.doors import STATION, Door
from bench.peers.nginx import free_port, serving
from bench.servers import Server
from bench.wire import request

__all__ = ["asked", "asked_anew", "behind", "files"]

TOKENS: Final = 200
FILE: Final = "/api/folders/file"
PUBLIC_HEADERS: Final = {"User-Agent": "bench", "Accept-Language": "en", "Cookie": "a=b"}

ASKING: Final = """
    open_file_cache max=16;
    upstream gate {{ server unix:{asks}; keepalive 64; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port};
        root {folder}/files;
        location / {{ auth_request /ask; }}
        location = /ask {{
            internal;
            proxy_pass http://gate/gate/verify;
            proxy_http_version 1.1;
            proxy_pass_request_body off;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_set_header X-Original-Method $request_method;
            proxy_set_header X-Original-URI $request_uri;
            proxy_set_header X-Original-Host $host;
            proxy_set_header X-Original-Client $remote_addr;
        }}
    }}
"""
ANSWERING: Final = """
    server {{ listen unix:{folder}/answers.sock; location / {{ return 200; }} }}
"""


def asked(door: Door, address: Address) -> Load:
    """Return what nginx asks about the same call with tokens in turn."""
    return Load(cycle([_ask(call, path) for path, call in _calls(door, address)]))


def asked_anew(door: Door, address: Address) -> Load:
    """Return the same, each about another path: nothing can be remembered of the request."""
    calls = cycle(list(_calls(door, address)))

    def send() -> Iterator[bytes]:
        for number in count():
            _, headers = next(calls)
            yield _ask(headers, f"/api/folders/{number}")

    return Load(send())


def files(door: Door, address: Address) -> Load:
    """Return requests for a file, with tokens in turn."""
    calls = (headers for _, headers in _calls(door, address))
    return Load(cycle([request("GET", FILE, PUBLIC_HEADERS | headers) for headers in calls]))


@contextmanager
def behind(program: str, folder: Path, asks: Path | None, charged: int = 0) -> Generator[Server]:
    """Run nginx in front of a file, asking at a socket; None is another nginx that only says 200.

    The process ``charged`` counts as part of it.
    """
    if asks is None:
        answers = folder / "answers"
        answers.mkdir()
        with (
            serving(program, answers, ANSWERING) as pid,
            behind(program, folder, answers / "answers.sock", pid) as server,
        ):
            yield server
        return
    file = folder / "files" / FILE[1:]
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x" * 1_000)
    port = free_port()
    with serving(program, folder, ASKING, port=port, asks=asks) as pid:
        yield Server(pid, ("127.0.0.1", port), (charged,) if charged else ())


def _calls(door: Door, address: Address) -> Iterator[tuple[str, dict[str, str]]]:
    """Log a machine account in on many devices; yield path and headers of each one's call."""
    answers: list[dict[str, Any]] = []
    logins = (door.log_in(STATION, f"gateway-{number}") for number in range(TOKENS))
    load = Load(logins, lambda body: answers.append(json.loads(body)))
    drive(address, load, Limits(connections=1, seconds=60, requests=TOKENS))
    for answer in answers:
        first, *lines = door.call(answer).decode().partition("\r\n\r\n")[0].split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        own = {name: headers[name] for name in headers.keys() - {"Host", "Accept"}}
        yield first.split()[1], own


def _ask(headers: dict[str, str], path: str) -> bytes:
    told = {
        "X-Original-Method": "GET",
        "X-Original-URI": path,
        "X-Original-Host": "bench",
        "X-Original-Client": "127.0.0.1",
    }
    return request("GET", "/gate/verify", PUBLIC_HEADERS | told | headers)
