"""The numbers of journeys: ten digits, one after the other, for each tenant (wire contract 2.1)."""

from typing import Final
from uuid import UUID

import msgspec

from watchword.core.ports import Transaction
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.profile import AUDIENCE

__all__ = ["COUNTERS", "counter_key", "next_reference", "tenant_of_counter"]

COUNTERS: Final = "journey-counter"
"""The kind of the documents, one for each tenant that ever had a journey."""
NO_TENANT: Final = "none"
FIRST: Final = 1_000_000_001
"""*Observed* are 1000008339 and 1000030231."""


def next_reference(transaction: Transaction, tenant_id: TenantId | None) -> tuple[str, bool]:
    """Return the number of a new journey, and whether it is the very first of all tenants.

    Units of work follow each other, so no number is given twice.
    """
    key = counter_key(tenant_id)
    document = transaction.documents.find(AUDIENCE, COUNTERS, key)
    first = document is None and not transaction.documents.list_of(AUDIENCE, COUNTERS)
    number = FIRST if document is None else msgspec.json.decode(document, type=int) + 1
    transaction.documents.put(AUDIENCE, COUNTERS, key, msgspec.json.encode(number))
    return str(number), first


def counter_key(tenant_id: TenantId | None) -> str:
    """Return the key of a tenant's counter in the store."""
    return str(tenant_id or NO_TENANT)


def tenant_of_counter(key: str) -> TenantId | None:
    """Return the tenant that a counter's key stands for."""
    return None if key == NO_TENANT else TenantId(UUID(key))
