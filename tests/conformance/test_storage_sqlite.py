"""SQLite keeps what every storage keeps, and what only a file can be asked."""

from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from tests.conformance.storage_suite import (
    ConcurrencyConformance,
    StorageConformance,
    TransactionConformance,
)
from watchword.core.ports import Storage
from watchword.storage.sql import SqlStorage, migrate, open_storage


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    url = f"sqlite:///{tmp_path}/watchword.db"
    migrate(url)
    return url


@pytest.fixture
def sqlite(url: str) -> Generator[SqlStorage]:
    storage = open_storage(url)
    yield storage
    storage.close()


class TestRecordsInSqlite(StorageConformance):
    @pytest.fixture
    def storage(self, sqlite: SqlStorage) -> Storage:
        return sqlite


class TestUnitsInSqlite(TransactionConformance):
    @pytest.fixture
    def storage(self, sqlite: SqlStorage) -> Storage:
        return sqlite


class TestThreadsInSqlite(ConcurrencyConformance):
    @pytest.fixture
    def storages(self, sqlite: SqlStorage) -> Sequence[Storage]:
        return [sqlite]


class TestProcessesInSqlite(ConcurrencyConformance):
    """Two storages on one file share no memory, as little as two processes do."""

    @pytest.fixture
    def storages(self, url: str) -> Generator[Sequence[Storage]]:
        storages = [open_storage(url), open_storage(url)]
        yield storages
        for storage in storages:
            storage.close()
