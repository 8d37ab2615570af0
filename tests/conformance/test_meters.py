"""Every meter keeps the same promise: the reference, the shared table, and both beside others."""

import itertools
from collections.abc import Generator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.conformance.meter_suite import MakeMeter, MeterConformance, Ticks
from tests.support.world import FixedClock
from watchword.core.ports import Meter
from watchword.core.rates import per_minute
from watchword.storage.memory import MemoryStorage
from watchword.storage.memory.meter import MemoryMeter
from watchword.storage.meter import SharedMeter
from watchword.storage.pooling import PooledMeter
from watchword.storage.sql import open_storage

pytestmark = pytest.mark.once


@pytest.fixture
def share(tmp_path: Path) -> Generator[MakeMeter]:
    numbers = itertools.count()
    with ExitStack() as stack:

        def make(ticks: Ticks) -> SharedMeter:
            path = tmp_path / f"meter-{next(numbers)}"
            return stack.enter_context(closing(SharedMeter(path, ticks)))

        yield make


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
    def make(self, database: str, share: MakeMeter) -> Generator[MakeMeter]:
        storage = open_storage(database)

        def make(ticks: Ticks) -> Meter:
            return PooledMeter(share(ticks), storage, FixedClock(), "home", "0")

        yield make
        storage.close()


class TestTwoHostsOnPostgresql:
    """What each tells reaches the other through a database of its own connections."""

    def test_what_one_let_through_the_other_counts(self, database: str, tmp_path: Path) -> None:
        ticks, rate = Ticks(), per_minute(60, 10)
        storages = [open_storage(database) for _ in range(2)]
        tables = [SharedMeter(tmp_path / name, ticks) for name in ("one", "other")]
        one, other = (
            PooledMeter(table, storage, FixedClock(), table.home, "0")
            for table, storage in zip(tables, storages, strict=True)
        )

        assert [one.take(b"two hosts", rate) for _ in range(11)][-2:] == [0, 1_000_000_000]
        for host in (one, other, one):
            host.keep_up(leading=True)

        assert other.take(b"two hosts", rate) == 1_000_000_000
        for table, storage in zip(tables, storages, strict=True):
            table.close()
            storage.close()
