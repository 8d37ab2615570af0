"""Databases of every release become databases of this one, on both kinds of database."""

import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.data import first_release
from tests.support.postgres import Postgres
from watchword.core.audit import find_break
from watchword.core.ports import Storage, Transaction
from watchword.core.session_lists import SessionSearch
from watchword.core.sessions import SessionId
from watchword.core.subjects import Audience, Subject, SubjectId
from watchword.core.tokens import digest
from watchword.storage.memory import MemoryStorage
from watchword.storage.sql import DatabaseVersionError, is_current, migrate, open_storage
from watchword.storage.sql.drivers import driver_at
from watchword.storage.sql.migrating import upgrade
from watchword.storage.sql.tables import METADATA
from watchword.storage.sql.versions import HEAD

pytestmark = pytest.mark.once

FIND_SCHEMA = """
    SELECT 'column', table_name || '.' || column_name,
           concat_ws(' ', data_type, is_nullable, column_default)
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint', conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2
"""


class Sqlite:
    """Databases in files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def create(self) -> str:
        """Return the URL of a database that is empty."""
        self._count += 1
        return f"sqlite:///{self._folder}/{self._count}.db"

    def restore(self) -> str:
        """Return the URL of a copy of the frozen database."""
        url = self.create()
        shutil.copy(first_release.SQLITE, url.removeprefix("sqlite:///"))
        return url

    def run(self, url: str, statement: str) -> Any:
        """Run a statement as another program would."""
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            return connection.execute(statement).fetchall()

    def schema(self, url: str) -> Any:
        """Return all that makes up the tables.

        Of tables not the text: a column that was added stands at its end, behind the constraints.
        """
        statement = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"
        rows = [row for row in self.run(url, statement) if "alembic" not in row[1]]
        return [row if row[0] != "table" else self._table(url, row[1], row[2]) for row in rows]

    def _table(self, url: str, name: str, written: str) -> Any:
        """Return what a table consists of."""
        columns = self.run(url, f"PRAGMA table_xinfo({name})")
        keys = self.run(url, f"PRAGMA foreign_key_list({name})")
        words = [word for word in ("AUTOINCREMENT", "WITHOUT ROWID", "CHECK") if word in written]
        return "table", name, columns, keys, words


class Server:
    """Databases on a server."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres

    def create(self) -> str:
        """Return the URL of a database that is empty."""
        return self._postgres.create_database()

    def restore(self) -> str:
        """Return the URL of a copy of the frozen database."""
        url = self.create()
        self.run(url, first_release.POSTGRES.read_text())
        return url

    def run(self, url: str, statement: str) -> Any:
        """Run a statement as another program would."""
        with psycopg.connect(url) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def schema(self, url: str) -> Any:
        """Return all that makes up the tables."""
        return [row for row in self.run(url, FIND_SCHEMA) if "alembic" not in row[1]]


Databases: TypeAlias = Sqlite | Server

_ALL_SESSIONS = SessionSearch(first_release.OZ, first_release.START, first_release.START)


@pytest.fixture(params=["sqlite", "postgres"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    if request.param == "sqlite":
        return Sqlite(tmp_path)
    return Server(request.getfixturevalue("postgres"))


@contextmanager
def connected(url: str) -> Generator[Connection]:
    """Connect through SQLAlchemy, committing at the end."""
    driver = driver_at(url)
    driver.create()
    name = f"{driver.dialect.name}+{driver.dialect.driver}://"
    engine = create_engine(name, creator=lambda: driver.connect(writing=True)[0])
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def run_scripts(url: str) -> None:
    """Bring an empty database up to date by its whole history."""
    driver = driver_at(url)
    driver.create()
    upgrade(driver)


def test_the_scripts_make_exactly_the_tables(databases: Databases) -> None:
    migrated, created = databases.create(), databases.create()
    run_scripts(migrated)
    migrate(created)

    assert databases.schema(migrated) == databases.schema(created)
    assert _rows(migrated) == _rows(created) == {"alembic_version": [(HEAD,)]}
    with connected(migrated) as connection:
        # Alembic cannot compare an index that runs backwards; the line above has compared it.
        options = {"include_object": lambda _object, name, *_: name != "ix_index_marks_ascending"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_what_was_made_without_scripts_is_changed_by_the_next_one(databases: Databases) -> None:
    url = databases.create()
    migrate(url)
    version = databases.run(url, "SELECT * FROM alembic_version")

    with connected(url) as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD == version[0][0]


def test_the_newest_script_is_the_one_that_is_needed() -> None:
    config = Config()
    config.set_main_option("script_location", "watchword.storage.sql:migrations")

    scripts = ScriptDirectory.from_config(config)

    assert scripts.get_heads() == [HEAD]
    assert all(re.fullmatch(r"\d{4}", script.revision) for script in scripts.walk_revisions())


def test_an_empty_database_is_not_current_until_it_is_migrated(databases: Databases) -> None:
    url = databases.create()

    assert not is_current(url)
    migrate(url)
    assert is_current(url)


def test_migrating_again_changes_nothing(databases: Databases) -> None:
    url = databases.create()
    migrate(url)
    storage = open_storage(url)
    first_release.fill(storage)
    before = _everything(storage)

    migrate(url)

    assert _everything(storage) == before
    storage.close()


def test_several_processes_may_migrate_at_once(databases: Databases) -> None:
    url = databases.create()
    program = "import sys; from watchword.storage.sql import migrate; migrate(sys.argv[1])"

    processes = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(4)]

    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    assert is_current(url)
    assert databases.run(url, "SELECT count(*) FROM alembic_version") == [(1,)]


def test_a_migration_that_fails_leaves_the_database_as_it_was(databases: Databases) -> None:
    url = databases.restore()
    # A table of somebody else's, under a name that a script comes to late.
    databases.run(url, "CREATE TABLE blobs (anything TEXT)")
    before = databases.schema(url)

    with pytest.raises(DBAPIError, match="already exists"):
        migrate(url)

    assert not is_current(url)
    assert databases.schema(url) == before


def test_tables_of_another_program_are_left_alone(databases: Databases) -> None:
    url = databases.create()
    with connected(url) as connection:
        connection.exec_driver_sql("CREATE TABLE customers (name TEXT)")
    before = databases.schema(url)

    with pytest.raises(DatabaseVersionError, match="another program"):
        migrate(url)

    assert not is_current(url)
    assert databases.schema(url) == before


def test_what_extensions_brought_along_is_nobodys(postgres: Postgres) -> None:
    server = Server(postgres)
    url = server.create()
    server.run(url, "CREATE TABLE brought (anything TEXT)")
    # As a script of an extension would have made it; none that Debian ships makes a plain table.
    server.run(
        url,
        "INSERT INTO pg_depend SELECT 'pg_class'::regclass, 'brought'::regclass, 0,"
        " 'pg_extension'::regclass, oid, 0, 'e' FROM pg_extension WHERE extname = 'plpgsql'",
    )

    migrate(url)

    assert is_current(url)


@pytest.mark.parametrize(
    ("version", "complaint"),
    [("9999", "upgrade"), ("ae1027a6acf", "another program"), ("12345", "another program")],
)
def test_a_database_of_no_known_version_is_refused(
    databases: Databases, version: str, complaint: str
) -> None:
    url = databases.create()
    migrate(url)
    databases.run(url, "DELETE FROM alembic_version")
    with connected(url) as connection:
        connection.execute(
            text("INSERT INTO alembic_version VALUES (:version)"), {"version": version}
        )
    before = databases.schema(url)

    with pytest.raises(DatabaseVersionError, match=complaint):
        is_current(url)
    with pytest.raises(DatabaseVersionError, match=complaint):
        migrate(url)

    assert databases.schema(url) == before


def test_the_first_release_can_be_opened(databases: Databases) -> None:
    expected = MemoryStorage()
    first_release.fill(expected)
    url = databases.restore()

    migrate(url)

    storage = open_storage(url)
    assert _everything(storage) == _everything(expected)
    with storage.write() as transaction:
        links = [link for _, link in transaction.audit.list_page(0, 100)]
        assert find_break(links) is None
        # What comes now is numbered after what was there.
        found = transaction.subjects.find(first_release.ALICE)
        assert found is not None
        added = transaction.subjects.add(replace(found, id=SubjectId(UUID(int=1)), logins=()))
        assert added.number == 4
    storage.close()


def test_looking_and_opening_load_no_more_than_they_need(tmp_path: Path) -> None:
    """A worker that keeps a file is small: no alembic, no client of PostgreSQL."""
    url = f"sqlite:///{tmp_path}/watchword.db"
    program = (
        "import sys\n"
        "from watchword.storage.sql import is_current, migrate, open_storage\n"
        "migrate(sys.argv[1])\n"
        "assert is_current(sys.argv[1])\n"
        "migrate(sys.argv[1])\n"
        "open_storage(sys.argv[1]).ping()\n"
        "print(*sys.modules)"
    )

    command = [sys.executable, "-c", program, url]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    assert "sqlalchemy" in loaded
    assert not {"alembic", "psycopg"} & set(loaded)


def _rows(url: str) -> dict[str, list[Any]]:
    """Return the rows of all tables that have any."""
    with connected(url) as connection:
        tables = MetaData()
        tables.reflect(connection)
        found = {name: connection.execute(t.select()).all() for name, t in tables.tables.items()}
    return {name: [tuple(row) for row in rows] for name, rows in found.items() if rows}


def _everything(storage: Storage) -> object:
    """Return all that a storage can be asked for."""
    with storage.read() as transaction:
        subjects = list(transaction.subjects.list_page(0, 100))
        return (
            list(transaction.tenants.list_page(None, 100)),
            subjects,
            [_of_subject(transaction, subject) for subject in subjects],
            [transaction.sessions.find(SessionId(number)) for number in range(1, 6)],
            [_of_token(transaction, name) for name in ("first", "second", "third")],
            list(transaction.session_lists.search(_ALL_SESSIONS)),
            transaction.attempts.find(["login:1", "source:2"]),
            list(transaction.documents.list_of(Audience("findface"), "role")),
            list(transaction.audit.list_page(0, 100)),
        )


def _of_subject(transaction: Transaction, subject: Subject) -> object:
    return (
        transaction.credentials.find_password(subject.id),
        list(transaction.profiles.list_of(subject.id)),
        transaction.standings.find_by_subject(subject.id, first_release.OZ),
        [transaction.standings.find_by_login(each, first_release.OZ) for each in subject.logins],
        transaction.devices.knows(subject.id, ["device:1", "address:2"]),
    )


def _of_token(transaction: Transaction, name: str) -> object:
    find_by_token = transaction.standings.find_by_token
    return [find_by_token(digest(f"{name} {use}")) for use in ("access", "refresh")]
