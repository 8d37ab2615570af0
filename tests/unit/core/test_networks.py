"""From where a token may be used: what is a network, and what lies in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.networks import is_within, parse_network, source_of

TEN = parse_network("10.1.0.0/16")
SIX = parse_network("2001:db8::/32")


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.1.2.3", True),
        ("10.2.0.0", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("::ffff:10.1.2.3", True),
        ("::ffff:10.2.2.3", False),
        ("", False),
        ("10.1.2.3:80", False),
        ("10.1.2", False),
        ("localhost", False),
        ("10.1.2.3, 10.2.0.0", False),
    ],
)
def test_an_address_lies_in_a_network_or_not(address, inside):
    assert is_within(address, (TEN, SIX)) is inside


def test_nothing_lies_in_no_network():
    assert not is_within("10.1.2.3", ())


def test_a_single_address_is_a_network():
    assert is_within("192.0.2.7", (parse_network(" 192.0.2.7 "),))
    assert not is_within("192.0.2.8", (parse_network("192.0.2.7"),))


@pytest.mark.parametrize("text", ["", "10.1.2.3/16", "10.0.0.0/33", "everywhere", "10.1/16/2"])
def test_what_is_ambiguous_or_no_network_is_refused(text):
    with pytest.raises(ValueError, match=r"\S"):
        parse_network(text)


@given(st.text())
def test_no_text_makes_it_stumble(text):
    assert is_within(text, ()) is False


@given(st.ip_addresses())
def test_every_address_lies_in_its_own_network(address):
    assert is_within(str(address), (parse_network(str(address)),))


def test_a_network_of_mapped_addresses_is_one_of_ipv4():
    assert parse_network("::ffff:10.1.0.0/112") == parse_network("10.1.0.0/16")


class TestSources:
    @pytest.mark.parametrize(
        ("address", "source"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:DB8:1:2:0:0:0:1", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("", ""),
            ("unix", "unix"),
        ],
    )
    def test_an_address_stands_for_whoever_holds_it(self, address, source):
        assert source_of(address) == source

    @given(st.ip_addresses(v=6, network="2001:db8:1:2::/64"))
    def test_all_addresses_of_one_network_of_sixty_four_bits_are_one_source(self, address):
        assert source_of(str(address)) == "2001:db8:1:2::/64"

    @given(st.ip_addresses(v=4), st.ip_addresses(v=4))
    def test_two_addresses_of_the_older_kind_are_two_sources(self, one, other):
        assert (source_of(str(one)) == source_of(str(other))) is (one == other)
