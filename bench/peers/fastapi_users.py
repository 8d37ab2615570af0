"""fastapi-users with its database strategy: opaque tokens, kept in SQL, on uvicorn.

A login's hash is the library's default, Argon2id with 64 MiB, three passes and four lanes.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

from bench.client import Load
from bench.doors import FORM, PASSWORD
from bench.environments import PEERS, prepare, python_environment
from bench.processes import await_line, running
from bench.servers import Rival, Server
from bench.wire import request

__all__ = ["fastapi_users"]


@contextmanager
def fastapi_users(folder: Path) -> Generator[Rival]:
    """Run one worker. Raises `MissingError`."""
    programs, project = python_environment("fastapi"), PEERS / "fastapi"
    env = {"BENCH_DATABASE": str(folder / "peer.db"), "PYTHONDONTWRITEBYTECODE": "1"}
    prepared = prepare(programs / "python", project / "app.py", PASSWORD, env=env)
    calls = [
        request("GET", "/guarded", {"Authorization": f"Bearer {token}"})
        for token in json.loads(prepared)
    ]
    form = urlencode({"username": "login@acme.example", "password": PASSWORD})
    login = request("POST", "/login", FORM, form.encode())
    log = folder / "peer.log"
    command = [str(programs / "uvicorn"), "app:app", "--app-dir", str(project), "--port", "0"]
    command += ["--no-access-log", "--timeout-keep-alive", "75"]
    with running(command, log, env) as process:
        said = await_line(process, log, "running on http://127.0.0.1:")
        server = Server(process.pid, ("127.0.0.1", int(said.partition(" ")[0])))
        yield Rival(server, Load(cycle(calls)), Load(cycle([login])))
