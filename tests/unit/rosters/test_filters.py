"""Filters: whatever is put in as a value stays one."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from ldap3.operation.search import MATCH_EQUAL, parse_filter
from ldap3.protocol.convert import prepare_filter_for_sending

from watchword.rosters.filters import any_of, both, equals, guid_value, in_chain

GUID = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
ANYTHING = st.text(st.characters(), max_size=40) | st.sampled_from(
    ["*", ")(", "\\", "\\2a", "\x00", "a)(|(b=*", "(&(a=b))", " ", "é", "\ud800"]
)


def parsed(condition: str) -> Any:
    """Return what the library makes of a filter."""
    return parse_filter(
        condition, None, auto_escape=False, auto_encode=False, validator=None, check_names=False
    ).elements[0]


def sent(node: Any) -> bytes:
    """Return the value of a condition as it goes out."""
    raw = prepare_filter_for_sending(node.assertion["value"])
    assert isinstance(raw, bytes)
    return raw


@given(ANYTHING)
def test_a_value_is_one_value_whatever_it_holds(value: str) -> None:
    node = parsed(equals("mail", value))

    assert node.tag == MATCH_EQUAL
    assert node.assertion["attr"] == "mail"
    assert sent(node) == value.encode("utf-8", "surrogatepass")


@given(st.lists(ANYTHING, min_size=1, max_size=5))
def test_several_values_are_as_many_conditions(values: list[str]) -> None:
    condition = both("(objectClass=user)", any_of(equals("mail", each) for each in values))

    user, named = parsed(condition).elements

    assert user.assertion["attr"] == "objectClass"
    assert [sent(each) for each in named.elements] == [
        each.encode("utf-8", "surrogatepass") for each in values
    ]


@given(st.binary(max_size=40))
def test_bytes_are_put_in_as_they_are(value: bytes) -> None:
    assert sent(parsed(equals("objectGUID", value))) == value


@given(ANYTHING)
def test_active_directorys_own_rule_takes_any_name(dn: str) -> None:
    node = parsed(in_chain("member", dn))

    assert node.assertion["attr"] == "member"
    assert sent(node) == dn.encode("utf-8", "surrogatepass")
    assert node.assertion["matchingRule"] == "1.2.840.113556.1.4.1941"


def test_a_guid_is_written_as_its_attribute_holds_it() -> None:
    assert guid_value("objectGUID", GUID) == GUID.bytes_le
    assert guid_value("entryUUID", GUID) == str(GUID)
    assert equals("a", GUID.bytes_le[:2]) == "(a=\\ff\\19)"
