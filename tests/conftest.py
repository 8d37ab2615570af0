"""Fixtures for the whole suite."""

import os
from collections.abc import Generator

import pytest

from tests.support.postgres import Postgres, PostgresServer


@pytest.fixture(scope="session")
def postgres() -> Generator[Postgres]:
    """Yield a PostgreSQL server: the one ``WATCHWORD_TEST_POSTGRES`` names, or one of our own."""
    if url := os.environ.get("WATCHWORD_TEST_POSTGRES"):
        yield Postgres(url)
        return
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Generator[str]:
    """Yield the URL of an empty PostgreSQL database that is this test's alone."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)
