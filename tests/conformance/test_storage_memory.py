"""The reference storage keeps what every storage keeps."""

from collections.abc import Sequence

import pytest

from tests.conformance.storage_suite import (
    ConcurrencyConformance,
    StorageConformance,
    TransactionConformance,
)
from watchword.core.ports import Storage
from watchword.storage.memory import MemoryStorage


class TestRecordsInMemory(StorageConformance):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestUnitsInMemory(TransactionConformance):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestThreadsInMemory(ConcurrencyConformance):
    @pytest.fixture
    def storages(self) -> Sequence[Storage]:
        return [MemoryStorage()]
