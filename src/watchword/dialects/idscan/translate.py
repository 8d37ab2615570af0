"""The core's records in the vendor's words. Pure and total: nothing is decided here."""

from datetime import datetime
from email.utils import format_datetime
from typing import Final

from watchword.core.admission import Admitted
from watchword.core.subjects import Tenant
from watchword.dialects.idscan.profile import as_profile
from watchword.dialects.idscan.schemas import TokenResponse

__all__ = ["to_token_response"]

KIND_OF_TOKEN: Final = "bearer"
"""*Documented* (seed 001). It is no part of what a client sends later (wire contract 1.6)."""


def to_token_response(
    admitted: Admitted, tenant: Tenant | None, idle_minutes: int
) -> TokenResponse:
    """Return the answer to a good login."""
    profile, session = as_profile(admitted.profile), admitted.session
    ends = session.deadline or session.expires_at
    return TokenResponse(
        access_token=admitted.token.secret,
        token_type=KIND_OF_TOKEN,
        # Seed 001 says 35999 for ten hours: the vendor loses a fraction and rounds down.
        expires_in=int((ends - session.opened_at).total_seconds()) - 1,
        branch_code=profile.branch_code,
        name=admitted.subject.name,
        full_name=admitted.subject.full_name,
        abbey_service_centre=profile.abbey_service_centre,
        journey_id=profile.journey_id,
        idle_session_timeout=str(idle_minutes),
        role=profile.role,
        member_of=",".join(profile.groups),
        tenant="" if tenant is None else tenant.name,
        issued=_http_date(session.opened_at),
        expires=_http_date(ends),
    )


def _http_date(at: datetime) -> str:
    """Return an RFC 1123 date, which has no fraction of a second."""
    return format_datetime(at, usegmt=True)
