"""Keeping house: journeys that are older than they may be, and those of tenants that are gone.

Rules of this file:

1. One job does it, for all tenants. It is hired with the first thing that any of them keeps here,
   a journey, a definition or a configuration item, and never ends.
2. The shorter of two times counts: the operator's, and what a tenant's administrators turned.
3. Every journey that goes leaves a line in the audit trail.
4. A round may be cut off anywhere and done twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchword.core.core import Core
from watchword.core.errands import NotYetError
from watchword.core.index import Filter, Order, Query, Test, equals, instant
from watchword.core.jobs import Job
from watchword.core.ports import Transaction
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.definitions import KIND, definition_key
from watchword.dialects.idscan.items import ITEMS_KIND, items_key, turned
from watchword.dialects.idscan.journeys.counting import (
    COUNTERS,
    counter_key,
    enrol,
    tenant_of_counter,
)
from watchword.dialects.idscan.journeys.keeping import COLLECTION, find_journeys, tenant_facet
from watchword.dialects.idscan.journeys.removing import purge
from watchword.dialects.idscan.profile import AUDIENCE
from watchword.dialects.idscan.settings import Settings
from watchword.web.operation import Desk

__all__ = ["KEEP_HOUSE", "clear_away", "keep_house", "keep_house_for"]

KEEP_HOUSE: Final = "idscan.keep-house"
"""The kind of the job."""
ROUND: Final = timedelta(hours=1)
BATCH: Final = 50


def keep_house(transaction: Transaction, now: datetime) -> None:
    """Hire the job."""
    transaction.jobs.add(Job(KEEP_HOUSE, b"{}", now + ROUND))


def keep_house_for(transaction: Transaction, tenant_id: TenantId | None, now: datetime) -> None:
    """See to it that what a tenant keeps here does not outlive it."""
    if enrol(transaction, tenant_id):
        keep_house(transaction, now)


def clear_away(desk: Desk[Settings], _document: bytes) -> None:
    """Remove a batch of what has to go. Always raises `NotYetError`: there will be more one day."""
    now = desk.core.clock()
    removed = sum(_clear(desk.core, each) for each in _outdated(desk, now))
    raise NotYetError(now if removed else now + ROUND)


@dataclass(frozen=True, slots=True)
class _Round:
    """Which journeys of one tenant have to go, and why. ``gone``: the tenant itself is no more."""

    tenant_id: TenantId | None
    before: datetime
    reason: str
    gone: bool = False

    @property
    def query(self) -> Query:
        """What to ask the index for."""
        old = Filter(("created",), Test.AT_MOST, (instant(self.before),))
        return Query(
            COLLECTION,
            (equals("tenant", tenant_facet(self.tenant_id)), old),
            (Order("created"),),
            limit=BATCH,
            counted=False,
        )


def _outdated(desk: Desk[Settings], now: datetime) -> Iterator[_Round]:
    """Yield what has to go, tenant by tenant."""
    with desk.core.storage.read() as transaction:
        keys = [key for key, _ in transaction.documents.list_of(AUDIENCE, COUNTERS)]
        tenants = [tenant_of_counter(key) for key in keys]
        gone = {each for each in tenants if each and transaction.tenants.find(each) is None}
    for tenant_id in tenants:
        days = _retention(desk, tenant_id)
        if tenant_id in gone:
            yield _Round(tenant_id, now, "tenant removed", gone=True)
        elif days:
            before = now - timedelta(days=days)
            yield _Round(tenant_id, before, f"older than {days} days")


def _retention(desk: Desk[Settings], tenant_id: TenantId | None) -> int:
    own = int(turned(desk.core, tenant_id).retention_days)
    return min((days for days in (own, desk.settings.retention_days) if days), default=0)


def _clear(core: Core, round_: _Round) -> int:
    with core.storage.read() as transaction:
        journeys = list(find_journeys(transaction, transaction.index.search(round_.query).keys))
    if round_.gone and not journeys:
        _forget(core, round_.tenant_id)
    return sum(purge(core, journey, round_.reason) for journey in journeys)


def _forget(core: Core, tenant_id: TenantId | None) -> None:
    """Remove what else a tenant has left that is gone: definitions, items, and its counter."""
    own, items = definition_key(tenant_id, ""), items_key(tenant_id)

    def definitions_of(documents: Mapping[str, bytes]) -> Mapping[str, None]:
        return {key: None for key in documents if key.startswith(own)}

    def items_of(documents: Mapping[str, bytes]) -> Mapping[str, None]:
        return {key: None for key in documents if key == items}

    core.shelf.change(AUDIENCE, KIND, definitions_of)
    core.shelf.change(AUDIENCE, ITEMS_KIND, items_of)
    with core.storage.write() as transaction:
        transaction.documents.remove(AUDIENCE, COUNTERS, counter_key(tenant_id))
