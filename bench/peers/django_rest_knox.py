"""django-rest-knox: Django, the REST framework and opaque tokens whose digests are kept in SQL.

Each token in rotation belongs to a user of its own, because knox looks at all tokens of a user.
Passwords are hashed as this server does it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from bench.client import Load
from bench.doors import PASSWORD
from bench.peers.on_gunicorn import on_gunicorn
from bench.servers import Rival
from bench.wire import basic, request

__all__ = ["knox"]


@contextmanager
def knox(folder: Path) -> Generator[Rival]:
    """Run it. Raises `MissingError`."""
    with on_gunicorn("knox", folder) as (server, tokens):
        calls = [
            request("GET", "/guarded/", {"Authorization": f"Token {token}"}) for token in tokens
        ]
        # As knox documents it: Basic credentials, an empty body.
        login = request("POST", "/login/", basic("login", PASSWORD))
        yield Rival(server, Load(cycle(calls)), Load(cycle([login])))
