"""Faces are kept alike on every storage."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.conformance.gallery_suite import GalleryConformance
from tests.support.postgres import Postgres
from watchword.core.ports import Storage
from watchword.storage.memory import MemoryStorage
from watchword.storage.sql import migrate, open_storage
from watchword.storage.sql.tables import METADATA

pytestmark = pytest.mark.once


class TestInMemory(GalleryConformance):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestInSqlite(GalleryConformance):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Generator[Storage]:
        url = f"sqlite:///{tmp_path}/watchword.db"
        migrate(url)
        storage = open_storage(url)
        yield storage
        storage.close()


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Generator[str]:
    """Yield the URL of a migrated database that the tests below share."""
    url = postgres.create_database()
    migrate(url)
    yield url
    postgres.drop_database(url)


class TestInPostgres(GalleryConformance):
    @pytest.fixture
    def storage(self, database: str) -> Generator[Storage]:
        names = sql.SQL(", ").join(map(sql.Identifier, METADATA.tables))
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))
        storage = open_storage(database)
        yield storage
        storage.close()
