"""A real PostgreSQL server for the length of a test run, or one that somebody else keeps."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.support.ports import free_port
from tests.support.programs import do_without

__all__ = ["Postgres", "PostgresServer", "require_binaries"]

START_SECONDS = 30
STOP_SECONDS = 30


def require_binaries() -> Path:
    """Return the folder of the server's programs; without one, skip here and fail in CI."""
    found = shutil.which("initdb")
    # Debian keeps the programs of each version out of PATH. Versions compare as numbers: 9 < 15.
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    candidates = [Path(found).resolve()] if found else packaged
    if not candidates:
        do_without("PostgreSQL is not installed; `make test` installs it where it may")
    return candidates[-1].parent


class Postgres:
    """A running server, reached through the URL of one of its databases."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, database: str | None = None) -> str:
        """Return a ``postgresql://`` URL, of the given database or of the one it was made with."""
        if database is None:
            return self._url
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{database}"))

    def create_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"test_{uuid4().hex}"
        self._administer(sql.SQL("CREATE DATABASE {}"), name)
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database that `create_database` made, along with whoever is still connected."""
        name = urlsplit(url).path.removeprefix("/")
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)

    def _administer(self, statement: sql.SQL, database: str) -> None:
        # Neither statement may run inside a transaction.
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(database)))


class PostgresServer(Postgres):
    """A server of our own on loopback, in a temporary folder, gone when the block ends.

    It can be stopped, restarted and killed on the same port with the same data. It trusts every
    connection: nothing in it is worth a password, and it listens on loopback only.
    """

    def __init__(self, *, durable: bool = False) -> None:
        """Lay out the data folder.

        Args:
            durable: Wait for the disk as in production. Only a test that pulls the plug on the
                machine needs it: a killed server loses nothing either way, and is much faster.
        """
        self._binaries = require_binaries()
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self._home = Path(tempfile.mkdtemp(prefix="watchword-postgres-"))
        if _owner():
            shutil.chown(self._home, "postgres", "postgres")
        super().__init__(f"postgresql://postgres@127.0.0.1:{self._port}/postgres")
        self._run(
            "initdb",
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            f"--pgdata={self._home / 'data'}",
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._home)

    def start(self) -> None:
        """Start the server and return once it takes connections."""
        settings = ["listen_addresses=127.0.0.1", f"port={self._port}"]
        settings += [f"unix_socket_directories={self._home}", "max_connections=200"]
        if not self._durable:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        command = [str(self._binaries / "postgres"), "-D", str(self._home / "data")]
        for setting in settings:
            command += ["-c", setting]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._home, **_owner()
            )
        self._await_connections(self._process)

    def stop(self) -> None:
        """Stop the server in good order; clients still connected are cut off."""
        self._end(signal.SIGINT)

    def restart(self) -> None:
        """Stop the server and start it again on the same port."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """Kill every process of the server at once, as a crash would."""
        if self._process is None:
            return
        self._signal_all(self._process, signal.SIGKILL)
        self._end(signal.SIGKILL)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep every process of the server from running, as a machine does that is paused."""
        assert self._process is not None
        # First the one that makes the others.
        self._process.send_signal(signal.SIGSTOP)
        self._signal_all(self._process, signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal_all(self._process, signal.SIGCONT)

    def _signal_all(self, process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(how)
        for child in children:
            # Each worker leads a session of its own, so no process group holds them all.
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), how)

    @property
    def _log(self) -> Path:
        return self._home / "server.log"

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def _await_connections(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        pytest.fail(f"PostgreSQL did not start:\n{self._log.read_text()}")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self._home, **_owner()
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _owner() -> dict[str, Any]:
    """Say as whom to run: PostgreSQL refuses to run as root, so there as its package's user."""
    if os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres", "extra_groups": []}
