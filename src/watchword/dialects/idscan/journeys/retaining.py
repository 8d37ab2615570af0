"""Keeping house: journeys that are older than they may be, and those of tenants that are gone.

Rules of this file:

1. One job does it, for all tenants. It is hired with the first journey of each and never ends.
2. The shorter of two times counts: the operator's, and what a tenant's administrators turned.
3. Every journey that goes leaves a line in the audit trail.
4. A round may be cut off anywhere and done twice.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from watchword.core.core import Core
from watchword.core.errands import NotYetError
from watchword.core.index import Filter, Order, Query, Test, equals, instant
from watchword.core.jobs import Job
from watchword.core.ports import Transaction
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.items import turned
from watchword.dialects.idscan.journeys.counting import COUNTERS, tenant_of_counter
from watchword.dialects.idscan.journeys.keeping import COLLECTION, find_journeys, tenant_facet
from watchword.dialects.idscan.journeys.removing import purge
from watchword.dialects.idscan.profile import AUDIENCE
from watchword.dialects.idscan.settings import Settings
from watchword.web.operation import Desk

__all__ = ["KEEP_HOUSE", "clear_away", "keep_house"]

KEEP_HOUSE: Final = "idscan.keep-house"
"""The kind of the job."""
ROUND: Final = timedelta(hours=1)
BATCH: Final = 100


def keep_house(transaction: Transaction, now: datetime) -> None:
    """Hire the job. One too many does no harm: each finds what the others left."""
    transaction.jobs.add(Job(KEEP_HOUSE, b"{}", now + ROUND))


def clear_away(desk: Desk[Settings], _document: bytes) -> None:
    """Remove a batch of what has to go. Always raises `NotYetError`: there will be more one day."""
    now = desk.core.clock()
    removed = sum(_clear(desk, query, reason) for query, reason in _outdated(desk, now))
    raise NotYetError(now if removed else now + ROUND)


def _outdated(desk: Desk[Settings], now: datetime) -> Iterator[tuple[Query, str]]:
    """Yield which journeys have to go, tenant by tenant, and why."""
    with desk.core.storage.read() as transaction:
        keys = [key for key, _ in transaction.documents.list_of(AUDIENCE, COUNTERS)]
        tenants = [tenant_of_counter(key) for key in keys]
        gone = {each for each in tenants if each and transaction.tenants.find(each) is None}
    for tenant_id in tenants:
        days = _retention(desk, tenant_id)
        if tenant_id in gone:
            yield _query(tenant_id, now), "tenant removed"
        elif days:
            yield _query(tenant_id, now - timedelta(days=days)), f"older than {days} days"


def _retention(desk: Desk[Settings], tenant_id: TenantId | None) -> int:
    own = int(turned(desk.core, tenant_id).retention_days)
    return min((days for days in (own, desk.settings.retention_days) if days), default=0)


def _query(tenant_id: UUID | None, before: datetime) -> Query:
    old = Filter(("created",), Test.AT_MOST, (instant(before),))
    return Query(
        COLLECTION,
        (equals("tenant", tenant_facet(tenant_id)), old),
        (Order("created"),),
        limit=BATCH,
        counted=False,
    )


def _clear(desk: Desk[Settings], query: Query, reason: str) -> int:
    core: Core = desk.core
    with core.storage.read() as transaction:
        journeys = find_journeys(transaction, transaction.index.search(query).keys)
    return sum(purge(core, journey, reason) for journey in journeys)
