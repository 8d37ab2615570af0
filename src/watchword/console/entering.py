"""Letting people in from the page, telling who they are, and letting them go.

The core decides everything: which factors a door takes, and whether they open it. A face that is
half a login gives a proof, which the page hands back with the password.
"""

from typing import Final

import msgspec

from watchword.console.hall import Entry, Hall
from watchword.console.reading import (
    read_clip,
    read_device,
    read_password,
    read_token,
    require_own_page,
)
from watchword.console.refusing import JSON_HEADERS
from watchword.core.access import Principal
from watchword.core.admission import Admitted
from watchword.core.audit import Actor
from watchword.core.errors import FaceRefusedError
from watchword.core.faces import FaceFault
from watchword.core.grants import FaceGrant, Visit
from watchword.core.sessions import Device, EndReason, Session
from watchword.core.subjects import Subject
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = [
    "ask_challenge",
    "enter_by_face",
    "enter_by_password",
    "leave",
    "require_faces",
    "show_session",
]

NO_CONTENT: Final = Reply(204, headers=((b"cache-control", b"no-store"),))
NO_CHALLENGE: Final = "none"
"""A nonce that nobody was given: whoever comes without one is refused like with a dead one."""


class Key(msgspec.Struct, frozen=True):
    """A token as the API page of its door keeps it."""

    scheme: str
    value: str


class Half(msgspec.Struct, frozen=True, tag="half", tag_field="state"):
    """One factor was shown; the proof is to come back with the other.

    The page is told for how long, and not until when: clocks of browsers err.
    """

    proof: str
    seconds: float


class Whole(msgspec.Struct, frozen=True, tag="whole", tag_field="state"):
    """Somebody is in."""

    token: str
    key: Key
    name: str
    full_name: str
    expires: str


class Person(msgspec.Struct, frozen=True):
    """Who somebody is, and until when."""

    name: str
    full_name: str
    expires: str


class Asked(msgspec.Struct, frozen=True):
    """What to do before the camera, and how long there is for it to arrive."""

    nonce: str
    acts: tuple[str, ...]
    seconds: float


def enter_by_password(desk: Desk[Hall], request: Request) -> Reply:
    """``POST /console/doors/{door}/password``"""
    entry = entry_of(desk, request)
    grant, device = read_password(request)
    admitted = desk.core.login.admit(grant, _visit(entry, device, request))
    return _json(_whole(entry, admitted))


def require_faces(desk: Desk[Hall], request: Request) -> None:
    """Raise `FaceRefusedError` before a clip is read that nobody would look at."""
    if not desk.core.recognition.offered(entry_of(desk, request).audience):
        raise FaceRefusedError(FaceFault.NO_MATCH)


def ask_challenge(desk: Desk[Hall], request: Request) -> Reply:
    """``POST /console/doors/{door}/challenge``"""
    visit = _visit(entry_of(desk, request), read_device(request), request)
    posed = desk.core.challenging.pose(visit)
    seconds = desk.core.policy.challenges.life.total_seconds()
    return _json(Asked(posed.nonce, posed.acts, seconds))


def enter_by_face(desk: Desk[Hall], request: Request) -> Reply:
    """``POST /console/doors/{door}/face``"""
    entry, clip = entry_of(desk, request), read_clip(request)
    visit = _visit(entry, clip.device, request)
    challenge = clip.challenge or NO_CHALLENGE
    grant = FaceGrant(clip.video, challenge, clip.login or None, request.waited)
    admitted = desk.core.recognition.admit(grant, visit)
    if entry.policy(desk.core).face_suffices:
        return _json(_whole(entry, admitted))
    life = admitted.session.expires_at - admitted.session.opened_at
    return _json(Half(admitted.token.secret, life.total_seconds()))


def show_session(desk: Desk[Hall], request: Request) -> Reply:
    """``GET /console/doors/{door}/session``"""
    principal = _principal(desk, request)
    return _json(_person(principal.subject, principal.session))


def leave(desk: Desk[Hall], request: Request) -> Reply:
    """``DELETE /console/doors/{door}/session``"""
    principal = _principal(desk, request)
    subject, session = principal.subject, principal.session
    actor = Actor(subject.id, subject.name, session.audience, request.address, session.device.key)
    desk.core.revocation.end_session(session, EndReason.LEFT, by=actor)
    return NO_CONTENT


def entry_of(desk: Desk[Hall], request: Request) -> Entry:
    """Return the door that a path names. Raises `NotFoundError` or `ForbiddenError`."""
    require_own_page(request)
    return desk.settings.seen_by(request).entry(request.parameters["door"])


def _principal(desk: Desk[Hall], request: Request) -> Principal:
    """Return who a token speaks for at the door that a path names."""
    audience = entry_of(desk, request).audience
    return desk.core.access.principal(read_token(request), audience, request.address)


def _visit(entry: Entry, device: Device, request: Request) -> Visit:
    return Visit(entry.audience, device=device, address=request.address)


def _whole(entry: Entry, admitted: Admitted) -> Whole:
    secret, person = admitted.token.secret, _person(admitted.subject, admitted.session)
    key = Key(entry.entrance.scheme, entry.entrance.prefix + secret)
    return Whole(secret, key, person.name, person.full_name, person.expires)


def _person(subject: Subject, session: Session) -> Person:
    return Person(subject.name, subject.full_name, _until(session))


def _until(session: Session) -> str:
    return session.expires_at.isoformat(timespec="seconds")


def _json(body: object) -> Reply:
    return Reply(200, msgspec.json.encode(body), JSON_HEADERS)
