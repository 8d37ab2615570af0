"""A database for what is said of PostgreSQL."""

from collections.abc import Generator

import pytest

from tests.support.postgres import Postgres
from tests.support.storages import empty
from watchword.storage.sql import migrate


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Generator[str]:
    """Yield the URL of a migrated database that the tests of a file share."""
    url = postgres.create_database()
    migrate(url)
    yield url
    postgres.drop_database(url)


@pytest.fixture
def emptied(database: str) -> str:
    """Return the same with nothing in it."""
    empty(database)
    return database
