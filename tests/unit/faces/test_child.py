"""The process that looks answers what it is asked, and nothing that it is shown breaks it."""

import errno
import signal
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO

import cv2
import pytest

from watchword.core.faces import Act, FaceFault, FoundFace, Sighting, Template, Tier
from watchword.faces import child
from watchword.faces.child import serve
from watchword.faces.engine import Engine
from watchword.faces.messages import Task, read_answer, read_greeting, write_task
from watchword.faces.weights import WeightsError

# Faces are the same at every door.
pytestmark = pytest.mark.once

MODEL = "d" * 64
SEEN = Sighting(
    Template(MODEL, struct.pack("<128f", 1, *[0] * 127)), frozenset({Tier.MOTION}), {"motion": 1.0}
)


class Witness:
    """Sees what its test says, or breaks."""

    def __init__(self, raised: Mapping[bytes, Exception] | None = None) -> None:
        self.raised = raised or {}
        self.asked: list[tuple[bytes, object]] = []

    def find(self, image: bytes) -> Sequence[FoundFace] | FaceFault:
        self.asked.append((image, None))
        if image in self.raised:
            raise self.raised[image]
        return FaceFault.NO_FACE

    def watch(self, clip: bytes, acts: Sequence[Act] = ()) -> Sighting | FaceFault:
        # What it may compute for is bounded while it looks.
        self.asked.append((clip, (acts, signal.getitimer(signal.ITIMER_PROF)[0] > 0)))
        return SEEN


def answers(witness: Witness, *tasks: Task, comes: Sequence[bool] = (True,) * 9) -> BytesIO:
    asked, answered, signs = BytesIO(), BytesIO(), iter(comes)
    for task in tasks:
        write_task(asked, task)
    asked.seek(0)
    serve(witness, asked, answered, lambda: next(signs))
    answered.seek(0)
    return answered


class TestServing:
    def test_task_after_task_is_answered(self) -> None:
        witness = Witness()

        answered = answers(witness, Task(b"photo"), Task(b"clip", [Act.BLINK]))

        assert read_answer(answered, MODEL) is FaceFault.NO_FACE
        assert read_answer(answered, MODEL) == SEEN
        assert witness.asked == [(b"photo", None), (b"clip", ([Act.BLINK], True))]

    def test_afterwards_nothing_bounds_it(self) -> None:
        answers(Witness(), Task(b"photo"))

        assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)

    @pytest.mark.parametrize(
        "fault",
        [
            cv2.error("no such pixels"),
            ZeroDivisionError(),
            OverflowError("no whole number"),
            ValueError("no number at all"),
            MemoryError(),
            OSError(errno.ENOSPC, "no place"),
        ],
        ids=lambda fault: type(fault).__name__,
    )
    def test_what_a_file_brings_about_is_unreadable_and_the_next_one_is_answered(
        self, fault: Exception
    ) -> None:
        answered = answers(Witness({b"broken": fault}), Task(b"broken"), Task(b"photo"))

        assert read_answer(answered, MODEL) is FaceFault.UNREADABLE
        assert read_answer(answered, MODEL) is FaceFault.NO_FACE

    def test_what_no_file_brings_about_ends_it(self) -> None:
        asked, answered = BytesIO(), BytesIO()
        write_task(asked, Task(b"photo"))
        asked.seek(0)

        with pytest.raises(TypeError):
            serve(Witness({b"photo": TypeError()}), asked, answered, lambda: True)

        assert answered.getvalue() == b""

    def test_it_goes_when_nobody_comes(self) -> None:
        witness = Witness()

        answered = answers(witness, Task(b"one"), Task(b"another"), comes=[True, False])

        assert [image for image, _ in witness.asked] == [b"one"]
        assert read_answer(answered, MODEL) is FaceFault.NO_FACE
        assert answered.read() == b""


class TestTheWholeProcess:
    def run(self, *folders: str, asked: bytes = b"") -> tuple[BytesIO, int]:
        done = subprocess.run(
            [sys.executable, "-m", "watchword.faces.child", *folders],
            input=asked,
            capture_output=True,
            check=False,
            timeout=100,
        )
        return BytesIO(done.stdout), done.returncode

    def test_it_greets_answers_and_ends_with_its_input(self) -> None:
        asked = BytesIO()
        write_task(asked, Task(b"no photo"))
        write_task(asked, Task(b"no clip", []))

        said, code = self.run("", "", asked=asked.getvalue())

        assert read_greeting(said) == ""
        assert read_answer(said, MODEL) is FaceFault.UNREADABLE
        assert read_answer(said, MODEL) is FaceFault.UNREADABLE
        assert said.read() == b""
        assert code == 0

    def test_without_its_models_it_says_why(self) -> None:
        said, code = self.run("/nowhere", "")

        assert "/nowhere" in read_greeting(said)
        assert code == 1


class TestMain:
    """In this process, where nothing is given up for good."""

    @pytest.fixture
    def said(self, monkeypatch: pytest.MonkeyPatch) -> BytesIO:
        pipe = BytesIO()
        monkeypatch.setattr(child, "_keep_for_answers", lambda: pipe)
        monkeypatch.setattr(child, "shut_off", lambda: 0)
        monkeypatch.setattr(child, "_somebody_asks", lambda: False)
        return pipe

    def test_it_is_ready_with_its_models(
        self, said: BytesIO, monkeypatch: pytest.MonkeyPatch, engine: Engine
    ) -> None:
        monkeypatch.setattr(child, "Engine", lambda _weights: engine)
        monkeypatch.setattr(sys, "stdin", type("Input", (), {"buffer": BytesIO()}))

        assert child.main("", "") == 0
        assert read_greeting(BytesIO(said.getvalue())) == ""

    def test_it_says_what_is_wrong_with_them(
        self, said: BytesIO, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_weights: object) -> Engine:
            raise WeightsError("they differ")

        monkeypatch.setattr(child, "Engine", refuse)

        assert child.main("", "") == 1
        assert read_greeting(BytesIO(said.getvalue())) == "they differ"
