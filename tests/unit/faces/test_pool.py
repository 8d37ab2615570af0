"""What a worker asks of the processes that look, and what becomes of it when they fail."""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.waiting import until
from watchword.core.errors import OverloadedError
from watchword.core.faces import Act, FaceFault, Sighting, Tier
from watchword.faces import pool as pools
from watchword.faces.pool import FacePool, open_faces
from watchword.faces.weights import EMBEDDING_MODEL, Weights, WeightsError

# Faces are the same at every door.
pytestmark = pytest.mark.once

NOWHERE = Weights(Path("detector"), Path("embedder"))

LOOKER = """
import json, os, struct, sys, time
from pathlib import Path
from watchword.core.faces import FaceFault, Sighting, Template
from watchword.faces.messages import read_task, write_answer, write_greeting

started = Path(sys.argv[1])
with started.open("a") as log:
    log.write(f"{os.getpid()}\\n")
out = sys.stdout.buffer
TEMPLATE = Template("", struct.pack("<128f", 1, *[0] * 127))
PROBLEM
write_greeting(out, "")
while task := read_task(sys.stdin.buffer):
    match task.content:
        case b"die":
            os._exit(1)
        case b"die once" if len(started.read_text().splitlines()) < 2:
            os._exit(1)
        case b"hang":
            time.sleep(600)
        case b"garble":
            out.write(b"what?\\n")
            out.flush()
        case b"confuse":
            faces = task.acts is not None
            write_answer(out, [] if faces else Sighting(TEMPLATE, frozenset(), {}))
        case b"wait":
            while not started.with_name("go").exists():
                time.sleep(0.01)
            write_answer(out, FaceFault.NO_FACE)
        case b"environment":
            started.with_name("environment").write_text(json.dumps(dict(os.environ)))
            write_answer(out, FaceFault.NO_FACE)
        case _ if task.acts is None:
            write_answer(out, [])
        case _:
            write_answer(out, Sighting(TEMPLATE, frozenset(), {}))
"""

Make = Callable[..., FacePool]


@pytest.fixture
def make(tmp_path: Path) -> Generator[Make]:
    """Yield what makes a pool of processes that do what they are shown."""
    made: list[FacePool] = []

    def start(at_once: int = 1, queue: int = 0, problem: str = "") -> FacePool:
        script = tmp_path / "looker.py"
        script.write_text(LOOKER.replace("PROBLEM", problem))
        command = [sys.executable, str(script), str(tmp_path / "started")]
        made.append(FacePool(command, NOWHERE, at_once, queue))
        return made[-1]

    yield start
    for pool in made:
        pool.close()


def started(folder: Path) -> list[int]:
    path = folder / "started"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class TestProcesses:
    def test_none_is_started_before_the_first_face(self, make: Make, tmp_path: Path) -> None:
        make()

        assert started(tmp_path) == []

    def test_one_is_asked_again_and_again(self, make: Make, tmp_path: Path) -> None:
        pool = make(at_once=3)

        assert [pool.find(b"photo") for _ in range(5)] == [[]] * 5
        assert isinstance(pool.watch(b"clip"), Sighting)
        assert len(started(tmp_path)) == 1

    def test_one_that_has_gone_is_replaced_unnoticed(self, make: Make, tmp_path: Path) -> None:
        pool = make()
        pool.find(b"photo")
        os.kill(started(tmp_path)[0], signal.SIGKILL)

        assert pool.find(b"photo") == []
        assert len(started(tmp_path)) == 2

    def test_one_that_dies_of_a_task_is_given_it_once_more(self, make: Make) -> None:
        assert make().find(b"die once") == []

    def test_what_every_process_dies_of_is_unreadable(self, make: Make, tmp_path: Path) -> None:
        pool = make()

        assert pool.watch(b"die") is FaceFault.UNREADABLE
        assert len(started(tmp_path)) == 2
        assert isinstance(pool.watch(b"clip"), Sighting)

    def test_so_is_what_they_answer_in_riddles(self, make: Make) -> None:
        pool = make()

        assert pool.watch(b"garble") is FaceFault.UNREADABLE
        assert pool.find(b"photo") == []

    def test_an_answer_to_another_question_is_none(self, make: Make) -> None:
        pool = make()

        assert pool.watch(b"confuse") is FaceFault.UNREADABLE
        assert pool.find(b"confuse") is FaceFault.UNREADABLE

    def test_they_end_with_the_pool(self, make: Make, tmp_path: Path) -> None:
        pool = make()
        pool.find(b"photo")

        pool.close()

        assert gone(started(tmp_path)[0])

    def test_they_learn_nothing_of_what_the_worker_knows(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATCHWORD_DATABASE_URL", "postgresql://secret")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

        make().find(b"environment")

        assert "secret" not in (tmp_path / "environment").read_text()

    def test_each_of_them_computes_on_one_thread(self, make: Make, tmp_path: Path) -> None:
        make().find(b"environment")
        environment = json.loads((tmp_path / "environment").read_text())

        counted = subprocess.run(
            [sys.executable, "-c", "import cv2; print(cv2.getNumThreads())"],
            env=environment,
            capture_output=True,
            check=True,
        )

        assert int(counted.stdout) == 1


class TestTrouble:
    def test_one_that_hangs_is_ended_and_the_caller_told_to_come_back(
        self, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pool = make()
        pool.find(b"photo")
        monkeypatch.setattr(pools, "LONGEST_WAIT", 0.2)

        with pytest.raises(OverloadedError):
            pool.watch(b"hang")

        assert gone(started(tmp_path)[0])

    def test_one_that_cannot_look_says_why_in_the_log(
        self, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        pool = make(problem='write_greeting(out, "a model is not there")')

        with caplog.at_level(logging.ERROR), pytest.raises(OverloadedError):
            pool.find(b"photo")

        (record,) = caplog.records
        assert record.__dict__["problem"] == "a model is not there"

    def test_one_that_does_not_even_start_is_told_of_too(
        self, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        pool = make(problem="sys.exit(3)")

        with caplog.at_level(logging.ERROR), pytest.raises(OverloadedError):
            pool.find(b"photo")

        (record,) = caplog.records
        assert record.__dict__["problem"] == "it does not start"

    def test_where_no_process_can_be_had_it_is_told_of_likewise(
        self, caplog: pytest.LogCaptureFixture, tmp_path: Path
    ) -> None:
        pool = FacePool([str(tmp_path / "nothing")], NOWHERE, 1, 0)

        with caplog.at_level(logging.ERROR), pytest.raises(OverloadedError):
            pool.find(b"photo")

        (record,) = caplog.records
        assert "No such file" in record.__dict__["problem"]


class TestTheQueue:
    def test_who_finds_it_full_is_told_to_come_back(self, make: Make, tmp_path: Path) -> None:
        pool = make(at_once=1, queue=1)
        with ThreadPoolExecutor(2) as threads:
            waiting = [threads.submit(pool.find, b"wait") for _ in range(2)]
            until(lambda: bool(started(tmp_path)))

            def full() -> bool:
                try:
                    pool.find(b"photo")
                except OverloadedError:
                    return True
                return False

            until(full)
            (tmp_path / "go").touch()

            assert [each.result(60) for each in waiting] == [FaceFault.NO_FACE] * 2
        assert pool.find(b"photo") == []

    def test_as_many_are_looked_at_together_as_was_said(self, make: Make, tmp_path: Path) -> None:
        pool = make(at_once=2)
        with ThreadPoolExecutor(2) as threads:
            waiting = [threads.submit(pool.find, b"wait") for _ in range(2)]
            until(lambda: len(started(tmp_path)) == 2)
            (tmp_path / "go").touch()

            assert [each.result(60) for each in waiting] == [FaceFault.NO_FACE] * 2


class TestWhatItOffers:
    def test_it_is_of_one_model(self, make: Make) -> None:
        assert make().model == EMBEDDING_MODEL

    @pytest.mark.parametrize("eyes", [None, Path("eyes")])
    def test_nobody_is_asked_to_blink_without_a_model_of_eyes(self, eyes: Path | None) -> None:
        weights = Weights(Path("detector"), Path("embedder"), eyes)

        assert (Act.BLINK in FacePool([], weights, 1, 0).acts) == (eyes is not None)

    @pytest.mark.parametrize("pad", [(), (Path("one"), Path("other"))])
    def test_attacks_are_detected_where_there_are_models_for_it(
        self, pad: tuple[Path, ...]
    ) -> None:
        weights = Weights(Path("detector"), Path("embedder"), None, pad)

        assert (Tier.PAD in FacePool([], weights, 1, 0).tiers) == bool(pad)

    def test_a_missing_model_is_told_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsError):
            open_faces(str(tmp_path))

    def test_a_wrong_model_is_told_when_it_is_needed(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name in (
            "face_detection_yunet_2023mar_int8bq.onnx",
            "face_recognition_sface_2021dec_int8bq.onnx",
        ):
            (tmp_path / name).write_bytes(b"something else")
        pool = open_faces(str(tmp_path))

        with caplog.at_level(logging.ERROR), pytest.raises(OverloadedError):
            pool.find(b"photo")

        assert "SHA-256" in caplog.records[0].__dict__["problem"]
