"""The token authentication that comes with Django's REST framework: tokens in clear, in SQL.

A user has one token; a login checks the password and returns it. The password's hash is Django's
default, a million rounds of PBKDF2.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from bench.client import Load
from bench.doors import JSON, PASSWORD
from bench.peers.on_gunicorn import on_gunicorn
from bench.servers import Rival
from bench.wire import request

__all__ = ["authtoken"]


@contextmanager
def authtoken(folder: Path) -> Generator[Rival]:
    """Run it. Raises `MissingError`."""
    with on_gunicorn("authtoken", folder) as (server, tokens):
        calls = [
            request("GET", "/guarded/", {"Authorization": f"Token {token}"}) for token in tokens
        ]
        body = json.dumps({"username": "login", "password": PASSWORD}).encode()
        login = request("POST", "/login/", JSON, body)
        yield Rival(server, Load(cycle(calls)), Load(cycle([login])))
