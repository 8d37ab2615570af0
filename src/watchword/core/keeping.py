"""Which subjects are copies of people on a roster (`watchword.core.roster`).

A subject that has a password of its own is ours, whatever else is noted of it: who gives it one
takes it over. So a copy is a subject that is tied to a person and has none.
"""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from watchword.core.audit import Actor
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.ports import Transaction
from watchword.core.roster import PersonKey
from watchword.core.subjects import Audience, SubjectId

__all__ = [
    "ROSTER",
    "Keeping",
    "drop_keeping",
    "find_copy",
    "find_keeping",
    "list_kept",
    "put_keeping",
    "require_ours",
]

OURS: Final = Audience("watchword")
TIES: Final = "roster-tie"
"""The kind of the documents that name a copy's person, by the copy's id."""
COPIES: Final = "roster-copy"
"""The kind of the documents that name a person's copy, by the person's key."""

ROSTER: Final = Actor(UUID(int=0), "roster")
"""Who the audit trail says has changed a copy."""

KEPT_FIELDS: Final = frozenset({"logins", "full_name", "password"})
"""What the roster alone may change."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """The tie of a copy. ``off``: it was switched off because its person was, or is gone."""

    key: PersonKey
    off: bool = False


def find_keeping(transaction: Transaction, subject_id: SubjectId) -> Keeping | None:
    """Return a copy's tie; None for a subject that is ours."""
    document = transaction.documents.find(OURS, TIES, str(subject_id))
    if document is None or transaction.credentials.find_password(subject_id) is not None:
        return None
    read = json.loads(document)
    return Keeping(PersonKey(UUID(read["key"])), off=read["off"])


def find_copy(transaction: Transaction, key: PersonKey) -> SubjectId | None:
    """Return the subject that a person was copied to, be it a copy no more."""
    document = transaction.documents.find(OURS, COPIES, str(key))
    return None if document is None else SubjectId(UUID(document.decode()))


def put_keeping(transaction: Transaction, subject_id: SubjectId, keeping: Keeping) -> None:
    """Tie a subject to a person."""
    written = json.dumps({"key": str(keeping.key), "off": keeping.off}).encode()
    transaction.documents.put(OURS, TIES, str(subject_id), written)
    transaction.documents.put(OURS, COPIES, str(keeping.key), str(subject_id).encode())


def drop_keeping(transaction: Transaction, subject_id: SubjectId, key: PersonKey) -> None:
    """Forget a tie. It is no error if there is none."""
    for kind, name in ((TIES, str(subject_id)), (COPIES, str(key))):
        with suppress(NotFoundError):
            transaction.documents.remove(OURS, kind, name)


def list_kept(transaction: Transaction) -> Sequence[PersonKey]:
    """Return the keys of all people who were copied."""
    return [PersonKey(UUID(key)) for key, _ in transaction.documents.list_of(OURS, COPIES)]


def require_ours(
    transaction: Transaction,
    subject_id: SubjectId,
    fields: Collection[str] | None,
    by: Actor | None,
) -> None:
    """Raise `ForbiddenError` if a change is the roster's to make; None is the subject's removal.

    The roster may make it, and so may the owner of the host, for whom nobody asks.
    """
    if by is None or by == ROSTER:
        return
    changes_kept = fields is None or not KEPT_FIELDS.isdisjoint(fields)
    if changes_kept and find_keeping(transaction, subject_id) is not None:
        raise ForbiddenError
