"""Looking at tokens and revoking them is the same on every storage, and for every worker."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import NORTH, SOUTH, House
from watchword.bootstrap import migrate_store
from watchword.core.errors import TokenUnknownError
from watchword.core.inspection import Look
from watchword.core.ports import Storage
from watchword.core.sessions import EndReason
from watchword.storage.memory import MemoryStorage
from watchword.storage.sql.storage import SqlStorage, open_storage


def migrated(url: str) -> SqlStorage:
    migrate_store(url)
    return open_storage(url)


class InspectionConformance:
    """What every storage promises of looks."""

    @pytest.fixture
    def storage(self) -> Any:
        """Return an empty storage."""
        raise NotImplementedError

    @pytest.fixture
    def house(self, storage: Storage) -> Generator[House]:
        house = House(storage=storage)
        house.add("alice", tenant="Acme")
        yield house
        house.close()

    @pytest.fixture
    def look(self, house: House) -> Look:
        asker = house.add("asker", service=True)
        return Look(asker, NORTH, frozenset({SOUTH}), "192.0.2.9")

    def test_a_covered_token_tells_whose_it_is(self, house: House, look: Look) -> None:
        admitted = house.enter()

        seen = house.core.inspection.inspect(admitted.token.secret, look)

        assert seen.principal.subject == admitted.subject
        assert seen.principal.tenant == admitted.tenant
        assert seen.principal.session.id == admitted.session.id
        assert house.core.inspection.recall(admitted.token.secret, look) == seen

    def test_what_is_not_covered_is_unknown(self, house: House, look: Look) -> None:
        admitted = house.enter(audience=NORTH)

        for secret in (admitted.token.secret, "never issued"):
            with pytest.raises(TokenUnknownError):
                house.core.inspection.inspect(secret, look)
            assert not house.core.inspection.revoke(secret, look)

    def test_what_is_revoked_is_refused_by_every_worker(self, house: House, look: Look) -> None:
        admitted, other = house.enter(), house.worker()
        for worker in (house.core, other):
            seen = worker.inspection.inspect(admitted.token.secret, look)
            assert seen.principal.session.id == admitted.session.id

        assert house.core.inspection.revoke(admitted.token.secret, look)

        for worker in (house.core, other):
            assert worker.inspection.recall(admitted.token.secret, look) is None
            with pytest.raises(TokenUnknownError):
                worker.inspection.inspect(admitted.token.secret, look)
            with pytest.raises(TokenUnknownError):
                worker.access.principal(admitted.token.secret, SOUTH)

    def test_a_refresh_token_and_all_that_came_of_it_end_together(
        self, house: House, look: Look
    ) -> None:
        first = house.enter()
        assert first.refresh is not None
        second = house.core.renewal.renew(first.token.secret, first.refresh.secret, SOUTH)
        for each in (first, second):
            house.core.access.principal(each.token.secret, SOUTH)

        assert second.refresh is not None
        assert house.core.inspection.revoke(second.refresh.secret, look)

        for each in (first, second):
            with pytest.raises(TokenUnknownError):
                house.use(each)
        with house.storage.read() as transaction:
            ended = transaction.sessions.find(second.session.id)
        assert ended is not None
        assert ended.end_reason is EndReason.REVOKED


class TestMemory(InspectionConformance):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestSqlite(InspectionConformance):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Generator[SqlStorage]:
        storage = migrated(f"sqlite:///{tmp_path}/inspections.db")
        yield storage
        storage.close()


class TestPostgres(InspectionConformance):
    @pytest.fixture
    def storage(self, postgres_url: str) -> Generator[SqlStorage]:
        storage = migrated(postgres_url)
        yield storage
        storage.close()
