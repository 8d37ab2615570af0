"""From a request to what is to be filed: new folders, media, analyses, and changes to them.

Pure. The form's parts other than ``payload`` are the files; ``media:tags`` and ``media:meta_data``
go by the name of a part (wire contract Oz 8, *documented* but for ``media:meta_data``). A name
there that no part has is left alone (*chosen*).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar, cast
from uuid import UUID

from watchword.core.subjects import is_storable, printable
from watchword.dialects.oz import meta_data
from watchword.dialects.oz.archive.containers import (
    CONTENT_TYPE,
    MEDIA_TYPE,
    is_container,
    read_container,
)
from watchword.dialects.oz.archive.media_types import TELLING, tell_type
from watchword.dialects.oz.archive.records import MediaType
from watchword.dialects.oz.endpoints import may_call
from watchword.dialects.oz.engines import Verdict
from watchword.dialects.oz.profile import AnalysisType
from watchword.dialects.oz.reading import Upload, read_upload
from watchword.dialects.oz.settings import Settings
from watchword.web.errors import BadFieldError, BodyTooLargeError, FieldFault
from watchword.web.fields import Fields
from watchword.web.messages import Request
from watchword.web.multipart import Part

__all__ = [
    "LONGEST_TAG",
    "MOST_ANALYSES",
    "MOST_TAGS",
    "AnalysisDraft",
    "FolderDraft",
    "MediaDraft",
    "longest_upload",
    "read_analyses",
    "read_decision",
    "read_endpoint",
    "read_files",
    "read_folder",
    "read_free",
    "read_media",
    "read_tags",
]

T = TypeVar("T")

# The files, the payload, and the parts' own headers.
BESIDE_THE_FILES: Final = 262_144
# Chosen: the vendor names no limits here.
MOST_TAGS: Final = 64
LONGEST_TAG: Final = 128
MOST_ANALYSES: Final = 32
ENDPOINT: Final = "resolution_endpoint"
LONGEST_ENDPOINT: Final = 2_048
SINGLE_REQUEST_SINCE: Final = 6


@dataclass(frozen=True, slots=True)
class MediaDraft:
    """A file that arrived."""

    part: Part
    media_type: MediaType
    content_type: str
    tags: tuple[str, ...]
    meta_data: dict[str, object]


@dataclass(frozen=True, slots=True)
class AnalysisDraft:
    """An analysis to start. ``sources`` name media by id or part; None are all of the folder.

    ``collection_id`` is where a face is to be looked for; None is in all that there are.
    """

    type: AnalysisType
    sources: tuple[str, ...] | None
    params: dict[str, object]
    meta_data: dict[str, object]
    collection_id: UUID | None


@dataclass(frozen=True, slots=True)
class FolderDraft:
    """A folder to make, with what is to be in it."""

    meta_data: dict[str, object]
    media: tuple[MediaDraft, ...]
    analyses: tuple[AnalysisDraft, ...] | None
    endpoint: str = ""


def longest_upload(settings: Settings) -> int:
    """Return how long the body of an upload may be."""
    return settings.attachment_max_count * settings.attachment_max_size + BESIDE_THE_FILES


def read_folder(request: Request, settings: Settings) -> FolderDraft:
    """Return the folder that an upload describes, or one that holds a container and no more.

    Analyses in the same request are of API 6 (*documented*); without any, that is None. Raises
    `UnreadableBodyError`, `BodyTooLargeError` or `BadFieldError`.
    """
    if is_container(request, settings):
        sealed = MediaDraft(read_container(request), MEDIA_TYPE, CONTENT_TYPE, (), {})
        return FolderDraft({}, (sealed,), None)
    upload = read_upload(request, settings.attachment_max_count)
    single = settings.api_version >= SINGLE_REQUEST_SINCE and "analyses" in upload.payload.values
    return FolderDraft(
        read_free(upload.payload, "folder:meta_data"),
        read_files(upload, settings),
        read_analyses(upload.payload) if single else None,
        read_endpoint(upload.payload, settings),
    )


def read_media(request: Request, settings: Settings) -> Sequence[MediaDraft]:
    """Return the files of an upload to a folder; there must be one. Raises as `read_folder`."""
    upload = read_upload(request, settings.attachment_max_count)
    if not upload.files:
        raise BadFieldError("media", FieldFault.MISSING)
    return read_files(upload, settings)


def read_analyses(payload: Fields) -> tuple[AnalysisDraft, ...]:
    """Return the analyses that are asked for. Raises `BadFieldError` or `BodyTooLargeError`."""
    asked = payload.required("analyses")
    if not isinstance(asked, list):
        raise _wrong_type(payload.at("analyses"), asked)
    items = cast("list[object]", asked)
    if not items:
        raise BadFieldError("analyses", FieldFault.BLANK)
    if len(items) > MOST_ANALYSES:
        raise BodyTooLargeError(MOST_ANALYSES)
    return tuple(_read_analysis(item, f"analyses.{place}") for place, item in enumerate(items))


def read_endpoint(payload: Fields, settings: Settings) -> str:
    """Return the address to call when analyses are done, empty if none is. Raises `BadFieldError`.

    One that the operator does not allow is a bad value: who waits for a call that never comes had
    better be told (*chosen*).
    """
    if payload.values.get(ENDPOINT) is None:
        return ""
    url = payload.text(ENDPOINT, longest=LONGEST_ENDPOINT).strip()
    if url and not may_call(url, settings.resolution_endpoints):
        raise BadFieldError(payload.at(ENDPOINT), FieldFault.BAD_VALUE)
    return url


def read_tags(payload: Fields) -> tuple[str, ...]:
    """Return new tags; an empty list clears them (*documented*). Raises `BadFieldError`."""
    return _tags(payload.required("tags"), payload.at("tags"))


def read_decision(payload: Fields) -> Verdict:
    """Return what an operator decides. Raises `BadFieldError`."""
    found = payload.text("resolution").strip().upper()
    if found not in {Verdict.SUCCESS, Verdict.DECLINED}:
        raise BadFieldError("resolution", FieldFault.BAD_VALUE)
    return Verdict(found)


def read_files(upload: Upload, settings: Settings) -> tuple[MediaDraft, ...]:
    """Return the files of an upload with what is said of them. Raises as `read_folder`."""
    said = upload.payload
    tags = _by_part(said, "media:tags", lambda each, part: _tags(each.values[part], each.at(part)))
    free = _by_part(said, "media:meta_data", read_free)
    return tuple(
        _read_file(part, settings, tags.get(part.name, ()), free.get(part.name, {}))
        for part in upload.files
    )


def _read_file(
    part: Part, settings: Settings, tags: tuple[str, ...], free: dict[str, object]
) -> MediaDraft:
    if part.size > settings.attachment_max_size:
        raise BodyTooLargeError(settings.attachment_max_size)
    found = tell_type(part.head(TELLING))
    if found is None:
        raise BadFieldError(printable(part.name), FieldFault.BAD_VALUE)
    return MediaDraft(part, *found, tags, free)


def _read_analysis(item: object, path: str) -> AnalysisDraft:
    if not isinstance(item, dict):
        raise _wrong_type(path, item)
    fields = Fields(cast("dict[str, object]", item), path)
    named = fields.text("type")
    try:
        kind = AnalysisType(named.strip())
    except ValueError as error:
        shown = printable(named, 64)
        at = fields.at("type")
        raise BadFieldError(at, FieldFault.BAD_VALUE, "analysis type", shown) from error
    return AnalysisDraft(
        kind,
        _sources(fields),
        _object(fields, "params"),
        read_free(fields, "meta_data"),
        _collection_id(fields) if kind is AnalysisType.COLLECTION else None,
    )


def _collection_id(fields: Fields) -> UUID | None:
    if fields.values.get("collection_id") is None:
        return None
    try:
        return UUID(fields.text("collection_id").strip())
    except ValueError as error:
        raise BadFieldError(fields.at("collection_id"), FieldFault.BAD_VALUE, "uuid") from error


def _sources(fields: Fields) -> tuple[str, ...] | None:
    found = fields.values.get("source_media")
    if found == []:
        raise BadFieldError(fields.at("source_media"), FieldFault.BLANK)
    return None if found is None else _texts(found, fields.at("source_media"))


def _tags(found: object, path: str) -> tuple[str, ...]:
    tags = tuple(" ".join(tag.split()) for tag in _texts(found, path))
    path = printable(path)
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        raise BadFieldError(path, FieldFault.TOO_LONG, str(LONGEST_TAG))
    if not all(tag and is_storable(tag) for tag in tags):
        raise BadFieldError(path, FieldFault.BAD_VALUE)
    return tuple(dict.fromkeys(tags))


def _texts(found: object, path: str) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise _wrong_type(path, found)
    texts: list[str] = []
    for item in cast("list[object]", found):
        if not isinstance(item, str):
            raise _wrong_type(path, item)
        texts.append(item)
    return tuple(texts)


def _by_part(payload: Fields, key: str, read: Callable[[Fields, str], T]) -> Mapping[str, T]:
    """Read what is said of parts, of those that did not come too."""
    said = Fields(_object(payload, key), key)
    return {part: read(said, part) for part in said.values}


def read_free(fields: Fields, key: str) -> dict[str, object]:
    """Return meta data, empty if there are none. Raises `BadFieldError`."""
    found = _object(fields, key)
    meta_data.check(found, printable(fields.at(key)))
    return found


def _object(fields: Fields, key: str) -> dict[str, object]:
    """Return an object, an empty one if it is not there or null."""
    found = fields.values.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _wrong_type(fields.at(key), found)
    return cast("dict[str, object]", found)


def _wrong_type(path: str, found: object) -> BadFieldError:
    fault = FieldFault.NULL if found is None else FieldFault.WRONG_TYPE
    return BadFieldError(printable(path), fault, found=type(found).__name__)
