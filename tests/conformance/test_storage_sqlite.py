"""SQLite keeps what every storage keeps, and what only a file can be asked."""

import fcntl
import sqlite3
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from sqlalchemy import text

from tests.conformance.storage_suite import (
    ConcurrencyConformance,
    StorageConformance,
    StorageMachine,
    TransactionConformance,
)
from tests.conformance.storage_suite.records import add_subject
from tests.support.house import PASSWORD, SOUTH, House
from watchword.core.audit import find_break
from watchword.core.errors import InvalidCredentialsError, StorageUnavailableError
from watchword.core.ports import Storage
from watchword.storage.sql import SqlStorage, is_current, migrate, open_storage
from watchword.storage.sql.sqlite import SqliteDriver

pytestmark = pytest.mark.once


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    url = f"sqlite:///{tmp_path}/watchword.db"
    migrate(url)
    return url


@pytest.fixture
def sqlite(url: str) -> Generator[SqlStorage]:
    storage = open_storage(url)
    yield storage
    storage.close()


class TestRecordsInSqlite(StorageConformance):
    @pytest.fixture
    def storage(self, sqlite: SqlStorage) -> Storage:
        return sqlite


class TestUnitsInSqlite(TransactionConformance):
    @pytest.fixture
    def storage(self, sqlite: SqlStorage) -> Storage:
        return sqlite


class TestThreadsInSqlite(ConcurrencyConformance):
    @pytest.fixture
    def storages(self, sqlite: SqlStorage) -> Sequence[Storage]:
        return [sqlite]


class TestProcessesInSqlite(ConcurrencyConformance):
    """Two storages on one file share no memory, as little as two processes do."""

    @pytest.fixture
    def storages(self, url: str) -> Generator[Sequence[Storage]]:
        storages = [open_storage(url), open_storage(url)]
        yield storages
        for storage in storages:
            storage.close()


class SqliteMachine(StorageMachine):
    """A database of its own for each run, copied from an empty one."""

    folder: TemporaryDirectory[str]
    storage: SqlStorage

    @classmethod
    @cache
    def blank(cls) -> bytes:
        """Return the content of an empty database."""
        with TemporaryDirectory() as folder:
            migrate(f"sqlite:///{folder}/blank.db")
            return Path(folder, "blank.db").read_bytes()

    def open(self) -> Storage:
        self.folder = TemporaryDirectory()
        Path(self.folder.name, "copy.db").write_bytes(self.blank())
        self.storage = open_storage(f"sqlite:///{self.folder.name}/copy.db")
        return self.storage

    def teardown(self) -> None:
        self.storage.close()
        self.folder.cleanup()


TestSqliteBesideTheReference = SqliteMachine.TestCase
TestSqliteBesideTheReference.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None
)


class TestTheFile:
    def test_it_and_its_companions_are_the_owners_alone(
        self, sqlite: SqlStorage, tmp_path: Path
    ) -> None:
        add_subject(sqlite)

        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        assert modes == {
            "watchword.db": 0o600,
            "watchword.db-lock": 0o600,
            "watchword.db-wal": 0o600,
            "watchword.db-shm": 0o600,
        }

    def test_its_folder_is_made_for_its_owner(self, tmp_path: Path) -> None:
        migrate(f"sqlite:///{tmp_path}/var/lib/watchword.db")

        assert (tmp_path / "var/lib").stat().st_mode & 0o777 == 0o700

    def test_it_may_have_any_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

        migrate("sqlite:///50% off #1 ä.db")

        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "50% off #1 ä.db",
            "50% off #1 ä.db-lock",
        ]
        assert is_current("sqlite:///50% off #1 ä.db")

    def test_it_is_not_made_by_looking(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/watchword.db"

        assert not is_current(url)
        with pytest.raises(StorageUnavailableError):
            open_storage(url).ping()
        assert list(tmp_path.iterdir()) == []

    def test_it_is_refused_if_it_is_no_database(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/watchword.db"
        (tmp_path / "watchword.db").write_text("no database" * 1_000)

        for use in (is_current, migrate, lambda url: open_storage(url).ping()):
            with pytest.raises(StorageUnavailableError):
                use(url)

    def test_it_holds_nothing_in_clear(self, sqlite: SqlStorage, tmp_path: Path) -> None:
        secrets = _live(sqlite)

        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())

        assert b"alice" in stored
        for secret in secrets:
            spellings = [secret.encode(), secret.encode().hex().encode()]
            with suppress(ValueError):
                spellings.append(bytes.fromhex(secret))
            with suppress(ValueError):
                spellings.append(urlsafe_b64decode(secret + "=" * (-len(secret) % 4)))
            assert not any(spelling in stored for spelling in spellings)


class TestWhatWasRemoved:
    SECRETS = tuple(f"wrapped key {number:04}".encode() for number in range(40))

    @pytest.fixture
    def removed(self, sqlite: SqlStorage) -> Iterable[bytes]:
        """Put documents, some of them longer than a page, and remove all but one."""
        for number, secret in enumerate(self.SECRETS):
            with sqlite.write() as transaction:
                document = secret + b"." * (number * 400)
                transaction.documents.put(SOUTH, "journey", str(number), document)
        for number in range(1, len(self.SECRETS)):
            with sqlite.write() as transaction:
                transaction.documents.remove(SOUTH, "journey", str(number))
        return self.SECRETS[1:]

    def test_it_is_nowhere_once_the_log_is_empty(
        self, sqlite: SqlStorage, removed: Iterable[bytes], tmp_path: Path
    ) -> None:
        assert sqlite.tidy()

        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert self.SECRETS[0] in stored
        assert not [secret for secret in removed if secret in stored]
        assert not (tmp_path / "watchword.db-wal").stat().st_size

    def test_what_stood_in_a_record_before_is_gone_too(
        self, sqlite: SqlStorage, tmp_path: Path
    ) -> None:
        for document in (b"what it was", b"what it is!"):
            with sqlite.write() as transaction:
                transaction.documents.put(SOUTH, "journey", "1", document)

        sqlite.tidy()

        stored = (tmp_path / "watchword.db").read_bytes()
        assert b"what it is!" in stored
        assert b"what it was" not in stored

    def test_who_looks_puts_it_off(self, sqlite: SqlStorage, removed: Iterable[bytes]) -> None:
        with sqlite.read() as transaction:
            transaction.documents.find(SOUTH, "journey", "0")
            with sqlite.write() as another:
                another.documents.put(SOUTH, "journey", "0", b"new")
            assert not sqlite.tidy()
            # Nobody is kept out meanwhile.
            with sqlite.write() as another:
                another.documents.put(SOUTH, "journey", "0", b"newer")

        assert removed
        assert sqlite.tidy()

    def test_there_may_be_nothing_to_do(self, sqlite: SqlStorage) -> None:
        assert sqlite.tidy()
        assert sqlite.tidy()

    def test_a_file_that_is_gone_is_a_storage_that_does_not_answer(
        self, sqlite: SqlStorage, tmp_path: Path
    ) -> None:
        with sqlite.write() as transaction:
            transaction.documents.put(SOUTH, "journey", "1", b"new")
        (tmp_path / "watchword.db").unlink()

        with pytest.raises(StorageUnavailableError):
            sqlite.tidy()


class TestItsLocks:
    @pytest.mark.usefixtures("url")
    def test_a_lock_held_for_too_long_makes_it_unavailable(self, tmp_path: Path) -> None:
        path = tmp_path / "watchword.db"
        storage = SqlStorage(SqliteDriver(path, lock_seconds=0.05))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            with pytest.raises(StorageUnavailableError):
                add_subject(storage)
            with storage.read() as transaction:
                assert list(transaction.subjects.list_page(0, 1)) == []

            other.execute("ROLLBACK")
        add_subject(storage)
        storage.close()

    @pytest.mark.usefixtures("url")
    def test_a_turn_that_does_not_come_makes_it_unavailable(self, tmp_path: Path) -> None:
        driver = SqliteDriver(tmp_path / "watchword.db")
        storage = SqlStorage(driver, readers=1, patience=0.05)

        for door in (storage.read, storage.write):
            with door(), ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(door().__enter__)
                assert isinstance(waiting.exception(), StorageUnavailableError)
            with door():
                pass
        storage.close()

    def test_who_waits_comes_before_who_has_just_been_in(self, url: str, tmp_path: Path) -> None:
        """Else a process that writes all the time would leave the others next to nothing."""
        busy, patient = open_storage(url), open_storage(url)
        order: list[str] = []

        def write(storage: Storage, name: str) -> None:
            with storage.write():
                order.append(name)

        with ThreadPoolExecutor(1) as pool:
            with busy.write():
                waiting = pool.submit(write, patient, "who waits")
                _await_queue(tmp_path / "watchword.db-lock")
            write(busy, "who has just been in")
            waiting.result()

        assert order == ["who waits", "who has just been in"]
        busy.close()
        patient.close()

    def test_a_process_that_died_while_it_was_next_blocks_nobody(
        self, sqlite: SqlStorage, tmp_path: Path
    ) -> None:
        add_subject(sqlite)
        lock = tmp_path / "watchword.db-lock"
        process = subprocess.Popen([sys.executable, "-c", BE_NEXT, str(lock)])
        _await_queue(lock)

        process.kill()
        process.wait()

        add_subject(sqlite)

    @pytest.mark.usefixtures("url")
    def test_a_process_that_is_next_for_too_long_makes_it_unavailable(self, tmp_path: Path) -> None:
        storage = SqlStorage(SqliteDriver(tmp_path / "watchword.db", lock_seconds=0.05))
        add_subject(storage)

        with (tmp_path / "watchword.db-lock").open() as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            with pytest.raises(StorageUnavailableError):
                add_subject(storage)

        add_subject(storage)
        storage.close()

    def test_a_file_system_without_room_for_the_log_is_unavailable(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("watchword.storage.sql.sqlite.WRITE_AHEAD", "PRAGMA journal_mode")
        monkeypatch.setattr("watchword.storage.sql.sqlite.PRAGMAS", ("PRAGMA journal_mode=DELETE",))
        storage = open_storage(url)

        with pytest.raises(StorageUnavailableError):
            add_subject(storage)

    def test_a_full_disk_makes_it_unavailable_and_loses_nothing(self, sqlite: SqlStorage) -> None:
        alice = add_subject(sqlite, "alice")
        # As near to a full disk as one gets without one: this connection may not grow the file.
        with sqlite.write() as transaction:
            [(pages,)] = transaction.channel.all(text("PRAGMA page_count"), {})
            transaction.channel.all(text(f"PRAGMA max_page_count = {pages}"), {})

        with pytest.raises(StorageUnavailableError):
            add_subject(sqlite, full_name="x" * 1_000_000)

        add_subject(sqlite, "bob")
        with sqlite.read() as transaction:
            assert transaction.subjects.find_by_login("alice") == alice
            assert len(transaction.subjects.list_page(0, 10)) == 2


class TestKilled:
    def test_what_was_answered_survives_the_death_of_the_process(
        self, url: str, tmp_path: Path
    ) -> None:
        for _ in range(3):
            process = subprocess.Popen(
                [sys.executable, "-c", WRITE_AND_SAY, url], stdout=subprocess.PIPE, text=True
            )
            assert process.stdout is not None
            said = [next(process.stdout) for _ in range(50)]
            process.kill()
            # What it said between our last look and its death counts as well.
            said += process.stdout.readlines()
            process.wait()
            process.stdout.close()

            storage = open_storage(url)
            with storage.read() as transaction:
                links = [link for _, link in transaction.audit.list_page(0, 100_000)]
            storage.close()
            assert find_break(links) is None
            kept = {link.entry.login for link in links}
            # A line may be cut in the middle; all whole ones were answered.
            assert {line.strip() for line in said if line.endswith("\n")} <= kept
        with closing(sqlite3.connect(tmp_path / "watchword.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


BE_NEXT = """
import fcntl
import sys
import time

with open(sys.argv[1]) as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    time.sleep(60)
"""

WRITE_AND_SAY = """
import os
import sys
import threading
from datetime import UTC, datetime
from uuid import uuid4
from watchword.core.audit import Entry, seal
from watchword.storage.sql import open_storage

storage = open_storage(sys.argv[1])

def write():
    while True:
        name = uuid4().hex
        with storage.write() as transaction:
            entry = Entry(datetime.now(UTC), "test", "done", login=name)
            transaction.audit.append(seal(transaction.audit.head(), entry))
        os.write(1, f"{name}\\n".encode())

for _ in range(4):
    threading.Thread(target=write).start()
"""


def _await_queue(lock: Path) -> None:
    """Wait until somebody is next."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        time.sleep(0.001)
    pytest.fail("nobody queued up")


def _live(storage: Storage) -> list[str]:
    """Log in, refresh, guess and fail. Returns every secret on the way."""
    house = House(storage=storage)
    house.add("alice")
    first = house.enter()
    assert first.refresh is not None
    second = house.core.renewal.renew(first.token.secret, first.refresh.secret, SOUTH)
    assert second.refresh is not None
    with pytest.raises(InvalidCredentialsError):
        house.enter(password="a wrong guess")
    house.core.directory.set_password(house.standing().subject.id, "a new password")
    house.close()
    tokens = [first.token, first.refresh, second.token, second.refresh]
    return [PASSWORD, "a wrong guess", "a new password", *(each.secret for each in tokens)]
