"""Doing work that waits: once if it goes well, again and again if not."""

import threading
from datetime import timedelta

import pytest

from tests.support.storages import FailingStorage
from watchword.core.errands import LEASE, LONGEST_PAUSE, PATIENCE, NotYetError
from watchword.core.errors import StorageUnavailableError
from watchword.core.jobs import Job


@pytest.fixture
def add(house):
    def add(kind="greet", document=b"hello"):
        with house.storage.write() as transaction:
            return transaction.jobs.add(Job(kind, document, house.clock()))

    return add


def test_a_job_is_done_once(house, add):
    done: list[bytes] = []
    job = add()

    outcome = house.core.errands.run_next({"greet": done.append})

    assert (outcome.job.id, outcome.error, done) == (job.id, None, [b"hello"])
    house.clock.advance(days=1)
    assert house.core.errands.run_next({"greet": done.append}) is None


def test_nothing_is_run_that_nobody_does(house, add):
    add("greet")

    assert house.core.errands.run_next({"other": pytest.fail}) is None
    assert house.core.errands.run_next({}) is None


def test_a_job_is_not_run_twice_at_once(house, add):
    add()
    inside, go_on = threading.Event(), threading.Event()

    def work(_document):
        inside.set()
        go_on.wait(10)

    thread = threading.Thread(target=lambda: house.core.errands.run_next({"greet": work}))
    thread.start()
    inside.wait(10)

    assert house.worker().errands.run_next({"greet": pytest.fail}) is None

    go_on.set()
    thread.join()
    house.clock.advance(days=1)
    assert house.core.errands.run_next({"greet": pytest.fail}) is None


def test_a_job_outlives_whoever_took_it(house, add):
    def die(_document):
        raise KeyboardInterrupt

    add()
    with pytest.raises(KeyboardInterrupt):
        house.core.errands.run_next({"greet": die})
    done: list[bytes] = []
    assert house.worker().errands.run_next({"greet": done.append}) is None

    house.clock.time += LEASE

    assert house.worker().errands.run_next({"greet": done.append})
    assert done == [b"hello"]


def test_each_failure_is_followed_by_a_longer_pause(house, add):
    def fail(_document):
        raise RuntimeError("a secret")

    add()
    pauses = []
    for _ in range(14):
        start = house.clock()
        outcome = house.core.errands.run_next({"greet": fail})
        assert isinstance(outcome.error, RuntimeError)
        while house.core.errands.run_next({"greet": fail}) is None:
            house.clock.advance(seconds=1)
        pauses.append(house.clock() - start)
        house.clock.time += LONGEST_PAUSE

    assert pauses[0] == timedelta(seconds=2)
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_a_job_that_keeps_failing_is_told_of_without_its_secrets(house, add):
    def fail(_document):
        raise RuntimeError("a secret")

    job = add()
    for _ in range(2 * PATIENCE):
        house.core.errands.run_next({"greet": fail})
        house.clock.time += LONGEST_PAUSE

    first, _ = entries = house.audited("job.run")
    assert first.details == {
        "job": str(job.id),
        "kind": "greet",
        "attempts": "5",
        "error": "RuntimeError",
    }
    assert "secret" not in repr(entries)


def test_waiting_is_no_failure(house, add):
    add()
    done: list[bytes] = []

    def wait(_document):
        raise NotYetError(house.clock() + timedelta(minutes=9))

    for _ in range(PATIENCE):
        outcome = house.core.errands.run_next({"greet": wait})
        assert outcome.error is None
        assert house.core.errands.run_next({"greet": wait}) is None
        house.clock.advance(minutes=9)
    house.core.errands.run_next({"greet": done.append})

    assert (done, house.audited()) == ([b"hello"], [])


def test_a_storage_that_goes_away_leaves_the_job_to_its_lease(house, add):
    storage = FailingStorage(house.storage)
    add()

    def fail(_document):
        storage.down = True

    with pytest.raises(StorageUnavailableError):
        house.worker(storage=storage).errands.run_next({"greet": fail})

    house.clock.time += LEASE
    assert house.core.errands.run_next({"greet": lambda _document: None})
