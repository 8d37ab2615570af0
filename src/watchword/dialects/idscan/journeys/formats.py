"""Telling what an image is by its first bytes. Nothing is decoded and nothing is run."""

from collections.abc import Mapping
from typing import Final

from watchword.dialects.idscan.journeys.records import Format

__all__ = ["CONTENT_TYPES", "KNOWN_FORMATS", "tell_format"]

SIGNATURES: Final[Mapping[bytes, Format]] = {
    b"\xff\xd8\xff": Format.JPG,
    b"\x89PNG\r\n\x1a\n": Format.PNG,
    b"BM": Format.BMP,
    b"%PDF-": Format.PDF,
}

CONTENT_TYPES: Final[Mapping[Format, str]] = {
    Format.JPG: "image/jpeg",
    Format.PNG: "image/png",
    Format.BMP: "image/bmp",
    Format.PDF: "application/pdf",
}

KNOWN_FORMATS: Final = frozenset({"bmp", "jpeg", "jpg", "png", "pdf"})
"""What a client may call an image, in any case (*observed*, wire contract IDscan 2.1)."""


def tell_format(content: bytes) -> Format | None:
    """Return what an image is, or None for what is none of those that are taken."""
    return next((form for start, form in SIGNATURES.items() if content.startswith(start)), None)
