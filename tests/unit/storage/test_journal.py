"""Slots as an entry of the journal has them."""

from hypothesis import given
from hypothesis import strategies as st

from watchword.core.revocation import SLOTS
from watchword.storage.sql.journal import to_bytes, to_slots


@given(st.sets(st.integers(0, SLOTS - 1), max_size=50))
def test_slots_come_back_in_order(slots):
    assert to_slots(to_bytes(slots)) == tuple(sorted(slots))


def test_a_slot_takes_two_bytes():
    assert to_bytes([1, 258]) == b"\x01\x00\x02\x01"
