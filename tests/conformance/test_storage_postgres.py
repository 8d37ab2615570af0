"""PostgreSQL keeps what every storage keeps, and what only a server can be asked."""

from collections.abc import Generator, Sequence

import psycopg
import pytest
from psycopg import sql

from tests.conformance.storage_suite import (
    ConcurrencyConformance,
    StorageConformance,
    TransactionConformance,
)
from tests.support.postgres import Postgres
from watchword.core.ports import Storage
from watchword.storage.sql import SqlStorage, migrate, open_storage
from watchword.storage.sql.tables import METADATA


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Generator[str]:
    """Yield the URL of a migrated database that the tests of this file share."""
    url = postgres.create_database()
    migrate(url)
    yield url
    postgres.drop_database(url)


@pytest.fixture
def url(database: str) -> str:
    """Return the URL of an empty database."""
    names = sql.SQL(", ").join(map(sql.Identifier, METADATA.tables))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))
    return database


@pytest.fixture
def server(url: str) -> Generator[SqlStorage]:
    storage = open_storage(url)
    yield storage
    storage.close()


class TestRecordsInPostgres(StorageConformance):
    @pytest.fixture
    def storage(self, server: SqlStorage) -> Storage:
        return server


class TestUnitsInPostgres(TransactionConformance):
    @pytest.fixture
    def storage(self, server: SqlStorage) -> Storage:
        return server


class TestThreadsInPostgres(ConcurrencyConformance):
    @pytest.fixture
    def storages(self, server: SqlStorage) -> Sequence[Storage]:
        return [server]


class TestHostsInPostgres(ConcurrencyConformance):
    """Two storages on one database share no memory, as little as two hosts do."""

    @pytest.fixture
    def storages(self, url: str) -> Generator[Sequence[Storage]]:
        storages = [open_storage(url), open_storage(url)]
        yield storages
        for storage in storages:
            storage.close()
