"""What lists of users and of companies can be filtered and sorted by, and what the index is told.

Pure. The vendor's lists of these are not public; the fields are *chosen* (wire contract Oz 4.3).
"""

from collections.abc import Mapping
from typing import Final

from watchword.core.index import Facets, Scalar
from watchword.core.showing import TENANTS, collection_of
from watchword.core.subjects import Audience, Subject, fold_login
from watchword.dialects.oz.columns import Column, Member, flag, login, text, uuid
from watchword.dialects.oz.lists import Listed
from watchword.dialects.oz.meta_data import facets_of
from watchword.dialects.oz.profile import UserType, company_of, profile_of
from watchword.dialects.oz.roles import API_5, Generation, role_of, spell_for_api_5
from watchword.dialects.oz.translate import names_of

__all__ = ["COMPANIES", "FACETS_VERSION", "list_users_of", "say"]

# To be raised whenever `say` says something else.
FACETS_VERSION: Final = 1


def say(subject: Subject, profile: object) -> Facets:
    """Return what the index is told of a user."""
    user = profile_of(profile)
    role, company_id = role_of(subject, user), company_of(subject, user)
    first, middle, last = names_of(subject, user)
    email = subject.address or subject.name
    return {
        "id": str(subject.id),
        "user_type": role.user_type.value,
        "is_admin": int(role.user_type is UserType.CLIENT_ADMIN),
        "is_service": int(role.machine),
        "is_active": int(subject.active),
        "company_id": None if company_id is None else str(company_id),
        # Where the directory puts whom this door shows without a company.
        "seat": None if subject.tenant_id == company_id else str(subject.tenant_id),
        "email": fold_login(email),
        "first_name": first,
        "middle_name": middle,
        "last_name": last,
        # So that whoever has a middle name is found by the two others as well.
        "text": (f"{first} {middle} {last}", f"{first} {last}", email),
        **facets_of(user.meta_data),
    }


def list_users_of(audience: Audience, generation: Generation) -> Listed:
    """Return what a list of users knows, with the roles as a generation spells them."""
    columns = dict(_COLUMNS)
    if generation == API_5:
        columns["user_type"] = Column("user_type", _RoleInApi5(UserType, "user type"))
    return Listed(collection_of(audience), columns, searched=("text",), tagged=True)


class _RoleInApi5(Member):
    """Takes a role as API 5 shows it: a ``CLIENT`` may have become something else since."""

    def __call__(self, name: str, found: str) -> tuple[Scalar, ...]:
        named = self.named(name, found)
        return tuple(role.value for role in UserType if named in {role, spell_for_api_5(role)})


_COLUMNS: Final[Mapping[str, Column]] = {
    "user_id": Column("id", uuid),
    "user_type": Column("user_type", Member(UserType, "user type")),
    "is_admin": Column("is_admin", flag),
    "is_service": Column("is_service", flag),
    "is_active": Column("is_active", flag),
    "company_id": Column("company_id", uuid),
    "email": Column("email", login),
    "first_name": Column("first_name", text),
    "middle_name": Column("middle_name", text),
    "last_name": Column("last_name", text),
}

COMPANIES: Final = Listed(
    TENANTS,
    {
        "company_id": Column("id", uuid),
        "name": Column("name", text),
        "in_deletion": Column("in_deletion", flag),
    },
    searched=("name",),
)
