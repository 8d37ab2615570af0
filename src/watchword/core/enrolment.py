"""Enrolling faces, showing what is kept of them, and making it go for good.

Rules of this file:

1. Content is sealed and put before the unit of work that refers to it, under the owner's key. If
   another key is found there, because the subject's first or last face came or went meanwhile, it
   is compared and sealed once more; at most `TRIES` times.
2. Photos and thumbnails are kept only where the policy says so. What is not kept is never written.
3. A face is enrolled only beside such as it is like: two persons must not share an account, nor
   may somebody add their own face to another's.
4. Records go first, then the content (`watchword.core.gallery`, rule 4). Every face that comes or
   goes here is in the audit trail, with neither template nor image.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Final

from watchword.core.audit import Actor, Entry, attributed
from watchword.core.blobs import BlobId
from watchword.core.errors import (
    FaceRefusedError,
    ForbiddenError,
    NotFoundError,
    StorageUnavailableError,
)
from watchword.core.faces import FaceBox, FaceFault, FoundFace, Template
from watchword.core.gallery import (
    FACES,
    Consent,
    Face,
    FaceId,
    Owner,
    drop_faces,
    find_face,
    find_faces,
    find_owner,
    find_owners,
    put_face,
    replace_face,
)
from watchword.core.index import Filter, Query, Test, instant
from watchword.core.matching import Matching
from watchword.core.patience import forget_face_failures
from watchword.core.policy import FacePolicy
from watchword.core.ports import Clock, FaceEngine, Storage, Transaction, Vault
from watchword.core.revocation import ALL, Revocation, record, subject_slot
from watchword.core.shelf import ColdError, InHand, is_trusted
from watchword.core.subjects import Audience, SubjectId, printable

__all__ = ["Enrolment", "NewFace", "Opened"]

TRIES: Final = 3
BATCH: Final = 100
DIGITS: Final = 1_000
"""Of a face's id, what follows its microsecond."""
MOST_SEEN: Final = 100_000
"""Subjects whose faces are at hand."""
LONGEST_NAME: Final = 255
SHORT: Final = 16
"""Of a model's hash, what the audit trail is told."""
NOWHERE: Final = BlobId("")


@dataclass(frozen=True, slots=True)
class NewFace:
    """A face that somebody is to be known by. ``found`` is the one that is meant on the photo."""

    audience: Audience
    subject_id: SubjectId
    photo: bytes = field(repr=False)
    photo_name: str
    found: FoundFace
    purpose: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """All that is kept of one face, in clear: for whose it is, and for nobody else."""

    face: Face
    template: bytes = field(repr=False)
    photo: bytes | None = field(default=None, repr=False)
    thumbnail: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The faces of a subject, by audience, under the stamps that they were read under."""

    stamps: tuple[int, int]
    faces: Mapping[Audience, tuple[FaceId, ...]]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Enrols and removes faces. One instance a process, shared by its threads."""

    storage: Storage
    revocation: Revocation
    vault: Vault
    matching: Matching
    policy: FacePolicy
    clock: Clock
    least: Mapping[Audience, float]
    """How alike faces of one person are, by the audience."""
    engine: FaceEngine | None = None
    _seen: dict[SubjectId, _Seen] = field(default_factory=dict[SubjectId, _Seen], repr=False)
    _in_hand: InHand[SubjectId, _Seen] = field(default_factory=InHand[SubjectId, _Seen], repr=False)

    def find(self, photo: bytes) -> Sequence[FoundFace]:
        """Return the faces on a photo, the biggest first.

        Raises `FaceRefusedError` for what is no photo, or where no engine looks at any.
        """
        found = FaceFault.UNREADABLE if self.engine is None else self.engine.find(photo)
        if isinstance(found, FaceFault):
            raise FaceRefusedError(found)
        return found

    def enrol(self, new: NewFace, *, by: Actor | None = None) -> Face:
        """Let a subject be known by one more face, and return it.

        Raises `NotFoundError` (kind ``subject``), `FaceRefusedError` for a face that is not like
        the subject's others, `ForbiddenError` if it has as many as anybody may, or
        `StorageUnavailableError`.
        """
        now, template, keeps = self.clock(), new.found.template, self.policy.keep_photos
        until = new.until
        if until is None and self.policy.retention is not None:
            until = now + self.policy.retention
        face = Face(
            FaceId(""),
            new.audience,
            new.subject_id,
            0,
            now,
            now,
            printable(new.photo_name, LONGEST_NAME),
            new.found.box,
            template.model,
            NOWHERE,
            Consent("" if by is None else by.login, now, new.purpose, until),
        )
        content = Opened(
            face,
            template.vector,
            new.photo if keeps else None,
            new.found.thumbnail if keeps else None,
        )
        return self._place(content, None, by)

    def known(
        self, audience: Audience, subject_ids: Collection[SubjectId]
    ) -> Mapping[SubjectId, tuple[FaceId, ...]]:
        """Return the faces of those of the subjects that have any at an audience."""
        with self.storage.read() as transaction:
            owners = find_owners(transaction, subject_ids)
        faces = {subject_id: owner.at(audience) for subject_id, owner in owners.items()}
        return {subject_id: each for subject_id, each in faces.items() if each}

    def recall(self, audience: Audience, subject_id: SubjectId) -> tuple[FaceId, ...]:
        """Return the faces of a subject without blocking. Raises `ColdError` if it cannot."""
        seen = self._seen.get(subject_id)
        if seen is None or not self._holds(seen, subject_id):
            seen = self._in_hand.kept.get(subject_id)
        if seen is None:
            raise ColdError(
                lambda: self._warm(subject_id),
                lambda: self._in_hand.kept.pop(subject_id, None),
            )
        return seen.faces.get(audience, ())

    def move(
        self, audience: Audience, face_id: str, box: FaceBox, *, by: Actor | None = None
    ) -> Face:
        """Say where on its photo a face is. Raises `NotFoundError` (kind ``face``)."""
        with self.revocation.change() as (transaction, _):
            face = _require(transaction, audience, face_id)
            if face.box == box:
                return face
            face = replace(face, box=box, modified_at=self.clock())
            replace_face(transaction, face)
            self._tell(transaction, [face], "face.update", by)
        return face

    def hand_over(
        self, audience: Audience, face_id: str, subject_id: SubjectId, *, by: Actor | None = None
    ) -> Face:
        """Make a face somebody else's: sealed anew under their key, and gone from the other's.

        Raises what `enrol` raises, and `NotFoundError` (kind ``face``).
        """
        with self.storage.read() as transaction:
            face = _require(transaction, audience, face_id)
        if face.subject_id == subject_id:
            return face
        theirs = replace(face, subject_id=subject_id, modified_at=self.clock())
        return self._place(replace(self.open(face), face=theirs), face, by)

    def remove(self, audience: Audience, face_id: str, *, by: Actor | None = None) -> None:
        """Make a face go, and with a subject's last one its key. Raises `NotFoundError`."""
        with self.revocation.change() as (transaction, stale):
            face = _require(transaction, audience, face_id)
            stale.add(subject_slot(face.subject_id))
            gone = drop_faces(transaction, face.subject_id, [face.id])
            self._tell(transaction, gone, "face.remove", by)
        self.unlink(gone)

    def remove_all(self, subject_id: SubjectId, *, by: Actor | None = None) -> Sequence[Face]:
        """Make all faces of a subject go, with its key; return what was known of them."""
        with self.revocation.change() as (transaction, stale):
            stale.add(subject_slot(subject_id))
            gone = drop_faces(transaction, subject_id, None)
            self._tell(transaction, gone, "face.remove", by)
        self.unlink(gone)
        return gone

    def open(self, face: Face) -> Opened:
        """Return all that is kept of a face. Raises `NotFoundError` if it went meanwhile."""
        with self.storage.read() as transaction:
            owner = find_owner(transaction, face.subject_id)
        if owner is None:
            raise NotFoundError("face")
        kept = (face.photo, face.thumbnail)
        photo, thumbnail = (
            None if each is None else self.vault.get(owner.key, each) for each in kept
        )
        return Opened(face, self.vault.get(owner.key, face.template), photo, thumbnail)

    def thumbnail(self, face: Face) -> bytes | None:
        """Return a small picture of a face, or None where none is kept. Raises `NotFoundError`."""
        with self.storage.read() as transaction:
            owner = find_owner(transaction, face.subject_id)
        if owner is None or face.thumbnail is None:
            return None
        return self.vault.get(owner.key, face.thumbnail)

    def sweep(self) -> int:
        """Make a batch of faces go that may be kept no longer. Returns how many."""
        now = self.clock()
        removed = 0
        for reason, name, until in self._overdue(now):
            late = Filter((name,), Test.AT_MOST, (instant(until),))
            query = Query(FACES, (late,), limit=BATCH, counted=False)
            with self.storage.read() as transaction:
                faces = find_faces(transaction, transaction.index.search(query).keys)
            removed += sum(self._expire(face, reason) for face in faces)
        return removed

    def unlink(self, gone: Iterable[Face]) -> None:
        """Remove from the vault what is left of faces whose records have gone."""
        for face in gone:
            for blob_id in face.blobs:
                self.vault.remove(blob_id)

    def _overdue(self, now: datetime) -> Iterable[tuple[str, str, datetime]]:
        yield "consent ended", "until", now
        if self.policy.retention is not None:
            yield "kept long enough", "created", now - self.policy.retention

    def _expire(self, face: Face, reason: str) -> bool:
        with self.revocation.change() as (transaction, stale):
            stale.add(subject_slot(face.subject_id))
            gone = drop_faces(transaction, face.subject_id, [face.id])
            self._tell(transaction, gone, "face.remove", None, reason)
        self.unlink(gone)
        return bool(gone)

    def _place(self, content: Opened, instead: Face | None, by: Actor | None) -> Face:
        """Seal a face and store it, in the place of another or of none."""
        gone = [] if instead is None else [instead]
        for _ in range(TRIES):
            owner = self._owner(content.face.subject_id)
            self._require_alike(content)
            sealed, stored = self._seal(owner.key, content), None
            try:
                with self.revocation.change() as (transaction, stale):
                    stored = self._store(transaction, owner, sealed, instead)
                    stale.update(subject_slot(each.subject_id) for each in (sealed, *gone))
                    if stored is not None:
                        self._tell(transaction, gone, "face.remove", by)
                        self._tell(transaction, [stored], "face.enrol", by)
            finally:
                if stored is None:
                    self.unlink([sealed])
            if stored is not None:
                self.unlink(gone)
                return stored
        raise StorageUnavailableError

    def _require_alike(self, content: Opened) -> None:
        """Keep rule 3, as far as the subject's other faces are of the engine's model."""
        face = content.face
        if self.engine is None:
            raise FaceRefusedError(FaceFault.UNREADABLE)
        others = self.matching.template_of(self.engine, face.subject_id, face.audience)
        if others is None or face.model != others.model:
            return
        template = Template(face.model, content.template)
        (likeness,) = self.engine.likenesses(template, [others])
        if likeness < self.least[face.audience]:
            raise FaceRefusedError(FaceFault.NO_MATCH)

    def _warm(self, subject_id: SubjectId) -> None:
        """Read what `recall` recalls. The stamps are read first, so nothing old looks new."""
        stamps = self._stamps(subject_id)
        with self.storage.read() as transaction:
            owner = find_owner(transaction, subject_id)
        faces = {} if owner is None else {each: owner.at(each) for each in owner.faces.values()}
        if len(self._seen) >= MOST_SEEN:
            self._seen.clear()
        self._seen[subject_id] = self._in_hand.kept[subject_id] = _Seen(stamps, faces)

    def _holds(self, seen: _Seen, subject_id: SubjectId) -> bool:
        return is_trusted(self.revocation.stamps) and seen.stamps == self._stamps(subject_id)

    def _stamps(self, subject_id: SubjectId) -> tuple[int, int]:
        table = self.revocation.stamps.table
        return table[ALL], table[subject_slot(subject_id)]

    def _owner(self, subject_id: SubjectId) -> Owner:
        """Return what the gallery knows of a subject; of a new one, a fresh key."""
        with self.storage.read() as transaction:
            owner = find_owner(transaction, subject_id)
        return owner or Owner(subject_id, self.vault.new_key())

    def _seal(self, key: bytes, content: Opened) -> Face:
        """Put all that is kept of a face, and return it with the names of that."""
        photo, thumbnail = (
            None if not each else self.vault.put(key, each).id
            for each in (content.photo, content.thumbnail)
        )
        template = self.vault.put(key, content.template).id
        return replace(content.face, template=template, photo=photo, thumbnail=thumbnail)

    def _store(
        self, transaction: Transaction, owner: Owner, face: Face, instead: Face | None
    ) -> Face | None:
        """Store a face's record; None, and nothing is changed, where its owner is not as it was.

        Who had faces and has none has no key, and a new one is not to be the old one (rule 1).
        """
        subject = transaction.subjects.find(face.subject_id)
        profiles = transaction.profiles.list_of(face.subject_id)
        if subject is None or all(each.audience != face.audience for each in profiles):
            raise NotFoundError("subject")
        current = find_owner(transaction, face.subject_id)
        if owner.is_outdated_by(current, face.audience):
            return None
        if instead is not None and not drop_faces(transaction, instead.subject_id, [instead.id]):
            raise NotFoundError("face")
        current = current or owner
        if len(current.at(face.audience)) >= self.policy.most_faces:
            raise ForbiddenError
        face_id = face.id or self._new_id(transaction)
        stored = replace(face, id=face_id, number=subject.number)
        put_face(transaction, current, stored)
        forget_face_failures(transaction, subject.id)
        return stored

    def _new_id(self, transaction: Transaction) -> FaceId:
        """Return an id that nobody has: the microsecond, and which of it."""
        first = instant(self.clock()) * DIGITS
        ids = (FaceId(str(first + n)) for n in count())
        return next(each for each in ids if not find_faces(transaction, [each]))

    def _tell(
        self,
        transaction: Transaction,
        faces: Iterable[Face],
        action: str,
        by: Actor | None,
        reason: str = "",
    ) -> None:
        """Tell the audit trail of faces; what is told of them shows nobody."""
        for face in faces:
            subject = transaction.subjects.find(face.subject_id)
            details = {"face": face.id, "model": face.model[:SHORT], "reason": reason}
            entry = Entry(
                self.clock(),
                action,
                "done",
                audience=face.audience,
                subject_id=face.subject_id,
                login="" if subject is None else subject.name,
                tenant_id=None if subject is None else subject.tenant_id,
                details={name: text for name, text in details.items() if text},
            )
            record(transaction, attributed(entry, by))


def _require(transaction: Transaction, audience: Audience, face_id: str) -> Face:
    face = find_face(transaction, audience, face_id)
    if face is None:
        raise NotFoundError("face")
    return face
