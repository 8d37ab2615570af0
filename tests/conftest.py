"""Fixtures for the whole suite."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.support.postgres import Postgres, PostgresServer

# How long an example takes is no fact about the code: the machine has other work.
settings.register_profile("untimed", parent=settings.get_profile("default"), deadline=None)
if "CI" not in os.environ:  # there hypothesis has a profile of its own, untimed too
    settings.load_profile("untimed")


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
