"""``watchword faces enrol``: an installation's first faces, and those of who has no client.

Where a login takes a face, nobody gets in to enrol one; the owner of the host needs no login.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from watchword.cli.naming import require_subject
from watchword.config import Configuration, FileError, TableError
from watchword.core.core import Core
from watchword.core.enrolment import NewFace
from watchword.core.errors import FaceRefusedError, ForbiddenError, NotFoundError
from watchword.core.faces import FaceFault, FoundFace
from watchword.core.gallery import Face
from watchword.core.subjects import Audience
from watchword.sight import blindness, give_sight

__all__ = ["enrol"]

LONGEST: Final = 10_485_760
PURPOSE: Final = "login"


def enrol(
    core: Core,
    configuration: Configuration,
    login: str,
    audience: str | None,
    photos: Sequence[Path],
) -> Sequence[Face]:
    """Let a subject be known by the one face on each photo, and return what was enrolled.

    Raises `FileError` for a photo that will not do, `TableError` for none and for a door that is
    none or none of the subject's, and `NotFoundError`.
    """
    if not photos:
        raise TableError("PHOTO", "name at least one")
    if blind := blindness(configuration.face):
        raise TableError("face", f"nobody looks at faces: {blind}")
    seeing = give_sight(configuration, core)
    where = _audience(core, audience)
    subject = require_subject(core, login)
    # All are looked at before any is kept.
    found = [(path, *_look(seeing, path)) for path in photos]
    faces: list[Face] = []
    try:
        for path, photo, face in found:
            new = NewFace(where, subject.id, photo, path.name, face, PURPOSE)
            faces.append(_enrol(seeing, new, path, login))
    except (FileError, TableError):
        # Of two that are not alike nobody knows which is the wrong one: it may be the first.
        for each in faces:
            seeing.enrolment.remove(where, each.id)
        raise
    return faces


def _enrol(core: Core, new: NewFace, path: Path, login: str) -> Face:
    try:
        return core.enrolment.enrol(new)
    except NotFoundError as error:
        raise TableError("--audience", f"{login} has no profile at {new.audience}") from error
    except FaceRefusedError as error:
        raise FileError(path, "shows somebody else than the subject's other photos") from error
    except ForbiddenError as error:
        raise FileError(path, "is one more than a subject may have") from error


def _look(core: Core, path: Path) -> tuple[bytes, FoundFace]:
    """Return a photo and the one face on it, if that is a good one."""
    try:
        if path.stat().st_size > LONGEST:
            raise FileError(path, "is too large")
        photo = path.read_bytes()
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from error
    try:
        found = core.enrolment.find(photo)
    except FaceRefusedError as error:
        large = error.fault is FaceFault.TOO_LARGE
        problem = "is too large" if large else "is no photo that can be read"
        raise FileError(path, problem) from error
    if len(found) != 1:
        raise FileError(path, f"shows {len(found)} faces, and not one")
    if not found[0].is_good:
        raise FileError(path, "shows a face that is too small, too blurred or turned away")
    return photo, found[0]


def _audience(core: Core, named: str | None) -> Audience:
    """Return the door that is meant: the one that takes faces, if there is one only."""
    known = [name for name, each in core.policy.audiences.items() if each.entry.takes_face]
    if named is not None and named in core.policy.audiences:
        return Audience(named)
    if named is not None or len(known) != 1:
        names = ", ".join(sorted(core.policy.audiences))
        raise TableError("--audience", f"name one of: {names or 'none is switched on'}")
    return known[0]
