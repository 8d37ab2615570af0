"""Reading an upload: the body of ``journey/upload``, with all of its oddities. Pure.

Images are decoded from base64, and looked at no further than their first bytes. They are as good as
the whole of a body, so they are decoded without being parsed first; where anything is odd, the body
is parsed as it came, and that decides.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, cast
from uuid import UUID

from pybase64 import b64decode

from watchword.dialects.idscan.engines import CaptureKind
from watchword.dialects.idscan.journeys.formats import KNOWN_FORMATS, tell_format
from watchword.dialects.idscan.journeys.lifting import Lifted, lift
from watchword.dialects.idscan.journeys.records import Format, Pair, Role
from watchword.dialects.idscan.members import Members, read_members
from watchword.dialects.idscan.settings import Settings
from watchword.web.errors import (
    BadFieldError,
    BodyTooLargeError,
    FieldFault,
    UnreadableBodyError,
)

__all__ = ["ImageDraft", "UploadDraft", "longest_upload", "read_upload"]

ENVELOPE: Final = 65_536
"""Bytes of an upload beside its images (*chosen*, wire contract IDscan 2.1: "plus slack")."""
MOST_IMAGES: Final = len(Role)
MOST_PAIRS: Final = 200
LONGEST_NAME: Final = 256
SOURCES: Final[Mapping[int, CaptureKind]] = {1: "identity", 2: "identity", 3: "address"}
"""*Documented*: 1 passport scanner, 2 camera, 3 A4 scanner; SDKs use 3 for addresses (2.1)."""
MOST_MARKS: Final = 100_000
"""Brackets, braces or commas in what is left of a body without its images (*chosen*)."""
PDF_INPUT: Final = 1
INPUTS: Final = frozenset({None, 0, PDF_INPUT})
"""*Observed* values of ``InputFormat``: 0 is an image, and what is meant where there is none."""
ROLES: Final[Mapping[str, Role]] = {role.lower(): role for role in Role}
CAPTURES: Final = frozenset({Role.WHITE, Role.SELFIE})


@dataclass(frozen=True, slots=True)
class ImageDraft:
    """One image as it was sent."""

    role: Role
    format: Format
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class UploadDraft:
    """What one upload asks for."""

    journey_id: UUID | None
    means_id: UUID | None
    source: int
    extracted: bool
    without_outputs: bool
    additional: tuple[Pair, ...]
    images: Sequence[ImageDraft]

    @property
    def kind(self) -> CaptureKind:
        """What was captured."""
        alone = all(image.role is Role.SELFIE for image in self.images)
        return "selfie" if alone else SOURCES[self.source]

    def said(self, *names: str) -> str:
        """Return what was sent under the first of these names, in any case; else nothing."""
        said = {pair.name.lower(): pair.value for pair in self.additional}
        return next((said[name.lower()] for name in names if name.lower() in said), "")


def longest_upload(settings: Settings) -> int:
    """Return how many bytes the body of an upload may have."""
    return settings.upload_max_bytes + ENVELOPE


def read_upload(body: bytes, settings: Settings) -> UploadDraft:
    """Read an upload.

    Raises `UnreadableBodyError`, `BadFieldError` or `BodyTooLargeError`.
    """
    lifted = lift(body)
    if lifted.texts:
        with suppress(UnreadableBodyError, BadFieldError):
            draft = _read(lifted, settings)
            if not lifted.texts:
                return draft
    return _read(Lifted(body), settings)


def _read(lifted: Lifted, settings: Settings) -> UploadDraft:
    _require_few_marks(lifted.body)
    members = read_members(lifted.body)
    source, extracted = members.number("Source"), members.flag("IsDocumentExtracted")
    if source is None or source not in SOURCES:
        raise members.wrong("Source")
    if extracted is None:
        raise members.wrong("IsDocumentExtracted", FieldFault.MISSING)
    return UploadDraft(
        journey_id=members.guid("PersonEntryId", "JourneyId"),
        # *Documented* in this spelling on every page; the right one is *chosen* (2.1).
        means_id=members.guid("IdentitiyMeansId", "IdentityMeansId"),
        source=source,
        extracted=extracted,
        without_outputs=members.flag("ExcludeOutputImagesFromResponse") is True,
        additional=_additional(members),
        images=_images(members, lifted, settings.upload_max_bytes),
    )


def _require_few_marks(body: bytes) -> None:
    """Raise `BodyTooLargeError` for what is large by what it is made of, not by what it says.

    Ten megabytes of empty lists would keep a whole process busy for seconds, and fill its memory.
    """
    if len(body) > ENVELOPE and any(_is_flooded(body, mark) for mark in (b"[", b"{", b",")):
        raise BodyTooLargeError(MOST_MARKS)


def _is_flooded(body: bytes, mark: bytes) -> bool:
    """Say whether a mark comes too often. Where it is rare this is many times as fast as counting.

    An image in base64 has none, and may be megabytes that could not be lifted out.
    """
    at = body.find(mark)
    for _ in range(MOST_MARKS):
        if at < 0:
            return False
        at = body.find(mark, at + 1)
    return at >= 0


def _additional(members: Members) -> tuple[Pair, ...]:
    """Read the metadata: a list of names with values (*observed*), or one object (*documented*)."""
    value = members.find("AdditionalData")
    if isinstance(value, dict):
        found = list(cast("dict[str, object]", value).items())
    else:
        listed = members.objects("AdditionalData") or ()
        found = [(each.required_text("Name"), each.find("Value")) for each in listed]
    if len(found) > MOST_PAIRS:
        raise members.wrong("AdditionalData", FieldFault.TOO_LONG)
    return tuple(_pair(name, value) for name, value in found)


def _pair(name: str, value: object) -> Pair:
    said = Members({"name": name} if value is None else {"name": name, "value": _plain(value)})
    text = said.text("value") or ""
    return Pair(said.required_text("name", longest=LONGEST_NAME), text)


def _plain(value: object) -> object:
    """Return a simple value as text: Json.NET makes text of whatever a text is wanted for."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _images(members: Members, lifted: Lifted, longest: int) -> Sequence[ImageDraft]:
    listed = members.objects("InputImages")
    if not listed or len(listed) > MOST_IMAGES:
        raise members.wrong("InputImages", FieldFault.MISSING)
    images = [_image(each, lifted, longest) for each in listed]
    roles = {image.role for image in images}
    if len(roles) < len(images) or not roles & CAPTURES:
        raise members.wrong("InputImages")
    return images


def _image(members: Members, lifted: Lifted, longest: int) -> ImageDraft:
    role = ROLES.get(members.required_text("Name").lower())
    named = members.text("ImageFormat")
    if role is None:
        raise members.wrong("Name")
    if named is not None and named.lower().lstrip(".") not in KNOWN_FORMATS:
        raise members.wrong("ImageFormat")
    content = _decode(members, lifted, longest)
    told = tell_format(content)
    input_format = members.number("InputFormat")
    if input_format not in INPUTS:
        raise members.wrong("InputFormat")
    if told is None or (input_format == PDF_INPUT and told is not Format.PDF):
        raise members.wrong("Data")
    return ImageDraft(role, told, content)


def _decode(members: Members, lifted: Lifted, longest: int) -> bytes:
    """Return the bytes behind ``Data``. *Documented*: more than 10 MB is 413 (2.1)."""
    value = members.find("Data")
    if not isinstance(value, str):
        raise members.wrong("Data", FieldFault.MISSING)
    encoded = lifted.take(value)
    if len(encoded) > longest:
        raise BodyTooLargeError(longest)
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        return _decode_wrapped(value)


def _decode_wrapped(value: str) -> bytes:
    """Decode what is broken into lines: .NET takes no notice of white space."""
    try:
        return b64decode("".join(value.split()), validate=True)
    except ValueError as error:
        raise BadFieldError("Data", FieldFault.BAD_VALUE) from error
