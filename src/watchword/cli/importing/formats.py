"""What the tables of other systems are called and hold. Facts about them, and nothing else.

``django``
    *Documented* in Django's manual under ``django.contrib.auth``: the fields of ``User``. A
    password that begins with ``!`` is one that nobody has (``set_unusable_password``).
``aspnet``
    *Documented* in the references of ASP.NET Core Identity and of ASP.NET Identity 2 before it: the
    properties of ``IdentityUser``. The older one calls the end of a lock-out ``LockoutEndDateUtc``.
    Whoever is kept out is *locked out* until a day that is never meant to come; *chosen*: that is
    one more than a year away.
``csv``, ``json``
    Nobody's: *chosen*, after the words of our directory file.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

__all__ = ["FORMATS", "Columns", "Format", "is_never", "recognise"]

NEVER: Final = timedelta(days=366)
"""A lock-out that is this far from its end was never meant to end."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns say what. Of the logins, the first that a file has says who is meant."""

    logins: tuple[str, ...]
    password_hash: str
    full_name: tuple[str, ...] = ()
    active: str | None = None
    locked_until: tuple[str, ...] = ()
    may_be_locked: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One system's table.

    A file is taken for it that has all of ``signs`` among its columns, and any of ``hints`` where
    there are such: who exports a table may leave out what nobody needs.
    """

    title: str
    columns: Columns
    signs: frozenset[str] = frozenset()
    hints: frozenset[str] = frozenset()
    no_password: str | None = None
    """How a password begins that nobody has."""


PLAIN: Final = Columns(
    logins=("login", "username", "email"),
    password_hash="password_hash",
    full_name=("full_name",),
    active="active",
)

FORMATS: Final[Mapping[str, Format]] = {
    "django": Format(
        "users of Django",
        Columns(
            logins=("username",),
            password_hash="password",
            full_name=("first_name", "last_name"),
            active="is_active",
        ),
        frozenset({"username", "password", "isactive"}),
        no_password="!",
    ),
    "aspnet": Format(
        "users of ASP.NET Identity",
        Columns(
            logins=("UserName",),
            password_hash="PasswordHash",
            full_name=("FullName",),
            locked_until=("LockoutEnd", "LockoutEndDateUtc"),
            may_be_locked="LockoutEnabled",
        ),
        frozenset({"username", "passwordhash"}),
        # Whose table it is decides whether the last three are looked at, so each of them tells.
        frozenset(
            {
                "securitystamp",
                "concurrencystamp",
                "normalizedusername",
                "accessfailedcount",
                "lockoutend",
                "lockoutenddateutc",
                "lockoutenabled",
            }
        ),
    ),
    "csv": Format("people in CSV", PLAIN),
    "json": Format("people in JSON", PLAIN),
}


def recognise(columns: Collection[str], otherwise: str) -> str:
    """Return the name of the format that has these (folded) columns."""
    for name, each in FORMATS.items():
        hinted = not each.hints or not each.hints.isdisjoint(columns)
        if each.signs and each.signs <= set(columns) and hinted:
            return name
    return otherwise


def is_never(until: datetime, now: datetime) -> bool:
    """Say whether a lock-out was never meant to end."""
    return until - now > NEVER
