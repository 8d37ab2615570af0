"""What an LDAP roster has to be told."""

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["LdapSettings", "Nesting"]


class Nesting(StrEnum):
    """How groups of groups are followed."""

    NONE = "none"
    """They are not."""
    CHAIN = "in-chain"
    """The server does it by itself, as Active Directory can."""
    WALK = "walk"
    """We ask for the groups of groups, level by level; that works with every server."""


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """The servers, how to speak with them, and what is called what there.

    ``urls`` are asked in this order. Under ``ldap://`` TLS is begun with StartTLS, unless
    ``plaintext`` says that passwords may travel in clear. ``login_attributes`` are what people log
    in with; their values are the logins of a copy, in this order.
    """

    urls: tuple[str, ...]
    base: str
    bind_dn: str = ""
    bind_password: str = field(default="", repr=False)
    ca_file: str = ""
    plaintext: bool = False
    user_filter: str = "(&(objectCategory=person)(objectClass=user))"
    group_base: str = ""
    group_filter: str = "(objectClass=group)"
    login_attributes: tuple[str, ...] = ("sAMAccountName", "mail", "userPrincipalName")
    name_attribute: str = "displayName"
    id_attribute: str = "objectGUID"
    group_name_attribute: str = "cn"
    member_attribute: str = "member"
    flags_attribute: str = "userAccountControl"
    nesting: Nesting = Nesting.NONE
    connect_seconds: int = 3
    answer_seconds: int = 5
    connections: int = 8
