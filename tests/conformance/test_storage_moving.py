"""A database in SQLite becomes one in PostgreSQL, row by row."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.sql import SQL
from sqlalchemy import BigInteger, Column, LargeBinary, SmallInteger, Table, insert, select

from tests.data import first_release
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from watchword.core.audit import find_break
from watchword.core.errors import StorageUnavailableError
from watchword.core.subjects import SubjectId
from watchword.storage.sql import is_current, migrate, open_storage
from watchword.storage.sql.moving import move
from watchword.storage.sql.tables import METADATA

pytestmark = pytest.mark.once

LARGE = 2**62
ODD = "\\N\t\\.\n\r'ä\U0001f600"


def value_of(column: Column[Any], nullable: str) -> Any:
    """Return something odd for a column: the same wherever two columns must agree."""
    if column.nullable and nullable == "empty":
        return None
    match column.type:
        case SmallInteger():
            return 1
        case BigInteger():
            return LARGE
        case LargeBinary():
            return bytes(range(256))
        case _:
            return ODD


def put_row(source: sqlite3.Connection, table: Table, nullable: str) -> None:
    row = {column.name: value_of(column, nullable) for column in table.columns}
    source.execute(str(insert(table)), row)


def rows_of_file(url: str) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source:
        return {t.name: source.execute(str(select(t))).fetchall() for t in METADATA.sorted_tables}


def rows_of_server(url: str) -> dict[str, list[Any]]:
    with psycopg.connect(url) as target:
        return {
            t.name: target.execute(str(select(t)).encode()).fetchall()
            for t in METADATA.sorted_tables
        }


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Return the URL of a file with the tables of this release and nothing in them."""
    url = f"sqlite:///{tmp_path}/watchword.db"
    migrate(url)
    return url


@pytest.fixture
def target(postgres: Postgres) -> str:
    """Return the URL of a database that is empty."""
    return postgres.create_database()


def fill(url: str) -> None:
    storage = open_storage(url)
    first_release.fill(storage)
    storage.close()


def opened(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"))


class TestWhatIsCarriedOver:
    @pytest.mark.parametrize("nullable", ["full", "empty"])
    def test_every_value_of_every_table_arrives_as_it_was(
        self, source: str, target: str, nullable: str
    ) -> None:
        with closing(opened(source)) as file, file:
            for table in METADATA.sorted_tables:
                put_row(file, table, nullable)

        moved = move(source, target)

        arrived = rows_of_server(target)
        assert arrived == rows_of_file(source)
        assert [len(rows) for rows in arrived.values()] == [1] * len(METADATA.tables)
        assert moved == len(METADATA.tables)
        assert is_current(target)

    def test_what_is_lived_with_is_the_same_afterwards(self, source: str, target: str) -> None:
        fill(source)

        move(source, target)

        storage = open_storage(target)
        with storage.write() as transaction:
            links = [link for _, link in transaction.audit.list_page(0, 100)]
            assert links
            assert find_break(links) is None
            alice = transaction.subjects.find(first_release.ALICE)
            assert alice is not None
            assert alice.logins == ("Zoë@Acme.example", "alice")
            # What comes now is numbered after what was there.
            added = transaction.subjects.add(replace(alice, id=SubjectId(UUID(int=1)), logins=()))
            assert added.number == 4
        storage.close()

    def test_a_number_whose_row_is_gone_is_not_given_out_again(
        self, source: str, target: str
    ) -> None:
        fill(source)
        with closing(opened(source)) as file, file:
            file.execute("PRAGMA foreign_keys = ON")
            file.execute("DELETE FROM subjects")

        move(source, target)

        with psycopg.connect(target) as connection:
            following = SQL("SELECT nextval(pg_get_serial_sequence('subjects', 'number'))")
            assert connection.execute(following).fetchone() == (4,)


class TestWhatIsRefused:
    def test_a_database_that_holds_something_keeps_it_and_gets_nothing(
        self, source: str, target: str
    ) -> None:
        for url in (source, target):
            migrate(url)
            fill(url)
        before = rows_of_server(target)

        with pytest.raises(ValueError, match="not empty: there is something in its table"):
            move(source, target)

        assert rows_of_server(target) == before

    def test_one_value_that_the_server_cannot_hold_leaves_it_empty(
        self, source: str, target: str
    ) -> None:
        fill(source)
        with closing(opened(source)) as file, file:
            file.execute("UPDATE audit SET login = 'a' || char(0) WHERE serial = 1")

        with pytest.raises(psycopg.DataError):
            move(source, target)

        assert not any(rows_of_server(target).values())

    def test_a_file_of_an_older_release_is_left_as_it_is(self, target: str, tmp_path: Path) -> None:
        old = tmp_path / "old.db"
        old.write_bytes(first_release.SQLITE.read_bytes())

        with pytest.raises(ValueError, match="migrate it first"):
            move(f"sqlite:///{old}", target)

        assert old.read_bytes() == first_release.SQLITE.read_bytes()
        assert not is_current(target)

    def test_a_file_that_is_not_there_is_not_made(self, target: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no database of this release"):
            move(f"sqlite:///{tmp_path}/missing.db", target)

        assert list(tmp_path.iterdir()) == []

    def test_nothing_is_carried_from_a_server(self, source: str, target: str) -> None:
        for to in (source, target):
            with pytest.raises(ValueError, match="only a SQLite database"):
                move(target, to)

    def test_nothing_is_carried_to_a_file(self, source: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="only to PostgreSQL"):
            move(source, f"sqlite:///{tmp_path}/other.db")

        assert not (tmp_path / "other.db").exists()

    def test_a_server_that_is_away_is_told(self, source: str) -> None:
        with pytest.raises(StorageUnavailableError):
            move(source, f"postgresql://watchword@127.0.0.1:{free_port()}/watchword")
