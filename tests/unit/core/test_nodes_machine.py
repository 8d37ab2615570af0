"""Hosts that share a storage, driven at random: messages are slow or lost, hosts stop and die.

The promise: once the call that revoked has answered, no worker of any host accepts the token from
memory. And the other half: a host that is well is waited for, and believes what still holds.
"""

from collections.abc import Callable

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.support.nodes import Waiting, World
from tests.unit.core.test_nodes import Impatient
from watchword.core.admission import Admitted
from watchword.core.errors import CoreError
from watchword.core.nodes import Wait
from watchword.core.ports import Instant, NodeId

places = st.integers(0, 2)
SPEEDS = st.floats(0.976, 1.024)
"""Between the slowest and the fastest lies what a margin in a lease allows."""


class NodesMachine(RuleBasedStateMachine):
    """What may happen to three hosts, in any order."""

    sessions: Bundle[Admitted] = Bundle("sessions")
    waiting: Bundle[Waiting] = Bundle("waiting")
    waits: Callable[[int, NodeId, Instant], Wait] = Wait

    @initialize(speeds=st.tuples(SPEEDS, SPEEDS, SPEEDS))
    def build(self, speeds):
        self.world = World(*speeds, waits=type(self).waits)
        self.ended: set[int] = set()

    def teardown(self):
        if hasattr(self, "world"):
            self.world.close()

    @rule(target=sessions, login=st.sampled_from(["alice", "bob"]))
    def log_in(self, login):
        return self.world.enter(login)

    @rule(session=sessions, place=places)
    def use(self, session, place):
        try:
            self.world.nodes[place].use(session)
        except CoreError:
            assert session.session.id in self.ended
        else:
            # Until the call that ended it has answered, either is right.
            assert not any(each.answered for each in self._calls_about(session))

    @rule(target=waiting, session=sessions, place=places)
    def end(self, session, place):
        self.ended.add(session.session.id)
        return self.world.nodes[place].end(session)

    @rule(target=waiting, session=sessions, place=places)
    def end_with_a_look(self, session, place):
        self.ended.add(session.session.id)
        waiting = self.world.nodes[place].end(session)
        waiting.look()
        return waiting

    @rule(session=consumes(sessions), place=places)
    def end_and_die(self, session, place):
        self.ended.add(session.session.id)
        self.world.nodes[place].end_and_die(session)

    @rule(waiting=waiting, blind=st.booleans())
    def look(self, waiting, blind):
        waiting.look(blind=blind)

    @rule(place=places, whole=st.booleans())
    def begin(self, place, whole):
        node = self.world.nodes[place]
        if node.rests:
            node.begin(whole=whole)

    @rule(place=places)
    def send(self, place):
        self.world.nodes[place].send()

    @rule(place=places)
    def hear(self, place):
        self.world.nodes[place].hear()

    @rule(place=places)
    def run_a_round(self, place):
        self.world.nodes[place].run()

    @rule(place=places)
    def lose_the_connection(self, place):
        self.world.nodes[place].lose()

    @rule(place=places)
    def crash(self, place):
        self.world.nodes[place].crash()

    @rule(
        milliseconds=st.sampled_from(
            [1, 50, 100, 499, 500, 1_000, 1_800, 1_899, 1_900, 1_901, 2_000, 2_001, 60_000]
        )
    )
    def wait(self, milliseconds):
        self.world.wait(milliseconds)

    @rule()
    def prune(self):
        self.world.roll.prune()

    @invariant()
    def no_host_accepts_what_was_revoked(self):
        if hasattr(self, "world"):
            assert self.world.stale() == []

    @invariant()
    def nobody_waits_longer_than_a_lease(self):
        for each in self.world.waiting if hasattr(self, "world") else []:
            if each.clock() >= each.wait.ends:
                assert each.look(blind=True)

    def _calls_about(self, session):
        return [each for each in self.world.waiting if session in each.meant]


TestNodes = NodesMachine.TestCase
TestNodes.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)


class ImpatientMachine(NodesMachine):
    """The same with revokers who do not wait."""

    waits = Impatient


def test_the_search_finds_what_goes_wrong_when_nobody_waits():
    quick = settings(
        max_examples=500,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
    )

    with pytest.raises(AssertionError):
        run_state_machine_as_test(ImpatientMachine, settings=quick)
