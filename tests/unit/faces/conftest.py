"""What the tests of the engine share: it takes a while to load, and clips a while to make."""

import os

import pytest

from tests.support.face_clips import Actor, hold, perform, record
from watchword.core.faces import Act
from watchword.faces.engine import Engine
from watchword.faces.weights import find_weights

PAD = os.environ.get("WATCHWORD_TEST_PAD_DIR", "")


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine(find_weights())


@pytest.fixture(scope="session")
def wary_engine() -> Engine:
    """Return an engine that also knows paper and screens."""
    if not PAD:
        pytest.skip("WATCHWORD_TEST_PAD_DIR names no folder with both models")
    return Engine(find_weights(pad_dir=PAD))


@pytest.fixture(scope="session")
def ann() -> Actor:
    return Actor.named("person_b_1")


@pytest.fixture(scope="session")
def bob() -> Actor:
    return Actor.named("person_a_2")


@pytest.fixture(scope="session")
def lively(ann: Actor) -> bytes:
    """Return a clip of somebody who moves a little."""
    return record(ann, hold(1.5, liveliness=4))


@pytest.fixture(scope="session")
def turning(ann: Actor) -> bytes:
    """Return a clip of somebody who turns left, then right."""
    return record(ann, perform([Act.TURN_LEFT, Act.TURN_RIGHT]))
