"""From the core's records to the vendor's. Pure and total; nothing is decided here."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from watchword.core.admission import Admitted
from watchword.core.sessions import Device
from watchword.core.subjects import Subject
from watchword.dialects.findface.clips import Arrival
from watchword.dialects.findface.groups import Kept, Rights, rights_of
from watchword.dialects.findface.profile import Profile, as_profile
from watchword.dialects.findface.schemas import AuthConfig, Config, LoginRequest, LoginResult, User
from watchword.dialects.findface.settings import Settings

__all__ = ["to_config", "to_date", "to_device", "to_login_result", "to_user"]

LONGEST_REAL_NAME: Final = 80
"""*Documented* (seed 002). A longer one is cut: it is for show. ``name`` is not: it is typed in."""


def to_user(
    subject: Subject,
    profile: Profile,
    rights: Rights,
    settings: Settings,
    faces: Collection[str] = (),
) -> User:
    """Return the user object. ``faces`` are the ids of the user's photos."""
    return User(
        id=subject.number,
        active=subject.active,
        created_date=to_date(subject.created_at),
        groups=rights.groups,
        modified_date=to_date(subject.modified_at),
        permissions=rights.permissions,
        real_name=subject.full_name[:LONGEST_REAL_NAME],
        name=subject.name,
        comment=profile.comment,
        camera_group_permissions=rights.camera_groups,
        watch_list_permissions=rights.watch_lists,
        group_permissions={},
        primary_group=rights.primary_group,
        language=profile.language or settings.language,
        has_face=bool(faces),
        # *Chosen* (wire contract FindFace 2.8): null when its photo has gone.
        face_cover=profile.face_cover if profile.face_cover in faces else None,
        ad_user=profile.ad_user,
        has_admin_permissions=rights.administrates,
    )


def to_login_result(
    admitted: Admitted, kept: Kept, settings: Settings, faces: Collection[str] = ()
) -> LoginResult:
    """Return the answer to a login. ``kept`` are the stored roles, ``faces`` as for `to_user`."""
    profile = as_profile(admitted.profile)
    rights = rights_of(kept, profile)
    user = to_user(admitted.subject, profile, rights, settings, faces)
    return LoginResult(admitted.token.secret, user, to_date(admitted.session.expires_at))


def to_device(asked: LoginRequest | Arrival) -> Device:
    """Return the device that a login's body describes."""
    return Device(asked.uuid, asked.mobile, asked.device_info)


def to_config(settings: Settings, *, active_directory: bool) -> Config:
    """Return what a client may know before it logs in."""
    return Config(
        auth=AuthConfig(
            auth_type=settings.auth_type,
            face_auth_confidence=settings.face_auth_confidence,
            maximum_session_length=settings.maximum_session_length,
            need_session_renew=settings.need_session_renew,
            renew_session_interval=settings.renew_session_interval,
            maximum_renew_attempts=settings.maximum_renew_attempts,
        ),
        enable_acl=True,
        language=settings.language,
        services={"ffsecurity": {"active_directory": active_directory}},
        plugins={},
    )


def to_date(moment: datetime) -> str:
    """Return a moment as the server writes it: six digits of a second, and ``Z``.

    *Observed* (wire contract FindFace 1): microseconds. *Chosen*: all six digits even when they
    are zeros, so that a client which reads ``%f`` can read every date.
    """
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
