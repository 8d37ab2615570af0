"""SQLite finds the living sessions of a subject without passing those that ended."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement

from watchword.storage.sql import migrate
from watchword.storage.sql.sqlite import SqliteDriver
from watchword.storage.sql.statements.sessions import end_sessions, list_sessions
from watchword.storage.sql.texts import Texts

WHOSE = frozenset({"subject_id", "audience"})


@pytest.mark.parametrize("statement", [end_sessions, list_sessions])
@pytest.mark.parametrize(
    ("names", "along"),
    [
        (WHOSE, "subject_id=? AND ended_at=?"),
        (WHOSE | {"device_key"}, "subject_id=? AND ended_at=? AND device_mark=?"),
    ],
)
def test_what_has_ended_is_not_passed(
    tmp_path: Path,
    statement: Callable[[frozenset[str]], ClauseElement],
    names: frozenset[str],
    along: str,
) -> None:
    path = tmp_path / "watchword.db"
    migrate(f"sqlite:///{path}")
    written = Texts(SqliteDriver(path).dialect)[statement(names)]

    with closing(sqlite3.connect(path)) as connection:
        values = dict.fromkeys((*names, "device_mark", "now", "limit", "at", "reason"), 1)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {written}", values).fetchall()

    assert f"USING INDEX ix_sessions_subject_id ({along})" in plan[0][-1]
