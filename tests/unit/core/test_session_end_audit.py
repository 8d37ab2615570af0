"""What the audit log says of a session that was ended: whose it was, and where."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from watchword.core.audit import Actor, Entry
from watchword.core.revocation import Revocation
from watchword.core.sessions import Device, EndReason, Session, SessionId
from watchword.core.subjects import Audience, SubjectId
from watchword.storage.memory import MemoryStorage
from watchword.storage.stamps import LocalStamps

NOW = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)
SESSION = Session(
    subject_id=SubjectId(UUID(int=7)),
    audience=Audience("here"),
    opened_at=NOW,
    seen_at=NOW,
    expires_at=NOW + timedelta(hours=1),
    id=SessionId(42),
    device=Device("phone"),
)


def only_entry(storage: MemoryStorage) -> Entry:
    with storage.read() as transaction:
        [(_, link)] = transaction.audit.list_page(0, 10)
    return link.entry


def test_the_end_of_one_session_is_audited_with_its_subject_audience_and_device() -> None:
    storage = MemoryStorage()

    Revocation(storage, LocalStamps(), lambda: NOW).end_session(SESSION, EndReason.LEFT)

    entry = only_entry(storage)
    assert (entry.action, entry.result, entry.at) == ("session.end", "left", NOW)
    assert (entry.subject_id, entry.audience) == (SESSION.subject_id, "here")
    assert (entry.device_key, entry.details) == ("phone", {"session": "42"})


def test_who_asked_for_it_is_named_with_where_that_was_from() -> None:
    storage = MemoryStorage()
    by = Actor(UUID(int=7), "alice", "here", "192.0.2.7")

    Revocation(storage, LocalStamps(), lambda: NOW).end_session(SESSION, EndReason.LEFT, by=by)

    entry = only_entry(storage)
    assert (entry.address, entry.details["by_login"]) == ("192.0.2.7", "alice")


def test_the_askers_device_goes_before_the_sessions_which_stays_in_the_details() -> None:
    storage = MemoryStorage()
    by = Actor(UUID(int=8), "ada", "here", "192.0.2.8", "desk")

    Revocation(storage, LocalStamps(), lambda: NOW).end_session(SESSION, EndReason.LEFT, by=by)

    entry = only_entry(storage)
    assert (entry.device_key, entry.details["device"]) == ("desk", "phone")
