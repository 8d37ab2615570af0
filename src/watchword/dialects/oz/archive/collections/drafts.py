"""From a request to what is wanted of collections, persons and photos. Pure.

*Documented* are ``alias`` and ``company_id`` (wire contract Oz 8), *observed* ``person:meta_data``
and ``media:tags`` (the page that it names); that there is one photo at least is *chosen*.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from watchword.core.subjects import TenantId, printable
from watchword.dialects.oz.archive.drafts import MediaDraft, read_files, read_free
from watchword.dialects.oz.archive.records import MediaType
from watchword.dialects.oz.drafts import CompanyWord, read_company, read_label
from watchword.dialects.oz.reading import Upload, read_upload
from watchword.dialects.oz.settings import Settings
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.fields import Fields
from watchword.web.messages import Request

__all__ = ["CollectionDraft", "PersonDraft", "read_collection", "read_images", "read_person"]

MEDIA: Final = "media"


@dataclass(frozen=True, slots=True)
class CollectionDraft:
    """A collection to make. ``company_id`` None is the caller's own company."""

    alias: str
    company_id: TenantId | None
    meta_data: dict[str, object]


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """A person to add, with photos."""

    meta_data: dict[str, object]
    images: Sequence[MediaDraft]


def read_collection(body: Fields) -> CollectionDraft:
    """Return the collection that a body wants. Raises `BadFieldError`."""
    company = read_company(body)
    if company is CompanyWord.NULL:
        raise BadFieldError(body.at("company_id"), FieldFault.NULL, "uuid")
    return CollectionDraft(
        read_label(body, "alias"),
        None if isinstance(company, CompanyWord) else company,
        read_free(body, "meta_data"),
    )


def read_person(request: Request, settings: Settings) -> PersonDraft:
    """Return the person that an upload describes.

    Raises `UnreadableBodyError`, `BodyTooLargeError` or `BadFieldError`.
    """
    upload = read_upload(request, settings.attachment_max_count)
    return PersonDraft(read_free(upload.payload, "person:meta_data"), _photos(upload, settings))


def read_images(request: Request, settings: Settings) -> Sequence[MediaDraft]:
    """Return the photos of an upload. Raises as `read_person`."""
    return _photos(read_upload(request, settings.attachment_max_count), settings)


def _photos(upload: Upload, settings: Settings) -> Sequence[MediaDraft]:
    if not upload.files:
        raise BadFieldError(MEDIA, FieldFault.MISSING)
    files = read_files(upload, settings)
    for each in files:
        if each.media_type is not MediaType.IMAGE_FOLDER:
            raise BadFieldError(printable(each.part.name), FieldFault.BAD_VALUE)
    return files
