"""What a gallery keeps on every storage, as a class that each back-end's test file subclasses."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.faces import ScriptedEngine, clip_of, enrol
from tests.support.house import ADDRESS, NORTH, SOUTH, House, entering
from watchword.core.core import Core
from watchword.core.errors import FaceRefusedError, ForbiddenError, NotFoundError
from watchword.core.faces import Factors, Template
from watchword.core.gallery import (
    Face,
    find_face,
    find_faces,
    find_owner,
    find_owners,
    list_faces,
    mark_of,
)
from watchword.core.grants import FaceGrant, Visit
from watchword.core.policy import FacePolicy
from watchword.core.ports import Storage
from watchword.core.subjects import Subject

__all__ = ["GalleryConformance"]


class GalleryConformance:
    """Faces come and go with everything that belongs to them."""

    @pytest.fixture
    def storage(self) -> Storage:
        """Return an empty storage."""
        raise NotImplementedError

    @pytest.fixture
    def house(self, storage: Storage) -> Generator[House]:
        """Yield a house whose north door takes faces."""
        faces = FacePolicy(keep_photos=True, most_faces=4)
        policy = replace(entering(NORTH, Factors.EITHER), faces=faces)
        house = House(policy=policy, storage=storage, engine=ScriptedEngine())
        yield house
        house.close()

    @pytest.fixture
    def alice(self, house: House) -> Subject:
        """Return somebody without a face."""
        return house.add("alice")

    def faces(self, house: House, subject: Subject) -> Sequence[Face]:
        """Return the faces of a subject at the north door."""
        with house.storage.read() as transaction:
            owner = find_owner(transaction, subject.id)
            return [] if owner is None else find_faces(transaction, owner.at(NORTH))

    def test_a_face_is_read_as_it_was_written(self, house: House, alice: Subject) -> None:
        (face,) = enrol(house.core, NORTH, alice)

        with house.storage.read() as transaction:
            assert find_face(transaction, NORTH, face.id) == face
            assert list_faces(transaction, NORTH) == [face]
            assert list_faces(transaction, None) == [face]
            owner = find_owner(transaction, alice.id)
            assert owner is not None
            assert find_owners(transaction, [alice.id]) == {alice.id: owner}
        assert owner.at(NORTH) == (face.id,)
        assert house.vault.get(owner.key, face.template) == f"{alice.id} 1.0".encode()

    def test_at_another_audience_it_is_not_there(self, house: House, alice: Subject) -> None:
        (face,) = enrol(house.core, NORTH, alice)

        with house.storage.read() as transaction:
            assert find_face(transaction, SOUTH, face.id) is None
            assert list_faces(transaction, SOUTH) == []

    def test_one_key_seals_all_faces_of_a_subject(self, house: House, alice: Subject) -> None:
        bob = house.add("bob")
        one, two, three = enrol(house.core, NORTH, alice, alice, bob)
        (four,) = enrol(house.core, SOUTH, alice)

        with house.storage.read() as transaction:
            owners = find_owners(transaction, [alice.id, bob.id])
        key = owners[alice.id].key
        for face in (one, two, four):
            assert house.vault.get(key, face.template)
        with pytest.raises(ValueError, match="another key"):
            house.vault.get(key, three.template)

    def test_the_key_goes_with_the_last_face(self, house: House, alice: Subject) -> None:
        one, two = enrol(house.core, NORTH, alice, alice)
        house.core.enrolment.remove(NORTH, one.id)
        with house.storage.read() as transaction:
            owner = find_owner(transaction, alice.id)
        assert owner is not None

        house.core.enrolment.remove(NORTH, two.id)

        with house.storage.read() as transaction:
            assert find_owner(transaction, alice.id) is None
            assert transaction.blobs.known([*one.blobs, *two.blobs]) == frozenset()
        for blob_id in (*one.blobs, *two.blobs):
            with pytest.raises(NotFoundError):
                house.vault.get(owner.key, blob_id)

    def test_who_enrols_again_has_another_key(self, house: House, alice: Subject) -> None:
        keys: list[bytes] = []
        for _ in range(2):
            enrol(house.core, NORTH, alice)
            with house.storage.read() as transaction:
                owner = find_owner(transaction, alice.id)
            assert owner is not None
            keys.append(owner.key)
            house.core.enrolment.remove_all(alice.id)

        assert keys[0] != keys[1]

    def test_whatever_changes_templates_changes_the_mark(
        self, house: House, alice: Subject
    ) -> None:
        marks: list[bytes | None] = []

        def look() -> None:
            with house.storage.read() as transaction:
                marks.append(mark_of(transaction, NORTH))

        look()
        one, two = enrol(house.core, NORTH, alice, alice)
        look()
        house.core.enrolment.remove(NORTH, one.id)
        look()
        house.core.enrolment.remove(NORTH, two.id)
        look()
        enrol(house.core, NORTH, alice)
        look()

        assert len(set(marks)) == len(marks)

    def test_with_a_subject_its_faces_go(self, house: House, alice: Subject) -> None:
        faces = enrol(house.core, NORTH, alice, alice)

        house.core.directory.remove_subject(alice.id)

        with house.storage.read() as transaction:
            assert find_owner(transaction, alice.id) is None
            assert list_faces(transaction, None) == []
        assert list(house.vault.list_older(house.clock() + timedelta(days=1))) == []
        assert len(faces) == 2

    def test_with_a_profile_the_faces_at_its_audience_go(
        self, house: House, alice: Subject
    ) -> None:
        enrol(house.core, NORTH, alice)
        (other,) = enrol(house.core, SOUTH, alice)

        house.core.directory.remove_profile(alice.id, NORTH)

        with house.storage.read() as transaction:
            assert list_faces(transaction, None) == [other]
        kept = list(house.vault.list_older(house.clock() + timedelta(days=1)))
        assert sorted(kept) == sorted(other.blobs)

    def test_a_face_is_nobodys_who_is_not_there(self, house: House, alice: Subject) -> None:
        house.core.directory.remove_profile(alice.id, NORTH)

        with pytest.raises(NotFoundError, match="subject"):
            enrol(house.core, NORTH, alice)

        assert list(house.vault.list_older(house.clock() + timedelta(days=1))) == []

    def test_nobody_has_more_than_the_policy_says(self, house: House, alice: Subject) -> None:
        enrol(house.core, NORTH, *[alice] * 4)

        with pytest.raises(ForbiddenError):
            enrol(house.core, NORTH, alice)

        assert len(self.faces(house, alice)) == 4
        enrol(house.core, SOUTH, alice)

    def test_several_who_enrol_at_once_seal_under_one_key(
        self, house: House, alice: Subject
    ) -> None:
        workers = [house.worker() for _ in range(3)]

        def add(worker: Core) -> Face:
            return enrol(worker, NORTH, alice)[0]

        with ThreadPoolExecutor(3) as pool:
            added = list(pool.map(add, workers))

        with house.storage.read() as transaction:
            owner = find_owner(transaction, alice.id)
        assert owner is not None
        assert set(owner.at(NORTH)) == {face.id for face in added}
        assert all(house.vault.get(owner.key, face.template) for face in added)
        kept = list(house.vault.list_older(house.clock() + timedelta(days=1)))
        assert len(kept) == 9

    def test_a_face_that_is_handed_over_leaves_nothing_behind(
        self, house: House, alice: Subject
    ) -> None:
        bob = house.add("bob")
        (face,) = enrol(house.core, NORTH, alice)

        moved = house.core.enrolment.hand_over(NORTH, face.id, bob.id)

        assert (moved.id, moved.subject_id, moved.number) == (face.id, bob.id, bob.number)
        assert self.faces(house, alice) == []
        assert self.faces(house, bob) == [moved]
        kept = list(house.vault.list_older(house.clock() + timedelta(days=1)))
        assert sorted(kept) == sorted(moved.blobs)
        assert house.core.enrolment.open(moved).template == f"{alice.id} 1.0".encode()

    @pytest.mark.parametrize("named", [False, True])
    def test_no_worker_knows_a_face_that_was_removed(
        self, house: House, alice: Subject, *, named: bool
    ) -> None:
        workers = [house.worker() for _ in range(3)]
        enrol(house.core, NORTH, alice, house.add("bob"))
        visit = Visit(NORTH, address=ADDRESS)
        grant = FaceGrant(clip_of(alice), login="alice" if named else None)
        for worker in workers:
            assert worker.recognition.admit(grant, visit).subject.id == alice.id

        house.core.enrolment.remove_all(alice.id)

        for worker in workers:
            with pytest.raises(FaceRefusedError):
                worker.recognition.admit(grant, visit)

    def test_every_worker_knows_a_face_that_was_added(self, house: House, alice: Subject) -> None:
        workers = [house.worker() for _ in range(3)]
        enrol(house.core, NORTH, house.add("bob"))
        visit = Visit(NORTH, address=ADDRESS)
        for worker in workers:
            with pytest.raises(FaceRefusedError):
                worker.recognition.admit(FaceGrant(clip_of(alice)), visit)

        enrol(house.core, NORTH, alice)

        for worker in workers:
            admitted = worker.recognition.admit(FaceGrant(clip_of(alice)), visit)
            assert admitted.subject.id == alice.id

    def test_one_that_goes_between_the_look_and_the_verdict_lets_nobody_in(
        self, house: House, alice: Subject
    ) -> None:
        enrol(house.core, NORTH, alice)

        class Slow(ScriptedEngine):
            def likenesses(self, template: Template, others: Sequence[Template]) -> Sequence[float]:
                found = super().likenesses(template, others)
                house.core.enrolment.remove_all(alice.id)
                return found

        worker = house.core.seeing(Slow())

        with pytest.raises(FaceRefusedError):
            worker.recognition.admit(FaceGrant(clip_of(alice)), Visit(NORTH, address=ADDRESS))

        assert house.results("face-login") == ["face-removed"]
