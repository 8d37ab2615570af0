"""The roll and the journal: PostgreSQL's is like the one by which the protocol is tested."""

import select
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from tests.support.nodes import Seats
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from watchword.core.errors import StorageUnavailableError
from watchword.core.ports import NodeId, Roll, Seat
from watchword.storage.sql import migrate, open_storage
from watchword.storage.sql.postgres import open_roll
from watchword.storage.sql.roll import PostgresRoll

pytestmark = pytest.mark.once

Write = Callable[[Sequence[int]], int]
ONE, OTHER = NodeId(2**62 + 5), NodeId(7)


class RollConformance:
    """What `watchword.core.nodes` asks of a roll."""

    @pytest.fixture
    def roll(self) -> Roll:
        raise NotImplementedError

    @pytest.fixture
    def write(self) -> Write:
        """Return what writes slots into the journal, and gives the serial."""
        raise NotImplementedError

    def test_who_comes_first_stands_at_the_beginning(self, roll: Roll) -> None:
        assert roll.enter(ONE, "north") == 0
        assert roll.seats() == [Seat(ONE, "north", 0, 0)]

    def test_who_comes_later_stands_at_the_newest_entry(self, roll: Roll, write: Write) -> None:
        write([1])
        newest = write([2])

        assert roll.enter(ONE, "north") == newest
        assert roll.seats() == [Seat(ONE, "north", 0, newest)]

    def test_a_beat_is_noted(self, roll: Roll) -> None:
        roll.enter(ONE, "north")

        assert roll.beat(ONE, 1)
        assert roll.beat(ONE, 2)
        assert roll.seats() == [Seat(ONE, "north", 2, 0)]

    def test_a_beat_of_somebody_who_is_not_there_is_not(self, roll: Roll) -> None:
        roll.enter(ONE, "north")

        assert not roll.beat(OTHER, 1)
        assert roll.seats() == [Seat(ONE, "north", 0, 0)]

    def test_a_beat_that_comes_late_turns_nothing_back(self, roll: Roll) -> None:
        roll.enter(ONE, "north")
        roll.beat(ONE, 5)

        assert not roll.beat(ONE, 4)
        assert roll.seats() == [Seat(ONE, "north", 5, 0)]

    def test_entries_come_in_order_with_their_slots(self, roll: Roll, write: Write) -> None:
        serials = [write([7]), write([65_535, 0]), write([300, 2])]

        found = roll.read(0)
        assert [entry.serial for entry in found] == serials == sorted(serials)
        assert [set(entry.slots) for entry in found] == [{7}, {0, 65_535}, {2, 300}]
        assert roll.read(serials[1]) == found[2:]
        assert roll.read(serials[2]) == []

    def test_what_was_confirmed_is_told(self, roll: Roll, write: Write) -> None:
        roll.enter(ONE, "north")
        roll.enter(OTHER, "south")
        serial = write([1])

        roll.confirm(ONE, serial)

        assert {seat.name: seat.confirmed for seat in roll.seats()} == {"north": serial, "south": 0}

    def test_to_confirm_without_being_there_changes_nothing(self, roll: Roll) -> None:
        roll.confirm(ONE, 1)

        assert roll.seats() == []

    def test_who_has_not_beaten_since_is_taken_off(self, roll: Roll) -> None:
        roll.enter(ONE, "north")
        roll.enter(OTHER, "south")
        roll.beat(ONE, 3)

        roll.remove(ONE, 3)

        assert [seat.name for seat in roll.seats()] == ["south"]
        assert not roll.beat(ONE, 4)

    def test_who_has_beaten_since_stays(self, roll: Roll) -> None:
        roll.enter(ONE, "north")
        roll.beat(ONE, 3)

        roll.remove(ONE, 2)
        roll.remove(OTHER, 0)

        assert [seat.name for seat in roll.seats()] == ["north"]

    def test_what_everybody_has_confirmed_is_pruned_but_for_the_newest(
        self, roll: Roll, write: Write
    ) -> None:
        roll.enter(ONE, "north")
        roll.enter(OTHER, "south")
        serials = [write([1]), write([2]), write([3])]
        roll.confirm(ONE, serials[2])
        roll.confirm(OTHER, serials[1])

        roll.prune()
        assert [entry.serial for entry in roll.read(0)] == serials[1:]
        roll.confirm(OTHER, serials[2])
        roll.prune()
        assert [entry.serial for entry in roll.read(0)] == serials[2:]

    def test_nothing_is_pruned_where_nobody_is_there(self, roll: Roll, write: Write) -> None:
        write([1])
        write([2])

        roll.prune()

        assert len(roll.read(0)) == 2


class TestTheRollOfTheTests(RollConformance):
    @pytest.fixture
    def roll(self) -> Roll:
        return Seats()

    @pytest.fixture
    def write(self, roll: Seats) -> Write:
        return roll.add


@pytest.fixture
def url(emptied: str) -> str:
    return emptied


def _writer(url: str) -> Generator[Write]:
    storage = open_storage(url)

    def write(slots: Sequence[int]) -> int:
        with storage.write() as transaction:
            return transaction.renewals.add(slots)

    yield write
    storage.close()


class TestTheRollInPostgres(RollConformance):
    @pytest.fixture
    def roll(self, url: str) -> Generator[PostgresRoll]:
        roll = open_roll(url)
        yield roll
        roll.close()

    @pytest.fixture
    def write(self, url: str) -> Generator[Write]:
        yield from _writer(url)

    def test_it_is_woken_by_a_commit(self, roll: PostgresRoll, write: Write) -> None:
        readable = roll.listen()
        assert not roll.heed()
        write([1])

        assert _heard(roll, readable)
        assert not roll.heed()

    def test_what_comes_along_with_an_answer_is_heeded(
        self, roll: PostgresRoll, write: Write
    ) -> None:
        roll.listen()
        write([1])
        roll.read(0)
        roll.seats()

        assert roll.heed()

    def test_somebody_who_has_come_is_on_the_disk(self, roll: PostgresRoll, url: str) -> None:
        """Who was lost in a crash would trust itself, and nobody would wait for it."""
        roll.enter(ONE, "north")
        roll.beat(ONE, 1)

        assert roll._run(b"SHOW synchronous_commit").fetchone() == ("off",)  # noqa: SLF001 - ours
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT name FROM nodes").fetchall() == [("north",)]

    def test_it_tells_people_how_long_ago_each_was_heard_of(
        self, roll: PostgresRoll, url: str
    ) -> None:
        roll.enter(OTHER, "south")
        roll.enter(ONE, "north")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE nodes SET seen_at = seen_at - 60000000 WHERE name = 'south'")

        [(north, lately), (south, long_ago)] = roll.census()

        assert (north, south) == ("north", "south")
        assert -1 < lately < 59
        assert 59 < long_ago < 119

    def test_it_does_not_wait_for_the_writers_lock(self, roll: PostgresRoll, url: str) -> None:
        storage = open_storage(url)
        with storage.write():
            roll.enter(ONE, "north")
            assert roll.beat(ONE, 1)
            assert len(roll.seats()) == 1
        storage.close()

    def test_it_connects_again_after_it_lost_its_connection(
        self, roll: PostgresRoll, url: str
    ) -> None:
        roll.enter(ONE, "north")
        _hang_up(url)

        with pytest.raises(StorageUnavailableError):
            roll.seats()
        assert [seat.name for seat in roll.seats()] == ["north"]

    def test_a_server_that_does_not_answer_is_given_up(self, url: str) -> None:
        """One that holds a lock for longer, say: whoever revokes does not wait for that long."""
        roll = open_roll(url)
        roll.enter(ONE, "north")
        with psycopg.connect(url) as holding, ThreadPoolExecutor(1) as pool:
            holding.execute("LOCK TABLE nodes IN ACCESS EXCLUSIVE MODE")
            waiting = pool.submit(roll.seats)
            assert isinstance(waiting.exception(timeout=60), StorageUnavailableError)
        roll.close()

    def test_a_url_of_sqlalchemys_means_the_same(self, url: str) -> None:
        roll = open_roll(url.replace("postgresql://", "postgresql+psycopg://"))
        assert roll.seats() == []
        roll.close()


def test_nobody_answers_where_there_is_no_server() -> None:
    roll = open_roll(f"postgresql://nobody:s3cret@127.0.0.1:{free_port()}/none")

    with pytest.raises(StorageUnavailableError):
        roll.seats()
    roll.close()


def test_a_stay_that_was_lost_in_a_crash_was_none() -> None:
    """A server that loses what it did not write down has the arrival of a node all the same."""
    with PostgresServer() as server:
        url = server.create_database()
        migrate(url)
        roll = open_roll(url)
        roll.enter(ONE, "north")
        server.kill()
        server.start()

        with pytest.raises(StorageUnavailableError):
            roll.seats()
        assert [seat.name for seat in roll.seats()] == ["north"]
        roll.close()


def _heard(roll: PostgresRoll, readable: int) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if select.select([readable], [], [], 1)[0] and roll.heed():
            return True
    return False


def _hang_up(url: str) -> None:
    ours = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {} = {}")
    name = ours.format(sql.Identifier("application_name"), sql.Literal("watchword-nodes"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(name)
