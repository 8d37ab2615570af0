"""PostgreSQL keeps what every storage keeps, and what only a server can be asked."""

import traceback
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from psycopg import sql
from sqlalchemy import text

from tests.conformance.storage_suite import (
    ConcurrencyConformance,
    StorageConformance,
    StorageMachine,
    TransactionConformance,
)
from tests.conformance.storage_suite.records import add_subject, make_subject
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.storages import empty
from tests.support.waiting import until
from watchword.core.errors import StorageUnavailableError
from watchword.core.ports import Storage
from watchword.core.subjects import Subject
from watchword.storage.sql import SqlStorage, is_current, migrate, open_storage
from watchword.storage.sql.journal import to_slots
from watchword.storage.sql.postgres import PostgresDriver

pytestmark = pytest.mark.once

BEGAN = text("SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
COUNT_CLIENTS = text("""
    SELECT count(*)
      FROM pg_stat_activity
     WHERE datname = current_database()
       AND backend_type = 'client backend'
       AND backend_start >= :since
""")

JOURNAL = text("SELECT serial, slots FROM renewals ORDER BY serial")


@pytest.fixture
def url(emptied: str) -> str:
    return emptied


@pytest.fixture
def server(url: str) -> Generator[SqlStorage]:
    storage = open_storage(url)
    yield storage
    storage.close()


class TestRecordsInPostgres(StorageConformance):
    @pytest.fixture
    def storage(self, server: SqlStorage) -> Storage:
        return server


class TestUnitsInPostgres(TransactionConformance):
    @pytest.fixture
    def storage(self, server: SqlStorage) -> Storage:
        return server


class TestThreadsInPostgres(ConcurrencyConformance):
    @pytest.fixture
    def storages(self, server: SqlStorage) -> Sequence[Storage]:
        return [server]


class TestHostsInPostgres(ConcurrencyConformance):
    """Two storages on one database share no memory, as little as two hosts do."""

    @pytest.fixture
    def storages(self, url: str) -> Generator[Sequence[Storage]]:
        storages = [open_storage(url), open_storage(url)]
        yield storages
        for storage in storages:
            storage.close()


class TestPostgresBesideTheReference:
    def test_both_say_and_hold_the_same(self, database: str) -> None:
        class Machine(StorageMachine):
            def open(self) -> Storage:
                empty(database)
                self.storage = open_storage(database)
                return self.storage

            def teardown(self) -> None:
                self.storage.close()

        run_state_machine_as_test(
            Machine, settings=settings(max_examples=8, stateful_step_count=30, deadline=None)
        )


@pytest.fixture
def own_server() -> Generator[PostgresServer]:
    """Yield a server that a test may stop."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def served(own_server: PostgresServer) -> Generator[SqlStorage]:
    """Yield a storage whose server a test may stop."""
    url = own_server.create_database()
    migrate(url)
    storage = open_storage(url)
    yield storage
    storage.close()


class TestAServerThatGoesAndComes:
    def test_while_it_is_gone_nothing_is_answered_and_then_all_is_well(
        self, own_server: PostgresServer, served: SqlStorage
    ) -> None:
        alice = add_subject(served, "alice")
        with served.read(), served.read():
            """Two connections wait for more work."""

        own_server.stop()
        for _ in range(3):
            for use in (served.ping, lambda: add_subject(served), lambda: _find(served, "alice")):
                with pytest.raises(StorageUnavailableError):
                    use()

        own_server.start()
        assert _find(served, "alice") == alice
        add_subject(served, "bob")

    def test_a_restart_between_two_units_is_not_noticed(
        self, own_server: PostgresServer, served: SqlStorage
    ) -> None:
        for name in ("alice", "bob", "carol"):
            add_subject(served, name)
            with served.read(), served.read():
                """Two connections wait for more work."""
            own_server.restart()

            with served.read() as one, served.read() as other:
                assert one.subjects.find_by_login(name) is not None
                assert other.subjects.find_by_login(name) is not None

    @pytest.mark.parametrize("swallowed", [False, True])
    def test_a_unit_that_loses_its_server_leaves_nothing(
        self, own_server: PostgresServer, served: SqlStorage, *, swallowed: bool
    ) -> None:
        def write() -> None:
            with served.write() as transaction:
                transaction.subjects.add(make_subject("alice"))
                own_server.restart()
                # Some bodies turn every refusal into an answer.
                with suppress(StorageUnavailableError if swallowed else KeyError):
                    transaction.subjects.add(make_subject("bob"))

        with pytest.raises(StorageUnavailableError):
            write()

        assert _find(served, "alice") is None
        add_subject(served, "alice")

    def test_a_unit_whose_server_is_gone_at_the_end_is_not_answered(
        self, own_server: PostgresServer, served: SqlStorage
    ) -> None:
        def write() -> None:
            with served.write() as transaction:
                transaction.subjects.add(make_subject("alice"))
                own_server.kill()

        with pytest.raises(StorageUnavailableError):
            write()

        own_server.start()
        assert _find(served, "alice") is None

    def test_what_was_answered_survives_a_crash_of_the_server(
        self, own_server: PostgresServer, served: SqlStorage
    ) -> None:
        """The server of the tests is told not to wait for the disk; our connections insist."""
        with served.write() as transaction:
            transaction.subjects.add(make_subject("alice"))
            [(commits,)] = transaction.channel.all(text("SHOW synchronous_commit"), {})

        own_server.kill()
        own_server.start()

        assert commits == "on"
        assert _find(served, "alice") is not None


class TestAServerThatSaysNothing:
    """Its machine is paused: connections stay, and take what they are sent."""

    @pytest.fixture
    def hasty(self, own_server: PostgresServer) -> Generator[SqlStorage]:
        url = own_server.create_database()
        migrate(url)
        limits = {"lock_seconds": 0.05, "work_seconds": 0.5, "silence_seconds": 1.0}
        storage = SqlStorage(PostgresDriver(f"{url}?connect_timeout=2", **limits))
        yield storage
        storage.close()

    def test_is_unavailable_before_long_and_comes_back(
        self, own_server: PostgresServer, hasty: SqlStorage
    ) -> None:
        alice = add_subject(hasty, "alice")

        with own_server.frozen():
            for use in (hasty.ping, lambda: add_subject(hasty, "bob")):
                with pytest.raises(StorageUnavailableError):
                    use()

        assert _find(hasty, "alice") == alice
        until(lambda: _adds(hasty, "bob"))

    def test_in_the_middle_of_a_unit_ends_it(
        self, own_server: PostgresServer, hasty: SqlStorage
    ) -> None:
        def write() -> None:
            with hasty.write() as transaction, own_server.frozen():
                transaction.subjects.add(make_subject("alice"))

        with pytest.raises(StorageUnavailableError):
            write()

        until(lambda: _adds(hasty, "bob"))
        assert _find(hasty, "alice") is None


class TestItsJournal:
    """What hosts have to look at again, written in the unit that changes something."""

    def test_an_entry_is_there_with_its_unit(self, server: SqlStorage) -> None:
        with server.write() as transaction:
            serial = transaction.renewals.add([7, 5])
            with server.read() as elsewhere:
                assert elsewhere.channel.all(JOURNAL, {}) == []

        assert serial > 0
        assert _journal(server) == [(serial, (5, 7))]

    def test_a_unit_that_is_undone_leaves_no_entry(self, server: SqlStorage) -> None:
        def write() -> None:
            with server.write() as transaction:
                transaction.renewals.add([7])
                raise KeyError

        with pytest.raises(KeyError):
            write()

        assert _journal(server) == []

    def test_entries_are_seen_in_the_order_of_their_serials(self, url: str) -> None:
        """Whoever has read up to one entry has read all before it, whichever host wrote them."""
        storages = [open_storage(url) for _ in range(3)]
        seen: list[int] = []

        def write(place: int) -> None:
            for _ in range(20):
                with storages[place % 3].write() as transaction:
                    transaction.renewals.add([place])

        with ThreadPoolExecutor(6) as pool:
            writing = [pool.submit(write, place) for place in range(6)]
            while not all(each.done() for each in writing):
                found = [serial for serial, _ in _journal(storages[0])]
                assert found[: len(seen)] == seen
                seen = found
            for each in writing:
                each.result()

        assert len(_journal(storages[0])) == 120
        for storage in storages:
            storage.close()

    def test_the_commit_wakes_whoever_listens(self, url: str, server: SqlStorage) -> None:
        with psycopg.connect(url, autocommit=True) as listening:
            listening.execute("LISTEN watchword_renewals")
            with server.write() as transaction:
                transaction.renewals.add([7])

            assert len(list(listening.notifies(timeout=10, stop_after=1))) == 1

    def test_a_unit_that_only_looks_writes_nothing_down(self, server: SqlStorage) -> None:
        with server.read() as transaction, pytest.raises(RuntimeError, match="only looks"):
            transaction.renewals.add([7])

    def test_a_server_that_is_gone_is_unavailable(
        self, own_server: PostgresServer, served: SqlStorage
    ) -> None:
        def write() -> None:
            with served.write() as transaction:
                own_server.kill()
                transaction.renewals.add([7])

        with pytest.raises(StorageUnavailableError):
            write()


class TestItsLimits:
    def test_a_lock_held_for_too_long_makes_it_unavailable(self, url: str) -> None:
        storage = SqlStorage(PostgresDriver(url, lock_seconds=0.05))
        other = open_storage(url)

        with other.write():
            with pytest.raises(StorageUnavailableError):
                add_subject(storage, "alice")
            assert _find(storage, "alice") is None

        add_subject(storage, "alice")
        storage.close()
        other.close()

    def test_a_unit_that_stalls_is_lost_before_those_who_wait_for_it_give_up(
        self, url: str
    ) -> None:
        """A host that is paused in the middle of a unit must not keep the others from writing."""
        stalling = SqlStorage(PostgresDriver(url, idle_seconds=0.2))
        other = SqlStorage(PostgresDriver(url, lock_seconds=60))

        def write() -> None:
            with stalling.write() as transaction:
                transaction.subjects.add(make_subject("alice"))
                add_subject(other, "bob")
                transaction.subjects.add(make_subject("carol"))

        with pytest.raises(StorageUnavailableError):
            write()

        assert _find(other, "alice") is None
        assert _find(other, "bob") is not None
        add_subject(stalling, "alice")
        stalling.close()
        other.close()

    def test_so_is_one_that_stalls_where_the_servers_alarm_is_not_set(self, url: str) -> None:
        """It is not after most pipelines, until the next statement, which may come late.

        Here it is never set, since whether it is after a pipeline depends on how that arrives.
        """
        other = SqlStorage(PostgresDriver(url, lock_seconds=0.3, idle_seconds=0.2))
        unwatched = PostgresDriver(url, idle_seconds=0)
        stalling, _ = unwatched.connect(writing=True)
        bystander = psycopg.connect(url)
        with closing(other), closing(stalling), closing(bystander):
            unwatched.begin(stalling, writing=True)
            bystander.execute("SELECT pg_advisory_xact_lock(1)")

            until(lambda: _is_in(other, "alice"))
            with pytest.raises(psycopg.errors.AdminShutdown):
                stalling.execute("SELECT 1")
            bystander.execute("SELECT 1")

    def test_one_that_has_not_stalled_for_so_long_is_not_ended(self, url: str) -> None:
        other = SqlStorage(PostgresDriver(url, lock_seconds=0.1, idle_seconds=600))
        working = open_storage(url)

        with working.write() as transaction:
            assert not _is_in(other, "bob")
            transaction.subjects.add(make_subject("alice"))

        assert _find(other, "alice") is not None
        working.close()
        other.close()

    def test_a_turn_that_does_not_come_makes_it_unavailable(self, url: str) -> None:
        storage = SqlStorage(PostgresDriver(url), readers=1, patience=0.05)

        for door in (storage.read, storage.write):
            with door(), ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(door().__enter__)
                assert isinstance(waiting.exception(), StorageUnavailableError)
            with door():
                pass
        storage.close()

    def test_connections_are_bounded(self, url: str) -> None:
        storage = SqlStorage(PostgresDriver(url), readers=3)
        with storage.read() as transaction:
            # The server may not be done with who made the tables, and sends cleaners of its own.
            [(first,)] = transaction.channel.all(BEGAN, {})

        def look(_: int) -> int:
            with storage.read() as transaction:
                [(found,)] = transaction.channel.all(COUNT_CLIENTS, {"since": first})
            add_subject(storage)
            return int(found)

        with ThreadPoolExecutor(12) as pool:
            counts = list(pool.map(look, range(60)))

        assert max(counts) <= 4
        storage.close()

    def test_tidying_is_left_to_the_server(self, server: SqlStorage) -> None:
        assert server.tidy()

    def test_a_statement_that_failed_is_never_forgotten(self, server: SqlStorage) -> None:
        """The server answers COMMIT with a rollback, and without an error."""

        def write() -> None:
            with server.write() as transaction:
                transaction.subjects.add(make_subject("alice"))
                with suppress(psycopg.DataError):
                    transaction.channel.all(text("SELECT 1 / 0"), {})

        with pytest.raises(StorageUnavailableError):
            write()

        assert _find(server, "alice") is None
        add_subject(server, "alice")

    def test_a_standby_is_unavailable_for_writing(self, url: str) -> None:
        name = urlsplit(url).path.removeprefix("/")
        change = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(change.format(sql.Identifier(name), sql.Literal("on")))
        storage = open_storage(url)

        with pytest.raises(StorageUnavailableError):
            add_subject(storage)
        assert _find(storage, "alice") is None

        storage.close()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("SET default_transaction_read_only = off"))
            connection.execute(change.format(sql.Identifier(name), sql.Literal("off")))

    def test_an_address_where_nobody_answers_is_unavailable(self) -> None:
        url = f"postgresql://nobody:s3cret@127.0.0.1:{free_port()}/none"
        storage = open_storage(url)

        for use in (storage.ping, lambda: is_current(url), lambda: migrate(url)):
            with pytest.raises(StorageUnavailableError):
                use()

    @pytest.mark.parametrize("url", ["postgresql://u:s3cret@[nowhere/x", "postgresql://?s3cret=1"])
    def test_a_url_that_cannot_be_read_is_refused_without_being_shown(self, url: str) -> None:
        with pytest.raises(ValueError, match="no URL") as refusal:
            open_storage(url)

        shown = "".join(traceback.format_exception(refusal.value, chain=True))
        assert "s3cret" not in shown.replace(f'open_storage("{url}")', "")


def _journal(storage: SqlStorage) -> list[tuple[int, tuple[int, ...]]]:
    with storage.read() as transaction:
        rows = transaction.channel.all(JOURNAL, {})
    return [(serial, to_slots(slots)) for serial, slots in rows]


def _is_in(storage: SqlStorage, name: str) -> bool:
    """Add a subject, and say whether it could be."""
    try:
        add_subject(storage, name)
    except StorageUnavailableError:
        return False
    return True


def _adds(storage: SqlStorage, login: str) -> bool:
    """Add a subject; False if whoever had the writers' lock before is still being noticed."""
    with suppress(StorageUnavailableError):
        add_subject(storage, login)
        return True
    return False


def _find(storage: Storage, login: str) -> Subject | None:
    with storage.read() as transaction:
        return transaction.subjects.find_by_login(login)
