"""Users as the core's index knows them: what each says, who has a role, who comes first.

A profile has roles by their names, so the index has them so, too (decision 0400).
"""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from watchword.core.errors import NotFoundError
from watchword.core.index import Facets, Order, Query, equals, instant
from watchword.core.policy import Reserve
from watchword.core.ports import Transaction
from watchword.core.showing import collection_of
from watchword.core.subjects import Standing, Subject, SubjectId
from watchword.dialects.findface.groups import ADMINISTRATOR
from watchword.dialects.findface.profile import AUDIENCE, Profile, as_profile

__all__ = [
    "FACETS_VERSION",
    "RESERVE",
    "USERS",
    "facets",
    "find_super",
    "find_user",
    "has_members",
    "is_administrator",
]

USERS: Final = collection_of(AUDIENCE)
FACETS_VERSION: Final = 2


def facets(subject: Subject, profile: object) -> Facets:
    """Return what the index is told of a user."""
    own = as_profile(profile)
    return {
        "number": subject.number,
        "name": subject.name,
        "real_name": subject.full_name,
        "active": int(subject.active),
        "created_at": instant(subject.created_at),
        "modified_at": instant(subject.modified_at),
        "primary_group": own.primary_group,
        "groups": own.groups,
        "language": own.language,
        "administrates": int(is_administrator(own)),
    }


def is_administrator(profile: Profile) -> bool:
    """Say whether a profile has the role Administrator, which keeps that name for good."""
    return ADMINISTRATOR.name in {profile.primary_group, *profile.groups}


RESERVE: Final = Reserve(
    lambda subject, profile: subject.active and is_administrator(as_profile(profile)),
    (equals("administrates", 1), equals("active", 1)),
)
"""Of the active administrators one is left, by whichever door somebody comes (decision 0407)."""


def find_user(transaction: Transaction, number: int) -> Standing:
    """Return the user with a number. Raises `NotFoundError`."""
    for subject in transaction.subjects.list_page(number - 1, 1):
        standing = transaction.standings.find_by_subject(subject.id, AUDIENCE)
        if subject.number == number and standing is not None and standing.profile is not None:
            return standing
    raise NotFoundError("subject")


def find_super(transaction: Transaction) -> Subject | None:
    """Return the super administrator: of all that are active, the first (decision 0407)."""
    first = Query(USERS, RESERVE.filters, (Order("number"),), limit=1, counted=False)
    keys = transaction.index.search(first).keys
    return transaction.subjects.find(SubjectId(UUID(keys[0]))) if keys else None


def has_members(transaction: Transaction, facet: str, names: Collection[str]) -> Sequence[str]:
    """Return the ids of some users whose facet has one of these names."""
    query = Query(USERS, (equals(facet, *names),), limit=100, counted=False)
    return transaction.index.search(query).keys
