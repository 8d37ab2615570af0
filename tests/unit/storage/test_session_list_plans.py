"""SQLite reads a page of sessions along an index, however many there are."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from watchword.core.session_lists import SessionOrder, SessionSearch, SessionState
from watchword.core.subjects import Audience, Subject, SubjectId
from watchword.storage.sql import SqlStorage, migrate, open_storage
from watchword.storage.sql.channel import Channel

NOW = datetime(2025, 3, 4, tzinfo=UTC)


@pytest.fixture
def storage(tmp_path: Path) -> Generator[SqlStorage]:
    url = f"sqlite:///{tmp_path}/db"
    migrate(url)
    storage = open_storage(url)
    with storage.write() as transaction:
        for login in ("alice", "bob"):
            subject = Subject(SubjectId(uuid4()), (login,), "", NOW, NOW)
            transaction.subjects.add(subject)
    yield storage
    storage.close()


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Gather how the database goes about each statement that is run meanwhile."""
    plans: list[str] = []
    run = Channel.all

    def explain(self: Any, statement: Any, values: Any) -> Any:
        written = self._texts[statement]
        run(self, text("SELECT 1"), {})
        plan = self._cursor.execute(f"EXPLAIN QUERY PLAN {written}", values)
        plans.extend(row[-1] for row in plan.fetchall())
        return run(self, statement, values)

    with monkeypatch.context() as patch:
        patch.setattr(Channel, "all", explain)
        yield plans


def plan_of(storage: SqlStorage, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> list[str]:
    with watched(monkeypatch) as plans, storage.read() as transaction:
        search = SessionSearch(Audience("north"), NOW, NOW, limit=20, **asked)
        transaction.session_lists.search(search)
    assert plans
    return [line for line in plans if "session_list" in line or "TEMP B-TREE" in line]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("order", "index"),
    [
        (SessionOrder.OPENED, "ix_session_list_opened"),
        (SessionOrder.SEEN, "ix_session_list_seen"),
        (SessionOrder.MOBILE, "ix_session_list_opened"),
        (SessionOrder.STATE, "ix_session_list_seen"),
        (SessionOrder.OWNER, "ix_session_list_owner"),
    ],
)
@pytest.mark.parametrize("behind", [False, True])
def test_a_page_of_any_order_is_read_along_an_index(
    storage: SqlStorage,
    monkeypatch: pytest.MonkeyPatch,
    order: SessionOrder,
    index: str,
    *,
    descending: bool,
    behind: bool,
) -> None:
    places: dict[SessionOrder, Any] = {
        SessionOrder.MOBILE: (0, 1, 1),
        SessionOrder.STATE: (0, 1, 1),
        SessionOrder.OWNER: ("a", 1),
    }
    after = places.get(order, (1, 1)) if behind else None

    plans = plan_of(storage, monkeypatch, order=order, descending=descending, after=after)

    inner = [line for line in plans if "session_list" in line]
    assert inner
    assert all(line.startswith("SEARCH session_list") and index in line for line in inner)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"device_keys": ("a", "b")}, "ix_session_list_device_mark"),
        ({"owner_numbers": (1, 2)}, "ix_session_list_subject_id"),
        ({"owner_names": ("alice",)}, "ix_session_list_subject_id"),
        ({"digests": (b"x",)}, None),
    ],
)
def test_what_a_condition_leads_to_is_looked_up(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch, asked: Any, index: str | None
) -> None:
    states = frozenset({SessionState.ONLINE})

    plans = plan_of(storage, monkeypatch, states=states, mobile=True, **asked)

    scanned = [line for line in plans if line.startswith("SCAN session_list")]
    assert scanned == []
    if index is not None:
        assert any(index in line for line in plans)


@pytest.mark.parametrize("asked", [{"owner_numbers": (1,)}, {"owner_names": ("alice",)}])
def test_the_newest_of_one_owner_are_read_without_sorting(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch, asked: Any
) -> None:
    plans = plan_of(storage, monkeypatch, **asked)

    [line] = [line for line in plans if "session_list" in line]
    assert "USING INDEX ix_session_list_subject_id (subject_id=?)" in line


@pytest.mark.parametrize("order", [SessionOrder.SEEN, SessionOrder.STATE])
@pytest.mark.parametrize(
    ("states", "span"),
    [({SessionState.ONLINE}, "seen_at>?"), ({SessionState.OFFLINE}, "seen_at<?")],
)
def test_those_in_a_state_are_one_stretch_of_an_order_by_use(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch, order: Any, states: Any, span: str
) -> None:
    plans = plan_of(storage, monkeypatch, order=order, states=frozenset(states))

    [line] = [line for line in plans if "session_list" in line]
    assert "ix_session_list_seen" in line
    assert span in line


def test_a_state_leads_no_other_order_astray(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = plan_of(storage, monkeypatch, states=frozenset({SessionState.ONLINE}))

    inner = [line for line in plans if "session_list" in line]
    assert all("ix_session_list_opened" in line for line in inner)


def test_sessions_that_wait_for_a_second_factor_are_looked_up_among_proofs_alone(
    storage: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched(monkeypatch) as plans, storage.read() as transaction:
        search = SessionSearch(Audience("north"), NOW, NOW, limit=20, active=False)
        transaction.session_lists.search(search)

    assert any("ix_tokens_proof" in line for line in plans)
    assert not any(line.startswith("SCAN session_list") for line in plans)
