"""The engine that really looks keeps what every engine keeps, asked as workers ask it."""

from collections.abc import Generator

import cv2
import numpy as np
import pytest

from tests.conformance.face_suite import FaceEngineConformance, Person, Scene
from tests.support.face_clips import (
    Actor,
    Pose,
    encode,
    hold,
    jpeg,
    perform,
    photo,
    record,
    scenery,
)
from watchword.core.faces import Act, FaceFault
from watchword.faces.pool import FacePool, open_faces

# Faces are the same at every door.
pytestmark = pytest.mark.once

ACTS = {"person_a": (Act.TURN_RIGHT, Act.TURN_LEFT), "person_b": (Act.TURN_LEFT, Act.BLINK)}


@pytest.fixture(scope="module")
def pool() -> Generator[FacePool]:
    pool = open_faces(at_once=2)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def scene(pool: FacePool) -> Scene:
    """Two people, played from their photos; made once, for it takes a while."""
    actors = {"person_a": Actor.named("person_a_2"), "person_b": Actor.named("person_b_1")}
    one, other = (actor.image for actor in actors.values())
    smaller = np.zeros_like(other)
    smaller[54:306, 54:306] = cv2.resize(other, (252, 252))
    together = np.hstack([one, smaller])
    return Scene(
        engine=pool,
        people=[
            Person(
                photos=[photo(f"{name}_1"), photo(f"{name}_2")],
                clip=record(actor, hold(1.6, liveliness=4)),
                still=record(actor, [Pose()] * 24),
                obeying=record(actor, perform(ACTS[name]), form="webm"),
                acts=ACTS[name],
            )
            for name, actor in actors.items()
        ],
        together=jpeg(together),
        nobody=jpeg(scenery()),
        faults={
            FaceFault.UNREADABLE: b"no clip at all",
            FaceFault.NO_FACE: encode([scenery()] * 15),
            FaceFault.SEVERAL: encode([together] * 15),
        },
    )


class TestTheEngineThatLooks(FaceEngineConformance):
    @pytest.fixture
    def scene(self, scene: Scene) -> Scene:
        return scene
