"""Faces are enrolled with consent, kept sealed, shown to whose they are, and go in time."""

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from tests.support.faces import NOBODY, ScriptedEngine, enrol, photo_of
from tests.support.house import NORTH, SOUTH, House, entering
from watchword.core.audit import Actor
from watchword.core.blobs import Blob, BlobId
from watchword.core.core import Core
from watchword.core.enrolment import NewFace
from watchword.core.errors import FaceRefusedError, NotFoundError, StorageUnavailableError
from watchword.core.faces import FaceBox, FaceFault, Factors
from watchword.core.gallery import Face, list_faces
from watchword.core.policy import FacePolicy
from watchword.core.shelf import ColdError, insist
from watchword.core.subjects import Subject

DAY = timedelta(days=1)


def house_of(**faces: Any) -> House:
    policy = replace(entering(NORTH, Factors.EITHER), faces=FacePolicy(**faces))
    return House(policy=policy, engine=ScriptedEngine())


@pytest.fixture
def house() -> Generator[House]:
    house = house_of()
    yield house
    house.close()


@pytest.fixture
def alice(house: House) -> Subject:
    return house.add("alice")


Interfere: TypeAlias = Callable[[int, Callable[[], object]], None]


@pytest.fixture
def interfere(house: House, monkeypatch: pytest.MonkeyPatch) -> Interfere:
    """Return what does something so often right after content was sealed."""
    put, acting = house.vault.put, [False]

    def begin(times: int, act: Callable[[], object]) -> None:
        left = [times]

        def putting(key: bytes, content: bytes) -> Blob:
            blob = put(key, content)
            if left[0] and not acting[0]:
                left[0] -= 1
                acting[0] = True
                act()
                acting[0] = False
            return blob

        monkeypatch.setattr(house.vault, "put", putting)

    return begin


def new_face(house: House, subject: Subject, **more: Any) -> NewFace:
    photo = photo_of(subject)
    (found,) = house.core.enrolment.find(photo)
    return replace(NewFace(NORTH, subject.id, photo, "me.jpg", found, "login"), **more)


def kept(house: House) -> list[Face]:
    with house.storage.read() as transaction:
        return list(list_faces(transaction, None))


def sealed(house: House) -> list[BlobId]:
    return list(house.vault.list_older(house.clock() + DAY))


class TestConsent:
    def test_it_says_who_gave_it_when_for_what_and_until_when(
        self, house: House, alice: Subject
    ) -> None:
        until = house.clock() + 90 * DAY
        actor = Actor(alice.id, "alice", NORTH)

        face = house.core.enrolment.enrol(new_face(house, alice, until=until), by=actor)

        assert (face.consent.by, face.consent.at) == ("alice", house.clock())
        assert (face.consent.purpose, face.consent.until) == ("login", until)

    def test_without_a_word_it_ends_with_the_retention(self) -> None:
        house = house_of(retention=30 * DAY)
        alice = house.add("alice")

        face = house.core.enrolment.enrol(new_face(house, alice))

        assert face.consent.until == house.clock() + 30 * DAY
        house.close()

    def test_or_never(self, house: House, alice: Subject) -> None:
        assert house.core.enrolment.enrol(new_face(house, alice)).consent.until is None


class TestWhatIsKept:
    def test_no_photo_where_the_policy_says_so(self, house: House, alice: Subject) -> None:
        face = house.core.enrolment.enrol(new_face(house, alice))

        assert (face.photo, face.thumbnail) == (None, None)
        assert sealed(house) == [face.template]
        opened = house.core.enrolment.open(face)
        assert (opened.photo, opened.thumbnail) == (None, None)
        assert house.core.enrolment.thumbnail(face) is None

    def test_photo_and_thumbnail_where_it_says_so(self) -> None:
        house = house_of(keep_photos=True)
        alice = house.add("alice")

        face = house.core.enrolment.enrol(new_face(house, alice))

        opened = house.core.enrolment.open(face)
        assert opened.photo == photo_of(alice)
        assert opened.thumbnail == f"crop of {alice.id}".encode()
        assert opened.template == f"{alice.id} 1.0".encode()
        house.close()

    def test_a_name_that_would_forge_a_line_is_made_harmless(
        self, house: House, alice: Subject
    ) -> None:
        face = house.core.enrolment.enrol(new_face(house, alice, photo_name="a\nb" + "x" * 999))

        assert face.photo_name.startswith("a\\nbx")
        assert len(face.photo_name) == 255

    def test_no_secret_shows_in_what_is_printed(self, house: House, alice: Subject) -> None:
        new = new_face(house, alice)
        face = house.core.enrolment.enrol(new)

        shown = repr((new, house.core.enrolment.open(face)))

        assert "photo of" not in shown
        assert f"{alice.id} 1.0" not in shown

    def test_faces_of_one_moment_have_ids_of_their_own(self, house: House, alice: Subject) -> None:
        ids = [house.core.enrolment.enrol(new_face(house, alice)).id for _ in range(3)]

        assert [int(each) - int(ids[0]) for each in ids] == [0, 1, 2]


class TestWhatIsRefused:
    @pytest.mark.parametrize("photo", [b"\x00", b"", b"clip of nobody"])
    def test_what_is_no_photo(self, house: House, photo: bytes) -> None:
        with pytest.raises(FaceRefusedError, match="unreadable"):
            house.core.enrolment.find(photo)

    def test_a_photo_of_nobody_has_no_face(self, house: House) -> None:
        assert list(house.core.enrolment.find(NOBODY)) == []

    def test_anything_without_an_engine(self) -> None:
        house = House(policy=entering(NORTH, Factors.EITHER))
        engine, alice = ScriptedEngine(), house.add("alice")
        found = engine.find(photo_of(alice))
        assert not isinstance(found, FaceFault)
        new = NewFace(NORTH, alice.id, photo_of(alice), "me.jpg", found[0], "login")

        with pytest.raises(FaceRefusedError):
            house.core.enrolment.find(photo_of(alice))
        with pytest.raises(FaceRefusedError):
            house.core.enrolment.enrol(new)
        assert sealed(house) == []
        house.close()

    def test_a_face_unlike_the_others_of_its_subject(self, house: House, alice: Subject) -> None:
        (first,) = enrol(house.core, NORTH, alice)
        (stranger,) = house.core.enrolment.find(photo_of("stranger"))

        with pytest.raises(FaceRefusedError, match="no-match"):
            house.core.enrolment.enrol(new_face(house, alice, found=stranger))

        assert kept(house) == [first]
        assert sealed(house) == [first.template]

    def test_at_another_audience_it_may_be_another_face(self, house: House, alice: Subject) -> None:
        enrol(house.core, NORTH, alice)
        (stranger,) = house.core.enrolment.find(photo_of("stranger"))

        face = house.core.enrolment.enrol(new_face(house, alice, found=stranger, audience=SOUTH))

        assert face.audience == SOUTH

    def test_what_is_not_there_is_not_found(self, house: House, alice: Subject) -> None:
        (face,) = enrol(house.core, NORTH, alice)
        box, enrolment = FaceBox(0, 0, 1, 1), house.core.enrolment
        for name in ("7", "", "\x00"):
            with pytest.raises(NotFoundError):
                enrolment.remove(NORTH, name)
            with pytest.raises(NotFoundError):
                enrolment.move(NORTH, name, box)
            with pytest.raises(NotFoundError):
                enrolment.hand_over(NORTH, name, alice.id)
        with pytest.raises(NotFoundError):
            enrolment.remove(SOUTH, face.id)

    def test_what_went_meanwhile_cannot_be_opened(self, house: House, alice: Subject) -> None:
        (face,) = enrol(house.core, NORTH, alice)
        house.core.enrolment.remove_all(alice.id)

        with pytest.raises(NotFoundError):
            house.core.enrolment.open(face)
        assert house.core.enrolment.thumbnail(face) is None


class TestMeanwhile:
    """The key that content was sealed under may be gone when its record is stored (rule 1)."""

    def test_a_first_face_beside_another_first_one_is_sealed_once_more(
        self, house: House, alice: Subject, interfere: Interfere
    ) -> None:
        done: list[Face] = []
        interfere(1, lambda: done.extend(enrol(house.core, NORTH, alice)))

        face = house.core.enrolment.enrol(new_face(house, alice))

        assert {each.id for each in kept(house)} == {face.id, done[0].id}
        assert sorted(sealed(house)) == sorted([face.template, done[0].template])
        assert house.core.enrolment.open(face).template

    @pytest.mark.parametrize("elsewhere", [False, True])
    def test_of_two_first_faces_that_are_not_alike_one_is_refused(
        self, house: House, alice: Subject, interfere: Interfere, *, elsewhere: bool
    ) -> None:
        """Neither found one to be compared with; with a key from elsewhere neither (rule 3)."""
        if elsewhere:
            enrol(house.core, SOUTH, alice)
        before = kept(house)
        (stranger,) = house.core.enrolment.find(photo_of("stranger"))
        done: list[Face] = []
        new = new_face(house, alice, found=stranger)
        interfere(1, lambda: done.append(house.core.enrolment.enrol(new)))

        with pytest.raises(FaceRefusedError, match="no-match"):
            house.core.enrolment.enrol(new_face(house, alice))

        assert kept(house) == [*before, *done]
        assert len(sealed(house)) == len(kept(house))

    def test_the_key_of_faces_that_went_is_not_used_again(
        self, house: House, alice: Subject, interfere: Interfere
    ) -> None:
        (old,) = enrol(house.core, NORTH, alice)
        interfere(1, lambda: house.core.enrolment.remove_all(alice.id))

        face = house.core.enrolment.enrol(new_face(house, alice))

        assert kept(house) == [face]
        assert old.template not in sealed(house)
        assert len(sealed(house)) == 1

    def test_it_is_given_up_after_some_time_and_leaves_nothing(
        self, house: House, alice: Subject, interfere: Interfere
    ) -> None:
        enrol(house.core, NORTH, alice)

        def swap() -> None:
            house.core.enrolment.remove_all(alice.id)
            enrol(house.core, NORTH, alice)

        interfere(3, swap)

        with pytest.raises(StorageUnavailableError):
            house.core.enrolment.enrol(new_face(house, alice))

        assert len(kept(house)) == 1
        assert len(sealed(house)) == 1


class TestHandingOver:
    def test_to_whom_it_belongs_already_changes_nothing(self, house: House, alice: Subject) -> None:
        (face,) = enrol(house.core, NORTH, alice)

        assert house.core.enrolment.hand_over(NORTH, face.id, alice.id) == face

    def test_the_trail_says_from_whom_it_went_and_to_whom_it_came(
        self, house: House, alice: Subject
    ) -> None:
        bob = house.add("bob")
        (face,) = enrol(house.core, NORTH, alice)

        house.core.enrolment.hand_over(NORTH, face.id, bob.id)

        (gone,) = house.audited("face.remove")
        came = house.audited("face.enrol")[-1]
        assert (gone.login, came.login) == ("alice", "bob")
        assert gone.details["face"] == came.details["face"] == face.id

    def test_whoever_has_a_first_face_meanwhile_is_given_it_all_the_same(
        self, house: House, alice: Subject, interfere: Interfere
    ) -> None:
        bob = house.add("bob")
        (face,) = enrol(house.core, NORTH, alice)
        (found,) = house.core.enrolment.find(photo_of(alice))
        interfere(1, lambda: house.core.enrolment.enrol(new_face(house, bob, found=found)))

        given = house.core.enrolment.hand_over(NORTH, face.id, bob.id)

        assert (given.id, given.subject_id) == (face.id, bob.id)
        assert [each.subject_id for each in kept(house)] == [bob.id, bob.id]

    def test_and_where_that_is_somebody_elses_it_stays_where_it_is(
        self, house: House, alice: Subject, interfere: Interfere
    ) -> None:
        bob = house.add("bob")
        (face,) = enrol(house.core, NORTH, alice)
        interfere(1, lambda: enrol(house.core, NORTH, bob))

        with pytest.raises(FaceRefusedError, match="no-match"):
            house.core.enrolment.hand_over(NORTH, face.id, bob.id)

        assert face in kept(house)
        assert house.core.enrolment.open(face).template

    def test_one_that_goes_meanwhile_is_nobodys(
        self, house: House, alice: Subject, interfere: Interfere
    ) -> None:
        bob = house.add("bob")
        (face,) = enrol(house.core, NORTH, alice)
        interfere(1, lambda: house.core.enrolment.remove(NORTH, face.id))

        with pytest.raises(NotFoundError, match="face"):
            house.core.enrolment.hand_over(NORTH, face.id, bob.id)

        assert kept(house) == []
        assert sealed(house) == []


class TestTheSweep:
    def at(self, house: House, subject: Subject, until: datetime | None) -> Face:
        return house.core.enrolment.enrol(new_face(house, subject, until=until))

    def test_a_face_goes_when_its_consent_ends(self, house: House, alice: Subject) -> None:
        self.at(house, alice, house.clock() + DAY)
        stays = self.at(house, alice, house.clock() + 3 * DAY)
        forever = self.at(house, alice, None)
        assert house.core.enrolment.sweep() == 0
        house.clock.advance(days=1)

        assert house.core.enrolment.sweep() == 1

        assert {each.id for each in kept(house)} == {stays.id, forever.id}
        assert len(sealed(house)) == 2
        (entry,) = house.audited("face.remove")
        assert (entry.login, entry.details["reason"]) == ("alice", "consent ended")

    def test_a_face_goes_when_it_is_older_than_the_policy_allows(self) -> None:
        house = house_of(retention=10 * DAY)
        alice = house.add("alice")
        house.core.enrolment.enrol(new_face(house, alice, until=house.clock() + 99 * DAY))
        house.clock.advance(days=10)

        assert house.core.purge()["faces"] == 1

        assert kept(house) == []
        assert house.audited("face.remove")[0].details["reason"] == "kept long enough"
        house.close()


class TestAtHand:
    def faces(self, worker: Core, subject: Subject) -> tuple[str, ...]:
        """Return what a worker recalls; it reads where it cannot."""
        return insist(lambda: worker.enrolment.recall(NORTH, subject.id))

    def test_nothing_is_recalled_that_was_not_read(self, house: House, alice: Subject) -> None:
        with pytest.raises(ColdError):
            house.core.enrolment.recall(NORTH, alice.id)

    def test_what_was_read_is_recalled_without_another_look(
        self, house: House, alice: Subject
    ) -> None:
        (face,) = enrol(house.core, NORTH, alice)
        assert self.faces(house.core, alice) == (face.id,)

        assert house.core.enrolment.recall(NORTH, alice.id) == (face.id,)
        assert house.core.enrolment.recall(SOUTH, alice.id) == ()

    def test_every_worker_looks_again_after_any_change(self, house: House, alice: Subject) -> None:
        workers = [house.worker() for _ in range(2)]
        bob = house.add("bob")

        def known() -> list[tuple[str, ...]]:
            return [self.faces(worker, alice) for worker in workers]

        assert known() == [(), ()]
        (one,), (two,) = enrol(house.core, NORTH, alice), enrol(house.core, NORTH, alice)
        assert known() == [(one.id, two.id)] * 2
        house.core.enrolment.remove(NORTH, one.id)
        assert known() == [(two.id,)] * 2
        house.core.enrolment.hand_over(NORTH, two.id, bob.id)
        assert known() == [(), ()]
        assert [self.faces(worker, bob) for worker in workers] == [(two.id,)] * 2
        house.core.directory.remove_profile(bob.id, NORTH)
        assert [self.faces(worker, bob) for worker in workers] == [(), ()]

    def test_so_many_are_at_hand_and_no_more(
        self, house: House, alice: Subject, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("watchword.core.enrolment.MOST_SEEN", 1)
        assert self.faces(house.core, alice) == ()
        assert self.faces(house.core, house.add("bob")) == ()

        with pytest.raises(ColdError):
            house.core.enrolment.recall(NORTH, alice.id)
