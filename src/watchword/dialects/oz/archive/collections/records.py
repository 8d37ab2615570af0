"""Collections, persons and their photos as they are kept. Values only.

All belong to a company, whoever made them: nobody takes them along to another one.
"""

from uuid import UUID

from watchword.core.subjects import TenantId
from watchword.dialects.oz.archive.records import File, Record
from watchword.dialects.oz.rights import Whose

__all__ = ["Collection", "Person", "PersonImage"]


class _OfCompany(Record, frozen=True, kw_only=True):
    company_id: UUID

    @property
    def whose(self) -> Whose:
        """To whom it belongs."""
        return Whose(None, TenantId(self.company_id))


class Collection(_OfCompany, frozen=True, kw_only=True):
    """A named set of persons.

    ``key`` is the data key, wrapped, under which all photos in it are sealed: with the collection
    it goes, and with it whatever a copy of the disk still holds.
    """

    alias: str
    key: bytes


class Person(_OfCompany, frozen=True, kw_only=True):
    """Somebody in a collection. Names and the like are meta data."""

    collection_id: UUID
    images: tuple[UUID, ...] = ()


class PersonImage(_OfCompany, File, frozen=True, kw_only=True):
    """One photo of a person."""

    collection_id: UUID
    person_id: UUID
