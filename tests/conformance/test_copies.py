"""Copies of people on a roster are kept alike by every storage, and by two workers as by one."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import SOUTH, House
from tests.support.rosters import MemoryRoster
from tests.unit.core.test_enlisting import ENLISTED
from watchword.bootstrap import migrate_store
from watchword.core.errors import SubjectDisabledError, TokenUnknownError
from watchword.core.ports import Storage
from watchword.storage.memory import MemoryStorage
from watchword.storage.sql.storage import SqlStorage, open_storage

PEOPLE = range(1, 11)


def migrated(url: str) -> SqlStorage:
    migrate_store(url)
    return open_storage(url)


class CopiesConformance:
    """What every storage promises of copies."""

    @pytest.fixture
    def storage(self) -> Any:
        """Return an empty storage."""
        raise NotImplementedError

    @pytest.fixture
    def roster(self) -> MemoryRoster:
        roster = MemoryRoster()
        for number in PEOPLE:
            roster.put(number, f"person {number}", f"person{number}@corp.example")
        return roster

    @pytest.fixture
    def house(self, storage: Storage, roster: MemoryRoster) -> Generator[House]:
        house = House(policy=ENLISTED, storage=storage, roster=roster)
        house.core.shelf.put(SOUTH, "door", {"group 1": b"{}"})
        yield house
        house.close()

    def test_two_workers_at_once_make_one_copy_of_each(self, house: House) -> None:
        workers = [house.core, house.worker()]
        with ThreadPoolExecutor(2) as threads:
            for number in PEOPLE:
                asked = [threads.submit(w.enlisting.find, f"person {number}") for w in workers]
                one, other = (each.result() for each in asked)
                assert one == other
                assert one is not None

        with house.storage.read() as transaction:
            assert len(transaction.subjects.list_page(0, 100)) == len(PEOPLE)

    def test_who_is_gone_is_out_and_nobody_else(self, house: House, roster: MemoryRoster) -> None:
        admitted = [house.enter(f"person {number}", "plum") for number in PEOPLE]
        roster.remove(3)
        roster.change(4, logins=("somebody else",))

        assert house.core.enlisting.refresh() == len(PEOPLE) - 1

        for number, each in zip(PEOPLE, admitted, strict=True):
            if number == 3:
                with pytest.raises((TokenUnknownError, SubjectDisabledError)):
                    house.use(each)
            else:
                assert house.use(each).subject.id == each.subject.id
        assert house.standing("somebody else").subject.id == admitted[3].subject.id


class TestMemory(CopiesConformance):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestSqlite(CopiesConformance):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Any:
        storage = migrated(f"sqlite:///{tmp_path / 'w.db'}")
        yield storage
        storage.close()


class TestPostgres(CopiesConformance):
    @pytest.fixture
    def storage(self, postgres_url: str) -> Any:
        storage = migrated(postgres_url)
        yield storage
        storage.close()
