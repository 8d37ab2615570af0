"""``[subjects.oz]`` in the directory file: wire contract Oz 4.1, 4.2 and 6.1."""

import pytest

from watchword.config import TableError
from watchword.dialects.oz import DIALECT
from watchword.dialects.oz.profile import Profile, UserType, parse_profile, profile_of

NAMES = ["biometry", "collection", "documents", "quality"]


def read(**table):
    return parse_profile(DIALECT.read_profile(table))


def test_an_empty_table_is_a_client_that_may_start_everything():
    profile = read()
    assert profile.user_type is UserType.CLIENT
    assert all(getattr(profile, f"can_start_analysis_{name}") for name in NAMES)


@pytest.mark.parametrize("role", list(UserType))
@pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
def test_a_role_is_found_in_any_case(role, change):
    assert read(user_type=change(role.value)).user_type is role


@pytest.mark.parametrize("name", NAMES)
def test_both_spellings_of_a_flag_are_taken(name):
    for spelling in ("analysis", "analyse"):
        assert (
            getattr(read(**{f"can_start_{spelling}_{name}": False}), f"can_start_analysis_{name}")
            is False
        )


def test_the_newer_spelling_wins():
    table = {"can_start_analysis_quality": False, "can_start_analyse_quality": True}
    for each in (table, dict(reversed(table.items()))):
        assert read(**each).can_start_analysis_quality is False


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"user_type": "KING"}, "user_type"),
        ({"user_type": 1}, "user_type"),
        ({"usertype": "CLIENT"}, "usertype"),
        ({"can_start_analyze_quality": True}, "can_start_analyze_quality"),
        ({"can_start_analysis_quality": "yes"}, "can_start_analysis_quality"),
        ({"can_start_analyse_everything": True}, "can_start_analysis_everything"),
        ({"first_name": 1}, "first_name"),
        ({"meta_data": []}, "meta_data"),
    ],
)
def test_a_wrong_key_is_named(table, key):
    with pytest.raises(TableError) as wrong:
        DIALECT.read_profile(table)
    assert wrong.value.key == key


@pytest.mark.parametrize("document", [b"", b"[]", b'{"user_type": 1}', b'{"other": 1}', b"\xff"])
def test_a_document_that_is_nonsense_is_a_value_error(document):
    with pytest.raises(ValueError):  # noqa: PT011 - which one is msgspec's affair
        parse_profile(document)


def test_only_a_profile_of_this_audience_is_taken():
    assert profile_of(Profile()) == Profile()
    with pytest.raises(TypeError, match="dict"):
        profile_of({})
