"""What every storage keeps of what faces were asked to do."""

from dataclasses import replace
from typing import Any

import pytest

from tests.conformance.storage_suite.records import (
    ELSEWHERE,
    HOUR,
    MICROSECOND,
    NORTH,
    START,
    Suite,
)
from watchword.core.challenges import Posed
from watchword.core.errors import AlreadyExistsError
from watchword.core.faces import Act
from watchword.core.ports import Storage
from watchword.core.tokens import digest

__all__ = ["ChallengeConformance", "posed"]


def posed(nonce: str = "nonce", **fields: Any) -> Posed:
    """Return a challenge that is not stored yet."""
    usual: dict[str, Any] = {
        "audience": NORTH,
        "device_key": "phöne",
        "source": "source:1",
        "acts": (Act.TURN_LEFT, Act.BLINK),
        "deadline": START,
    }
    return Posed(digest(nonce), **(usual | fields))


def add(storage: Storage, *challenges: Posed) -> None:
    """Store challenges in a unit of their own."""
    with storage.write() as transaction:
        for each in challenges:
            transaction.challenges.add(each)


class ChallengeConformance(Suite):
    """Challenges."""

    @pytest.mark.parametrize(
        "challenge",
        [
            posed(),
            posed(device_key="", source="", acts=()),
            posed(acts=tuple(Act), deadline=START + MICROSECOND, redeemed=True),
        ],
    )
    def test_a_challenge_comes_back_as_it_was_posed(
        self, storage: Storage, challenge: Posed
    ) -> None:
        add(storage, challenge)

        with storage.read() as transaction:
            assert transaction.challenges.find(challenge.digest) == challenge
            assert transaction.challenges.find(digest("another")) is None

    def test_its_deadline_comes_back_in_utc(self, storage: Storage) -> None:
        add(storage, posed(deadline=START.astimezone(ELSEWHERE)))

        with storage.read() as transaction:
            found = transaction.challenges.find(digest("nonce"))
        assert found is not None
        assert repr(found.deadline) == repr(START)

    def test_a_nonce_is_given_out_once(self, storage: Storage) -> None:
        add(storage, posed())

        with (
            storage.write() as transaction,
            pytest.raises(AlreadyExistsError, match="challenge"),
        ):
            transaction.challenges.add(posed(device_key="another"))

        with storage.read() as transaction:
            assert transaction.challenges.find(digest("nonce")) == posed()

    def test_only_the_first_to_ask_redeems_it(self, storage: Storage) -> None:
        add(storage, posed(), posed("another"))

        with storage.write() as transaction:
            assert transaction.challenges.redeem(digest("nonce"))
            assert not transaction.challenges.redeem(digest("nonce"))
        with storage.write() as transaction:
            assert not transaction.challenges.redeem(digest("nonce"))
            assert not transaction.challenges.redeem(digest("unknown"))

        with storage.read() as transaction:
            find = transaction.challenges.find
            assert find(digest("nonce")) == posed(redeemed=True)
            assert find(digest("another")) == posed("another")

    def test_those_are_counted_that_are_neither_redeemed_nor_late(self, storage: Storage) -> None:
        add(
            storage,
            posed("on time"),
            posed("later", deadline=START + HOUR),
            posed("elsewhere", source="source:2"),
            posed("late", deadline=START - MICROSECOND),
            posed("redeemed", redeemed=True),
        )

        with storage.read() as transaction:
            count = transaction.challenges.count_open
            assert count("source:1", START) == (2, 3)
            assert count("source:2", START) == (1, 3)
            assert count("source:3", START) == (0, 3)
            assert count("source:1", START + HOUR) == (1, 1)
            assert count("source:1", START + HOUR + MICROSECOND) == (0, 0)

    def test_nothing_is_counted_where_there_is_none(self, storage: Storage) -> None:
        with storage.read() as transaction:
            assert transaction.challenges.count_open("source:1", START) == (0, 0)

    def test_late_ones_are_purged_whether_they_were_redeemed_or_not(self, storage: Storage) -> None:
        late = posed("late", deadline=START - MICROSECOND)
        add(storage, posed(), late, replace(late, digest=digest("met"), redeemed=True))

        with storage.write() as transaction:
            assert transaction.challenges.purge(START, 9) == 2
            assert transaction.challenges.purge(START, 9) == 0
            assert transaction.challenges.find(digest("nonce")) == posed()
            assert transaction.challenges.find(digest("late")) is None

    def test_no_more_are_purged_than_asked_for(self, storage: Storage) -> None:
        add(storage, *(posed(name, deadline=START - HOUR) for name in "abcde"))

        with storage.write() as transaction:
            assert [transaction.challenges.purge(START, 2) for _ in range(4)] == [2, 2, 1, 0]
