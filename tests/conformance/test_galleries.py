"""Faces are kept alike on every storage."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conformance.gallery_suite import GalleryConformance
from watchword.core.ports import Storage
from watchword.storage.memory import MemoryStorage
from watchword.storage.sql import migrate, open_storage

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


class TestInPostgres(GalleryConformance):
    @pytest.fixture
    def storage(self, emptied: str) -> Generator[Storage]:
        storage = open_storage(emptied)
        yield storage
        storage.close()
