"""Sessions that somebody stays connected under: their end is noticed without being asked about.

A caller that comes with each request is judged anew each time (`watchword.core.access`). One that
stays has to be told. Rules of this file:

1. A watch remembers the stamps of its session's slots (`watchword.core.revocation`). Looking
   whether it still holds is a few array reads.
2. The stamps are read *before* the storage is asked. Whoever ends a session commits first and
   renews the stamps after, so an end that the storage did not show yet is still to show in them.
3. Who looks at all watches a few times a second therefore notices every end that a process of this
   host brings about, however it came about, within that time after the ending call has answered.
4. The storage is asked again after `AGAIN` in any case: other hosts have stamps of their own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchword.core.access import Access, find_access, is_open, picking
from watchword.core.errors import TokenExpiredError, TokenUnknownError
from watchword.core.networks import is_within
from watchword.core.ports import Clock, Stamps, Storage, Transaction
from watchword.core.revocation import slots_of
from watchword.core.sessions import Session
from watchword.core.subjects import Audience, TenantId
from watchword.core.tokens import TokenDigest, digest

__all__ = ["AGAIN", "Watch", "Watching"]

AGAIN: Final = timedelta(seconds=30)
"""How long a watch is believed without another look at the storage."""


class Watch:
    """One caller that stays connected, with all that tells whether its session still holds."""

    __slots__ = ("_good_until", "_pick", "_slots", "_stamps", "address", "name", "session")

    def __init__(
        self, name: TokenDigest, session: Session, tenant_id: TenantId | None, address: str
    ) -> None:
        """Begin without stamps: it does not hold before the storage was asked."""
        self.name: Final = name
        self.address: Final = address
        self.session = session
        self._good_until = session.seen_at
        self._slots = slots_of(session, tenant_id)
        self._pick = picking(self._slots)
        self._stamps: tuple[int, ...] = ()

    def holds(self, table: Sequence[int], now: datetime) -> bool:
        """Say whether nothing has happened since the storage was asked."""
        return self._pick(table) == self._stamps and now <= self._good_until

    def read(self, table: Sequence[int]) -> tuple[int, ...]:
        """Return the stamps of this session's slots as they are now."""
        return self._pick(table)

    def confirm(
        self, session: Session, slots: tuple[int, ...], stamps: tuple[int, ...], now: datetime
    ) -> None:
        """Note what the storage said, and the stamps from before it was asked.

        Stamps of other slots than those of the session tell nothing: then it does not hold yet.
        """
        self.session = session
        self._good_until = min(session.expires_at, now + AGAIN)
        self._stamps = stamps if slots == self._slots else ()
        self._slots, self._pick = slots, picking(slots)


@dataclass(frozen=True, slots=True)
class Watching:
    """Watches over sessions. One instance a process, shared by its threads."""

    storage: Storage
    stamps: Stamps
    clock: Clock
    access: Access

    def begin(self, secret: str | None, audience: Audience, address: str = "") -> Watch:
        """Return a watch over the session of an access token. Raises as `Access.principal`."""
        principal = self.access.principal(secret, audience, address)
        tenant_id = principal.subject.tenant_id
        watch = Watch(digest(secret or ""), principal.session, tenant_id, address)
        if self.ask_again([watch]):
            raise TokenUnknownError
        return watch

    def find_stirred(self, watches: Collection[Watch]) -> Sequence[Watch]:
        """Return those that the storage has to be asked about again. Blocks for nothing."""
        table, now = self.stamps.table, self.clock()
        return [watch for watch in watches if not watch.holds(table, now)]

    def ask_again(self, watches: Sequence[Watch]) -> Sequence[Watch]:
        """Ask the storage about these and return those whose session is over."""
        before, now = [watch.read(self.stamps.table) for watch in watches], self.clock()
        with self.storage.read() as transaction:
            return [
                watch
                for watch, stamps in zip(watches, before, strict=True)
                if not _goes_on(transaction, watch, stamps, now)
            ]

    def note_use(self, watch: Watch) -> None:
        """Note that somebody is still there; written behind, as the use of a token is."""
        self.access.note(watch.session)


def _goes_on(
    transaction: Transaction, watch: Watch, stamps: tuple[int, ...], now: datetime
) -> bool:
    try:
        standing, session = find_access(transaction, watch.name, watch.session.audience, now)
    except (TokenUnknownError, TokenExpiredError):
        return False
    placed = not session.networks or is_within(watch.address, session.networks)
    if not (placed and is_open(standing)):
        return False
    watch.confirm(session, slots_of(session, standing.subject.tenant_id), stamps, now)
    return True
