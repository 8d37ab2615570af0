"""The verified-credential cache: whom it knows, for how long, and what makes it forget."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.support.world import START, FixedRandomness
from watchword.core.policy import CredentialCachePolicy, Remember
from watchword.core.subjects import Standing, Subject, SubjectId
from watchword.core.verified import VerifiedCredentials

ROBOT = Subject(SubjectId(UUID(int=1)), ("robot",), "", START, START, service=True)
STANDING = Standing(ROBOT, None, None, "$argon2id$…")
PERSON = replace(STANDING, subject=replace(ROBOT, service=False))
EVERYBODY = CredentialCachePolicy(Remember.EVERYBODY, timedelta(minutes=5), entries=3)


def made(policy=EVERYBODY):
    return VerifiedCredentials(policy, FixedRandomness())


def test_what_was_verified_is_known_until_its_time_is_over():
    verified = made()
    verified.remember(STANDING, "robot", "secret", START)

    assert verified.knows(STANDING, "secret", START + timedelta(seconds=299))
    assert not verified.knows(STANDING, "secret", START + timedelta(seconds=300))


@pytest.mark.parametrize(
    ("standing", "password"),
    [
        (STANDING, "Secret"),
        (STANDING, ""),
        (replace(STANDING, password="$argon2id$…2"), "secret"),
        (replace(STANDING, password=None), "secret"),
        (replace(STANDING, subject=replace(ROBOT, id=SubjectId(UUID(int=2)))), "secret"),
        (replace(STANDING, password="t$argon2id$…"), "secre"),
    ],
    ids=["password", "empty", "hash", "no hash", "subject", "moved letter"],
)
def test_another_password_hash_or_subject_is_not_known(standing, password):
    verified = made()
    verified.remember(STANDING, "robot", "secret", START)

    assert not verified.knows(standing, password, START)


class TestExpecting:
    """What it says of a login before anybody looked at who that is."""

    def test_who_was_verified_is_expected_until_its_time_is_over(self):
        verified = made()
        verified.remember(STANDING, "robot", "secret", START)

        assert verified.expects("robot", "secret", START + timedelta(seconds=299))
        assert not verified.expects("robot", "secret", START + timedelta(seconds=300))

    @pytest.mark.parametrize(
        ("login", "password"),
        [("robot", "Secret"), ("robot", ""), ("Robot", "secret"), ("robotsecr", "et"), ("", "")],
    )
    def test_nobody_else_is(self, login, password):
        verified = made()
        verified.remember(STANDING, "robot", "secret", START)

        assert not verified.expects(login, password, START)

    def test_nor_is_whom_it_does_not_serve(self):
        verified = made(replace(EVERYBODY, remember=Remember.SERVICES))
        verified.remember(PERSON, "robot", "secret", START)

        assert not verified.expects("robot", "secret", START)

    def test_it_expects_no_more_than_it_knows(self):
        verified = made()
        for password in "abcd":
            verified.remember(STANDING, "robot", password, START)

        expected = [verified.expects("robot", each, START) for each in "abcd"]
        assert expected == [False, True, True, True]

    def test_odd_text_is_expected_like_any_other(self):
        verified = made()
        verified.remember(STANDING, "\ud800", "\udfff", START)

        assert verified.expects("\ud800", "\udfff", START)


@pytest.mark.parametrize(
    ("remember", "robot", "person"),
    [
        (Remember.NOBODY, False, False),
        (Remember.SERVICES, True, False),
        (Remember.EVERYBODY, True, True),
    ],
)
def test_it_serves_whom_the_policy_names(remember, robot, person):
    verified = made(replace(EVERYBODY, remember=remember))
    for standing in (STANDING, PERSON):
        verified.remember(standing, "robot", "secret", START)

    assert verified.knows(STANDING, "secret", START) is robot
    assert verified.knows(PERSON, "secret", START) is person


def test_a_person_that_became_a_service_was_not_remembered_as_a_person():
    verified = made(replace(EVERYBODY, remember=Remember.SERVICES))
    verified.remember(PERSON, "robot", "secret", START)

    assert not verified.knows(STANDING, "secret", START)


def test_the_oldest_goes_when_it_is_full():
    verified = made()
    for password in "abcd":
        verified.remember(STANDING, "robot", password, START)

    assert [verified.knows(STANDING, each, START) for each in "abcd"] == [False, True, True, True]


def test_verifying_again_makes_it_young_again():
    verified = made()
    for password in "abcad":
        verified.remember(STANDING, "robot", password, START)

    assert [verified.knows(STANDING, each, START) for each in "abcd"] == [True, False, True, True]


@pytest.mark.parametrize("entries", [0, -1])
def test_without_room_it_remembers_nothing(entries):
    verified = made(replace(EVERYBODY, entries=entries))
    verified.remember(STANDING, "robot", "secret", START)

    assert not verified.knows(STANDING, "secret", START)


def test_each_process_has_a_key_of_its_own():
    random = FixedRandomness()
    first, second = (VerifiedCredentials(EVERYBODY, random) for _ in range(2))
    for each in (first, second):
        each.remember(STANDING, "robot", "secret", START)
    second._deciding = first._deciding  # noqa: SLF001 - what one knows, looked at with another key

    assert first.knows(STANDING, "secret", START)
    assert not second.knows(STANDING, "secret", START)


def test_threads_that_fill_it_together_do_not_disturb_each_other():
    verified = made()

    with ThreadPoolExecutor(8) as threads:
        work = [
            threads.submit(verified.remember, STANDING, "robot", str(number), START)
            for number in range(4_000)
        ]
        assert [each.result() for each in work] == [None] * 4_000

    assert sum(verified.knows(STANDING, str(number), START) for number in range(4_000)) <= 3
