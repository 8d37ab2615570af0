"""Refreshing more than once: what lives on, what dies, and what the caller is told."""

from datetime import timedelta

import pytest

from tests.support.world import CHEAPEST, FixedClock, FixedRandomness
from watchword.core.core import Core, assemble
from watchword.core.errors import RefreshUnknownError, TokenUnknownError
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.policy import AudiencePolicy, Lifetime, Policy
from watchword.core.seeding import SubjectDraft
from watchword.core.subjects import Audience
from watchword.core.tokens import Alphabet, TokenForm
from watchword.storage.memory import MemoryStorage, MemoryVault
from watchword.storage.stamps import LocalStamps

DOOR = Audience("door")
FORM = TokenForm(Alphabet.HEX, 32)


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def core(clock):
    policy = AudiencePolicy(
        DOOR,
        FORM,
        read_profile=lambda document: document,
        lifetime=lambda _subject, _profile: Lifetime(timedelta(minutes=15), slides=True),
        refresh_form=FORM,
        refresh_grace=timedelta(days=1),
    )
    policies = Policy(passwords=CHEAPEST, audiences={DOOR: policy})
    core = assemble(
        MemoryStorage(), LocalStamps(), MemoryVault(clock), policies, clock, FixedRandomness()
    )
    core.seeding.put_subject(SubjectDraft(("alice",), password="secret", profiles={DOOR: b"{}"}))
    yield core
    core.close()


@pytest.fixture
def first(core: Core):
    return core.login.admit(PasswordGrant("alice", "secret"), Visit(DOOR))


def renew(core, admitted):
    return core.renewal.renew(admitted.token.secret, admitted.refresh.secret, DOOR)


def test_refreshing_with_the_new_pair_ends_the_old_one(core, first):
    renew(core, renew(core, first))

    with pytest.raises(TokenUnknownError):
        core.access.principal(first.token.secret, DOOR)


def test_refreshing_with_the_new_pair_ends_an_old_one_that_is_remembered(core, first):
    core.access.principal(first.token.secret, DOOR)

    renew(core, renew(core, first))

    assert core.access.recall(first.token.secret, DOOR) is None


def test_a_replay_is_told_like_any_unknown_refresh_token(core, first):
    second = renew(core, first)
    core.access.principal(second.token.secret, DOOR)

    with pytest.raises(RefreshUnknownError):
        core.renewal.renew(second.token.secret, first.refresh.secret, DOOR)


def test_a_replay_ends_the_family_all_the_same(core, first):
    second = renew(core, first)
    core.access.principal(second.token.secret, DOOR)

    with pytest.raises(TokenUnknownError):
        renew(core, first)

    with pytest.raises(TokenUnknownError):
        core.access.principal(second.token.secret, DOOR)


def test_a_repeated_refresh_gives_a_successor_with_its_whole_life_before_it(core, clock, first):
    lost = renew(core, first)
    clock.advance(hours=1)

    again = renew(core, first)

    assert again.token.secret == lost.token.secret
    assert again.session.expires_at == clock() + timedelta(minutes=15)
    assert core.access.principal(again.token.secret, DOOR).subject == first.subject
