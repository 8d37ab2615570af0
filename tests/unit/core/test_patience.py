"""How often a face may be tried: NIST SP 800-63B-4, section 3.2.3."""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from tests.support.faces import EMPTY, STRANGER, ScriptedEngine, clip_of, enrol
from tests.support.house import ADDRESS, NORTH, PASSWORD, House, entering
from watchword.core.errors import FaceRefusedError, InvalidCredentialsError
from watchword.core.faces import Factors, Tier
from watchword.core.grants import FaceGrant, PasswordGrant, Visit
from watchword.core.patience import face_is_off
from watchword.core.policy import FacePolicy
from watchword.core.subjects import Subject

PAD = FacePolicy(require=frozenset({Tier.PAD}))


@dataclass
class Trier:
    """Somebody who says to be alice and tries faces."""

    house: House
    alice: Subject

    def attempt(self, clip: bytes = STRANGER) -> str:
        """Try, and return how it ended."""
        visit = Visit(NORTH, address=ADDRESS)
        with suppress(FaceRefusedError):
            self.house.core.recognition.admit(FaceGrant(clip, login="alice"), visit)
        return self.house.results("face-login")[-1]

    def wait_and_try(self, times: int, clip: bytes = STRANGER) -> list[str]:
        """Try so often, each time when no lock is left."""
        ended = []
        for _ in range(times):
            self.house.clock.advance(minutes=16)
            ended.append(self.attempt(clip))
        return ended

    def is_off(self) -> bool:
        """Say whether alice's face is no use."""
        with self.house.storage.read() as transaction:
            return face_is_off(transaction, self.alice.id, self.house.policy.faces)

    def password(self, password: str = PASSWORD, *, proof: str = "") -> None:
        """Log in by a password."""
        visit = Visit(NORTH, address=ADDRESS)
        self.house.core.login.admit(PasswordGrant("alice", password, proof), visit)


def trier_of(faces: FacePolicy, factors: Factors = Factors.EITHER) -> Trier:
    policy = replace(entering(NORTH, factors), faces=faces)
    tiers = frozenset({Tier.MOTION, Tier.PAD})
    house = House(policy=policy, engine=ScriptedEngine(tiers=tiers))
    alice = house.add("alice")
    enrol(house.core, NORTH, alice)
    return Trier(house, alice)


@pytest.fixture
def trier() -> Generator[Trier]:
    trier = trier_of(FacePolicy())
    yield trier
    trier.house.close()


class TestDelays:
    def test_after_five_failures_the_next_has_to_wait_and_the_wait_grows(
        self, trier: Trier
    ) -> None:
        assert [trier.attempt() for _ in range(6)] == ["no-match"] * 5 + ["locked"]
        trier.house.clock.advance(seconds=29)
        assert trier.attempt() == "locked"
        trier.house.clock.advance(seconds=2)
        assert trier.attempt() == "no-match"
        trier.house.clock.advance(seconds=31)
        assert trier.attempt() == "locked"
        trier.house.clock.advance(seconds=30)
        assert trier.attempt(clip_of(trier.alice)) == "admitted"

    def test_where_every_clip_has_to_look_alive_it_is_ten(self) -> None:
        trier = trier_of(PAD)

        assert [trier.attempt() for _ in range(11)] == ["no-match"] * 10 + ["locked"]
        trier.house.close()

    def test_an_empty_chair_delays_nobody(self, trier: Trier) -> None:
        for _ in range(60):
            assert trier.attempt(EMPTY) == "no-face"

        assert trier.attempt(clip_of(trier.alice)) == "admitted"

    def test_they_are_shared_with_passwords(self, trier: Trier) -> None:
        for _ in range(3):
            trier.attempt()
        for _ in range(2):
            with pytest.raises(InvalidCredentialsError):
                trier.password("wrong")

        assert trier.attempt(clip_of(trier.alice)) == "locked"


class TestOff:
    def test_after_fifty_failures_the_face_itself_opens_nothing(self, trier: Trier) -> None:
        assert trier.wait_and_try(49) == ["no-match"] * 49
        assert not trier.is_off()
        assert trier.wait_and_try(1) == ["no-match"]
        assert trier.is_off()

        assert trier.wait_and_try(2, clip_of(trier.alice)) == ["face-off"] * 2

    def test_where_every_clip_has_to_look_alive_it_is_a_hundred(self) -> None:
        trier = trier_of(PAD)

        assert trier.wait_and_try(99) == ["no-match"] * 99
        assert not trier.is_off()
        trier.wait_and_try(1)
        assert trier.is_off()
        trier.house.close()

    def test_no_time_makes_it_good_again(self, trier: Trier) -> None:
        trier.wait_and_try(50)
        trier.house.clock.advance(days=400)
        trier.house.core.purge()

        assert trier.attempt(clip_of(trier.alice)) == "face-off"

    def test_a_password_does(self, trier: Trier) -> None:
        trier.wait_and_try(50)
        trier.house.clock.advance(minutes=16)

        trier.password()

        assert trier.attempt(clip_of(trier.alice)) == "admitted"

    def test_so_does_the_password_alone_where_both_are_wanted(self) -> None:
        trier = trier_of(FacePolicy(), Factors.BOTH)
        trier.wait_and_try(50)
        trier.house.clock.advance(minutes=16)

        with pytest.raises(InvalidCredentialsError):
            trier.password(proof="none")

        assert trier.wait_and_try(1, clip_of(trier.alice)) == ["proved"]
        trier.house.close()

    def test_so_does_a_new_photo(self, trier: Trier) -> None:
        trier.wait_and_try(50)

        enrol(trier.house.core, NORTH, trier.alice)

        assert trier.wait_and_try(1, clip_of(trier.alice)) == ["admitted"]

    def test_the_face_begins_a_new_row_before_that(self, trier: Trier) -> None:
        trier.wait_and_try(49)
        assert trier.wait_and_try(1, clip_of(trier.alice)) == ["admitted"]

        trier.wait_and_try(49)

        assert not trier.is_off()

    def test_failures_where_nobody_is_named_are_nobodys(self, trier: Trier) -> None:
        visit = Visit(NORTH, address=ADDRESS)
        for _ in range(60):
            trier.house.clock.advance(minutes=16)
            with pytest.raises(FaceRefusedError):
                trier.house.core.recognition.admit(FaceGrant(STRANGER), visit)

        assert not trier.is_off()

    def test_with_its_subject_the_count_goes(self, trier: Trier) -> None:
        trier.wait_and_try(50)

        trier.house.core.directory.remove_subject(trier.alice.id)

        assert not trier.is_off()
