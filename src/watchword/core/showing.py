"""Keeping the index true: what subjects and tenants say of themselves, so that they can be found.

Rules of this file:

1. Who changes a subject, one of its profiles or a tenant calls `Showing` in the same unit of work,
   and nobody else puts these entries.
2. A collection is *stale* while the version that is noted beside it is not the one that its
   audience has now. A stale collection is shown anew at start (`watchword.core.reindexing`).
3. An audience that is switched off cannot say what its profiles say. A change to such a profile
   forgets the version, so that the collection is stale when the audience comes back.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from watchword.core.index import Facets, instant
from watchword.core.policy import AudiencePolicy
from watchword.core.ports import Transaction
from watchword.core.subjects import Audience, Profile, Subject, SubjectId, Tenant, TenantId

__all__ = ["TENANTS", "Showing", "collection_of"]

TENANTS: Final = "tenant"
"""The collection of all tenants: ``id``, ``name``, ``in_deletion`` and ``created_at``."""
TENANTS_VERSION: Final = 1

OURS: Final = Audience("watchword")
VERSION: Final = "facets"
"""The kind of the documents that note the version of a collection, by its name."""


def collection_of(audience: Audience) -> str:
    """Return the collection of an audience's subjects. Its keys are their ids as text."""
    return f"{audience}/subject"


@dataclass(frozen=True, slots=True)
class Showing:
    """Puts entries. ``audiences`` are those that are switched on."""

    audiences: Mapping[Audience, AudiencePolicy]

    def show(self, transaction: Transaction, subject: Subject) -> None:
        """Put what a subject says now at every audience."""
        profiles = {each.audience: each for each in transaction.profiles.list_of(subject.id)}
        for audience in self.audiences:
            self.show_at(transaction, audience, subject, profiles.get(audience))
        for name, _ in transaction.documents.list_of(OURS, VERSION):
            if name not in self._collections():
                transaction.documents.remove(OURS, VERSION, name)

    def show_at(
        self, transaction: Transaction, audience: Audience, subject: Subject, found: Profile | None
    ) -> None:
        """Put what a subject says at one audience; without a profile it says nothing there."""
        policy = self.audiences[audience]
        if policy.facets is None:
            return
        facets = None
        if found is not None:
            # Nobody can show a profile that is nonsense.
            with suppress(ValueError):
                facets = policy.facets(subject, policy.read_profile(found.document))
        if facets is None:
            transaction.index.remove(collection_of(audience), str(subject.id))
        else:
            transaction.index.put(collection_of(audience), str(subject.id), facets)

    def hide(self, transaction: Transaction, subject_id: SubjectId) -> None:
        """Remove a subject's entries at every audience, switched on or not."""
        noted = (name for name, _ in transaction.documents.list_of(OURS, VERSION))
        for name in {*noted, *self._collections()} - {TENANTS}:
            transaction.index.remove(name, str(subject_id))

    def show_tenant(self, transaction: Transaction, tenant: Tenant) -> None:
        """Put what a tenant says."""
        facets: Facets = {
            "id": str(tenant.id),
            "name": tenant.name,
            "in_deletion": int(tenant.in_deletion),
            "created_at": instant(tenant.created_at),
        }
        transaction.index.put(TENANTS, str(tenant.id), facets)

    def hide_tenant(self, transaction: Transaction, tenant_id: TenantId) -> None:
        """Remove a tenant's entry."""
        transaction.index.remove(TENANTS, str(tenant_id))

    def list_stale(self, transaction: Transaction) -> Sequence[str]:
        """Return the names of the collections that are to be shown anew."""
        noted = dict(transaction.documents.list_of(OURS, VERSION))
        wanted = self._collections()
        return [name for name, version in wanted.items() if noted.get(name) != version]

    def note(self, transaction: Transaction, collection: str) -> None:
        """Note that a collection was shown as its audience is now."""
        transaction.documents.put(OURS, VERSION, collection, self._collections()[collection])

    def _collections(self) -> Mapping[str, bytes]:
        """Return every collection that we keep, with its version."""
        indexed = [policy for policy in self.audiences.values() if policy.facets is not None]
        versions = {collection_of(each.audience): each.facets_version for each in indexed}
        return {
            name: b"%d" % version
            for name, version in [*versions.items(), (TENANTS, TENANTS_VERSION)]
        }
