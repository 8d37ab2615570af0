"""Changing organisations, and what happens to their subjects with them.

Rules of this file:

1. A tenant in deletion keeps all its subjects out: their sessions end in the unit of work that
   closes it, and nobody is admitted or vouched for until it is gone.
2. What a tenant leaves behind is for whoever removes it to remove first; subjects that other
   audiences still know are left without a tenant.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from watchword.core.audit import Actor, Entry, attributed
from watchword.core.errors import NotFoundError
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, record, subject_slot, tenant_slot
from watchword.core.sessions import EndReason, SessionFilter
from watchword.core.showing import Showing
from watchword.core.subjects import Tenant, TenantId
from watchword.core.tokens import Randomness, new_uuid

__all__ = ["Tenancy", "TenantGuard", "add_tenant"]

BATCH: Final = 200
"""Subjects that one unit of work takes leave of; others wait for it."""


TenantGuard: TypeAlias = Callable[[Transaction, Tenant | None], None]
"""As `watchword.core.changing.Guard`, with the tenant from before."""


def _unguarded(_transaction: Transaction, _before: Tenant | None) -> None:
    """Let everything pass."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Changes tenants. One instance a process, shared by its threads."""

    storage: Storage
    revocation: Revocation
    showing: Showing
    clock: Clock
    random: Randomness

    def add_tenant(
        self, name: str, *, by: Actor | None = None, guard: TenantGuard = _unguarded
    ) -> Tenant:
        """Add a tenant and return it. Names need not be unique; a guard may ask for it."""
        identity = TenantId(new_uuid(self.random))
        tenant = Tenant(identity, name, self.clock())
        with self.storage.write() as transaction:
            add_tenant(transaction, self.showing, tenant, by)
            guard(transaction, None)
        return tenant

    def rename_tenant(
        self,
        tenant_id: TenantId,
        name: str,
        *,
        by: Actor | None = None,
        guard: TenantGuard = _unguarded,
    ) -> Tenant:
        """Give a tenant another name and return it. Raises `NotFoundError`."""
        with self.revocation.change() as (transaction, stale):
            stale.add(tenant_slot(tenant_id))
            before = _require(transaction, tenant_id)
            after = replace(before, name=name)
            if after != before:
                self._replace(transaction, after, "tenant.update", by)
            guard(transaction, before)
        return after

    def close_tenant(
        self, tenant_id: TenantId, *, by: Actor | None = None, guard: TenantGuard = _unguarded
    ) -> bool:
        """Put a tenant in deletion: all sessions of its subjects end at once.

        Returns whether it was open until now. Raises `NotFoundError`.
        """
        with self.revocation.change() as (transaction, stale):
            stale.add(tenant_slot(tenant_id))
            before = _require(transaction, tenant_id)
            if not before.in_deletion:
                after = replace(before, in_deletion=True)
                self._replace(transaction, after, "tenant.close", by)
                which = SessionFilter(tenant_id=tenant_id)
                transaction.sessions.end(which, self.clock(), EndReason.DISABLED)
            guard(transaction, before)
        return not before.in_deletion

    def remove_tenant(self, tenant_id: TenantId, *, by: Actor | None = None) -> None:
        """Remove a tenant; subjects that it still has are left without one.

        Raises `NotFoundError`. May be called again where it did not come to its end.
        """
        while not self._remove_some(tenant_id, by):
            pass

    def _remove_some(self, tenant_id: TenantId, by: Actor | None) -> bool:
        """Leave some subjects without the tenant; remove it with the last. Says if that is done."""
        with self.revocation.change() as (transaction, stale):
            tenant = _require(transaction, tenant_id)
            ids = transaction.tenants.list_subjects(tenant_id, BATCH)
            stale.update(subject_slot(each) for each in ids)
            for subject in transaction.subjects.find_many(ids):
                released = replace(subject, tenant_id=None, modified_at=self.clock())
                transaction.subjects.replace(released)
                self.showing.show(transaction, released)
            done = len(ids) < BATCH
            if done:
                stale.add(tenant_slot(tenant_id))
                transaction.tenants.remove(tenant_id)
                self.showing.hide_tenant(transaction, tenant_id)
                record(transaction, _entry(tenant, "tenant.remove", self.clock(), by))
        return done

    def _replace(
        self, transaction: Transaction, tenant: Tenant, action: str, by: Actor | None
    ) -> None:
        transaction.tenants.replace(tenant)
        self.showing.show_tenant(transaction, tenant)
        record(transaction, _entry(tenant, action, self.clock(), by))


def add_tenant(
    transaction: Transaction, showing: Showing, tenant: Tenant, by: Actor | None = None
) -> None:
    """Add a tenant within a unit of work."""
    transaction.tenants.add(tenant)
    showing.show_tenant(transaction, tenant)
    record(transaction, _entry(tenant, "tenant.create", tenant.created_at, by))


def _entry(tenant: Tenant, action: str, now: datetime, by: Actor | None = None) -> Entry:
    """Return the audit entry for a change to a tenant."""
    entry = Entry(now, action, "done", tenant_id=tenant.id, details={"name": tenant.name})
    return attributed(entry, by)


def _require(transaction: Transaction, tenant_id: TenantId) -> Tenant:
    tenant = transaction.tenants.find(tenant_id)
    if tenant is None:
        raise NotFoundError("tenant")
    return tenant
