"""Making a revocation hold on every host that shares a storage: the protocol, without any I/O.

Rules 1 to 4 of `watchword.core.revocation` make all processes of one host, a *node*, look again. A
node learns from the *journal* what was changed elsewhere, and believes what its processes remember
only while it *trusts* itself to have heard of everything. The rules go on:

5. A revoker writes its slots into the journal in the very unit that changes something, so an entry
   is there exactly if the change is. Entries become visible in the order of their serials.
6. A round of a node: it looks at its clock, *then* beats on the roll, *then* reads the journal from
   where it stands, *then* renews these slots, *then* confirms, and *then* trusts what is remembered
   until `TRUST` after that look at the clock.
7. A node comes under a number of its own: it trusts nothing, *then* enters the roll at the newest
   entry, *then* renews slot 1, *then* begins its rounds.
8. A revoker answers when all others that it finds on the roll after its commit have confirmed its
   entry, or when a `LEASE` has passed since the commit.
9. Whoever sees somebody on the roll who has not beaten for a `LEASE` takes it off.

Why no node accepts what was revoked once the revoker has answered: take a node that trusts itself
at that moment, and the round that this trust is from. If its beat came after the revoker's commit,
so did its look into the journal, and it renewed the slots before it trusted. If its beat came
before, the trust ends `TRUST` after a moment before that beat: less than a `LEASE` after any moment
after the commit, so the revoker has not waited that long. Then it saw the node on the roll, where
nobody takes it off before its trust is over (rule 9), and saw it confirm: the slots were renewed.
What a node remembers from before it came is worth nothing by rule 7, and what it missed before it
entered, too.

Nothing here compares the clocks of two machines, only how long things take on one; their clocks may
run at speeds that differ by `MARGIN` in a `LEASE`. A message may be lost, doubled or late, a node
may stop anywhere for any time, die, or never come back: each of these makes a revoker wait, for a
`LEASE` at most, or makes a node ask the storage; none makes it believe what it should not.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

from watchword.core.ports.host import Stamps
from watchword.core.ports.nodes import Instant, Monotonic, NodeId, Roll, Seat, Trust
from watchword.core.revocation import ALL

__all__ = [
    "BEAT",
    "LEASE",
    "MARGIN",
    "SECOND",
    "TRUST",
    "ForgottenError",
    "Member",
    "Step",
    "Steps",
    "Vigil",
    "Wait",
    "perform",
]

SECOND: Final = 1_000_000_000
LEASE: Final = 2 * SECOND
"""The longest that a revoker waits for a node. All nodes must agree on it, so it is no setting."""
MARGIN: Final = SECOND // 10
"""By how much the clocks of two machines may drift apart in a `LEASE`: a hundred times as much as
those of machines that are well do."""
TRUST: Final = LEASE - MARGIN
BEAT: Final = SECOND // 2
"""How long after a round the next one begins: three may be missed before trust runs out."""
PRUNE_EVERY: Final = 120
"""Rounds: once a minute is enough for a table of a few thousand rows."""

Step: TypeAlias = Callable[[Roll], Any]
Steps: TypeAlias = Generator[Step, Any, None]
"""Calls of the roll, one by one, each answered before the next: whoever performs them may be slow,
and a test may let anything happen in between."""


class ForgottenError(Exception):
    """The others have taken this node off the roll; it has to come anew."""


class Vigil:
    """Watches the roll for those who have stopped beating."""

    def __init__(self) -> None:
        """Start with nobody seen."""
        self._seen: dict[NodeId, tuple[int, Instant]] = {}

    def find_lapsed(self, seats: Sequence[Seat], now: Instant) -> Sequence[Seat]:
        """Return those that rule 9 means. ``now`` is a moment after the roll was read."""
        before, self._seen = self._seen, {}
        for seat in seats:
            beats, since = before.get(seat.node, (seat.beats, now))
            self._seen[seat.node] = seat.beats, since if beats == seat.beats else now
        return [seat for seat in seats if now - self._seen[seat.node][1] >= LEASE]


class Member:
    """One stay of this host on the roll."""

    def __init__(
        self, node: NodeId, name: str, stamps: Stamps, trust: Trust, clock: Monotonic
    ) -> None:
        """Do nothing yet; `enter` comes first."""
        self.node: Final = node
        self._name = name
        self._stamps = stamps
        self._trust = trust
        self._clock = clock
        self._vigil = Vigil()
        self.silent: Sequence[Seat] = ()
        """Who was taken off in the last round."""
        self._beats = 0
        self._stands_at = 0

    def enter(self) -> Steps:
        """Come in (rule 7)."""
        self._trust.begin(self.node)
        self._stands_at = yield lambda roll: roll.enter(self.node, self._name)
        self._stamps.renew([ALL])

    def go_round(self) -> Steps:
        """Go one round (rule 6), and see who has stopped (rule 9). Raises `ForgottenError`."""
        begun = self._clock()
        self._beats += 1
        if not (yield lambda roll: roll.beat(self.node, self._beats)):
            raise ForgottenError
        yield from self.catch_up()
        self._trust.extend(Instant(begun + TRUST))
        seats = yield lambda roll: roll.seats()
        self.silent = self._vigil.find_lapsed(seats, self._clock())
        for each in self.silent:
            yield _taking_off(each)
        if self._beats % PRUNE_EVERY == 0:
            yield lambda roll: roll.prune()

    def catch_up(self) -> Steps:
        """Take in what is new in the journal; between rounds it makes revokers wait less."""
        entries = yield lambda roll: roll.read(self._stands_at)
        if entries:
            self._stamps.renew({slot for entry in entries for slot in entry.slots})
            self._stands_at = entries[-1].serial
            yield lambda roll: roll.confirm(self.node, self._stands_at)

    def leave(self) -> Steps:
        """Go: nobody has to wait for this node any more."""
        self._trust.begin(self.node)
        yield lambda roll: roll.remove(self.node, self._beats)


class Wait:
    """A revoker's wait for the others (rule 8)."""

    def __init__(self, serial: int, own: NodeId, now: Instant) -> None:
        """Wait for an entry of the journal, from a moment ``now`` after its commit.

        ``own`` is the node whose stamps the revoker has renewed itself.
        """
        self._serial = serial
        self._own = own
        self.ends: Final = Instant(now + LEASE)
        self.missing: Sequence[Seat] | None = None
        """Who has not confirmed, as far as anybody knows; None before the first look."""

    def is_over(self, seats: Sequence[Seat] | None, now: Instant) -> bool:
        """Say whether the revoker may answer; ``seats`` is the roll, None if it cannot be seen."""
        if seats is not None:
            others = (each for each in seats if each.node != self._own)
            self.missing = [each for each in others if each.confirmed < self._serial]
        return self.missing == [] or now >= self.ends


def perform(steps: Steps, roll: Roll) -> None:
    """Do everything that somebody asks of the roll. Raises what the roll and they raise."""
    answer = None
    with suppress(StopIteration):
        while True:
            answer = steps.send(answer)(roll)


def _taking_off(seat: Seat) -> Step:
    return lambda roll: roll.remove(seat.node, seat.beats)
