"""What one worker does beside the requests: jobs that are due, and sweeping."""

import os
import threading
import time
from collections.abc import Generator, Mapping

import pytest
from starlette.testclient import TestClient

from tests.support.house import House
from tests.support.storages import FailingStorage
from watchword.core.access import Access
from watchword.core.errands import LEASE, Errands, Outcome, Work
from watchword.core.errors import StorageUnavailableError
from watchword.core.jobs import Job
from watchword.core.passwords import Passwords
from watchword.core.ports import Storage
from watchword.server import upkeep
from watchword.server.metrics import Metrics
from watchword.server.upkeep import Upkeep
from watchword.web.lanes import Lanes, ThreadLane

PATIENCE = 10.0


class Worker:
    """The upkeep of a worker in this process."""

    def __init__(self, house: House, storage: Storage | None = None) -> None:
        self.core = house.worker(storage=storage or house.storage)
        self.lifeline, self._held = os.pipe()
        self.tidied: list[bool] = []

    def run(self, works: dict[str, Work] | None, queue: int = 8) -> TestClient:
        """Return a client; the upkeep runs while it is used in a ``with`` statement."""
        lanes = Lanes(ThreadLane("store", 1, queue), ThreadLane("login", 1, 8))
        chores = Upkeep(
            self.core,
            lanes,
            Metrics(),
            ping=lambda: None,
            tidy=lambda: self.tidied.append(True),
            lifeline=self.lifeline,
            ready=lambda: None,
            works=works,
        )
        return TestClient(chores.app())

    def close(self) -> None:
        os.close(self.lifeline)
        os.close(self._held)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "ERRAND_SECONDS", 0.01)
    monkeypatch.setattr(upkeep, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(upkeep, "TIDY_SECONDS", 0.01)
    monkeypatch.setattr(upkeep, "TRIM_SECONDS", 0.01)


@pytest.fixture
def house() -> Generator[House]:
    house = House()
    yield house
    house.close()


@pytest.fixture
def worker(house: House) -> Generator[Worker]:
    worker = Worker(house)
    yield worker
    worker.close()


def add(house: House, document: bytes) -> None:
    with house.storage.write() as transaction:
        transaction.jobs.add(Job("greet", document, house.clock()))


def test_jobs_are_done_as_they_come(house: House, worker: Worker) -> None:
    done = threading.Semaphore(0)
    documents: list[bytes] = []

    def work(document: bytes) -> None:
        documents.append(document)
        done.release()

    add(house, b"first")
    with worker.run({"greet": work}):
        assert done.acquire(timeout=PATIENCE)
        add(house, b"second")
        assert done.acquire(timeout=PATIENCE)

    assert documents == [b"first", b"second"]


def test_a_job_that_fails_is_logged_and_the_next_one_is_done(
    house: House, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    done = threading.Event()

    def work(document: bytes) -> None:
        if document == b"bad":
            raise RuntimeError
        done.set()

    add(house, b"bad")
    add(house, b"good")
    with worker.run({"greet": work}):
        assert done.wait(PATIENCE)

    [failure] = [entry for entry in caplog.records if entry.message == "job failed"]
    assert vars(failure)["job"] == "greet"


def test_jobs_wait_for_the_storage(house: House, caplog: pytest.LogCaptureFixture) -> None:
    storage = FailingStorage(house.storage, down=True)
    worker = Worker(house, storage)
    done = threading.Event()
    add(house, b"patient")
    with worker.run({"greet": lambda _document: done.set()}):
        while "jobs postponed" not in caplog.messages:
            assert not done.wait(0.01)
        storage.down = False
        assert done.wait(PATIENCE)
    worker.close()


def test_a_bug_beside_the_jobs_does_not_end_them(
    house: House, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done = threading.Event()
    run_next, faults = Errands.run_next, iter([True])

    def run(errands: Errands, works: Mapping[str, Work]) -> Outcome | None:
        if next(faults, False):
            raise ZeroDivisionError
        return run_next(errands, works)

    monkeypatch.setattr(Errands, "run_next", run)
    monkeypatch.setattr(upkeep, "ERRANDS", 1)
    add(house, b"patient")
    with worker.run({"greet": lambda _document: done.set()}):
        assert done.wait(PATIENCE)

    assert caplog.messages.count("jobs failed") == 1


def test_the_log_says_why_the_storage_does_not_answer(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "FLUSH_SECONDS", 0.01)
    worker = Worker(house)

    def flush(_access: Access) -> int:
        raise StorageUnavailableError from OSError("the disk is full")

    monkeypatch.setattr(Access, "flush", flush)
    with worker.run(None):
        deadline = time.monotonic() + PATIENCE
        while "chore postponed" not in caplog.messages:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    monkeypatch.undo()
    worker.close()

    entry = next(each for each in caplog.records if each.message == "chore postponed")
    told = vars(entry)
    assert (told["reason"], told["cause"]) == ("StorageUnavailableError", "the disk is full")


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/.well-known/jwks.json"])
def test_a_worker_that_has_too_much_to_do_asks_to_come_back(worker: Worker, path: str) -> None:
    no_places = -1
    with worker.run(None, no_places) as client:
        answer = client.get(path)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_what_nobody_refers_to_is_swept(house: House, worker: Worker) -> None:
    house.vault.put(house.vault.new_key(), b"lost")
    house.clock.advance(hours=2)

    with worker.run({}):
        deadline = threading.Event()
        while list(house.vault.list_older(house.clock())):
            deadline.wait(0.01)


def test_the_storage_is_tidied(worker: Worker) -> None:
    with worker.run({}):
        deadline = time.monotonic() + PATIENCE
        while not worker.tidied:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_the_memory_of_hashes_is_given_back_and_what_the_c_library_keeps(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, both = [], threading.Event()

    def note(what: str) -> None:
        asked.append(what)
        if set(asked) == {"hashes", "library"}:
            both.set()

    monkeypatch.setattr(Passwords, "give_back", lambda _: note("hashes"))
    monkeypatch.setattr(upkeep, "give_back", lambda: note("library"))

    with worker.run(None):
        assert both.wait(PATIENCE)


def test_a_worker_that_has_no_works_does_nothing(house: House, worker: Worker) -> None:
    house.vault.put(house.vault.new_key(), b"lost")
    house.clock.advance(hours=2)
    add(house, b"waits")

    with worker.run(None) as client:
        assert client.get("/healthz").text == "ok\n"
        threading.Event().wait(0.1)

    assert list(house.vault.list_older(house.clock()))
    assert not worker.tidied
    with house.storage.write() as transaction:
        assert transaction.jobs.take(["greet"], house.clock(), LEASE, 1)
