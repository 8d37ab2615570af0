"""Hosts that share a storage: what each rule of the protocol is for, one story after the other."""

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.nodes import MILLISECOND, Seats, Waiting, World
from watchword.core.nodes import (
    BEAT,
    LEASE,
    MARGIN,
    PRUNE_EVERY,
    TRUST,
    Member,
    Steps,
    Vigil,
    Wait,
)
from watchword.core.ports import NOBODY, Instant, NodeId, Seat
from watchword.core.revocation import ALL
from watchword.storage.stamps import LocalStamps

LEASE_MS = LEASE // MILLISECOND
TRUST_MS = TRUST // MILLISECOND


@contextmanager
def world_of(*speeds: float, **parts: Any) -> Generator[World]:
    world = World(*speeds or (1.0, 1.0), **parts)
    yield world
    world.close()


@pytest.fixture
def world() -> Generator[World]:
    with world_of() as world:
        yield world


class TestANodeThatHears:
    def test_refuses_once_the_revoker_has_answered(self, world):
        here, there = world.nodes
        admitted = world.enter()
        there.use(admitted)

        waiting = here.end(admitted)
        assert not waiting.look()
        there.begin(whole=False)
        there.finish()

        assert waiting.look()
        assert not there.knows(admitted)

    def test_believes_until_it_hears(self, world):
        here, there = world.nodes
        admitted = world.enter()
        there.use(admitted)

        waiting = here.end(admitted)

        assert there.knows(admitted)
        assert not waiting.look()

    def test_goes_on_believing_everything_else(self, world):
        here, there = world.nodes
        ended, other = world.enter(), world.enter("bob")
        there.use(ended)
        there.use(other)

        here.end(ended)
        there.run()

        assert there.knows(other)

    def test_hears_of_what_somebody_committed_who_died_before_saying_anything(self, world):
        here, there = world.nodes
        admitted = world.enter()
        there.use(admitted)

        here.end_and_die(admitted)
        there.run()

        assert not there.knows(admitted)

    def test_is_not_waited_for_where_it_is_the_revokers_own(self):
        with world_of(1.0) as alone:
            [here] = alone.nodes
            admitted = alone.enter()

            assert here.end(admitted).look()

    def test_is_heard_of_before_the_wait_is_over(self, world):
        """No revoker waits for a whole lease while everybody is well."""
        here, there = world.nodes
        waiting = here.end(world.enter())
        world.wait(5)
        there.run()

        assert waiting.look()
        assert waiting.wait.missing == []


class TestANodeThatDoesNotHear:
    def test_is_waited_for_no_longer_than_a_lease(self, world):
        here, _ = world.nodes
        waiting = here.end(world.enter())
        assert not waiting.look()

        world.wait(LEASE_MS - 1)
        assert not waiting.look()
        world.wait(1)
        assert waiting.look()
        assert [seat.name for seat in waiting.wait.missing] == ["nn"]

    def test_has_lost_its_trust_by_then(self, world):
        here, there = world.nodes
        admitted = world.enter()
        there.use(admitted)
        there.run()
        waiting = here.end(admitted)
        waiting.look()

        world.wait(TRUST_MS)

        assert not there.knows(admitted)

    def test_has_lost_it_by_then_even_where_its_clock_is_slow(self):
        with world_of(1.024, 0.976) as world:
            here, there = world.nodes
            admitted = world.enter()
            there.use(admitted)
            there.run()
            waiting = here.end(admitted)
            while not waiting.look():
                world.wait(1)

            assert world.stale() == []

    def test_is_waited_for_as_long_by_whoever_cannot_look_at_the_roll(self, world):
        here, there = world.nodes
        admitted = world.enter()
        there.use(admitted)
        waiting = here.end(admitted)
        assert not waiting.look(blind=True)
        world.wait(LEASE_MS - 1)
        assert not waiting.look(blind=True)
        world.wait(1)

        assert waiting.look(blind=True)
        assert waiting.wait.missing is None
        assert world.stale() == []

    def test_asks_the_storage_in_the_meantime(self, world):
        _, there = world.nodes
        admitted = world.enter()
        there.use(admitted)
        world.wait(TRUST_MS)

        assert not there.use(admitted)

    def test_believes_again_what_still_holds_after_the_next_round(self, world):
        here, there = world.nodes
        ended, other = world.enter(), world.enter("bob")
        there.use(ended)
        there.use(other)
        here.end(ended)
        world.wait(10 * LEASE_MS)

        there.run()

        assert there.knows(other)
        assert not there.knows(ended)

    def test_whose_answer_comes_late_counts_from_when_it_asked(self, world):
        _, there = world.nodes
        admitted = world.enter()
        there.use(admitted)
        there.begin()
        there.send()
        world.wait(TRUST_MS)
        there.hear()
        there.finish()

        assert not there.knows(admitted)


class TestANodeThatIsTakenOff:
    def test_was_silent_for_a_lease(self, world):
        here, _ = world.nodes
        here.run()
        for _ in range(3):
            world.wait(LEASE_MS / 2)
            here.run()

        assert [seat.name for seat in world.roll.seats()] == ["n"]

    def test_keeps_nobody_waiting_any_more(self, world):
        here, _ = world.nodes
        for _ in range(4):
            world.wait(LEASE_MS / 2)
            here.run()

        assert here.end(world.enter()).look()

    def test_comes_anew_and_has_forgotten_everything(self, world):
        here, there = world.nodes
        admitted = world.enter()
        there.use(admitted)
        for _ in range(4):
            world.wait(LEASE_MS / 2)
            here.run()
        before = there.stamps.node

        there.run()
        there.run()

        assert there.stamps.node != before
        assert {seat.name for seat in world.roll.seats()} == {"n", "nn"}
        assert not there.knows(admitted)

    def test_can_be_one_that_died_and_came_back_under_another_number(self, world):
        here, there = world.nodes
        there.lose()
        there.run()
        assert [seat.name for seat in world.roll.seats()] == ["n", "nn", "nn"]
        for _ in range(4):
            world.wait(LEASE_MS / 2)
            here.run()
            there.run()

        assert [seat.name for seat in world.roll.seats()] == ["n", "nn"]


class TestANodeThatComes:
    def test_believes_nothing_from_before(self, world):
        _, there = world.nodes
        admitted = world.enter()
        there.use(admitted)

        there.lose()
        assert not there.knows(admitted)
        there.run()

        assert not there.knows(admitted)

    def test_while_a_revocation_runs_has_heard_of_it_or_is_waited_for(self, world):
        here, there = world.nodes
        admitted = world.enter()
        there.lose()
        there.send()
        waiting = here.end(admitted)
        there.hear()
        assert not waiting.look()

        there.run()

        assert waiting.look() or waiting.wait.missing
        assert world.stale() == []

    def test_is_missed_by_nobody_when_it_has_gone(self, world):
        here, there = world.nodes
        there.leave()

        assert here.end(world.enter()).look()
        assert not there.stamps.trusted()


class TestTheJournal:
    def test_is_pruned_once_everybody_knows(self, world):
        here, there = world.nodes
        for _ in range(5):
            here.end(world.enter())
        there.run()
        for _ in range(PRUNE_EVERY):
            world.wait(BEAT // MILLISECOND)
            here.run()
            there.run()

        assert len(world.roll.journal) == 1

    def test_keeps_what_somebody_has_not_heard_of(self, world):
        here, there = world.nodes
        admitted = world.enter()
        there.use(admitted)
        here.end(admitted)
        world.roll.prune()

        there.run()

        assert not there.knows(admitted)


class TestTheVigil:
    def test_counts_from_the_first_sight(self):
        vigil = Vigil()
        seat = Seat(NodeId(1), "n", 7, 0)

        assert vigil.find_lapsed([seat], Instant(5 * LEASE)) == []
        assert vigil.find_lapsed([seat], Instant(6 * LEASE - 1)) == []
        assert vigil.find_lapsed([seat], Instant(6 * LEASE)) == [seat]

    def test_begins_anew_with_each_beat(self):
        vigil = Vigil()
        for beat in range(5):
            seat = Seat(NodeId(1), "n", beat, 0)
            assert vigil.find_lapsed([seat], Instant(beat * LEASE)) == []

    def test_forgets_who_has_gone(self):
        vigil = Vigil()
        seat = Seat(NodeId(1), "n", 7, 0)
        vigil.find_lapsed([seat], Instant(0))
        vigil.find_lapsed([], Instant(1))

        assert vigil.find_lapsed([seat], Instant(LEASE)) == []


def test_three_rounds_may_be_missed_before_trust_runs_out():
    assert 3 * BEAT < TRUST == LEASE - MARGIN


# --- what each rule keeps from happening ---------------------------------------------------------


class TrustsFromTheAnswer(Member):
    """Breaks rule 6: the time is that of the answer."""

    def go_round(self) -> Steps:
        steps, answer = super().go_round(), None
        clock = self._clock
        self._trust, trust = _Forward(self._trust, clock), self._trust
        try:
            while True:
                answer = yield steps.send(answer)
        except StopIteration:
            self._trust = trust


class _Forward:
    node = NOBODY

    def __init__(self, trust: Any, clock: Any) -> None:
        self._trust, self._clock = trust, clock

    def begin(self, node: NodeId) -> None:
        self._trust.begin(node)

    def extend(self, _until: Instant) -> None:
        self._trust.extend(Instant(self._clock() + TRUST))


class ConfirmsFirst(Member):
    """Breaks rule 6: it confirms, and then renews."""

    def catch_up(self) -> Steps:
        entries = yield lambda roll: roll.read(self._stands_at)
        if entries:
            self._stands_at = entries[-1].serial
            yield lambda roll: roll.confirm(self.node, self._stands_at)
            self._stamps.renew({slot for entry in entries for slot in entry.slots})


class ReadsFirst(Member):
    """Breaks rule 6: it reads the journal, and then beats."""

    def go_round(self) -> Steps:
        yield from self.catch_up()
        begun = self._clock()
        self._beats += 1
        yield lambda roll: roll.beat(self.node, self._beats)
        self._trust.extend(Instant(begun + TRUST))


class RemembersOnEntering(Member):
    """Breaks rule 7: what was known before is known after."""

    def enter(self) -> Steps:
        self._stamps, stamps = _Mute(), self._stamps
        yield from super().enter()
        self._stamps = stamps


class _Mute(LocalStamps):
    def renew(self, slots: Collection[int]) -> None:
        assert list(slots) == [ALL]


class Impatient(Wait):
    """Breaks rule 8: it does not wait."""

    def is_over(self, seats: Sequence[Seat] | None, now: Instant) -> bool:
        return super().is_over(seats, now) or seats is not None


def _answer(world: World, waiting: Waiting) -> None:
    while not waiting.look():
        world.wait(1)


def _stall(world: World, after: int) -> None:
    """After so many steps an answer takes almost as long as the revoker waits who comes then."""
    here, there = world.nodes
    admitted = world.enter()
    there.use(admitted)
    there.begin()
    for _ in range(after):
        there.step()
    there.send()
    waiting = here.end(admitted)
    waiting.look()
    world.wait(LEASE_MS - 1)
    there.hear()
    there.finish()
    _answer(world, waiting)


def _late_answer(world: World) -> None:
    """A node that has beaten hears late what is in the journal."""
    _stall(world, after=1)


def _between_two_looks(world: World) -> None:
    """A node hears late what it asked for first."""
    _stall(world, after=0)


def _halfway(world: World) -> None:
    """A node stops between two steps; meanwhile the revoker looks."""
    here, there = world.nodes
    admitted = world.enter()
    there.use(admitted)
    there.run()
    waiting = here.end(admitted)
    there.begin()
    there.send()
    while not (there.rests or waiting.look()):
        there.hear()
        there.send()


def _missed(world: World) -> None:
    """A node is away while something is revoked, and comes back."""
    here, there = world.nodes
    admitted = world.enter()
    there.use(admitted)
    there.leave()
    _answer(world, here.end(admitted))
    there.lose()
    there.run()


def _at_once(world: World) -> None:
    """A revoker looks once."""
    here, there = world.nodes
    admitted = world.enter()
    there.use(admitted)
    here.end(admitted).look()


FAULTS: list[tuple[Any, Any]] = [
    ({"making": TrustsFromTheAnswer}, _late_answer),
    ({"making": ConfirmsFirst}, _halfway),
    ({"making": ReadsFirst}, _between_two_looks),
    ({"making": RemembersOnEntering}, _missed),
    ({"waits": Impatient}, _at_once),
]


@pytest.mark.parametrize(("fault", "story"), FAULTS)
def test_each_rule_is_needed(fault, story):
    with world_of(**fault) as world:
        story(world)
        assert world.stale() == ["nn"]


@pytest.mark.parametrize("story", [story for _, story in FAULTS])
def test_with_all_rules_none_of_these_stories_ends_badly(story):
    with world_of() as world:
        story(world)
        assert world.stale() == []


def test_nobody_is_no_node():
    roll = Seats()
    assert not roll.beat(NOBODY, 1)
