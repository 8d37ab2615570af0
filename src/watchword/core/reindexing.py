"""Showing whole collections anew: after an upgrade, or when an audience comes back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from watchword.core.ports import Storage, Transaction
from watchword.core.showing import Showing, collection_of
from watchword.core.subjects import Audience, TenantId

__all__ = ["Reindexing"]

BATCH: Final = 500
"""Records that one unit of work shows anew; other writers wait for it."""

Step = Callable[[Transaction], bool]
"""Shows one batch; False when there is nothing left."""


@dataclass(frozen=True, slots=True)
class Reindexing:
    """Makes the index say what subjects and tenants say. May be stopped and begun anew."""

    storage: Storage
    showing: Showing

    def catch_up(self) -> Sequence[str]:
        """Show every stale collection anew. Returns their names."""
        with self.storage.read() as transaction:
            stale = self.showing.list_stale(transaction)
        for name in stale:
            self.reindex(name)
        return stale

    def reindex(self, collection: str) -> None:
        """Show one collection anew, batch by batch, while others go on changing it."""
        step = _Tenants(self.showing).step
        for audience in self.showing.audiences:
            if collection_of(audience) == collection:
                step = _Subjects(self.showing, audience).step
        while self._run(step):
            pass
        with self.storage.write() as transaction:
            self.showing.note(transaction, collection)

    def _run(self, step: Step) -> bool:
        with self.storage.write() as transaction:
            return step(transaction)


@dataclass(slots=True)
class _Tenants:
    """A walk through all tenants."""

    showing: Showing
    after: TenantId | None = None

    def step(self, transaction: Transaction) -> bool:
        """Show the next batch."""
        page = transaction.tenants.list_page(self.after, BATCH)
        for tenant in page:
            self.showing.show_tenant(transaction, tenant)
            self.after = tenant.id
        return bool(page)


@dataclass(slots=True)
class _Subjects:
    """A walk through all subjects at one audience."""

    showing: Showing
    audience: Audience
    after: int = 0

    def step(self, transaction: Transaction) -> bool:
        """Show the next batch."""
        page = transaction.subjects.list_page(self.after, BATCH)
        ids = [subject.id for subject in page]
        for standing in transaction.standings.find_many(ids, self.audience):
            subject = standing.subject
            self.showing.show_at(transaction, self.audience, subject, standing.profile)
            self.after = subject.number
        return bool(page)
