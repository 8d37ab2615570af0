"""Telling what a file is by its first bytes. What its sender calls it is not looked at.

Nothing is decoded and nothing is run: the first dozen bytes decide. *Chosen*: the containers that
phones and browsers record into, and the images that they take.
"""

from collections.abc import Mapping
from typing import Final

from watchword.dialects.oz.archive.records import MediaType

__all__ = ["TELLING", "tell_type"]

IMAGE, VIDEO = MediaType.IMAGE_FOLDER, MediaType.VIDEO_FOLDER

# At the very beginning.
SIGNATURES: Final[Mapping[bytes, tuple[MediaType, str]]] = {
    b"\xff\xd8\xff": (IMAGE, "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": (IMAGE, "image/png"),
    b"GIF87a": (IMAGE, "image/gif"),
    b"GIF89a": (IMAGE, "image/gif"),
    b"\x1a\x45\xdf\xa3": (VIDEO, "video/webm"),
}
# Behind "RIFF" and a length.
RIFF: Final[Mapping[bytes, tuple[MediaType, str]]] = {
    b"WEBP": (IMAGE, "image/webp"),
    b"AVI ": (VIDEO, "video/x-msvideo"),
}
# Behind a length and "ftyp" (ISO 14496-12): the major brand. Any other is taken for a film.
BRANDS: Final[Mapping[bytes, tuple[MediaType, str]]] = {
    b"heic": (IMAGE, "image/heic"),
    b"heix": (IMAGE, "image/heic"),
    b"mif1": (IMAGE, "image/heif"),
    b"avif": (IMAGE, "image/avif"),
    b"qt  ": (VIDEO, "video/quicktime"),
}
MP4: Final = (VIDEO, "video/mp4")

TELLING: Final = 12
"""As many bytes as it takes."""


def tell_type(content: bytes) -> tuple[MediaType, str] | None:
    """Return what Oz calls a file and its media type, or None for neither image nor video."""
    for signature, found in SIGNATURES.items():
        if content.startswith(signature):
            return found
    inner, brand = content[4:8], content[8:12]
    if content.startswith(b"RIFF"):
        return RIFF.get(brand)
    if inner == b"ftyp" and len(brand) == len(inner):
        return BRANDS.get(brand, MP4)
    return None
