"""How SQLite finds the few sessions of a machine that stand for its service tokens."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from tests.support.plans import watched
from watchword.core.sessions import EndReason, SessionFilter
from watchword.core.subjects import Audience, SubjectId
from watchword.storage.sql import SqlStorage, migrate, open_storage
from watchword.storage.sql.sessions import SqlSessions

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SOMEBODY = SubjectId(UUID(int=1))
MACHINE = SessionFilter(subject_id=SOMEBODY, audience=Audience("north"), of_service=True)


def turn_indexes_round(path: Path) -> None:
    """Make all indexes again, the last one first: of two that are as good, SQLite takes either."""
    with closing(sqlite3.connect(path)) as connection:
        made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        indexes = connection.execute(f"{made} ORDER BY rowid DESC").fetchall()
        for name, text in indexes:
            connection.execute(f"DROP INDEX {name}")
            connection.execute(text)
        assert connection.execute(f"{made} ORDER BY rowid").fetchall() == indexes


@pytest.fixture(params=["as made", "turned round"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[SqlStorage]:
    migrate(f"sqlite:///{tmp_path}/watchword.db")
    if request.param == "turned round":
        turn_indexes_round(tmp_path / "watchword.db")
    storage = open_storage(f"sqlite:///{tmp_path}/watchword.db")
    yield storage
    storage.close()


@pytest.mark.parametrize(
    "work",
    [
        lambda sessions: sessions.list_living(MACHINE, NOW, 10),
        lambda sessions: sessions.end(MACHINE, NOW, EndReason.REISSUED),
        lambda sessions: sessions.list_living(replace(MACHINE, audience=None), NOW, 10),
    ],
    ids=["listing", "ending", "listing everywhere"],
)
def test_service_tokens_are_found_without_a_look_at_the_other_sessions(
    storage: SqlStorage, work: Callable[[SqlSessions], object]
) -> None:
    with storage.write() as transaction:
        seen, channel = watched(transaction.channel)
        work(SqlSessions(channel))

    assert "INDEX ix_sessions_of_service (subject_id=? AND ended_at=? AND " in seen.plans[0]


def test_indexes_are_always_made_in_the_same_order(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/watchword.db")
    with closing(sqlite3.connect(tmp_path / "watchword.db")) as connection:
        made = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        names = connection.execute(f"{made} ORDER BY rowid").fetchall()

    assert len(names) > 20
    assert names == sorted(names)
