"""How SQLite finds the few sessions of a machine that stand for its service tokens."""

from collections.abc import Callable, Generator
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


@pytest.fixture
def storage(tmp_path: Path) -> Generator[SqlStorage]:
    migrate(f"sqlite:///{tmp_path}/watchword.db")
    storage = open_storage(f"sqlite:///{tmp_path}/watchword.db")
    yield storage
    storage.close()


@pytest.mark.parametrize(
    "work",
    [
        lambda sessions: sessions.list_living(MACHINE, NOW, 10),
        lambda sessions: sessions.end(MACHINE, NOW, EndReason.REISSUED),
    ],
    ids=["listing", "ending"],
)
def test_service_tokens_are_found_without_a_look_at_the_other_sessions(
    storage: SqlStorage, work: Callable[[SqlSessions], object]
) -> None:
    with storage.write() as transaction:
        seen, channel = watched(transaction.channel)
        work(SqlSessions(channel))

    assert "INDEX ix_sessions_of_service (subject_id=? AND ended_at=?)" in seen.plans[0]
