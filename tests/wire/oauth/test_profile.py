"""``[subjects.oauth]``: what a machine account may do at this door."""

import pytest

from tests.wire.oauth.calls import EVERYTHING
from watchword.config import TableError
from watchword.dialects.oauth.profile import (
    Profile,
    as_profile,
    check_profile,
    grantable,
    parse,
    read,
)


def test_by_default_a_client_may_have_tokens_and_nothing_else():
    assert parse(read({})) == Profile(
        grant_types=frozenset({"client_credentials"}),
        scopes=frozenset(),
        introspects=frozenset(),
        revokes=frozenset(),
    )


def test_what_is_written_is_what_is_read():
    table = {
        "grant_types": [],
        "scopes": ["b", "a"],
        "introspects": ["oauth"],
        "revokes": ["oauth", "other"],
    }
    profile = parse(read(table))

    assert {key: sorted(getattr(profile, key)) for key in table} == {
        key: sorted(value) for key, value in table.items()
    }
    assert grantable(profile) == {"a", "b"}


def test_the_same_table_gives_the_same_bytes_in_any_order():
    names = [f"scope-{number}" for number in range(20)]
    assert read({"scopes": names}) == read({"scopes": names[::-1]})


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"grant_types": ["password"]}, "grant_types[0]"),
        ({"scopes": ["two words"]}, "scopes[0]"),
        ({"scopes": ["ok", 'quo"te']}, "scopes[1]"),
        ({"scopes": ["back\\slash"]}, "scopes[0]"),
        ({"scopes": ["line\n"]}, "scopes[0]"),
        ({"scopes": [""]}, "scopes[0]"),
        ({"scopes": "read"}, "scopes"),
        ({"introspects": [1]}, "introspects[0]"),
        ({"redirect_uris": []}, "redirect_uris"),
    ],
)
def test_a_mistake_is_told_with_its_place(table, key):
    with pytest.raises(TableError) as error:
        read(table)

    assert error.value.key.replace("[...]", f"[{key[-2:-1]}]") == key


@pytest.mark.parametrize("key", ["introspects", "revokes"])
def test_every_door_that_is_served_can_be_named_and_no_other(world, key):
    check_profile(world.core, {}, read({key: EVERYTHING}))

    with pytest.raises(TableError, match="nowhere") as error:
        check_profile(world.core, {}, read({key: [*EVERYTHING, "nowhere"]}))
    assert error.value.key == key


def test_what_is_no_profile_of_this_door_is_a_fault_of_ours():
    with pytest.raises(TypeError, match="not a profile of oauth"):
        as_profile({})
