"""Judging credentials without opening a session: for wires that look at them before the body."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.world import CHEAPEST, FixedClock, FixedRandomness
from watchword.core.core import Core, assemble
from watchword.core.errors import InvalidCredentialsError, TooManyAttemptsError
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.policy import AudiencePolicy, Lifetime, Policy
from watchword.core.seeding import SubjectDraft
from watchword.core.sessions import SessionFilter
from watchword.core.subjects import Audience
from watchword.core.tokens import Alphabet, TokenForm
from watchword.storage.memory import MemoryStorage, MemoryVault
from watchword.storage.stamps import LocalStamps

HERE = Audience("here")
GOOD = PasswordGrant("alice", "correct horse")
WRONG = PasswordGrant("alice", "wrong")
VISIT = Visit(HERE, address="192.0.2.7")


@pytest.fixture
def core() -> Generator[Core]:
    """Yield a core in which alice may enter one audience."""
    audience = AudiencePolicy(
        HERE,
        TokenForm(Alphabet.HEX, 32),
        read_profile=lambda document: document,
        lifetime=lambda _subject, _profile: Lifetime(timedelta(hours=1)),
    )
    policy = replace(Policy(), passwords=CHEAPEST, audiences={HERE: audience})
    clock = FixedClock()
    core = assemble(
        MemoryStorage(), LocalStamps(), MemoryVault(clock), policy, clock, FixedRandomness()
    )
    core.seeding.put_subject(
        SubjectDraft(("alice",), password=GOOD.password, profiles={HERE: b"{}"})
    )
    yield core
    core.close()


def last_audited(core: Core) -> tuple[str, str]:
    with core.storage.read() as transaction:
        entry = transaction.audit.list_page(0, 1_000)[-1][1].entry
    return entry.action, entry.result


def test_good_credentials_pass_and_open_nothing(core: Core) -> None:
    core.login.check(GOOD, VISIT)

    with core.storage.read() as transaction:
        assert not transaction.sessions.list_living(SessionFilter(), core.clock(), 10)
    assert last_audited(core) == ("login", "verified")


def test_it_says_who_was_checked(core: Core) -> None:
    checked = core.login.check(GOOD, VISIT)

    assert (checked.subject.name, checked.profile) == ("alice", b"{}")


def test_a_machine_that_is_checked_with_every_request_is_hashed_for_once(core: Core) -> None:
    robot = PasswordGrant("robot", "correct horse")
    core.seeding.put_subject(
        SubjectDraft((robot.login,), password=robot.password, service=True, profiles={HERE: b"{}"})
    )
    assert not core.login.verified.expects(robot.login, robot.password, core.clock())

    core.login.check(robot, VISIT)

    assert core.login.verified.expects(robot.login, robot.password, core.clock())
    assert core.login.check(robot, VISIT).subject.service


def test_wrong_credentials_are_refused_and_audited_as_at_a_login(core: Core) -> None:
    with pytest.raises(InvalidCredentialsError):
        core.login.check(WRONG, VISIT)

    assert last_audited(core) == ("login", "wrong-password")


def test_failures_of_both_kinds_lead_to_one_lock(core: Core) -> None:
    for judge in [core.login.check, core.login.admit] * 2 + [core.login.check]:
        with pytest.raises(InvalidCredentialsError):
            judge(WRONG, VISIT)

    with pytest.raises(TooManyAttemptsError):
        core.login.admit(GOOD, VISIT)
