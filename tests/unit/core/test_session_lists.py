"""Places in lists of sessions, as they come back from outside."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.networks import parse_network, rank_of_address, span_of_network
from watchword.core.session_lists import SessionOrder, read_place


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ([1, 2], SessionOrder.OPENED),
        ((-1, 2), SessionOrder.SEEN),
        ([0, 1, 2], SessionOrder.MOBILE),
        ([1, 1, 2], SessionOrder.STATE),
        (["", 1], SessionOrder.OWNER),
    ],
)
def test_a_place_comes_back_as_it_went(values: Any, order: SessionOrder) -> None:
    assert read_place(values, order) == tuple(values)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ([], SessionOrder.OPENED),
        ([1], SessionOrder.OPENED),
        ([1, 2, 3], SessionOrder.SEEN),
        (["a", 2], SessionOrder.SEEN),
        ([True, 2], SessionOrder.SEEN),
        ([1, 2.0], SessionOrder.SEEN),
        ([1, 2**63], SessionOrder.SEEN),
        ([1, 2], SessionOrder.OWNER),
        (["a\x00", 2], SessionOrder.OWNER),
        (["\ud800", 2], SessionOrder.OWNER),
    ],
)
def test_what_is_no_place_in_a_list_is_refused(values: Any, order: SessionOrder) -> None:
    with pytest.raises(ValueError, match="not a place"):
        read_place(values, order)


@given(st.ip_addresses(), st.ip_addresses())
def test_ranks_of_addresses_of_one_kind_sort_as_the_addresses_do(one: Any, other: Any) -> None:
    if one.version == other.version:
        ranks = (rank_of_address(str(one)) or b"", rank_of_address(str(other)) or b"")
        assert (ranks[0] < ranks[1]) == (one < other)


def test_an_address_lies_in_the_span_of_its_network_however_it_is_dressed() -> None:
    first, last = span_of_network(parse_network("10.1.0.0/16"))

    for address in ("10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3"):
        assert first <= (rank_of_address(address) or b"") <= last
    for address in ("10.0.255.255", "10.2.0.0", "2001:db8::1"):
        assert not first <= (rank_of_address(address) or b"") <= last
    assert rank_of_address("nobody") is None
