"""What ``watchword doctor`` says of faces: whether anybody looks, by what, and at whose."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from watchword.bootstrap import Opened
from watchword.cli.findings import Finding, Level
from watchword.config import Configuration, TableError
from watchword.core.faces import Act, EntryPolicy, Factors, Tier
from watchword.core.gallery import list_faces
from watchword.core.ports import Storage
from watchword.sight import blindness, check_sight, open_engine

__all__ = ["find_about_entry", "find_about_faces", "find_about_galleries"]

MOTION_ALONE: Final = (
    "face.require is motion alone: a film of somebody, or a photo before which something is moved,"
    " may pass for them; add challenge"
)


def find_about_entry(
    configuration: Configuration, subject: str, entry: EntryPolicy
) -> Iterator[Finding]:
    """Say what comes of a door's setting that wants faces."""
    if not entry.takes_face:
        return
    blind = blindness(configuration.face)
    if blind and entry.factors is Factors.EITHER:
        remark = f"takes faces, but {blind}: only passwords open it"
        yield Finding(Level.WEAK, subject, remark)
    elif blind:
        yield Finding(Level.BROKEN, subject, f"takes faces, but {blind}: nobody can log in")
    elif configuration.face.policy().require == frozenset({Tier.MOTION}):
        yield Finding(Level.WEAK, subject, MOTION_ALONE)


def find_about_faces(configuration: Configuration) -> Iterator[Finding]:
    """Say what looks at faces, and what it cannot tell."""
    blind = blindness(configuration.face)
    if blind:
        yield Finding(Level.OK, "faces", f"nobody looks at them: {blind}")
        return
    try:
        check_sight(configuration, closely=True)
        engine = open_engine(configuration)
    except TableError as error:
        yield Finding(Level.BROKEN, "faces", str(error))
        return
    required = ", ".join(sorted(configuration.face.policy().require))
    yield Finding(Level.OK, "faces", f"are looked at; every clip has to pass: {required}")
    if engine is not None and Act.BLINK not in engine.acts:
        yield Finding(Level.WEAK, "faces", "no challenge asks for a blink: its model is missing")


def find_about_galleries(
    configuration: Configuration, opened: Mapping[str, Opened], storage: Storage
) -> Iterator[Finding]:
    """Say whose faces are no use, and where there are too many to be told apart."""
    engine = None if blindness(configuration.face) else open_engine(configuration)
    largest = configuration.face.largest_gallery
    for name, each in opened.items():
        with storage.read() as transaction:
            faces = list_faces(transaction, each.dialect.audience)
        people = len({face.subject_id for face in faces})
        if people > largest:
            remark = f"{people} people are enrolled, above face.largest_gallery ({largest}): "
            remark += "nobody is recognised who does not say its name"
            yield Finding(Level.WEAK, f"dialect {name}", remark)
        models = Counter(face.model for face in faces)
        old = 0 if engine is None else sum(models.values()) - models[engine.model]
        if old:
            remark = f"{old} faces are of another model: their people have to enrol again"
            yield Finding(Level.WEAK, f"dialect {name}", f"{remark} (watchword faces list)")
