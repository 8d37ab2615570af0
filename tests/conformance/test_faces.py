"""The engine of our own tests keeps what every engine keeps, so that what they show holds."""

import pytest

from tests.conformance.face_suite import FaceEngineConformance, Person, Scene
from tests.support.faces import (
    CROWD,
    EMPTY,
    NOBODY,
    NOISE,
    STRANGER,
    ScriptedEngine,
    clip_of,
    photo_of,
    picture_of,
)
from watchword.core.faces import Act, FaceFault, Sighting


class TestTheScriptedEngine(FaceEngineConformance):
    @pytest.fixture
    def scene(self) -> Scene:
        acts = [Act.TURN_LEFT, Act.BLINK]
        return Scene(
            engine=ScriptedEngine(),
            people=[
                Person(
                    photos=[photo_of(name), f"photo of {name} ".encode()],
                    clip=clip_of(name),
                    still=picture_of(name),
                    obeying=clip_of(name, acts=acts),
                    acts=acts,
                )
                for name in ("ann", "bob")
            ],
            together=photo_of("ann", "bob"),
            nobody=NOBODY,
            faults={
                FaceFault.UNREADABLE: NOISE,
                FaceFault.NO_FACE: EMPTY,
                FaceFault.SEVERAL: CROWD,
            },
        )

    def test_a_stranger_is_somebody_too(self) -> None:
        engine = ScriptedEngine()

        seen = engine.watch(STRANGER)

        assert isinstance(seen, Sighting)
        assert engine.likenesses(seen.template, [engine.template_of("ann")]) == [0.0]

    def test_a_poor_photo_shows_a_face_that_is_not_good_enough(self) -> None:
        found = ScriptedEngine().find(photo_of("ann", poor=True))

        assert not isinstance(found, FaceFault)
        assert [face.is_good for face in found] == [False]
