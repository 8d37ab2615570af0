"""What a database says of the installation it belongs to: its name, and whose seals it knows.

Both are documents of ours. The second is the mark of the master key (`watchword.storage.keys`)
under which the data keys in the records are wrapped: whoever comes with another key, or has lost
it, is told so at start and not by content that cannot be opened (decision 0113).
"""

import secrets
from contextlib import suppress
from typing import Final

from watchword.core.errors import NotFoundError
from watchword.core.ports import Storage
from watchword.core.subjects import Audience

__all__ = ["bind_key", "bound_key", "installation_name", "unbind_key"]

OWNER: Final = Audience("watchword")
KIND: Final = "installation"
NAME: Final = "name"
KEY: Final = "master-key"


def installation_name(storage: Storage) -> str:
    """Return the name; the first to ask gives it."""
    return _settle(storage, NAME, secrets.token_hex(16))


def bound_key(storage: Storage) -> str | None:
    """Return the mark of the master key, or None if no server has started with the database."""
    with storage.read() as transaction:
        mark = transaction.documents.find(OWNER, KIND, KEY)
    return None if mark is None else mark.decode()


def bind_key(storage: Storage, mark: str) -> str:
    """Return the mark of the master key; the first to ask says it."""
    return _settle(storage, KEY, mark)


def unbind_key(storage: Storage) -> None:
    """Forget which key it was: the next server to start says it anew."""
    with storage.write() as transaction, suppress(NotFoundError):
        transaction.documents.remove(OWNER, KIND, KEY)


def _settle(storage: Storage, what: str, proposed: str) -> str:
    with storage.read() as transaction:
        found = transaction.documents.find(OWNER, KIND, what)
    if found is None:
        with storage.write() as transaction:
            found = transaction.documents.find(OWNER, KIND, what) or proposed.encode()
            transaction.documents.put(OWNER, KIND, what, found)
    return found.decode()
