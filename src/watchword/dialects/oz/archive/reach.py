"""Finding a record that the caller may see or change; any other is as one that is not there."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from watchword.core.access import Principal
from watchword.core.ports import Transaction
from watchword.dialects.oz.archive.keeping import Kind, R
from watchword.dialects.oz.rights import Action, require_over, require_sight

__all__ = ["Caller", "require_record", "see_record"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and from where."""

    principal: Principal
    address: str


def require_record(
    transaction: Transaction, principal: Principal, action: Action, kind: Kind[R], record_id: UUID
) -> R:
    """Return a record that the caller may change. Raises `ForbiddenError` or `NotFoundError`."""
    found = kind.find(transaction, record_id)
    require_over(principal, action, None if found is None else found.whose, kind.name)
    return cast("R", found)  # nobody has a right over None


def see_record(
    transaction: Transaction,
    principal: Principal,
    kind: Kind[R],
    record_id: UUID,
    action: Action = Action.FOLDER_READ,
) -> R:
    """Return a record that the caller may see. Raises `NotFoundError`."""
    found = kind.find(transaction, record_id)
    whose = None if found is None else found.whose
    require_sight(principal, action, whose, kind.name)
    return cast("R", found)  # nobody can see None
