"""The settings of a directory that keeps people and their passwords for us."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from watchword.config.errors import TableError
from watchword.config.kinds import Positive
from watchword.core.policy import RosterPolicy

__all__ = ["LdapTable", "bind_password", "require_sound"]

Attribute = Annotated[str, msgspec.Meta(pattern="^[A-Za-z][A-Za-z0-9-]*$")]
"""The name of an attribute in LDAP."""


class LdapTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[ldap]``: a directory that keeps people and their passwords for us; none without ``urls``.

    Under ``ldap://`` TLS is begun with StartTLS. What is called what, and where it stands, is as
    Active Directory has it unless said otherwise. ``connections`` are used at once by each worker.
    """

    urls: tuple[str, ...] = ()
    ca_file: str = ""
    allow_plaintext: bool = False
    bind_dn: str = ""
    bind_password_file: str = ""
    base: str = ""
    user_filter: str = "(&(objectCategory=person)(objectClass=user))"
    login_attributes: tuple[Attribute, ...] = ("sAMAccountName", "mail", "userPrincipalName")
    name_attribute: Attribute = "displayName"
    id_attribute: Attribute = "objectGUID"
    flags_attribute: Attribute = "userAccountControl"
    group_base: str = ""
    group_filter: str = "(objectClass=group)"
    group_name_attribute: Attribute = "cn"
    member_attribute: Attribute = "member"
    nested_groups: Literal["none", "in-chain", "walk"] = "none"
    connect_seconds: Positive = 3
    answer_seconds: Positive = 5
    connections: Positive = 8
    refresh_seconds: Positive = 300
    tenant: str = ""

    def policy(self) -> RosterPolicy:
        """Return the core's policy."""
        every = timedelta(seconds=self.refresh_seconds)
        return RosterPolicy(self.connections, every, self.tenant)


def require_sound(table: LdapTable) -> None:
    """Raise `TableError` for what no directory could be reached or searched with."""
    for index, url in enumerate(table.urls):
        parts = urlsplit(url)
        if parts.scheme not in {"ldap", "ldaps"} or not parts.hostname or parts.path.strip("/"):
            raise TableError(f"ldap.urls[{index}]", "expected ldap://HOST or ldaps://HOST")
    if not table.base:
        raise TableError("ldap.base", "needed where there are urls")
    if not table.login_attributes:
        raise TableError("ldap.login_attributes", "needed where there are urls")


def bind_password(table: LdapTable) -> str:
    """Return the password of our own account over there. Raises `TableError`."""
    given = os.environ.get("WATCHWORD_LDAP_BIND_PASSWORD", "")
    if given or not table.bind_dn:
        return given
    try:
        return Path(table.bind_password_file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError("ldap.bind_password_file", f"cannot be read: {error}") from error
