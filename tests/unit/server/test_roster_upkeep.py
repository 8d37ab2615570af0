"""What one worker does for copies of people on a roster: it looks again, beside the requests."""

import threading
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.support.house import SOUTH, House
from tests.support.rosters import MemoryRoster
from tests.unit.core.test_enlisting import ENLISTED
from tests.unit.server.test_upkeep import PATIENCE, Worker
from watchword.core.policy import RosterPolicy
from watchword.core.roster import Person, PersonKey

OFTEN = replace(ENLISTED, roster=RosterPolicy(refresh_every=timedelta(milliseconds=10)))


@dataclass
class Watched(MemoryRoster):
    """A roster that tells when it is asked about its people."""

    looks: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def find_many(self, keys: Collection[PersonKey]) -> Mapping[PersonKey, Person]:
        """Return those of the people who are still there, by key."""
        self.looks.release()
        return super().find_many(keys)

    def await_looks(self, count: int) -> None:
        """Wait until it was asked as often."""
        for _ in range(count):
            assert self.looks.acquire(timeout=PATIENCE)


@pytest.fixture
def roster() -> Watched:
    roster = Watched()
    roster.put(1, "ada")
    return roster


@pytest.fixture
def house(roster: Watched) -> Generator[House]:
    house = House(policy=OFTEN, roster=roster)
    house.core.shelf.put(SOUTH, "door", {"group 1": b"{}"})
    house.enter("ada", "plum")
    yield house
    house.close()


@pytest.fixture
def worker(house: House) -> Generator[Worker]:
    worker = Worker(house)
    yield worker
    worker.close()


def test_copies_follow_again_and_again(house: House, roster: Watched, worker: Worker) -> None:
    with worker.run({}):
        roster.await_looks(2)
        roster.change(1, full_name="Ada Lovelace")
        roster.await_looks(3)

    assert house.standing("ada").subject.full_name == "Ada Lovelace"


def test_a_roster_that_is_away_is_asked_again_later(
    roster: Watched, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    roster.away = True
    with worker.run({}):
        roster.await_looks(2)
        roster.away = False
        roster.await_looks(2)

    reasons = [getattr(each, "reason", "") for each in caplog.records]
    assert "RosterUnavailableError" in reasons


def test_the_other_workers_do_not_ask(roster: Watched, worker: Worker) -> None:
    with worker.run(None) as client:
        assert client.get("/healthz").text == "ok\n"
        assert not roster.looks.acquire(timeout=0.2)
