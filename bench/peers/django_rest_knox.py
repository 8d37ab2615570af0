"""django-rest-knox: Django, the REST framework and opaque tokens whose digests are kept in SQL.

The project beside this file, as its documentation has it and no slower than need be: SQLite in WAL
mode, connections kept open, no middleware, one gunicorn worker with four threads and keep-alive.
Each token in rotation belongs to a user of its own, because knox looks at all tokens of a user.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Final

from bench.client import Load
from bench.doors import PASSWORD
from bench.processes import await_line, running
from bench.servers import Server
from bench.wire import basic, request

__all__ = ["guarded", "knox", "logins"]

PROJECT: Final = Path(__file__).parent / "knox"
THREADS: Final = 4


@contextmanager
def knox(folder: Path) -> Generator[tuple[Server, Sequence[str]]]:
    """Run one worker for as long as the block lasts; yields its tokens, too."""
    env = {
        "BENCH_KNOX_DATABASE": str(folder / "knox.db"),
        "BENCH_KNOX_SECRET": secrets.token_urlsafe(48),
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": str(PROJECT),
    }
    prepared = subprocess.run(
        [sys.executable, PROJECT / "prepare.py", PASSWORD],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        check=True,
    )
    log = folder / "knox.log"
    command = [sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"]
    command += ["--bind", "127.0.0.1:0", "--workers", "1", "--worker-class", "gthread"]
    command += ["--threads", str(THREADS), "--keep-alive", "75", "--worker-tmp-dir", str(folder)]
    with running(command, log, env) as process:
        port = await_line(process, log, "Listening at: http://127.0.0.1:").partition(" ")[0]
        yield Server(process.pid, ("127.0.0.1", int(port))), json.loads(prepared.stdout)


def guarded(tokens: Sequence[str]) -> Load:
    """Return calls of the guarded view with the tokens in turn."""
    calls = [request("GET", "/guarded/", {"Authorization": f"Token {token}"}) for token in tokens]
    return Load(cycle(calls))


def logins() -> Load:
    """Return logins of one user, as knox documents them: Basic credentials, an empty body."""
    return Load(cycle([request("POST", "/login/", basic("login", PASSWORD))]))
