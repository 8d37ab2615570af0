"""The process that looks: loads the models, shuts itself off, and answers until nobody asks.

Started by `watchword.faces.pool` as ``python -m watchword.faces.child MODEL_DIR PAD_DIR``; it reads
tasks from its standard input and writes answers to its standard output.
"""

import os
import select
import sys
from collections.abc import Callable, Sequence
from typing import IO, Final, Protocol

import cv2

from watchword.core.faces import Act, FaceFault, FoundFace, Sighting
from watchword.faces.engine import Engine
from watchword.faces.messages import Answer, Task, read_task, write_answer, write_greeting
from watchword.faces.sandbox import deadline, shut_off
from watchword.faces.weights import WeightsError, find_weights

__all__ = ["Eyewitness", "main", "serve"]

CPU_SECONDS: Final = 20.0
"""For one photo or clip. Measured: 15 seconds of video that are asked for everything take 5."""
FAULTS: Final = (cv2.error, ArithmeticError, MemoryError, OSError, ValueError)
"""What a stranger's file brings about: pixels or numbers that make no sense, or too many of them.

After these the models are as good as before. After anything else nobody can say, so the process
ends, and another one is given the task once more (decision 0702).
"""
IDLE_SECONDS: Final = 300.0
"""After as long without a face its memory is worth more than half a second to the next one."""


class Eyewitness(Protocol):
    """Who is asked here: `watchword.faces.engine.Engine`, or who stands in for it in a test."""

    def find(self, image: bytes) -> Sequence[FoundFace] | FaceFault:
        """Return the faces on a photo."""
        ...

    def watch(self, clip: bytes, acts: Sequence[Act] = ()) -> Sighting | FaceFault:
        """Return who is seen in a clip."""
        ...


def serve(
    witness: Eyewitness, tasks: IO[bytes], answers: IO[bytes], comes: Callable[[], bool]
) -> None:
    """Answer task after task, until there are no more or ``comes`` says that none is coming."""
    while comes():
        task = read_task(tasks)
        if task is None:
            return
        deadline(CPU_SECONDS)
        answer = _look(witness, task)
        deadline(0)
        write_answer(answers, answer)


def main(model_dir: str, pad_dir: str) -> int:
    """Serve the process that started this one. Returns the exit code."""
    answers = _keep_for_answers()
    try:
        engine = Engine(find_weights(model_dir, pad_dir))
    except WeightsError as error:
        write_greeting(answers, str(error))
        return 1
    shut_off()
    write_greeting(answers, "")
    serve(engine, sys.stdin.buffer, answers, _somebody_asks)
    return 0


def _look(witness: Eyewitness, task: Task) -> Answer:
    try:
        if task.acts is None:
            return witness.find(task.content)
        return witness.watch(task.content, task.acts)
    except FAULTS:
        return FaceFault.UNREADABLE


def _keep_for_answers() -> IO[bytes]:
    """Return what was the standard output; what libraries print goes nowhere."""
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return os.fdopen(kept, "wb")


def _somebody_asks() -> bool:
    return bool(select.select([sys.stdin], [], [], IDLE_SECONDS)[0])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
