"""OpenStack Keystone: a service asks about a token of a user, as its middleware does.

Tokens are Fernet, Keystone's default, which are not kept anywhere; they are opaque to who holds
them. It comes without a cache and then takes tens of milliseconds for an answer, so it is given the
one in the memory of its process, about as quick as any can be. Passwords are hashed by bcrypt, its
default.
"""

import http.client
import json
import os
import secrets
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from bench.client import Address, Limits, Load, drive
from bench.doors import JSON
from bench.environments import PEERS, prepare, python_environment
from bench.peers.on_gunicorn import gunicorn
from bench.servers import Rival
from bench.wire import request

__all__ = ["keystone"]

TOKENS: Final = 200
APPLICATION: Final = "app:application"
PROJECT: Final = {"project": {"name": "admin", "domain": {"id": "default"}}}
CONFIGURATION: Final = """
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/peer.db
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet
[fernet_receipts]
key_repository = {folder}/receipts
[cache]
enabled = true
backend = dogpile.cache.memory
"""


@contextmanager
def keystone(folder: Path) -> Generator[Rival]:
    """Run one worker. Raises `MissingError`."""
    programs, password = python_environment("keystone"), secrets.token_urlsafe(16)
    for keys in ("fernet", "receipts"):
        (folder / keys).mkdir(mode=0o700)
    (folder / "keystone.conf").write_text(CONFIGURATION.format(folder=folder))
    manage = [str(programs / "keystone-manage"), "--config-file", str(folder / "keystone.conf")]
    user, group = str(os.geteuid()), str(os.getegid())
    prepare(*manage, "db_sync")
    prepare(*manage, "fernet_setup", "--keystone-user", user, "--keystone-group", group)
    prepare(*manage, "bootstrap", f"--bootstrap-password={password}")
    env = {
        "OS_KEYSTONE_CONFIG_DIR": str(folder),
        "PYTHONPATH": str(PEERS / "keystone"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with gunicorn(programs, APPLICATION, folder, env) as server:
        login = request("POST", "/v3/auth/tokens", JSON, _by_password(password))
        asker, *shown = _tokens(server.address, _by_password(password))
        questions = [
            request("GET", "/v3/auth/tokens", {"X-Auth-Token": asker, "X-Subject-Token": token})
            for token in shown
        ]
        # One after the other: the first makes Keystone read its rules, and another one meanwhile
        # would be refused. Then each is in its cache.
        once = Limits(connections=1, seconds=60, requests=TOKENS)
        drive(server.address, Load(iter(questions)), once)
        yield Rival(server, Load(cycle(questions)), Load(cycle([login])))


def _tokens(address: Address, login: bytes) -> Iterator[str]:
    """Log in once, and yield tokens that Keystone gives for that one: no hash is paid for them."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    body = login
    for _ in range(TOKENS + 1):
        connection.request("POST", "/v3/auth/tokens", body, JSON)
        answer = connection.getresponse()
        answer.read()
        token = str(answer.headers["X-Subject-Token"])
        yield token
        body = json.dumps(_identity("token", {"id": token})).encode()
    connection.close()


def _by_password(password: str) -> bytes:
    user = {"name": "admin", "domain": {"id": "default"}, "password": password}
    asked = _identity("password", {"user": user})
    asked["auth"]["scope"] = PROJECT
    return json.dumps(asked).encode()


def _identity(method: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    return {"auth": {"identity": {"methods": [method], method: shown}}}
