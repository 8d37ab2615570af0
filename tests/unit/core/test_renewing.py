"""A unit that makes something stale: written down in it, renewed after it, and waited for last."""

from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from tests.support.house import NORTH, SOUTH, House
from watchword.core.revocation import ALL, kind_slot, renewing, session_slot
from watchword.core.sessions import EndReason
from watchword.core.shelf import ColdError, insist
from watchword.storage.memory import MemoryStorage
from watchword.storage.stamps import LocalStamps

ROLES = {"admin": b"{}"}


@dataclass
class Told:
    """Stamps and a storage that tell in which order they are used; the journal is at 41."""

    events: list[Any] = field(default_factory=list)
    inner: MemoryStorage = field(default_factory=MemoryStorage)
    stamps: LocalStamps = field(default_factory=LocalStamps)
    trusts: bool = True

    @property
    def table(self) -> Sequence[int]:
        return self.stamps.table

    @property
    def trusted(self) -> Callable[[], bool]:
        return lambda: self.trusts

    def renew(self, slots: Collection[int]) -> None:
        self.events.append(("renewed", *sorted(slots)))
        self.stamps.renew(slots)

    def await_others(self, serial: int) -> None:
        self.events.append(("awaited", serial))

    def close(self) -> None:
        """Nothing is held open."""

    def add(self, slots: Collection[int]) -> int:
        self.events.append(("written down", *sorted(slots)))
        return 41

    def read(self) -> Any:
        return self.inner.read()

    @contextmanager
    def write(self) -> Generator[Any]:
        with self.inner.write() as transaction:
            transaction.renewals = self  # type: ignore[assignment] # one that has readers
            yield transaction
        self.events.append("committed")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def house(told: Told) -> Generator[House]:
    house = House(storage=told, stamps=told)
    yield house
    house.close()


class TestAUnitThatMakesSomethingStale:
    def test_is_written_down_committed_renewed_and_waited_for_in_this_order(self, told):
        with renewing(told, told) as (_, stale):
            stale.update([7, 5])

        assert told.events == [
            ("written down", 5, 7),
            "committed",
            ("renewed", 5, 7),
            ("awaited", 41),
        ]

    def test_that_makes_nothing_stale_costs_nothing(self, told):
        with renewing(told, told):
            pass

        assert told.events == ["committed"]

    def test_that_is_undone_renews_nothing(self, told):
        def change() -> None:
            with renewing(told, told) as (_, stale):
                stale.add(7)
                raise KeyError

        with pytest.raises(KeyError):
            change()

        assert told.events == []


class TestEveryChangeThatIsRememberedElsewhere:
    def test_the_end_of_a_session_is_waited_for(self, house, told):
        house.add("alice")
        admitted = house.enter()
        told.events.clear()

        house.core.revocation.end_session(admitted.session, EndReason.LEFT)

        assert told.events[0] == ("written down", session_slot(admitted.session.id))
        assert told.events[-1] == ("awaited", 41)

    def test_a_document_is_waited_for(self, house, told):
        told.events.clear()

        house.core.shelf.put(NORTH, "role", ROLES)

        assert told.events[0] == ("written down", kind_slot(NORTH, "role"))
        assert told.events[-1] == ("awaited", 41)

    def test_forgetting_everything_is_waited_for(self, house, told):
        house.core.revocation.forget_everything()

        assert told.events[-2:] == [("renewed", ALL), ("awaited", 41)]


class TestAHostThatHasLostItsTrust:
    def test_asks_the_storage_about_each_token(self, house, told):
        house.add("alice")
        admitted = house.enter()
        house.use(admitted)
        told.trusts = False

        assert house.core.access.recall(admitted.token.secret, SOUTH) is None
        assert house.use(admitted).subject.name == "alice"

    def test_believes_again_what_it_knew_when_it_is_trusted_again(self, house, told):
        house.add("alice")
        admitted = house.enter()
        known = house.use(admitted)
        told.trusts = False
        assert house.core.access.recall(admitted.token.secret, SOUTH) is None
        told.trusts = True

        assert house.core.access.recall(admitted.token.secret, SOUTH) is known

    def test_has_nothing_on_the_shelf(self, house, told):
        house.core.shelf.put(NORTH, "role", ROLES)
        house.core.shelf.list_of(NORTH, "role")
        told.trusts = False

        with pytest.raises(ColdError):
            house.core.shelf.recall(NORTH, "role")

    def test_reads_documents_for_one_piece_of_work_at_a_time(self, house, told):
        shelf = house.core.shelf
        shelf.put(NORTH, "role", ROLES)
        told.trusts = False

        def work() -> Any:
            return shelf.recall(NORTH, "role"), shelf.recall(NORTH, "role")

        assert insist(work) == (ROLES, ROLES)
        with pytest.raises(ColdError):
            shelf.recall(NORTH, "role")

    def test_lets_go_of_documents_when_the_work_fails(self, house, told):
        shelf = house.core.shelf
        told.trusts = False

        def work() -> None:
            shelf.recall(NORTH, "role")
            raise KeyError

        with pytest.raises(KeyError):
            insist(work)
        with pytest.raises(ColdError):
            shelf.recall(NORTH, "role")

    def test_has_no_faces_at_hand(self, house, told):
        alice = house.add("alice")
        recall = partial(house.core.enrolment.recall, NORTH, alice.id)
        assert insist(recall) == recall() == ()
        told.trusts = False

        with pytest.raises(ColdError):
            recall()
        assert insist(recall) == ()
        with pytest.raises(ColdError):
            recall()
