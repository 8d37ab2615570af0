"""Every order in which a loader's and a revoker's steps can fall, and no stale accept in any."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.house import NORTH, SOUTH, House
from tests.support.steps import SteppedStamps, SteppedStorage, Steps, every_order, run
from watchword.core.core import Core
from watchword.core.errors import TokenUnknownError
from watchword.core.revocation import session_slot
from watchword.core.sessions import EndReason, SessionFilter
from watchword.core.shelf import ColdError, Shelf

# The loader looks at slot 0, at the row, at three slots and at slot 0 again; the revoker commits
# and renews slot 0 and the session's.
ORDERS = list(every_order("loader", 6, "revoker", 3))


@dataclass
class Scene:
    """Alice's session, a loader that has never seen it, and a revoker that will end it."""

    backwards: bool = False
    steps: Steps = field(default_factory=Steps)

    def __post_init__(self) -> None:
        stamps = SteppedStamps(self.steps, backwards=self.backwards)
        self.house = House(stamps=stamps)
        self.house.add("alice")
        self.admitted = self.house.enter()
        self.worker: Core = self.house.worker(
            storage=SteppedStorage(self.house.storage, self.steps)
        )
        self.answered = False
        self.stale = 0

    def load(self) -> None:
        with suppress(TokenUnknownError):
            self.worker.access.principal(self.admitted.token.secret, SOUTH)

    def revoke(self) -> None:
        self.worker.revocation.end_session(self.admitted.session, EndReason.REVOKED)
        self.answered = True

    def renew_too_soon(self) -> None:
        """Break rule 1: renew, then commit."""
        self.worker.revocation.stamps.renew([session_slot(self.admitted.session.id)])
        with self.worker.storage.write() as transaction:
            which = SessionFilter(id=self.admitted.session.id)
            transaction.sessions.end(which, self.house.clock(), EndReason.REVOKED)
        self.answered = True

    def look(self) -> None:
        """Count what the loader's worker still believes after the revoker has answered."""
        known = self.worker.access.recall(self.admitted.token.secret, SOUTH)
        self.stale += self.answered and known is not None

    def play(self, order: tuple[str, ...], revoke: Callable[[], None]) -> int:
        """Return the number of stale accepts that were seen."""
        run(self.steps, {"loader": self.load, "revoker": revoke}, order, self.look)
        assert self.answered
        self.house.close()
        return self.stale


def test_no_order_of_steps_leads_to_a_stale_accept():
    for order in ORDERS:
        scene = Scene()
        assert scene.play(order, scene.revoke) == 0, order


def test_no_order_of_steps_keeps_the_storage_from_refusing():
    for order in ORDERS:
        scene = Scene()
        scene.play(order, scene.revoke)
        with pytest.raises(TokenUnknownError):
            scene.worker.access.principal(scene.admitted.token.secret, SOUTH)


def test_the_search_finds_what_goes_wrong_when_slot_0_is_renewed_last():
    scenes = [(Scene(backwards=True), order) for order in ORDERS]

    assert any(scene.play(order, scene.revoke) for scene, order in scenes)


def test_the_search_finds_what_goes_wrong_when_stamps_are_renewed_before_the_commit():
    scenes = [(Scene(), order) for order in ORDERS]

    assert any(scene.play(order, scene.renew_too_soon) for scene, order in scenes)


@pytest.mark.parametrize("order", list(every_order("reader", 3, "writer", 3)))
def test_no_order_of_steps_leaves_an_old_document_on_the_shelf(order):
    steps = Steps()
    stamps: Any = SteppedStamps(steps)
    house = House(stamps=stamps)
    house.core.shelf.put(NORTH, "role", {"admin": b"old"})
    shelf = Shelf(SteppedStorage(house.storage, steps), stamps, house.clock)
    answered = False

    def write() -> None:
        nonlocal answered
        shelf.put(NORTH, "role", {"admin": b"new"})
        answered = True

    def look() -> None:
        with suppress(ColdError):
            assert not answered or shelf.recall(NORTH, "role") == {"admin": b"new"}

    def read() -> None:
        shelf.list_of(NORTH, "role")

    run(steps, {"reader": read, "writer": write}, order, look)

    assert answered
    assert shelf.list_of(NORTH, "role") == shelf.recall(NORTH, "role") == {"admin": b"new"}
    house.close()
