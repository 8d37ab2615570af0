"""Search filters of LDAP (RFC 4515), made of parts that cannot run into one another.

Whatever comes from outside stands in a filter as escaped bytes, every one of them that is not a
letter or a digit: there is nothing in it that could end a value or begin another condition.
"""

import string
from collections.abc import Iterable
from typing import Final
from uuid import UUID

__all__ = ["any_of", "both", "equals", "guid_value", "in_chain"]

PLAIN: Final = frozenset((string.ascii_letters + string.digits).encode())

GUID: Final = "objectguid"
"""The attribute of Active Directory that holds a GUID as bytes, the first half of them turned."""


def equals(attribute: str, value: str | bytes) -> str:
    """Return the condition that an attribute has a value. The attribute is the operator's."""
    return f"({attribute}={_escaped(value)})"


def in_chain(attribute: str, dn: str) -> str:
    """Return Active Directory's condition that a DN is reached by following an attribute."""
    return f"({attribute}:1.2.840.113556.1.4.1941:={_escaped(dn)})"


def any_of(conditions: Iterable[str]) -> str:
    """Return the condition that one of several holds."""
    return f"(|{''.join(conditions)})"


def both(one: str, other: str) -> str:
    """Return the condition that both of two hold."""
    return f"(&{one}{other})"


def guid_value(attribute: str, guid: UUID) -> str | bytes:
    """Return a GUID as the attribute holds it: as bytes in Active Directory, else as text."""
    return guid.bytes_le if attribute.lower() == GUID else str(guid)


def _escaped(value: str | bytes) -> str:
    raw = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return "".join(chr(byte) if byte in PLAIN else f"\\{byte:02x}" for byte in raw)
