"""What the audit log says of a session that was ended: whose it was, and where."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

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


def test_the_end_of_one_session_is_audited_with_its_subject_audience_and_device() -> None:
    storage = MemoryStorage()

    Revocation(storage, LocalStamps(), lambda: NOW).end_session(SESSION, EndReason.LEFT)

    with storage.read() as transaction:
        [(_, link)] = transaction.audit.list_page(0, 10)
    entry = link.entry
    assert (entry.action, entry.result, entry.at) == ("session.end", "left", NOW)
    assert (entry.subject_id, entry.audience) == (SESSION.subject_id, "here")
    assert (entry.device_key, entry.details) == ("phone", {"session": "42"})
