"""The name of the installation that a database belongs to, kept in the database itself."""

import secrets
from typing import Final

from watchword.core.ports import Storage
from watchword.core.subjects import Audience

__all__ = ["installation_name"]

WHERE: Final = (Audience("watchword"), "installation", "name")


def installation_name(storage: Storage) -> str:
    """Return the name; the first to ask gives it."""
    with storage.read() as transaction:
        name = transaction.documents.find(*WHERE)
    if name is None:
        with storage.write() as transaction:
            name = transaction.documents.find(*WHERE) or secrets.token_hex(16).encode()
            transaction.documents.put(*WHERE, name)
    return name.decode()
