"""Who calls, for whose tenant, and which journeys that caller can touch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from watchword.core.access import Principal
from watchword.core.audit import Entry
from watchword.core.errors import NotFoundError
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.home import home_of
from watchword.dialects.idscan.journeys.keeping import find_journey
from watchword.dialects.idscan.journeys.records import JOURNEY, Journey
from watchword.dialects.idscan.members import parse_guid
from watchword.dialects.idscan.profile import AUDIENCE, Profile, as_profile
from watchword.dialects.idscan.settings import Settings
from watchword.web.messages import Request
from watchword.web.operation import Desk

__all__ = ["Caller", "audit", "caller_of", "require_journey", "see_journey"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, from where, and for whose tenant."""

    principal: Principal
    tenant_id: TenantId | None
    address: str

    @property
    def profile(self) -> Profile:
        """What this door knows of the caller."""
        return as_profile(self.principal.profile)

    @property
    def is_bound(self) -> bool:
        """Whether the caller can touch one journey only (*chosen*, wire contract IDscan 1.2)."""
        return bool(self.profile.journey_id)

    @property
    def bound_to(self) -> UUID | None:
        """That journey. None where it is bound to none, or to what can be no journey."""
        return parse_guid(self.profile.journey_id)

    def touches(self, journey_id: UUID) -> bool:
        """Say whether a journey of the tenant is within this caller's reach."""
        return not self.is_bound or journey_id == self.bound_to


def caller_of(desk: Desk[Settings], request: Request, principal: Principal) -> Caller:
    """Return who calls. Raises `TenantClosedError`."""
    return Caller(principal, home_of(desk, principal), request.address)


def require_journey(transaction: Transaction, caller: Caller, journey_id: UUID) -> Journey:
    """Return a journey within reach, deactivated or not. Raises `NotFoundError`."""
    found = None
    if caller.touches(journey_id):
        found = find_journey(transaction, caller.tenant_id, journey_id)
    if found is None:
        raise NotFoundError(JOURNEY)
    return found


def see_journey(transaction: Transaction, caller: Caller, journey_id: UUID) -> Journey:
    """Return a journey within reach that can be seen. Raises `NotFoundError`."""
    found = require_journey(transaction, caller, journey_id)
    if not found.active:
        raise NotFoundError(JOURNEY)
    return found


def audit(
    transaction: Transaction,
    caller: Caller,
    action: str,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    """Note who did what to what."""
    subject = caller.principal.subject
    entry = Entry(
        now,
        action,
        "done",
        audience=AUDIENCE,
        subject_id=subject.id,
        login=subject.name,
        tenant_id=caller.tenant_id,
        address=caller.address,
        details={key: str(value) for key, value in details.items() if value != ""},
    )
    record(transaction, entry)
