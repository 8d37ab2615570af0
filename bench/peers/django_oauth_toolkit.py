"""django-oauth-toolkit: introspection (RFC 7662) by a back-end with a token of its own.

A back-end that shows a client secret instead would pay for a password hash with each question. A
login is the password grant of a public client; its hash is Django's default.
"""

from collections.abc import Generator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from bench.client import Load
from bench.doors import FORM, PASSWORD
from bench.peers.on_gunicorn import on_gunicorn
from bench.servers import Rival
from bench.wire import request

__all__ = ["oauth_toolkit"]


@contextmanager
def oauth_toolkit(folder: Path) -> Generator[Rival]:
    """Run it. Raises `MissingError`."""
    with on_gunicorn("oauth_toolkit", folder) as (server, tokens):
        headers = {**FORM, "Authorization": f"Bearer {tokens['asker']}"}
        questions = [
            request("POST", "/o/introspect/", headers, urlencode({"token": token}).encode())
            for token in tokens["shown"]
        ]
        form = {
            "grant_type": "password",
            "client_id": "bench",
            "username": "login",
            "password": PASSWORD,
        }
        login = request("POST", "/o/token/", FORM, urlencode(form).encode())
        yield Rival(server, Load(cycle(questions)), Load(cycle([login])))
