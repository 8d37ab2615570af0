"""Where journeys are kept: as documents, with what they are found by in the index.

Rules of this file:

1. A journey's key begins with its tenant's id, as a definition's does: the vendor gives each tenant
   a database of its own. So the same id may stand for two journeys of two tenants, and a foreign
   tenant's id is as good as one that nobody has.
2. A journey and its entry in the index change in one unit of work, which is the caller's.
3. Nothing here asks who is calling.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.index import Facets, Query, equals, instant
from watchword.core.ports import Transaction
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.journeys.records import JOURNEY, Journey, Pair
from watchword.dialects.idscan.journeys.steps import result_of
from watchword.dialects.idscan.profile import AUDIENCE
from watchword.web.errors import BadFieldError, FieldFault

__all__ = [
    "COLLECTION",
    "NAME_PARTS",
    "find_by_facet",
    "find_journey",
    "find_journeys",
    "journey_key",
    "pair_facet",
    "person_of",
    "put_journey",
    "remove_journey",
    "tenant_facet",
]

COLLECTION: Final = f"{AUDIENCE}/{JOURNEY}"
MOST_FOUND_BY: Final = 50
"""Pairs of metadata that a journey is found by; more of them are kept all the same."""
LONGEST_FOUND_BY: Final = 200
AT_ONCE: Final = 50
"""Journeys that are in memory together where there are many: one may be a megabyte."""
NAME_PARTS: Final = ("FirstName", "MiddleName", "LastName")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Journey).decode


def journey_key(tenant_id: UUID | None, journey_id: UUID) -> str:
    """Return the key of a journey in the store."""
    return f"{tenant_id or ''}/{journey_id}"


def tenant_facet(tenant_id: UUID | None) -> str:
    """Return what the index calls a tenant, or having none."""
    return str(tenant_id or "")


def find_journey(
    transaction: Transaction, tenant_id: TenantId | None, journey_id: UUID
) -> Journey | None:
    """Return a journey of a tenant, or None."""
    key = journey_key(tenant_id, journey_id)
    document = transaction.documents.find(AUDIENCE, JOURNEY, key)
    return None if document is None else _decode(document)


def find_journeys(
    transaction: Transaction, keys: Sequence[str], most_bytes: int | None = None
) -> Generator[Journey]:
    """Yield those of the journeys that exist, in the order of their keys, reading few at once.

    Raises `BadFieldError` where all of them are more than so many bytes, if any limit is given.
    """
    size = 0
    for begin in range(0, len(keys), AT_ONCE):
        wanted = keys[begin : begin + AT_ONCE]
        found = transaction.documents.find_many(AUDIENCE, JOURNEY, wanted)
        size += sum(map(len, found.values()))
        if most_bytes is not None and size > most_bytes:
            raise BadFieldError("searchrequest", FieldFault.TOO_LONG, str(most_bytes))
        yield from (_decode(found[key]) for key in wanted if key in found)


def find_by_facet(
    transaction: Transaction, tenant_id: TenantId | None, name: str, value: str
) -> Journey | None:
    """Return the newest journey of a tenant that says this, or None."""
    filters = (equals("tenant", tenant_facet(tenant_id)), equals(name, value))
    query = Query(COLLECTION, filters, limit=1, counted=False)
    keys = transaction.index.search(query).keys
    return next(find_journeys(transaction, keys), None)


def put_journey(transaction: Transaction, journey: Journey) -> None:
    """Set or replace a journey."""
    key = journey_key(journey.tenant_id, journey.id)
    transaction.documents.put(AUDIENCE, JOURNEY, key, _encode(journey))
    transaction.index.put(COLLECTION, key, _facets(journey))


def remove_journey(transaction: Transaction, journey: Journey) -> None:
    """Remove a journey and its key. Raises `NotFoundError`."""
    key = journey_key(journey.tenant_id, journey.id)
    transaction.documents.remove(AUDIENCE, JOURNEY, key)
    transaction.index.remove(COLLECTION, key)


def person_of(journey: Journey) -> dict[str, str]:
    """Return what engines read of a person, by the vendor's names of fields; the last counts."""
    return {
        field.name: field.value
        for scan in journey.scans
        if scan.finding is not None
        for field in scan.finding.fields
        if field.value
    }


def _facets(journey: Journey) -> Facets:
    """Return what a journey is found by.

    Nothing is sorted by what most journeys do not have, so that is left out where there is none: to
    say so would be three more pages in each upload's commit.
    """
    said: Facets = {
        "tenant": tenant_facet(journey.tenant_id),
        "id": str(journey.id),
        "created": instant(journey.created_at),
        "reference": journey.reference,
        "result": result_of(journey),
        "active": int(journey.active),
        "user": tuple({scan.user_name for scan in journey.scans if scan.user_name}),
        "scan": tuple(str(scan.id) for scan in journey.scans),
        "word": tuple({word for word in _words(journey) if word}),
        "additional": tuple({pair_facet(p.name, p.value) for p in _found_by(journey)}),
    }
    return {name: value for name, value in said.items() if value != ()}


def pair_facet(name: str, value: str) -> str:
    """Return what the index calls a pair of metadata: the name in any case, the value exactly."""
    return f"{name.lower()}={value}"


def _found_by(journey: Journey) -> Iterable[Pair]:
    short = (pair for pair in journey.additional if len(pair.value) <= LONGEST_FOUND_BY)
    return islice(short, MOST_FOUND_BY)


def _words(journey: Journey) -> Iterator[str]:
    """Yield the texts that a keyword is looked for in (*documented*, wire contract IDscan 2.3)."""
    person = person_of(journey)
    yield " ".join(person[name] for name in NAME_PARTS if name in person)
    yield person.get("FullName", "")
    yield person.get("DocumentNumber", "")
    yield f"{journey.said('ManualFirstName')} {journey.said('ManualLastName')}".strip()
    yield journey.said("CustomerNumber")
