"""A challenge is good once, soon, for one device at one audience; nobody knows it beforehand."""

from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.faces import ScriptedEngine
from tests.support.house import ADDRESS, NORTH, POLICY, SOUTH, House
from watchword.core.challenges import Challenge, ChallengeFault
from watchword.core.challenging import draw
from watchword.core.errors import ChallengeRefusedError, OverloadedError
from watchword.core.faces import Act
from watchword.core.grants import Visit
from watchword.core.policy import ChallengePolicy
from watchword.core.sessions import Device
from watchword.core.subjects import Audience
from watchword.core.tokens import digest

LIFE = timedelta(seconds=20)


@pytest.fixture
def house() -> Generator[House]:
    house = House(engine=ScriptedEngine())
    yield house
    house.close()


def coming(device: str = "phone", audience: Audience = SOUTH, address: str = ADDRESS) -> Visit:
    return Visit(audience, device=Device(device), address=address)


def refusal(house: House, nonce: str, visit: Visit) -> ChallengeFault:
    with pytest.raises(ChallengeRefusedError) as caught:
        house.core.challenging.redeem(nonce, visit)
    return caught.value.fault


class TestWhatIsPosed:
    def test_two_acts_within_twenty_seconds(self, house: House) -> None:
        posed = house.core.challenging.pose(coming())

        assert len(posed.acts) == 2
        assert posed.deadline == house.clock() + LIFE

    def test_no_two_have_the_same_nonce(self, house: House) -> None:
        nonces = [house.core.challenging.pose(coming()).nonce for _ in range(20)]

        assert len(set(nonces)) == 20
        assert {len(nonce) for nonce in nonces} == {64}

    def test_only_the_digest_of_the_nonce_is_kept_and_none_is_shown(self, house: House) -> None:
        posed = house.core.challenging.pose(coming())

        with house.storage.read() as transaction:
            found = transaction.challenges.find(digest(posed.nonce))
        assert found is not None
        assert (found.audience, found.device_key, found.acts) == (SOUTH, "phone", posed.acts)
        assert posed.nonce not in repr(found)
        assert posed.nonce not in repr(posed)

    def test_the_address_is_kept_as_a_digest(self, house: House) -> None:
        posed = house.core.challenging.pose(coming())

        with house.storage.read() as transaction:
            assert ADDRESS not in repr(transaction.challenges.find(digest(posed.nonce)))

    def test_its_life_and_its_acts_are_policy(self) -> None:
        policy = ChallengePolicy(life=timedelta(seconds=9), acts=3)
        house = House(policy=replace(POLICY, challenges=policy), engine=ScriptedEngine())

        posed = house.core.challenging.pose(coming())

        assert len(posed.acts) == 3
        assert posed.deadline == house.clock() + timedelta(seconds=9)
        house.close()


class TestWhatIsDrawn:
    @given(
        offered=st.lists(st.sampled_from(Act), min_size=2, unique=True),
        many=st.integers(0, 6),
        seed=st.randoms(use_true_random=False),
    )
    def test_what_is_offered_and_nothing_twice_in_a_row(
        self, offered: list[Act], many: int, seed: Random
    ) -> None:
        drawn = draw(offered, many, seed.randbytes)

        assert len(drawn) == many
        assert set(drawn) <= set(offered)
        assert all(one is not other for one, other in pairwise(drawn))

    def test_all_sequences_come_about_equally_often(self, house: House) -> None:
        drawn = Counter(draw(tuple(Act), 2, house.random) for _ in range(1_200))

        assert len(drawn) == 6
        assert min(drawn.values()) > 100

    @pytest.mark.parametrize("many", [1, 2, 3, 4])
    def test_a_blink_is_never_all_that_is_asked_for(self, house: House, many: int) -> None:
        """A pencil before the eyes of a photo looks like one."""
        for _ in range(200):
            assert set(draw(tuple(Act), many, house.random)) != {Act.BLINK}

    def test_a_single_act_is_asked_for_again_and_again(self, house: House) -> None:
        assert draw((Act.BLINK,), 2, house.random) == (Act.BLINK, Act.BLINK)

    def test_an_engine_that_can_tell_nothing_is_asked_nothing(self, house: House) -> None:
        assert draw((), 2, house.random) == ()


class TestMeetingIt:
    def test_it_gives_its_acts_until_the_last_moment(self, house: House) -> None:
        posed = house.core.challenging.pose(coming())
        house.clock.advance(seconds=20)

        assert house.core.challenging.redeem(posed.nonce, coming()) == posed.acts
        assert house.results("face-challenge") == []

    def test_a_clip_that_waited_for_its_turn_is_as_good_as_when_it_arrived(
        self, house: House
    ) -> None:
        early, late = (house.core.challenging.pose(coming()) for _ in range(2))
        house.clock.advance(seconds=33)
        redeem, moment = house.core.challenging.redeem, timedelta(microseconds=1)

        assert redeem(early.nonce, coming(), timedelta(seconds=13)) == early.acts
        with pytest.raises(ChallengeRefusedError, match="late"):
            redeem(late.nonce, coming(), timedelta(seconds=13) - moment)

    def test_another_worker_takes_it(self, house: House) -> None:
        posed = house.core.challenging.pose(coming())

        assert house.worker().challenging.redeem(posed.nonce, coming()) == posed.acts

    def test_another_address_may_meet_it(self, house: House) -> None:
        """A phone that leaves the house in between keeps its device, not its address."""
        posed = house.core.challenging.pose(coming())

        elsewhere = coming(address="198.51.100.9")

        assert house.core.challenging.redeem(posed.nonce, elsewhere) == posed.acts


@pytest.fixture
def posed(house: House) -> Generator[Challenge]:
    posed = house.core.challenging.pose(coming())
    yield posed
    # Whatever was wrong, it is used up.
    assert refusal(house, posed.nonce, coming()) is ChallengeFault.REPLAYED


class TestRefusing:
    def test_a_second_use(self, house: House, posed: Challenge) -> None:
        house.core.challenging.redeem(posed.nonce, coming())

        assert refusal(house, posed.nonce, coming()) is ChallengeFault.REPLAYED

    def test_a_moment_late(self, house: House, posed: Challenge) -> None:
        house.clock.advance(seconds=20, microseconds=1)

        assert refusal(house, posed.nonce, coming()) is ChallengeFault.LATE

    def test_another_device(self, house: House, posed: Challenge) -> None:
        assert refusal(house, posed.nonce, coming("tablet")) is ChallengeFault.WRONG_DEVICE

    def test_another_audience(self, house: House, posed: Challenge) -> None:
        assert refusal(house, posed.nonce, coming(audience=NORTH)) is ChallengeFault.FOREIGN

    @pytest.mark.parametrize("nonce", ["", "x", "\udcff", "0" * 64])
    def test_what_was_never_posed(self, house: House, nonce: str) -> None:
        assert refusal(house, nonce, coming()) is ChallengeFault.UNKNOWN

    @pytest.mark.parametrize("visit", [coming("tablet"), coming(audience=NORTH)])
    def test_whoever_shows_it_in_the_wrong_place_has_used_it_up(
        self, house: House, posed: Challenge, visit: Visit
    ) -> None:
        refusal(house, posed.nonce, visit)

        assert refusal(house, posed.nonce, coming()) is ChallengeFault.REPLAYED

    def test_why_is_written_down_and_whose_it_was(self, house: House, posed: Challenge) -> None:
        refusal(house, posed.nonce, coming("tablet"))

        [entry] = house.audited("face-challenge")
        told = (entry.result, entry.audience, entry.device_key, entry.address)
        assert told == ("challenge-wrong-device", SOUTH, "tablet", ADDRESS)
        assert posed.nonce not in repr(entry)

    def test_it_locks_nobody_out(self, house: House) -> None:
        house.add("alice")
        for _ in range(60):
            refusal(house, "x", coming())

        assert house.enter(device="phone").subject.name == "alice"


class TestBounds:
    def test_a_source_has_no_more_than_a_few_open(self, house: House) -> None:
        for _ in range(32):
            house.core.challenging.pose(coming())

        with pytest.raises(OverloadedError) as caught:
            house.core.challenging.pose(coming("another"))
        assert caught.value.retry_after == LIFE
        house.core.challenging.pose(coming(address="198.51.100.9"))

    def test_those_that_are_met_or_late_count_no_longer(self, house: House) -> None:
        nonces = [house.core.challenging.pose(coming()).nonce for _ in range(32)]

        house.core.challenging.redeem(nonces[0], coming())
        house.core.challenging.pose(coming())

        house.clock.advance(seconds=21)
        for _ in range(32):
            house.core.challenging.pose(coming())

    def test_all_sources_together_have_a_bound_too(self) -> None:
        house = House(policy=replace(POLICY, challenges=ChallengePolicy(at_most=3)))
        for place in range(3):
            house.core.challenging.pose(coming(address=f"192.0.2.{place}"))

        with pytest.raises(OverloadedError):
            house.core.challenging.pose(coming(address="192.0.2.99"))
        house.close()

    def test_old_ones_are_swept(self, house: House) -> None:
        posed = house.core.challenging.pose(coming())
        house.clock.advance(minutes=10, seconds=20)
        assert house.core.purge()["challenges"] == 0
        house.clock.advance(seconds=1)

        assert house.core.purge()["challenges"] == 1
        assert refusal(house, posed.nonce, coming()) is ChallengeFault.UNKNOWN


class TestTheEngine:
    def test_it_says_what_can_be_asked_for(self) -> None:
        house = House(engine=ScriptedEngine(acts=frozenset({Act.BLINK})))

        assert house.core.challenging.pose(coming()).acts == (Act.BLINK, Act.BLINK)
        house.close()

    def test_without_one_nothing_is_asked_for(self) -> None:
        house = House()

        assert house.core.challenging.pose(coming()).acts == ()
        house.close()
