"""Configuration items: what each tenant's administrators may turn themselves.

The shape of an item is *observed* (wire contract IDscan 2.4), the vendor's list of them is not
known. Here are those that something in this folder obeys, and no others. Values are text.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from watchword.core.core import Core
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.definitions import recall_documents

__all__ = ["ITEMS", "ITEMS_KIND", "Item", "Turned", "items_key", "read_turned", "turned"]

ITEMS_KIND: Final = "configuration"
BOOLEANS: Final = ("true", "false")
TOLERANCES: Final = ("default", "medium", "strict")
LONGEST_RETENTION: Final = 36_500


class Item(msgspec.Struct, frozen=True, rename="pascal"):
    """One item, as the wire has it."""

    id: int
    key: str
    value: str
    data_type: str
    default_value: str
    category_name: str
    min_value: str | None = None
    max_value: str | None = None

    def accepts(self, value: str) -> bool:
        """Say whether the item can have this value."""
        if self.data_type == "System.Boolean":
            return value in BOOLEANS
        if self.data_type == "System.Int32":
            least, most = int(self.min_value or "0"), int(self.max_value or "0")
            return (
                value.isascii()
                and value.isdecimal()
                and len(value) < len(str(most)) + 1
                and (least <= int(value) <= most)
            )
        return value in TOLERANCES


ITEMS: Final = (
    # *Documented* key (wire contract IDscan 2.1): the Manual… names count only where it is on.
    Item(1, "ManualCrossCheckEnabled", "false", "System.Boolean", "false", "Journey"),
    # *Documented* values (2.2); the key is that of retrieval.
    Item(2, "AuthenticationToleranceLevel", "default", "System.String", "default", "Journey"),
    # *Chosen*: 0 is as long as the operator says; longer than that is never.
    Item(3, "RetentionDays", "0", "System.Int32", "0", "Journey", "0", str(LONGEST_RETENTION)),
    Item(4, "JourneyNotificationsEnabled", "true", "System.Boolean", "true", "Webhook Options"),
)


class Turned(msgspec.Struct, frozen=True, rename="pascal"):
    """What is stored of a tenant's items: the values that were turned."""

    manual_cross_check_enabled: str = "false"
    authentication_tolerance_level: str = "default"
    retention_days: str = "0"
    journey_notifications_enabled: str = "true"

    @property
    def cross_checks(self) -> bool:
        """Whether what a client typed in by hand counts."""
        return self.manual_cross_check_enabled == "true"

    @property
    def notifies(self) -> bool:
        """Whether the webhook is told of this tenant's journeys."""
        return self.journey_notifications_enabled == "true"


def items_key(tenant_id: TenantId | None) -> str:
    """Return the key of a tenant's items in the store."""
    return str(tenant_id or "none")


def turned(core: Core, tenant_id: TenantId | None) -> Turned:
    """Return a tenant's values. May ask the storage."""
    return read_turned(recall_documents(core, ITEMS_KIND), tenant_id)


def read_turned(documents: Mapping[str, bytes], tenant_id: TenantId | None) -> Turned:
    """Return a tenant's values, out of the documents of all tenants."""
    document = documents.get(items_key(tenant_id))
    return Turned() if document is None else msgspec.json.decode(document, type=Turned)
