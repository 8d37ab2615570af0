"""Peers that are Django projects, run as Django's documentation has it: by gunicorn, on SQLite.

No slower than need be: SQLite in WAL mode, connections kept open, no middleware, one worker with
four threads and keep-alive, no access log. Each project lies beside this file, in a folder of its
own, and runs in an environment of its own.
"""

import json
import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.doors import PASSWORD
from bench.environments import PEERS, prepare, python_environment
from bench.processes import await_line, running
from bench.servers import Server

__all__ = ["DJANGO", "gunicorn", "on_gunicorn"]

DJANGO: Final = "django.core.wsgi:get_wsgi_application()"
THREADS: Final = 4


@contextmanager
def on_gunicorn(name: str, folder: Path) -> Generator[tuple[Server, Any]]:
    """Run a project for as long as the block lasts; yields what it prepared, too.

    Its ``prepare.py`` is run first, with the password of those who log in; it prints JSON.
    Raises `MissingError`.
    """
    programs, project = python_environment(name), PEERS / name
    env = {
        "BENCH_DATABASE": str(folder / "peer.db"),
        "BENCH_SECRET": secrets.token_urlsafe(48),
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": str(project),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    prepared = prepare(programs / "python", project / "prepare.py", PASSWORD, env=env)
    with gunicorn(programs, DJANGO, folder, env) as server:
        yield server, json.loads(prepared)


@contextmanager
def gunicorn(
    programs: Path, application: str, folder: Path, env: Mapping[str, str]
) -> Generator[Server]:
    """Run one worker. Raises `StartError`."""
    log = folder / "peer.log"
    command = [str(programs / "gunicorn"), application, "--bind", "127.0.0.1:0", "--workers", "1"]
    command += ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "75"]
    command += ["--worker-tmp-dir", str(folder)]
    with running(command, log, env) as process:
        port = await_line(process, log, "Listening at: http://127.0.0.1:").partition(" ")[0]
        yield Server(process.pid, ("127.0.0.1", int(port)))
