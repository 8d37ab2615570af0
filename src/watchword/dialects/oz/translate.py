"""From the core's records to Oz's shapes. Pure and total; nothing is decided here.

Times are Unix seconds with microseconds (*documented*, seeds 000 and 003), ids are the core's.
"""

from collections.abc import Mapping

import msgspec

from watchword.core.access import Principal
from watchword.core.admission import Admitted
from watchword.core.service_tokens import Issued
from watchword.core.subjects import Subject, Tenant
from watchword.dialects.oz.profile import Profile, UserType, company_of, profile_of
from watchword.dialects.oz.roles import API_5, Generation, role_of, spell_for_api_5
from watchword.dialects.oz.schemas import (
    CompanyBody,
    DeviceInfo,
    ServiceTokenBody,
    SessionBody,
    UserBody,
    UserBody5,
)

__all__ = [
    "join_name",
    "names_of",
    "to_account",
    "to_claims",
    "to_company",
    "to_service_token",
    "to_session",
    "to_user",
]

_decode_device = msgspec.json.Decoder(DeviceInfo).decode


def to_session(
    admitted: Admitted, generation: Generation, old_access_token: str | None = None
) -> SessionBody:
    """Show who was let in, with the tokens."""
    session = admitted.session
    return SessionBody(
        session_id=session.id,
        user_id=admitted.subject.id,
        access_token=admitted.token.secret,
        expire_token=None if admitted.refresh is None else admitted.refresh.secret,
        expire_date=session.expires_at.timestamp(),
        device_info=_decode_device(session.device.details),
        old_access_token=old_access_token,
        user=to_user(admitted.subject, profile_of(admitted.profile), generation),
    )


def to_user(subject: Subject, profile: Profile, generation: Generation) -> UserBody | UserBody5:
    """Show a user as it stands inside a session (seed 003: without the flags of API 5's roles)."""
    role = profile.user_type
    body = UserBody5 if generation == API_5 else UserBody
    first, middle, last = names_of(subject, profile)
    return body(
        meta_data=profile.meta_data,
        user_id=subject.id,
        user_type=spell_for_api_5(role) if body is UserBody5 else role,
        first_name=first,
        last_name=last,
        middle_name=middle,
        email=subject.address or subject.name,
        is_active=subject.active,
        can_start_analysis_biometry=profile.can_start_analysis_biometry,
        can_start_analysis_collection=profile.can_start_analysis_collection,
        can_start_analysis_documents=profile.can_start_analysis_documents,
        can_start_analysis_quality=profile.can_start_analysis_quality,
        company_id=company_of(subject, profile),
    )


def to_account(subject: Subject, profile: Profile, generation: Generation) -> UserBody | UserBody5:
    """Show a user as it stands by itself: in API 5 with what the role lost (*documented*, 4.1).

    *Observed* (seed 000): API 6 still says ``is_service`` of a machine account, at the end.
    """
    role = role_of(subject, profile)
    body = to_user(subject, profile, generation)
    if isinstance(body, UserBody):
        return msgspec.structs.replace(body, is_service=True) if role.machine else body
    admin = role.user_type is UserType.CLIENT_ADMIN
    return msgspec.structs.replace(body, is_admin=admin, is_service=role.machine)


def to_company(tenant: Tenant) -> CompanyBody:
    """Show a company (seed 000, step 2)."""
    return CompanyBody(company_id=tenant.id, name=tenant.name, in_deletion=tenant.in_deletion)


def to_claims(principal: Principal) -> Mapping[str, object]:
    """Say in a signed statement who somebody is (*chosen*, wire contract Oz 2.4)."""
    company = company_of(principal.subject, profile_of(principal.profile))
    return {
        "sub": str(principal.subject.id),
        "company_id": None if company is None else str(company),
    }


def to_service_token(issued: Issued) -> ServiceTokenBody:
    """Show a service token, with its secret (seed 000, step 4)."""
    told = issued.service_token
    return ServiceTokenBody(
        token_id=told.id,
        user_id=told.subject_id,
        access_token=issued.token.secret,
        expire_date=told.expires_at.timestamp(),
    )


def join_name(first: str, middle: str, last: str) -> str:
    """Return the full name that the other doors show."""
    return " ".join(part for part in (first, middle, last) if part)


def names_of(subject: Subject, profile: Profile) -> tuple[str, str, str]:
    """Return first, middle and last name: the profile's own, else what the full name says.

    Of that, the outer words, and whatever stands between (*chosen*). What is missing is empty, as
    the vendor's samples send a missing middle name (seed 000).
    """
    first, *rest = subject.full_name.split() or [""]
    *middle, last = rest or [""]
    return (
        first if profile.first_name is None else profile.first_name,
        " ".join(middle) if profile.middle_name is None else profile.middle_name,
        last if profile.last_name is None else profile.last_name,
    )
