"""Reading clips: MP4 and WebM, a bounded number of frames of a bounded size.

What a clip says of itself is not believed: a frame is asked for its size, and time and memory are
bounded around all of this (`watchword.faces.sandbox`).
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, cast

import cv2

from watchword.core.faces import FaceFault
from watchword.faces.arrays import Pixels

__all__ = ["MOST_BYTES", "Frame", "Reel", "open_clip"]

MOST_BYTES: Final = 10_485_760
LONGEST_SIDE: Final = 1_920
SHORTEST_SIDE: Final = 96
LONGEST_SECONDS: Final = 15.0
MOST_FRAMES: Final = 900
"""As many as 15 seconds have at 60 a second."""
FRAMES_A_SECOND: Final = 12.0
"""As many are looked at: a blink is three of them."""

WEBM: Final = b"\x1a\x45\xdf\xa3"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture, and when it was taken, in seconds from the first."""

    at: float
    image: Pixels


class Reel:
    """An open clip."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        """Take what OpenCV has opened."""
        self._capture = capture
        self.fault: FaceFault | None = None
        """Why no more frames came, if it was not that there were no more."""

    def frames(self) -> Iterator[Frame]:
        """Return the frames that are looked at, evenly spread."""
        first, due = None, 0.0
        for number in range(MOST_FRAMES + 1):
            if not self._capture.grab():
                return
            now = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1_000
            first = now if first is None else first
            at = now - first
            if number == MOST_FRAMES or at > LONGEST_SECONDS:
                self.fault = FaceFault.TOO_LARGE
                return
            if at + 1e-3 < due:
                continue
            due = max(due + 1 / FRAMES_A_SECOND, at)
            image = self._image()
            if image is None:
                return
            yield Frame(at, image)

    def _image(self) -> Pixels | None:
        read, image = self._capture.retrieve()
        if not read:
            self.fault = FaceFault.UNREADABLE
            return None
        return cast("Pixels", image)


@contextmanager
def open_clip(content: bytes) -> Generator[Reel | FaceFault]:
    """Open a clip from memory for as long as the block lasts."""
    kind = _demuxer(content)
    if kind is None:
        yield FaceFault.UNREADABLE
        return
    if len(content) > MOST_BYTES:
        yield FaceFault.TOO_LARGE
        return
    # OpenCV opens paths alone; this file has one in this process and in no folder.
    file = os.memfd_create("clip")
    try:
        with os.fdopen(file, "wb", closefd=False) as stream:
            stream.write(content)
        capture = _open(f"/proc/self/fd/{file}", kind)
        try:
            yield Reel(capture) if (fault := _judge(capture)) is None else fault
        finally:
            capture.release()
    finally:
        os.close(file)


def _demuxer(content: bytes) -> str | None:
    """Return who reads this container, told by its first bytes: clients say anything."""
    if content[4:8] == b"ftyp":
        return "mov"
    return "matroska" if content.startswith(WEBM) else None


def _open(path: str, kind: str) -> cv2.VideoCapture:
    # One container, and nothing but this file: others may tell a reader to fetch something.
    options = f"input_format;{kind}|protocol_whitelist;file"
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = options
    try:
        return cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    except cv2.error:
        return cv2.VideoCapture()


def _judge(capture: cv2.VideoCapture) -> FaceFault | None:
    if not capture.isOpened():
        return FaceFault.UNREADABLE
    width = capture.get(cv2.CAP_PROP_FRAME_WIDTH)
    height = capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if max(width, height) > LONGEST_SIDE:
        return FaceFault.TOO_LARGE
    return FaceFault.UNREADABLE if min(width, height) < SHORTEST_SIDE else None
