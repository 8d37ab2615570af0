"""What an account becomes, in the words of either generation: wire contract Oz 4.2, 6.1 and 7."""

import itertools

import pytest

from watchword.dialects.oz.profile import UserType
from watchword.dialects.oz.roles import Role, RoleWords, settle_role, spell_for_api_5

ADMIN, OPERATOR, CLIENT, SERVICE, BOSS, CLERK = UserType
MACHINE = True
NEW = None


def settle(words, before, generation):
    user_type, is_admin, is_service = words
    before = before and Role(before[0], machine=before[1])
    settled = settle_role(RoleWords(user_type, is_admin, is_service), before, generation)
    return settled.user_type, settled.machine


# What is said (user_type, is_admin, is_service), and what a new account becomes of it.
CREATED = [
    ((None, None, None), (CLIENT, False)),
    ((ADMIN, None, None), (ADMIN, False)),
    ((OPERATOR, None, None), (OPERATOR, False)),
    ((CLIENT, None, None), (CLIENT, False)),
    ((BOSS, None, None), (BOSS, False)),
    ((CLERK, None, None), (CLERK, False)),
    ((SERVICE, None, None), (SERVICE, MACHINE)),
    # API 5
    ((CLIENT, False, False), (CLIENT, False)),
    ((CLIENT, True, False), (BOSS, False)),
    ((CLIENT, True, None), (BOSS, False)),
    ((CLIENT, False, True), (SERVICE, MACHINE)),
    ((CLIENT, None, True), (SERVICE, MACHINE)),
    ((CLIENT, True, True), (BOSS, MACHINE)),
    ((CLERK, False, True), (CLERK, MACHINE)),
    ((None, True, None), (BOSS, False)),
    ((None, None, True), (SERVICE, MACHINE)),
    # Both at once (seed 000, step 3): a name that only API 6 has says it all.
    ((SERVICE, False, True), (SERVICE, MACHINE)),
    ((SERVICE, False, False), (SERVICE, MACHINE)),
    ((SERVICE, True, True), (SERVICE, MACHINE)),
    ((BOSS, False, False), (BOSS, False)),
    ((BOSS, False, True), (BOSS, MACHINE)),
    ((CLERK, True, False), (CLERK, False)),
    # No flag makes anything of those that belong to no company.
    ((ADMIN, False, True), (ADMIN, False)),
    ((OPERATOR, True, True), (OPERATOR, False)),
]


@pytest.mark.parametrize("generation", [5, 6])
@pytest.mark.parametrize(("words", "expected"), CREATED)
def test_a_new_account_becomes_what_either_generation_calls_it(words, expected, generation):
    assert settle(words, NEW, generation) == expected


# What was there, what is said, and what that is in API 5 and in API 6.
CHANGED = [
    ((BOSS, False), (CLIENT, None, None), (BOSS, False), (CLIENT, False)),
    ((SERVICE, True), (CLIENT, None, None), (SERVICE, True), (CLIENT, False)),
    ((BOSS, True), (BOSS, None, None), (BOSS, True), (BOSS, True)),
    ((BOSS, False), (None, False, None), (CLIENT, False), (CLIENT, False)),
    ((BOSS, True), (None, False, None), (SERVICE, True), (SERVICE, True)),
    ((SERVICE, True), (None, None, False), (CLIENT, False), (CLIENT, False)),
    ((CLIENT, False), (None, True, None), (BOSS, False), (BOSS, False)),
    ((CLIENT, False), (ADMIN, None, None), (ADMIN, False), (ADMIN, False)),
    ((ADMIN, False), (CLIENT, None, None), (CLIENT, False), (CLIENT, False)),
    ((ADMIN, True), (OPERATOR, None, None), (OPERATOR, False), (OPERATOR, False)),
    ((ADMIN, True), (ADMIN, None, False), (ADMIN, True), (ADMIN, True)),
    ((SERVICE, True), (BOSS, None, None), (BOSS, True), (BOSS, False)),
    ((CLERK, True), (CLIENT, True, None), (BOSS, True), (BOSS, False)),
    ((CLERK, True), (CLERK, None, None), (CLERK, True), (CLERK, True)),
    # A client that a directory file made a machine.
    ((CLIENT, True), (CLIENT, False, True), (CLIENT, True), (CLIENT, True)),
    ((CLIENT, True), (CLIENT, False, False), (CLIENT, False), (CLIENT, False)),
]


@pytest.mark.parametrize(("before", "words", "in_api_5", "in_api_6"), CHANGED)
def test_a_flag_that_is_not_sent_stays_in_api_5_and_falls_with_a_new_role_in_api_6(
    before, words, in_api_5, in_api_6
):
    assert settle(words, before, 5) == in_api_5
    assert settle(words, before, 6) == in_api_6


@pytest.mark.parametrize("machine", [False, True])
@pytest.mark.parametrize("user_type", list(UserType))
def test_what_was_shown_and_comes_back_changes_nothing(user_type, machine):
    before = kept = (user_type, machine)
    flags = (user_type is BOSS, machine)
    assert settle((None, None, None), before, 6) == kept
    assert settle((user_type, None, None), before, 6) == kept
    assert settle((user_type, None, machine), before, 6) == kept
    assert settle((spell_for_api_5(user_type), *flags), before, 5) == kept


def test_whatever_is_said_only_a_name_makes_an_account_reach_beyond_a_company():
    tri = (None, False, True)
    earlier = [NEW, *((user_type, False) for user_type in (CLIENT, SERVICE, BOSS, CLERK))]
    for before, *flags, generation in itertools.product(earlier, tri, tri, (5, 6)):
        for named in (None, CLIENT, SERVICE, BOSS, CLERK):
            assert settle((named, *flags), before, generation)[0] not in {ADMIN, OPERATOR}
