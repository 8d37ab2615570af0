"""Whose face is it? Comparing a template with those of the gallery.

Rules of this file:

1. Where a subject is named, its own faces alone are compared; they are read each time.
2. Where nobody is named, everybody at the audience is: only in a small gallery, with a stricter
   threshold, and only where whoever comes second is clearly less alike. Without that, a gallery
   says who is most like a face, and not whose face it is.
3. The templates of a gallery are kept at hand in each process, in clear, beside the mark that they
   were read under. The mark is read anew each time, so no process and no host compares with what
   another one has removed.
4. A subject's templates are blended into one. Those of another model are never compared: who has no
   others has to enrol again.
5. What was found is looked at once more where a session opens (`still_holds`): a face may be
   removed between the look and the verdict.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from watchword.core.errors import NotFoundError
from watchword.core.faces import Template
from watchword.core.gallery import (
    Face,
    FaceId,
    find_faces,
    find_owner,
    find_owners,
    list_faces,
    mark_of,
)
from watchword.core.policy import FacePolicy
from watchword.core.ports import FaceEngine, Storage, Transaction, Vault
from watchword.core.subjects import Audience, SubjectId

__all__ = ["Comparison", "MatchFault", "Matching", "still_holds"]


class MatchFault(StrEnum):
    """Why a face is nobody's: results in the audit log."""

    UNLIKE = "no-match"
    AMBIGUOUS = "ambiguous"
    """Somebody else is nearly as like it."""
    UNKNOWN = "not-enrolled"
    """There is no face to compare it with."""
    OUTDATED = "re-enrol"
    """There is one, but another model made its template."""
    CROWDED = "gallery-too-large"
    """There are more faces than one can be told from by itself (rule 2)."""

    @property
    def is_attempt(self) -> bool:
        """Whether somebody may have tried to pass for somebody."""
        return self in {MatchFault.UNLIKE, MatchFault.AMBIGUOUS, MatchFault.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of a comparison: the subject that is most like a face, and how much.

    ``fault`` says why it is nobody's all the same. ``runner_up`` is how alike the next one is, None
    where nobody else was compared. ``faces`` are what the subject's template was made of.
    """

    subject_id: SubjectId | None = None
    likeness: float = 0.0
    runner_up: float | None = None
    faces: frozenset[FaceId] = frozenset()
    fault: MatchFault | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """One subject's face as it is compared, with the photos that it was blended from."""

    subject_id: SubjectId
    template: Template
    faces: frozenset[FaceId]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A gallery under a mark, as one model sees it."""

    mark: bytes | None
    model: str
    known: Sequence[_Known]


@dataclass(frozen=True, slots=True)
class Matching:
    """Compares faces. One instance a process, shared by its threads."""

    storage: Storage
    vault: Vault
    policy: FacePolicy
    _kept: dict[Audience, _Kept] = field(default_factory=dict[Audience, _Kept], repr=False)

    def verify(
        self,
        engine: FaceEngine,
        template: Template,
        subject_id: SubjectId,
        audience: Audience,
        least: float,
    ) -> Comparison:
        """Compare a face with those of one subject."""
        with self.storage.read() as transaction:
            owner = find_owner(transaction, subject_id)
            faces = () if owner is None else find_faces(transaction, owner.at(audience))
        if owner is None or not faces:
            return Comparison(fault=MatchFault.UNKNOWN)
        known = self._blended(engine, owner.key, faces)
        if known is None:
            return Comparison(fault=MatchFault.OUTDATED)
        (likeness,) = engine.likenesses(template, [known.template])
        fault = None if likeness >= least else MatchFault.UNLIKE
        return Comparison(subject_id, likeness, None, known.faces, fault)

    def identify(
        self, engine: FaceEngine, template: Template, audience: Audience, least: float
    ) -> Comparison:
        """Compare a face with everybody's at an audience (rule 2)."""
        known = self._gallery(engine, audience)
        if known is None:
            return Comparison(fault=MatchFault.CROWDED)
        if not known:
            return Comparison(fault=MatchFault.UNKNOWN)
        likenesses = engine.likenesses(template, [each.template for each in known])
        ranked = sorted(zip(likenesses, known, strict=True), key=lambda pair: -pair[0])
        likeness, best = ranked[0]
        runner_up = ranked[1][0] if len(ranked) > 1 else None
        fault = None
        if likeness < max(least, self.policy.search_likeness):
            fault = MatchFault.UNLIKE
        elif runner_up is not None and likeness - runner_up < self.policy.search_margin:
            fault = MatchFault.AMBIGUOUS
        return Comparison(best.subject_id, likeness, runner_up, best.faces, fault)

    def template_of(
        self, engine: FaceEngine, subject_id: SubjectId, audience: Audience
    ) -> Template | None:
        """Return a subject's template as the engine compares it, or None without one."""
        with self.storage.read() as transaction:
            owner = find_owner(transaction, subject_id)
            faces = () if owner is None else find_faces(transaction, owner.at(audience))
        known = None if owner is None else self._blended(engine, owner.key, faces)
        return None if known is None else known.template

    def _gallery(self, engine: FaceEngine, audience: Audience) -> Sequence[_Known] | None:
        """Return everybody's face at an audience, or None for more than are looked through."""
        with self.storage.read() as transaction:
            mark = mark_of(transaction, audience)
            kept = self._kept.get(audience)
            if kept is not None and (kept.mark, kept.model) == (mark, engine.model):
                return kept.known
            loaded = self._load(transaction, audience)
        if loaded is None:
            self._kept.pop(audience, None)
            return None
        same_model = kept is not None and kept.model == engine.model
        before = {each.subject_id: each for each in kept.known} if kept and same_model else {}
        blended = [self._again(engine, key, faces, before) for key, faces in loaded]
        known = [each for each in blended if each is not None]
        self._kept[audience] = _Kept(mark, engine.model, known)
        return known

    def _load(
        self, transaction: Transaction, audience: Audience
    ) -> list[tuple[bytes, Sequence[Face]]] | None:
        """Return the faces of everybody at an audience, each with its owner's key."""
        most = self.policy.largest_gallery
        most_faces = most * self.policy.most_faces
        found = list_faces(transaction, audience, most_faces + 1)
        by_subject = sorted(found, key=lambda face: face.subject_id)
        groups = [
            (subject_id, list(faces))
            for subject_id, faces in groupby(by_subject, key=lambda face: face.subject_id)
        ]
        # Each may have more faces than they could enrol today, and then some were not listed.
        if len(groups) > most or len(found) > most_faces:
            return None
        owners = find_owners(transaction, [subject_id for subject_id, _ in groups])
        return [(owners[each].key, faces) for each, faces in groups if each in owners]

    def _again(
        self,
        engine: FaceEngine,
        key: bytes,
        faces: Sequence[Face],
        before: Mapping[SubjectId, _Known],
    ) -> _Known | None:
        """Return what was known before of a subject whose faces are the same; else read them."""
        known = before.get(faces[0].subject_id)
        own = frozenset(face.id for face in faces if face.model == engine.model)
        same = known is not None and known.faces == own
        return known if same else self._blended(engine, key, faces)

    def _blended(self, engine: FaceEngine, key: bytes, faces: Iterable[Face]) -> _Known | None:
        """Return what a subject's faces have in common, or None if nothing can be compared."""
        own = [face for face in faces if face.model == engine.model]
        opened = list(self._opened(key, own))
        if not opened:
            return None
        templates = [template for _, template in opened]
        used = frozenset(face.id for face, _ in opened)
        return _Known(own[0].subject_id, engine.blend(templates), used)

    def _opened(self, key: bytes, faces: Iterable[Face]) -> Iterator[tuple[Face, Template]]:
        for face in faces:
            try:
                yield face, Template(face.model, self.vault.get(key, face.template))
            except NotFoundError:
                # It was removed since its record was read; the verdict will notice (rule 5).
                continue


def still_holds(transaction: Transaction, audience: Audience, found: Comparison) -> bool:
    """Say whether what a face was compared with is there yet (rule 5)."""
    subject_id = found.subject_id
    owner = None if subject_id is None else find_owner(transaction, subject_id)
    return owner is not None and found.faces <= frozenset(owner.at(audience))
