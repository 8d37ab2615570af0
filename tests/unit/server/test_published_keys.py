"""``GET /.well-known/jwks.json`` as one worker answers it."""

from collections.abc import Generator
from datetime import timedelta

import pytest

from tests.support.house import SOUTH, House
from tests.support.statements import verify
from tests.support.storages import FailingStorage
from tests.unit.server.test_upkeep import Worker
from watchword.core.vouching import AHEAD

PATH = "/.well-known/jwks.json"


@pytest.fixture
def storage(house: House) -> FailingStorage:
    return FailingStorage(house.storage)


@pytest.fixture
def house() -> Generator[House]:
    house = House()
    yield house
    house.close()


@pytest.fixture
def worker(house: House, storage: FailingStorage) -> Generator[Worker]:
    worker = Worker(house, storage)
    yield worker
    worker.close()


def test_what_any_worker_signed_verifies_with_them(house: House, worker: Worker) -> None:
    statement = house.core.vouching.vouch(SOUTH, {"sub": "alice"}, timedelta(minutes=1))

    with worker.run(None) as client:
        answer = client.get(PATH)

    claims = verify(statement, answer.json()["keys"])
    assert claims is not None
    assert claims["sub"] == "alice"


def test_they_may_be_kept_for_half_the_time_before_a_new_one_signs(worker: Worker) -> None:
    with worker.run(None) as client:
        kept = client.get(PATH).headers["cache-control"]

    assert kept == f"public, max-age={int(AHEAD.total_seconds()) // 2}"


def test_a_storage_that_does_not_answer_is_told(worker: Worker, storage: FailingStorage) -> None:
    with worker.run(None) as client:
        storage.down = True
        answer = client.get(PATH)
        storage.down = False

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
