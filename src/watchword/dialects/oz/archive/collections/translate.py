"""From what is kept to what is shown. Pure and total; nothing is decided here."""

from watchword.dialects.oz.archive.collections.records import Collection, Person, PersonImage
from watchword.dialects.oz.archive.collections.schemas import CollectionBody, PersonBody, PhotoBody

__all__ = ["to_collection", "to_person", "to_photo"]


def to_collection(collection: Collection) -> CollectionBody:
    """Show one collection."""
    return CollectionBody(
        meta_data=collection.meta_data,
        time_created=collection.created_at.timestamp(),
        time_updated=collection.modified_at.timestamp(),
        collection_id=collection.id,
        alias=collection.alias,
        company_id=collection.company_id,
    )


def to_person(person: Person) -> PersonBody:
    """Show one person."""
    return PersonBody(
        meta_data=person.meta_data,
        time_created=person.created_at.timestamp(),
        time_updated=person.modified_at.timestamp(),
        person_id=person.id,
        collection_id=person.collection_id,
    )


def to_photo(image: PersonImage, origin: str) -> PhotoBody:
    """Show one photo. Where its content is to be had follows from its ids."""
    person = f"/api/collections/{image.collection_id}/persons/{image.person_id}"
    return PhotoBody(
        meta_data=image.meta_data,
        time_created=image.created_at.timestamp(),
        time_updated=image.modified_at.timestamp(),
        person_image_id=image.id,
        person_id=image.person_id,
        collection_id=image.collection_id,
        media_type=image.media_type,
        tags=image.tags,
        original_name=image.original_name,
        original_url=f"{origin}{person}/images/{image.id}/original",
    )
