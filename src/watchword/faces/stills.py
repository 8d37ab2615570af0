"""Reading photos: JPEG, PNG and WebP, of a bounded size, turned as their EXIF data says.

How large a photo is, is read from its first bytes, before anything is decoded.
"""

import struct
from collections.abc import Callable
from typing import Final, cast

import cv2
import numpy as np

from watchword.core.faces import FaceFault
from watchword.faces.arrays import Pixels

__all__ = ["LONGEST_SIDE", "MOST_BYTES", "read_still", "size_of"]

LONGEST_SIDE: Final = 6_000
"""Pixels. *Documented* by FindFace; no other vendor's wire takes faces yet."""
MOST_BYTES: Final = 10_485_760

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
MARKER: Final = 0xFF
"""What every marker in a JPEG begins with."""
FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers of a JPEG behind which its size stands."""
STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xDA)})
"""Markers without a length, and therefore without anything to be skipped."""


def read_still(content: bytes) -> Pixels | FaceFault:
    """Return the pixels of a photo, or why there are none."""
    size = size_of(content)
    if size is None:
        return FaceFault.UNREADABLE
    if max(size) > LONGEST_SIDE or len(content) > MOST_BYTES:
        return FaceFault.TOO_LARGE
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return FaceFault.UNREADABLE
    # Typed as always there; None where it could not be decoded.
    read = cast("Pixels | None", image)
    return FaceFault.UNREADABLE if read is None else read


def size_of(content: bytes) -> tuple[int, int] | None:
    """Return the width and height that a photo claims; None for what is no photo."""
    reader = _reader(content)
    try:
        size = None if reader is None else reader(content)
    except (struct.error, IndexError):
        return None
    return size if size is not None and min(size) > 0 else None


def _reader(content: bytes) -> Callable[[bytes], tuple[int, int] | None] | None:
    if content.startswith(PNG):
        return _png_size
    if content.startswith(JPEG):
        return _jpeg_size
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return _webp_size if is_webp else None


def _png_size(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while content[at] == MARKER:
        marker = content[at + 1]
        if marker == MARKER:
            # Before one there may be as many as there like to be.
            at += 1
        elif marker in STANDALONE:
            at += 2
        elif marker in FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        else:
            at += 2 + struct.unpack_from(">H", content, at + 2)[0]
    return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(
            content[27:30], "little"
        )
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None
