"""A single picture does not move as a person does, whatever is done to it."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.support.face_clips import Actor, Pose, Script, hold
from watchword.faces import motion
from watchword.faces.detection import Detector
from watchword.faces.motion import ENOUGH, motion_of, patch_of
from watchword.faces.weights import find_weights, read_weights

# Faces are the same at every door.
pytestmark = pytest.mark.once

LOOKS = 16


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(read_weights(find_weights().detector))


def moved(detector: Detector, actor: Actor, script: Script, *, flat: bool = False) -> float:
    images = [actor.frame(pose, flat=flat) for pose in script]
    return motion_of([patch_of(image, detector.find(image, 320)[0]) for image in images])


WAVED = {
    "held still": [Pose()] * LOOKS,
    "in a trembling hand": hold(LOOKS / 15, liveliness=4),
    "moved about": [Pose(shift=(3.0 * i, -2.0 * i)) for i in range(LOOKS)],
    "nearer and nearer": [Pose(zoom=1 + 0.02 * i) for i in range(LOOKS)],
    "tilted": [Pose(yaw=0.05 * i, pitch=0.02 * i) for i in range(LOOKS)],
}


class TestAPicture:
    @pytest.mark.parametrize("script", WAVED.values(), ids=WAVED)
    def test_it_does_not_move_however_it_is_waved_about(
        self, detector: Detector, bob: Actor, script: Sequence[Pose]
    ) -> None:
        assert moved(detector, bob, script, flat=True) < ENOUGH


class TestAPerson:
    def test_they_move_when_they_turn_a_little(self, detector: Detector, bob: Actor) -> None:
        turning = [Pose(yaw=0.4 * np.sin(i / 4)) for i in range(LOOKS)]

        assert moved(detector, bob, turning) > ENOUGH

    def test_they_move_when_they_blink(self, detector: Detector, ann: Actor) -> None:
        blinking = [Pose(shut=float(6 <= i <= 8)) for i in range(LOOKS)]

        assert moved(detector, ann, blinking) > ENOUGH


class TestFewLooks:
    @pytest.mark.parametrize("count", [0, 1])
    def test_there_is_no_motion_in_one_look(self, count: int) -> None:
        assert motion_of([np.zeros((64, 64), np.float32)] * count) == 0

    def test_what_cannot_be_laid_over_each_other_proves_nothing(self) -> None:
        random = np.random.default_rng(1)
        noise = [random.normal(0, 50, (64, 64)).astype(np.float32) for _ in range(3)]
        flat = [np.zeros((64, 64), np.float32)] * 3

        assert motion_of(flat) == 0
        assert motion_of([*noise, *flat]) >= 0

    def test_odd_ones_are_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = iter([0.9, *[0.001] * 30])
        monkeypatch.setattr(motion, "_missing", lambda *_: next(found))

        assert motion_of([np.zeros((64, 64), np.float32)] * 16) == 0.001
