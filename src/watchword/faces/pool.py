"""The engine as a worker has it: a few processes that look, and a bounded queue in front of them.

A process is started with the first face, is restarted when it dies, and goes when nobody has shown
a face for a while. Whoever calls waits, in a thread of its own: this blocks, like hashing.
"""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from queue import LifoQueue
from typing import IO, Final, Self, cast

from watchword.core.errors import OverloadedError
from watchword.core.faces import Act, FaceFault, FoundFace, Sighting, Template, Tier
from watchword.faces.messages import (
    Answer,
    GarbledError,
    Task,
    read_answer,
    read_greeting,
    write_task,
)
from watchword.faces.templates import blend, likenesses
from watchword.faces.weights import EMBEDDING_MODEL, Weights, find_weights

__all__ = ["FacePool", "open_faces"]

SOON: Final = timedelta(seconds=2)
LATER: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = 120.0
"""Seconds on the clock for one answer. The process bounds itself by what it computes; this is for a
machine that has no time left for it."""
KEPT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
"""What a process that looks may know of this one's environment, which has secrets in it."""
QUIET: Final = {
    "OPENCV_LOG_LEVEL": "SILENT",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    # One thread each: how many look at once is said by the pool.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
}

log = logging.getLogger(__name__)


class _Patience:
    """Kills a process that does not come to an end while the block lasts; then it is ``lost``."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._timer = threading.Timer(LONGEST_WAIT, self._lose)
        self._timer.daemon = True
        self.lost = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _lose(self) -> None:
        self.lost = True
        self._process.kill()


@dataclass(slots=True)
class _Looker:
    """One process that looks, while there is one. Used by one thread at a time."""

    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None

    def ask(self, task: Task) -> Answer:
        """Have one task done. Raises `OverloadedError` if it cannot be done now."""
        # Twice: one that has just gone for want of work may have taken the task with it.
        for _ in range(2):
            process = self.process or self._start()
            with suppress(GarbledError, OSError), _Patience(process) as patience:
                write_task(_pipe(process.stdin), task)
                return read_answer(_pipe(process.stdout), EMBEDDING_MODEL)
            self.end()
            if patience.lost:
                raise OverloadedError(LATER)
        return FaceFault.UNREADABLE

    def end(self) -> None:
        """End the process, if there is one."""
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            # What was not written yet is of no use to anybody.
            with suppress(OSError):
                _pipe(stream).close()

    def _start(self) -> "subprocess.Popen[bytes]":
        try:
            process = self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                # Who stops a server at its terminal lets it finish what it is at.
                start_new_session=True,
            )
        except OSError as error:
            # No memory, or no more processes: that passes.
            raise _told_of(str(error)) from error
        problem = "it does not start"
        with suppress(GarbledError), _Patience(process):
            problem = read_greeting(_pipe(process.stdout))
        if problem:
            self.end()
            raise _told_of(problem)
        return process


class FacePool:
    """`watchword.core.ports.FaceEngine`, by processes that look."""

    def __init__(self, command: Sequence[str], weights: Weights, at_once: int, queue: int) -> None:
        """Make a pool; processes start with the first face, and ``command`` starts each."""
        self._lookers: LifoQueue[_Looker] = LifoQueue()
        self._all = [_Looker(command) for _ in range(at_once)]
        for looker in self._all:
            self._lookers.put(looker)
        self._places = threading.BoundedSemaphore(at_once + queue)
        self.model = EMBEDDING_MODEL
        self.acts = frozenset(Act) if weights.eyes else frozenset(Act) - {Act.BLINK}
        self.tiers = frozenset(Tier) if weights.pad else frozenset(Tier) - {Tier.PAD}

    def find(self, image: bytes) -> Sequence[FoundFace] | FaceFault:
        """Return the faces on a photo. Raises `OverloadedError`."""
        answer = self._ask(Task(image))
        return FaceFault.UNREADABLE if isinstance(answer, Sighting) else answer

    def watch(self, clip: bytes, acts: Sequence[Act] = ()) -> Sighting | FaceFault:
        """Return who is seen in a clip. Raises `OverloadedError`."""
        answer = self._ask(Task(clip, tuple(acts)))
        return answer if isinstance(answer, Sighting | FaceFault) else FaceFault.UNREADABLE

    def likenesses(self, template: Template, others: Sequence[Template]) -> Sequence[float]:
        """Return how alike a face is to each of others. Raises ``ValueError``."""
        return likenesses(self.model, template, others)

    def blend(self, templates: Sequence[Template]) -> Template:
        """Return what several templates have in common. Raises ``ValueError``."""
        return blend(self.model, templates)

    def close(self) -> None:
        """End the processes; who is still waiting for one is told that nothing could be read."""
        for looker in self._all:
            looker.end()

    def _ask(self, task: Task) -> Answer:
        if not self._places.acquire(blocking=False):
            raise OverloadedError(SOON)
        try:
            looker = self._lookers.get()
            try:
                return looker.ask(task)
            finally:
                self._lookers.put(looker)
        finally:
            self._places.release()


def open_faces(
    model_dir: str = "", pad_dir: str = "", at_once: int = 1, queue: int = 16
) -> FacePool:
    """Return the engine of one worker. Raises `WeightsError` where faces cannot be looked at."""
    folders = [str(Path(folder).absolute()) if folder else "" for folder in (model_dir, pad_dir)]
    command = [sys.executable, "-P", "-m", "watchword.faces.child", *folders]
    return FacePool(command, find_weights(model_dir, pad_dir), at_once, queue)


def _told_of(problem: str) -> OverloadedError:
    """Tell the log why nobody can look, and return what to tell the caller."""
    log.error("faces cannot be looked at", extra={"problem": problem})
    return OverloadedError(LATER)


def _environment() -> Mapping[str, str]:
    known = {name: os.environ[name] for name in KEPT if name in os.environ}
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path if entry)
    return {**known, **QUIET, "PYTHONPATH": path}


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Return a pipe, which is there since it was asked for."""
    return cast("IO[bytes]", stream)
