"""The numbers of journeys: ten digits, one after the other, for each tenant (wire contract 2.1).

The counters are also the list of tenants that have anything at all here.
"""

from typing import Final
from uuid import UUID

import msgspec

from watchword.core.ports import Transaction
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.profile import AUDIENCE

__all__ = ["COUNTERS", "counter_key", "enrol", "next_reference", "tenant_of_counter"]

COUNTERS: Final = "journey-counter"
"""The kind of the documents, one for each tenant that has something here."""
HOUSE: Final = "house"
KEPT: Final = "kept"
"""A document that is there as soon as there was a first tenant, and stays when that one goes."""
NO_TENANT: Final = "none"
FIRST: Final = 1_000_000_001
"""*Observed* are 1000008339 and 1000030231."""


def enrol(transaction: Transaction, tenant_id: TenantId | None) -> bool:
    """Note that a tenant has something here; say whether it is the very first of all."""
    documents, key = transaction.documents, counter_key(tenant_id)
    if documents.find(AUDIENCE, COUNTERS, key) is not None:
        return False
    is_first = documents.find(AUDIENCE, HOUSE, KEPT) is None and not documents.list_of(
        AUDIENCE, COUNTERS
    )
    documents.put(AUDIENCE, COUNTERS, key, msgspec.json.encode(FIRST - 1))
    documents.put(AUDIENCE, HOUSE, KEPT, b"{}")
    return is_first


def next_reference(transaction: Transaction, tenant_id: TenantId | None) -> tuple[str, bool]:
    """Return the number of a new journey, and whether it is the very first of all tenants.

    Units of work follow each other, so no number is given twice.
    """
    key = counter_key(tenant_id)
    document = transaction.documents.find(AUDIENCE, COUNTERS, key)
    is_first = document is None and enrol(transaction, tenant_id)
    number = FIRST if document is None else msgspec.json.decode(document, type=int) + 1
    transaction.documents.put(AUDIENCE, COUNTERS, key, msgspec.json.encode(number))
    return str(number), is_first


def counter_key(tenant_id: TenantId | None) -> str:
    """Return the key of a tenant's counter in the store."""
    return str(tenant_id or NO_TENANT)


def tenant_of_counter(key: str) -> TenantId | None:
    """Return the tenant that a counter's key stands for."""
    return None if key == NO_TENANT else TenantId(UUID(key))
