"""The engine of our own tests keeps what every engine keeps, so that what they show holds."""

from uuid import UUID

import pytest

from tests.conformance.face_suite import FaceEngineConformance, Gallery
from tests.conformance.storage_suite.records import NORTH, make_subject
from tests.support.faces import (
    CROWD,
    EMPTY,
    NOISE,
    STRANGER,
    ScriptedEngine,
    clip_of,
    picture_of,
)
from watchword.core.faces import FaceFault
from watchword.core.subjects import SubjectId


class TestTheScriptedEngine(FaceEngineConformance):
    @pytest.fixture
    def gallery(self) -> Gallery:
        people = [make_subject(id=SubjectId(UUID(int=number))) for number in (1, 2)]
        engine = ScriptedEngine()
        engine.enrol(NORTH, *people)
        return Gallery(
            engine=engine,
            here=NORTH,
            people={each.id: (clip_of(each), picture_of(each)) for each in people},
            stranger=STRANGER,
            faults={
                FaceFault.UNREADABLE: NOISE,
                FaceFault.NO_FACE: EMPTY,
                FaceFault.SEVERAL: CROWD,
            },
        )
