"""SQLite counts open challenges, and finds late ones, without looking at any other."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement

from watchword.storage.sql import migrate
from watchword.storage.sql.sqlite import SqliteDriver
from watchword.storage.sql.statements.ledgers import COUNT_CHALLENGES, PURGE_CHALLENGES
from watchword.storage.sql.texts import Texts

ALONG = "ix_challenges_deadline (deadline"


@pytest.mark.parametrize("statement", [COUNT_CHALLENGES, PURGE_CHALLENGES])
def test_the_index_is_enough(tmp_path: Path, statement: ClauseElement) -> None:
    path = tmp_path / "watchword.db"
    migrate(f"sqlite:///{path}")
    written = Texts(SqliteDriver(path).dialect)[statement]

    with closing(sqlite3.connect(path)) as connection:
        values = dict.fromkeys(("source", "now", "before", "limit"), 1)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {written}", values).fetchall()

    assert any(f"USING COVERING INDEX {ALONG}" in step[-1] for step in plan), plan
