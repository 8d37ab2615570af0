"""Who can log in: subjects, the tenants they belong to, and their profiles at each audience.

Records only. This module must never know where a record is kept or how a vendor spells it.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

__all__ = [
    "LONGEST_LOGIN",
    "Audience",
    "Credential",
    "Profile",
    "Standing",
    "Subject",
    "SubjectId",
    "Tenant",
    "TenantId",
    "fold_login",
    "is_storable",
    "printable",
]

SubjectId = NewType("SubjectId", UUID)
TenantId = NewType("TenantId", UUID)
Audience = NewType("Audience", str)
"""The dialect that a token is good at (RFC 7519 ``aud``)."""

LONGEST_LOGIN: Final = 320
"""Characters of a login: 64 before the @ and 255 after it. Whoever takes a login from outside must
look before folding it, because the time that folding takes grows with the square of the length."""


def fold_login(login: str) -> str:
    """Return the form under which a login is looked up and must be unique.

    NFKC, case folding, NFKC again (folding takes some letters apart), then no surrounding white
    space: two logins that a person would call the same are the same.
    """
    folded = unicodedata.normalize("NFKC", login).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def is_storable(text: str) -> bool:
    """Say whether every back-end can hold this text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def printable(text: str, longest: int = 256) -> str:
    """Return text from outside in a form that cannot forge a log line or break a back-end."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown[:longest]


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation that subjects belong to."""

    id: TenantId
    name: str
    created_at: datetime
    in_deletion: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A person or a machine account that can log in.

    ``number`` is a serial that the storage assigns; 0 means *not stored yet*. The order of
    ``logins`` is the owner's own.
    """

    id: SubjectId
    logins: tuple[str, ...]
    full_name: str
    created_at: datetime
    modified_at: datetime
    number: int = 0
    active: bool = True
    service: bool = False
    tenant_id: TenantId | None = None

    @property
    def address(self) -> str | None:
        """The first login that is an e-mail address, or None (design: Oz shows this one)."""
        return next((login for login in self.logins if "@" in login), None)

    @property
    def name(self) -> str:
        """The first login that is no e-mail address, else the first of all; empty without any."""
        plain = (login for login in self.logins if "@" not in login)
        return next(plain, next(iter(self.logins), ""))


@dataclass(frozen=True, slots=True)
class Profile:
    """What one audience knows about a subject.

    ``document`` is JSON that only the dialect of that audience reads. A subject without a
    profile at an audience cannot enter there.
    """

    audience: Audience
    document: bytes


@dataclass(frozen=True, slots=True)
class Credential:
    """What is stored to check a password.

    ``origin`` names the foreign hash that it came from, so that importing the same hash again
    changes nothing even after the hash was upgraded. It is empty for our own.
    """

    encoded: str = field(repr=False)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides whether a subject may enter one audience, read in one look.

    ``password`` is the encoded hash, or None where the subject has none.
    """

    subject: Subject
    tenant: Tenant | None
    profile: Profile | None
    password: str | None = field(repr=False)
