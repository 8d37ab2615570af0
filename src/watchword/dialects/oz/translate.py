"""From the core's records to Oz's shapes. Pure and total; nothing is decided here.

Times are Unix seconds with microseconds (*documented*, seeds 000 and 003), ids are the core's.
"""

from typing import Final, Literal

import msgspec

from watchword.core.admission import Admitted
from watchword.core.subjects import Subject
from watchword.dialects.oz.profile import Profile, UserType, company_of, profile_of
from watchword.dialects.oz.schemas import DeviceInfo, SessionBody, UserBody, UserBody5

__all__ = ["to_account", "to_session", "to_user"]

Generation = Literal[5, 6]
API_5: Final = 5

# Documented (wire contract Oz 6.1): until API 6, these two were a CLIENT with a flag.
ROLES_OF_API_5: Final = {
    UserType.CLIENT_ADMIN: UserType.CLIENT,
    UserType.CLIENT_SERVICE: UserType.CLIENT,
}

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
    first, middle, last = _split_name(subject.full_name)
    return body(
        meta_data=profile.meta_data,
        user_id=subject.id,
        user_type=ROLES_OF_API_5.get(role, role) if body is UserBody5 else role,
        first_name=first if profile.first_name is None else profile.first_name,
        last_name=last if profile.last_name is None else profile.last_name,
        middle_name=middle if profile.middle_name is None else profile.middle_name,
        email=subject.address or subject.name,
        is_active=subject.active,
        can_start_analysis_biometry=profile.can_start_analysis_biometry,
        can_start_analysis_collection=profile.can_start_analysis_collection,
        can_start_analysis_documents=profile.can_start_analysis_documents,
        can_start_analysis_quality=profile.can_start_analysis_quality,
        company_id=company_of(subject, profile),
    )


def to_account(subject: Subject, profile: Profile, generation: Generation) -> UserBody | UserBody5:
    """Show a user as it stands by itself: in API 5 with what the role lost (*documented*, 4.1)."""
    body = to_user(subject, profile, generation)
    if isinstance(body, UserBody):
        return body
    return msgspec.structs.replace(
        body,
        is_admin=profile.user_type is UserType.CLIENT_ADMIN,
        is_service=subject.service or profile.user_type is UserType.CLIENT_SERVICE,
    )


def _split_name(full_name: str) -> tuple[str, str, str]:
    """Return first, middle and last name: the outer words, and whatever stands between (*chosen*).

    What is missing is empty, as the vendor's samples send a missing middle name (seed 000).
    """
    words = full_name.split()
    first, *rest = words or [""]
    *middle, last = rest or [""]
    return first, " ".join(middle), last
