"""Lists of sessions, made by looking at everything."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from watchword.core.networks import is_within
from watchword.core.session_lists import (
    ListedSession,
    SessionSearch,
    is_listed,
    place_of,
    state_of,
)
from watchword.core.sessions import EndReason, SessionId
from watchword.core.tokens import Use
from watchword.storage.memory.tables import Tables

__all__ = ["MemorySessionLists"]

SHOWN: Final = frozenset({Use.ACCESS, Use.PROOF})


@dataclass(frozen=True, slots=True)
class MemorySessionLists:
    """Sessions as lists show them."""

    tables: Tables

    def search(self, asked: SessionSearch) -> Sequence[ListedSession]:
        """Return the sessions that are asked for, in their order."""
        found = [
            (place_of(each, asked.order), each)
            for each in self._listed(asked)
            if _fits(each, asked)
        ]
        if asked.after is not None:
            after, forward = asked.after, not asked.descending
            found = [row for row in found if row[0] != after and (row[0] > after) is forward]
        found.sort(key=lambda row: row[0], reverse=asked.descending)
        return [each for _, each in found[: asked.limit]]

    def drop(self, session_ids: Collection[SessionId]) -> None:
        """Show sessions that a block ended no longer."""
        for session_id in session_ids:
            session = self.tables.sessions.rows.get(session_id)
            if session is not None and session.end_reason is EndReason.BLOCKED:
                self.tables.unlisted.change()[session_id] = None

    def _listed(self, asked: SessionSearch) -> Iterator[ListedSession]:
        for name, record in self.tables.tokens.rows.items():
            session = self.tables.sessions.rows[record.session_id]
            here = record.use in SHOWN and session.audience == asked.audience
            if (
                here
                and is_listed(session, asked.now)
                and session.id not in self.tables.unlisted.rows
            ):
                subject = self.tables.subjects.rows[session.subject_id]
                active = record.use is Use.ACCESS
                yield ListedSession(session, subject.number, subject.name, name, active)


def _fits(listed: ListedSession, asked: SessionSearch) -> bool:
    session = listed.session
    wanted: tuple[tuple[Collection[object] | None, object], ...] = (
        (asked.digests, listed.digest),
        (None if asked.subject_id is None else (asked.subject_id,), session.subject_id),
        (asked.owner_numbers, listed.owner_number),
        (asked.owner_names, listed.owner_name),
        (asked.device_keys, session.device.key),
        (asked.states, state_of(session, asked.fresh_since)),
        (None if asked.mobile is None else (asked.mobile,), session.device.mobile),
        (None if asked.active is None else (asked.active,), listed.active),
    )
    if any(values is not None and value not in values for values, value in wanted):
        return False
    if asked.networks is not None and not is_within(session.address, asked.networks):
        return False
    after_start = asked.opened_from is None or session.opened_at >= asked.opened_from
    return after_start and (asked.opened_to is None or session.opened_at <= asked.opened_to)
