"""Every meter keeps the same promise: the reference, the shared table, and both beside others."""

import itertools
from collections.abc import Generator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.conformance.meter_suite import MakeMeter, MeterConformance, Ticks
from tests.support.postgres import Postgres
from tests.support.world import FixedClock
from watchword.core.ports import Meter
from watchword.storage.memory import MemoryStorage
from watchword.storage.memory.meter import MemoryMeter
from watchword.storage.meter import SharedMeter
from watchword.storage.pooling import PooledMeter
from watchword.storage.sql import migrate, open_storage


@pytest.fixture
def share(tmp_path: Path) -> Generator[MakeMeter]:
    numbers = itertools.count()
    with ExitStack() as stack:

        def make(ticks: Ticks) -> SharedMeter:
            path = tmp_path / f"meter-{next(numbers)}"
            return stack.enter_context(closing(SharedMeter(path, ticks)))

        yield make


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> Generator[str]:
    url = postgres.create_database()
    migrate(url)
    yield url
    postgres.drop_database(url)


class TestTheReference(MeterConformance):
    @pytest.fixture
    def make(self) -> MakeMeter:
        return MemoryMeter


class TestTheSharedTable(MeterConformance):
    @pytest.fixture
    def make(self, share: MakeMeter) -> MakeMeter:
        return share


class TestBesideOtherHosts(MeterConformance):
    @pytest.fixture
    def make(self, share: MakeMeter) -> MakeMeter:
        def make(ticks: Ticks) -> Meter:
            return PooledMeter(share(ticks), MemoryStorage(), FixedClock(), "home", "0")

        return make


class TestBesideOtherHostsOnPostgresql(MeterConformance):
    @pytest.fixture
    def make(self, url: str, share: MakeMeter) -> Generator[MakeMeter]:
        storage = open_storage(url)

        def make(ticks: Ticks) -> Meter:
            return PooledMeter(share(ticks), storage, FixedClock(), "home", "0")

        yield make
        storage.close()
