"""A PostgreSQL of our own for the rows that need one, if its programs are on this machine."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bench.servers import MissingError
from tests.support.postgres import PostgresServer

__all__ = ["postgres_database", "postmaster"]


@contextmanager
def postgres_database() -> Generator[str]:
    """Run a server that waits for the disk, on the client's core; yields a new database's URL.

    Raises `MissingError`.
    """
    try:
        server = PostgresServer(durable=True)
    except (pytest.skip.Exception, pytest.fail.Exception) as error:
        raise MissingError("PostgreSQL's programs are not here") from error
    with server:
        yield server.create_database()


def postmaster(url: str) -> int:
    """Return the process that all others of a PostgreSQL server are below."""
    with psycopg.connect(url) as connection:
        parent = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    return int(parent.rpartition(")")[2].split()[1])
