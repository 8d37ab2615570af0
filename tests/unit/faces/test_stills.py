"""Photos are measured before they are decoded, and shown as they were taken."""

import struct
from typing import Any, cast

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.faces import FaceFault
from watchword.faces.arrays import Pixels
from watchword.faces.stills import MOST_BYTES, read_still, size_of

PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
FORMATS = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 90],
    ".png": [],
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 80],
    ".webp lossless": [cv2.IMWRITE_WEBP_QUALITY, 101],
}


def picture(width: int = 60, height: int = 40) -> Pixels:
    """Return something red on the left and blue on the right."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 2] = image[:, width // 2 :, 0] = 200
    return image


def photo(form: str, image: Pixels | None = None) -> bytes:
    shown = picture() if image is None else image
    _, content = cv2.imencode(form.split(maxsplit=1)[0], shown, FORMATS[form])
    return content.tobytes()


def pixels(content: bytes) -> Pixels:
    read = read_still(content)
    assert not isinstance(read, FaceFault)
    return read


def turned(content: bytes, orientation: int) -> bytes:
    """Say in a JPEG's EXIF data how the camera was held."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + content[2:]


class TestFormats:
    @pytest.mark.parametrize("form", FORMATS)
    def test_each_is_read(self, form: str) -> None:
        content = photo(form)

        assert size_of(content) == (60, 40)
        assert pixels(content).shape == (40, 60, 3)

    def test_colours_are_where_they_belong(self) -> None:
        shown = pixels(photo(".png"))

        assert shown[20, 5].tolist() == [0, 0, 200]
        assert shown[20, 55].tolist() == [200, 0, 0]

    @pytest.mark.parametrize("channels", [1, 4])
    def test_grey_ones_and_those_with_holes_are_shown_in_colour(self, channels: int) -> None:
        shape = (40, 60) if channels == 1 else (40, 60, channels)

        assert pixels(photo(".png", np.full(shape, 9, np.uint8))).shape == (40, 60, 3)

    def test_webp_tells_its_size_in_its_longer_form_too(self) -> None:
        head = b"RIFF\0\0\0\0WEBPVP8X" + struct.pack("<II", 10, 0)
        content = head + (59).to_bytes(3, "little") + (39).to_bytes(3, "little")

        assert size_of(content) == (60, 40)

    def test_filled_markers_of_a_jpeg_are_passed_over(self) -> None:
        content = photo(".jpg")

        assert size_of(content[:2] + b"\xff\xff\xff" + content[2:]) == (60, 40)
        assert size_of(content[:2] + b"\xff\x01" + content[2:]) == (60, 40)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"GIF89a" + bytes(40),
            b"BM" + bytes(60),
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"RIFF\0\0\0\0WEBPVP8 ",
            b"RIFF\0\0\0\0WEBPABCD" + bytes(40),
            b"\xff\xd8\xff\xe0\0\x02 and then no marker",
            b"\xff\xd8\xff",
            PNG_HEAD + struct.pack(">II", 0, 40),
        ],
    )
    def test_what_is_none_of_them_is_unreadable(self, content: bytes) -> None:
        assert size_of(content) is None
        assert read_still(content) is FaceFault.UNREADABLE

    @pytest.mark.parametrize("form", FORMATS)
    def test_half_of_one_is_answered(self, form: str) -> None:
        content = photo(form, np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8))

        read = read_still(content[: len(content) // 2])

        assert read is FaceFault.UNREADABLE or cast("Any", read).shape == (40, 60, 3)


class TestOrientation:
    def test_a_photo_is_shown_as_it_was_taken(self) -> None:
        shown = pixels(turned(photo(".jpg"), 6))

        assert shown.shape == (60, 40, 3)
        # Turned clockwise, what was on the left is on top.
        assert shown[5, 20, 2] > 150
        assert shown[55, 20, 0] > 150

    def test_upside_down_is_turned_around(self) -> None:
        shown = pixels(turned(photo(".jpg"), 3))

        assert shown.shape == (40, 60, 3)
        assert shown[20, 55, 2] > 150


class TestSize:
    @pytest.mark.parametrize("size", [(6_001, 10), (10, 6_001), (60_000, 60_000)])
    def test_a_claim_of_too_many_pixels_is_refused_unread(
        self, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cv2, "imdecode", None)

        assert read_still(PNG_HEAD + struct.pack(">II", *size)) is FaceFault.TOO_LARGE

    def test_too_many_bytes_are_refused_unread(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cv2, "imdecode", None)

        assert read_still(photo(".png") + bytes(MOST_BYTES)) is FaceFault.TOO_LARGE

    def test_what_the_decoder_refuses_is_unreadable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise cv2.error("too large for it")

        monkeypatch.setattr(cv2, "imdecode", refuse)

        assert read_still(photo(".png")) is FaceFault.UNREADABLE


class TestAnyBytes:
    @given(
        start=st.sampled_from([b"", PNG_HEAD, b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 "]),
        rest=st.binary(max_size=100),
    )
    def test_there_is_an_answer(self, start: bytes, rest: bytes) -> None:
        size = size_of(start + rest)

        assert size is None or min(size) > 0

    @given(st.data())
    def test_there_is_one_for_a_photo_with_a_wrong_byte(self, data: st.DataObject) -> None:
        content = bytearray(photo(".jpg"))
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

        read = read_still(bytes(content))

        assert isinstance(read, FaceFault | np.ndarray)
