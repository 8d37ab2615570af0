"""Letting users in, by password and by face (wire contract FindFace 2.1, 2.3, 2.4, 3.6).

What a login takes is the core's to decide (``auth_type`` becomes its policy); here it is read and
answered. The token of a face login under ``face_and_password`` is no more than a proof until it
comes back with the password: the core's proofs are this vendor's inactive sessions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from watchword.core.access import Principal
from watchword.core.admission import Admitted
from watchword.core.errors import FaceRefusedError
from watchword.core.faces import FaceFault
from watchword.core.gallery import FaceId
from watchword.core.grants import Visit
from watchword.core.shelf import insist
from watchword.core.subjects import Subject, SubjectId
from watchword.dialects.findface.bodies import Form, Login, VideoForm, VideoLoginForm
from watchword.dialects.findface.clips import read_arrival, read_clip
from watchword.dialects.findface.groups import kept_groups, rights_of
from watchword.dialects.findface.outline import ANYBODY, BASIC
from watchword.dialects.findface.profile import AUDIENCE, as_profile
from watchword.dialects.findface.reading import read_login
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.schemas import Date, LoginResult, User
from watchword.dialects.findface.security import basic_grant, header_device
from watchword.dialects.findface.settings import AuthType, Settings
from watchword.dialects.findface.translate import to_date, to_device, to_login_result, to_user
from watchword.web.about import About
from watchword.web.errors import WebError
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = [
    "FACE_LOGIN",
    "FACE_RENEWAL",
    "LOGIN",
    "answer_admitted",
    "face_login",
    "face_renewal",
    "faces_among",
    "login",
    "recall_faces",
    "require_faces",
    "show_principal",
]


class Renewal(msgspec.Struct, frozen=True):
    """Until when a session lives now, and whose it is. *Documented*."""

    token_expiration_datetime: Date
    user: User


def login(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /auth/login/``: the credentials are judged first, the body after (*chosen*, 2.1)."""
    grant = basic_grant(request)
    both = desk.settings.auth_type is AuthType.FACE_AND_PASSWORD
    try:
        asked = read_login(request.body, proof_required=both)
    except WebError:
        visit = Visit(AUDIENCE, device=header_device(request), address=request.address)
        desk.core.login.check(grant, visit)
        raise
    visit = Visit(AUDIENCE, device=to_device(asked), address=request.address)
    return answer_admitted(
        desk, desk.core.login.admit(replace(grant, proof=asked.video_auth_token), visit)
    )


def require_faces(desk: Desk[Settings], _request: Request) -> None:
    """Raise `FaceRefusedError` before a clip is read that nobody would look at."""
    if not desk.core.recognition.offered(AUDIENCE):
        raise FaceRefusedError(FaceFault.NO_MATCH)


def face_login(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /auth/video-auth/``"""
    asked = read_arrival(request)
    visit = Visit(AUDIENCE, device=to_device(asked), address=request.address)
    return answer_admitted(desk, desk.core.recognition.admit(asked.grant, visit))


def face_renewal(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /auth/video-auth-renew/``: after a failure the token is as good as it was."""
    require_faces(desk, request)
    grant = read_clip(request)
    session = desk.core.recognition.renew(grant, principal.session, request.address)
    return json_reply(200, Renewal(to_date(session.expires_at), show_principal(desk, principal)))


def answer_admitted(desk: Desk[Settings], admitted: Admitted) -> Reply:
    """Return the answer to a login, whatever it was by."""
    faces = insist(lambda: recall_faces(desk, admitted.subject))
    kept = kept_groups(desk.core.shelf)
    return json_reply(200, to_login_result(admitted, kept, desk.settings, faces))


def show_principal(desk: Desk[Settings], principal: Principal) -> User:
    """Return the user of a token as users see it."""
    profile = as_profile(principal.profile)
    rights = rights_of(kept_groups(desk.core.shelf), profile)
    faces = insist(lambda: recall_faces(desk, principal.subject))
    return to_user(principal.subject, profile, rights, desk.settings, faces)


def recall_faces(desk: Desk[Settings], subject: Subject) -> tuple[FaceId, ...]:
    """Return the photos of a user, as `faces_among`. Raises `ColdError` if that would block."""
    if desk.core.enrolment.engine is None:
        return ()
    return desk.core.enrolment.recall(AUDIENCE, subject.id)


def faces_among(
    desk: Desk[Settings], subjects: Sequence[Subject]
) -> Mapping[SubjectId, tuple[FaceId, ...]]:
    """Return the photos of those who have any; where no engine looks at faces nobody has.

    *Chosen*: what is no use is not shown.
    """
    if desk.core.enrolment.engine is None:
        return {}
    return desk.core.enrolment.known(AUDIENCE, [each.id for each in subjects])


LOGIN: Final = About(
    "Log in with a password",
    Login,
    LoginResult,
    refuses=(401, 403),
    security=BASIC,
    example={"uuid": "A", "mobile": False, "device_info": {}},
)
FACE_LOGIN: Final = About(
    "Log in with a face",
    VideoLoginForm,
    LoginResult,
    refuses=(401, 403),
    media=Form,
    security=ANYBODY,
)
FACE_RENEWAL: Final = About("Renew a session with a face", VideoForm, Renewal, media=Form)
