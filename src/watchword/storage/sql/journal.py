"""The journal in PostgreSQL: what a unit of work writes into it, and how slots are written.

Apart from the rest (`watchword.storage.sql.statements`), because no other database has readers of
it. `watchword.core.nodes` has the protocol.
"""

from collections.abc import Collection
from typing import Final

__all__ = ["ANNOUNCE", "CHANNEL", "to_bytes", "to_slots"]

CHANNEL: Final = "watchword_renewals"
"""Where the commit of an entry is told. What is told there wakes, and means nothing else."""

# A writing unit is alone until it is visible (`WRITERS_LOCK`), and so serials become visible in
# their order.
ANNOUNCE: Final = b"""
    WITH entry AS (INSERT INTO renewals (slots) VALUES (%(slots)s) RETURNING serial)
    SELECT serial, pg_notify('watchword_renewals', '') FROM entry
"""


def to_bytes(slots: Collection[int]) -> bytes:
    """Return slots as an entry has them, in little-endian order on every machine."""
    return b"".join(slot.to_bytes(2, "little") for slot in sorted(slots))


def to_slots(entry: bytes) -> tuple[int, ...]:
    """Return the slots of an entry."""
    return tuple(int.from_bytes(entry[at : at + 2], "little") for at in range(0, len(entry), 2))
