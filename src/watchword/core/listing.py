"""Looking through sessions, and closing those that were found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from watchword.core.audit import Actor, Entry, attributed
from watchword.core.blocklist import is_blocked
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, record, session_slot
from watchword.core.session_lists import ListedSession, SessionSearch, place_of
from watchword.core.sessions import EndReason, SessionFilter

__all__ = ["CLOSE", "Listing"]

CLOSE: Final = "session.end"
"""What the audit trail calls it, unless somebody says otherwise."""

ROUNDS: Final = 20
"""How often a page is filled up; after that a short one is shown."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Lists and closes sessions. One instance a process, shared by its threads."""

    storage: Storage
    revocation: Revocation
    clock: Clock

    def search(self, asked: SessionSearch) -> Sequence[ListedSession]:
        """Return a page of sessions.

        Of those that a block ended, only those whose device is blocked still: a list must not tell
        of a block that is over.
        """
        found: list[ListedSession] = []
        with self.storage.read() as transaction:
            for _ in range(ROUNDS):
                missing = asked.limit - len(found)
                page = transaction.session_lists.search(replace(asked, limit=missing))
                found += [each for each in page if _is_shown(transaction, each, asked)]
                if len(page) < missing or len(found) == asked.limit:
                    break
                asked = replace(asked, after=place_of(page[-1], asked.order))
        return found

    def close(
        self,
        sessions: Collection[ListedSession],
        *,
        by: Actor | None = None,
        action: str = CLOSE,
    ) -> None:
        """End sessions; no worker accepts their tokens once this returns.

        Those that a block ended vanish from lists. ``action`` is what the audit trail calls it.
        """
        now = self.clock()
        with self.revocation.change() as (transaction, stale):
            for each in sessions:
                session = each.session
                stale.add(session_slot(session.id))
                which = SessionFilter(id=session.id)
                transaction.sessions.end(which, now, EndReason.REVOKED)
                entry = Entry(
                    now,
                    action,
                    EndReason.REVOKED,
                    audience=session.audience,
                    subject_id=session.subject_id,
                    login=each.owner_name,
                    device_key=session.device.key,
                    details={"session": str(session.id)},
                )
                record(transaction, attributed(entry, by))
            transaction.session_lists.drop([each.session.id for each in sessions])


def _is_shown(transaction: Transaction, listed: ListedSession, asked: SessionSearch) -> bool:
    session = listed.session
    if session.ended_at is None:
        return True
    return is_blocked(transaction, asked.audience, session.device.key, asked.now)
