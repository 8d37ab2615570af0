"""The PostgreSQL that tests run against keeps its own promises."""

from collections.abc import Generator

import psycopg
import pytest

from tests.support.postgres import Postgres, PostgresServer


def _remember(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE remembered AS SELECT 1 AS it")


def _remembers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT to_regclass('remembered')").fetchone() != (None,)


@pytest.fixture
def server() -> Generator[PostgresServer]:
    with PostgresServer() as server:
        yield server


def test_each_database_is_fresh(postgres: Postgres) -> None:
    _remember(postgres.create_database())

    assert not _remembers(postgres.create_database())


def test_what_was_committed_survives_restart_and_crash(server: PostgresServer) -> None:
    url = server.create_database()
    _remember(url)

    server.restart()
    assert _remembers(url)

    server.kill()
    with pytest.raises(psycopg.OperationalError):
        _remembers(url)

    server.start()
    assert _remembers(url)
