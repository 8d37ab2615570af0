"""Clips are read within bounds, and nothing but clips is."""

import os
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.face_clips import encode, scenery
from watchword.core.faces import FaceFault
from watchword.faces import clips
from watchword.faces.arrays import Pixels
from watchword.faces.clips import Frame, open_clip

# Faces are the same at every door.
pytestmark = pytest.mark.once

MEGA = 1_000_000
EXTERNAL_PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


def frames(content: bytes) -> list[Frame]:
    with open_clip(content) as reel:
        assert not isinstance(reel, FaceFault)
        return list(reel.frames())


def fault(content: bytes) -> FaceFault | None:
    with open_clip(content) as reel:
        if isinstance(reel, FaceFault):
            return reel
        for _ in reel.frames():
            pass
        return reel.fault


def plain(seconds: float, fps: float = 15, size: tuple[int, int] = (160, 120)) -> bytes:
    picture = np.full((size[1], size[0], 3), 90, np.uint8)
    return encode([picture] * round(seconds * fps), "webm", fps)


@pytest.fixture(scope="module")
def clip() -> bytes:
    return plain(2)


class TestContainers:
    @pytest.mark.parametrize("form", ["webm", "vp9", "mp4"])
    def test_what_browsers_record_is_read(self, form: str) -> None:
        seen = frames(encode([scenery()] * 15, form))

        assert len(seen) > 8
        assert seen[0].at == 0
        assert seen[0].image.shape == (360, 360, 3)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\x1a\x45\xdf\xa3",
            b"\0\0\0\x18ftypmp42",
            b"RIFF\0\0\0\0AVI LIST",
            b"OggS" + bytes(100),
            b"GIF89a" + bytes(100),
            b"ffconcat version 1.0\nfile /etc/passwd\n",
            EXTERNAL_PLAYLIST,
            b"\0\0\0\x18ftyp" + EXTERNAL_PLAYLIST,
            b"\x1a\x45\xdf\xa3" + EXTERNAL_PLAYLIST,
            np.random.default_rng(3).bytes(2_000),
        ],
        ids=lambda content: content[:12].hex() or "empty",
    )
    def test_nothing_else_is(self, content: bytes) -> None:
        assert fault(content) is FaceFault.UNREADABLE

    def test_no_reader_but_the_containers_own_is_asked(self, clip: bytes) -> None:
        with open_clip(clip):
            options = os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"]

        assert options == "input_format;matroska|protocol_whitelist;file"

    def test_what_opencv_will_not_even_open_is_unreadable(
        self, clip: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = cv2.VideoCapture

        def refuse(*arguments: object) -> object:
            if arguments:
                raise cv2.error("no such back-end")
            return real()

        monkeypatch.setattr(cv2, "VideoCapture", refuse)

        assert fault(clip) is FaceFault.UNREADABLE

    def test_nothing_is_left_of_it(self, clip: bytes) -> None:
        before = {*Path("/proc/self/fd").iterdir()}

        frames(clip)
        fault(b"\x1a\x45\xdf\xa3")

        assert {*Path("/proc/self/fd").iterdir()} == before


class TestBounds:
    def test_frames_are_looked_at_twelve_times_a_second(self) -> None:
        assert 22 <= len(frames(plain(2, fps=60))) <= 26
        assert len(frames(plain(2, fps=5))) == 10

    def test_times_are_told_from_the_first_frame(self, clip: bytes) -> None:
        times = [frame.at for frame in frames(clip)]

        assert times == sorted(times)
        assert times[-1] == pytest.approx(2, abs=0.2)

    def test_a_clip_that_is_too_long_is_not_watched_to_its_end(self) -> None:
        assert fault(plain(16, fps=2)) is FaceFault.TOO_LARGE

    def test_one_that_claims_no_time_has_only_so_many_frames(
        self, clip: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clips, "MOST_FRAMES", 20)

        assert fault(clip) is FaceFault.TOO_LARGE

    def test_one_of_too_many_bytes_is_not_opened(
        self, clip: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cv2, "VideoCapture", None)

        assert fault(clip + bytes(clips.MOST_BYTES)) is FaceFault.TOO_LARGE

    @pytest.mark.parametrize("size", [(2_000, 120), (160, 2_000)])
    def test_one_of_too_many_pixels_is_not_watched(self, size: tuple[int, int]) -> None:
        assert fault(plain(0.2, size=size)) is FaceFault.TOO_LARGE

    def test_one_of_too_few_shows_nobody(self) -> None:
        assert fault(plain(0.2, size=(64, 64))) is FaceFault.UNREADABLE


class TestHostileClips:
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
    @pytest.mark.parametrize("form", ["webm", "mp4"])
    def test_a_part_of_one_is_answered(self, form: str, share: float) -> None:
        content = encode([scenery()] * 15, form)

        assert fault(content[: int(len(content) * share)]) in {None, FaceFault.UNREADABLE}

    @pytest.mark.parametrize("seed", range(12))
    def test_one_with_wrong_bytes_is_answered(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        content = bytearray(encode([scenery()] * 5, "webm" if seed % 2 else "mp4"))
        for at in random.integers(0, len(content), 40):
            content[at] = random.integers(0, 256)

        assert fault(bytes(content)) in {None, FaceFault.UNREADABLE, FaceFault.TOO_LARGE}

    def test_a_box_that_claims_two_gigabytes_is_not_believed(self) -> None:
        content = encode([scenery()] * 5, "mp4")
        at = content.index(b"mdat") - 4

        claimed = content[:at] + struct.pack(">I", 2**31 - 1) + content[at + 4 :]

        assert fault(claimed) in {None, FaceFault.UNREADABLE}

    def test_a_frame_that_cannot_be_decoded_ends_it(
        self, clip: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nothing(self: clips.Reel) -> Pixels | None:
            self.fault = FaceFault.UNREADABLE
            return None

        monkeypatch.setattr(clips.Reel, "_image", nothing)

        assert fault(clip) is FaceFault.UNREADABLE
