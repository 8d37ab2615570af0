"""Whose face it is: one compared with one, and one looked for among few."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.support.faces import STRANGER, ScriptedEngine, clip_of, enrol
from tests.support.house import ADDRESS, NORTH, House, entering
from watchword.core.audit import Entry
from watchword.core.blobs import BlobId
from watchword.core.errors import FaceRefusedError
from watchword.core.faces import Factors, Template, Tier
from watchword.core.gallery import find_faces, find_owner, replace_face
from watchword.core.grants import FaceGrant, Visit
from watchword.core.policy import FacePolicy
from watchword.core.subjects import Subject


@dataclass
class Measured(ScriptedEngine):
    """An engine that finds everybody as alike as a test says, in the order of their names."""

    alike: dict[str, float] = field(default_factory=dict)
    compared: int = 0

    def likenesses(self, template: Template, others: Sequence[Template]) -> Sequence[float]:
        """Return what the test says of whom the other templates are."""
        assert template.model == self.model
        self.compared += len(others)
        names = [other.vector.decode().split()[0] for other in others]
        return [self.alike[name] for name in names]


@dataclass
class Booth:
    """A house whose north door takes faces that are 0.74 alike, and two people who are known."""

    house: House
    engine: Measured
    alice: Subject
    bob: Subject

    def say(self, alice: float, bob: float) -> None:
        """Say how alike everybody is to whoever comes next."""
        self.engine.alike = {str(self.alice.id): alice, str(self.bob.id): bob}

    def show(self, clip: bytes = STRANGER, **grant: Any) -> str:
        """Show a clip, and return who is let in; or why nobody is, as the audit trail has it."""
        visit = Visit(NORTH, address=ADDRESS)
        try:
            return self.house.core.recognition.admit(FaceGrant(clip, **grant), visit).subject.name
        except FaceRefusedError:
            return self.last.result

    @property
    def last(self) -> Entry:
        """The newest entry about a face login."""
        return self.house.audited("face-login")[-1]


def booth_of(**faces: Any) -> Booth:
    policy = entering(NORTH, Factors.EITHER)
    here = policy.audiences[NORTH]
    entry = replace(here.entry, least_likeness=0.74)
    audiences = {**policy.audiences, NORTH: replace(here, entry=entry)}
    engine = Measured()
    house = House(
        policy=replace(policy, faces=FacePolicy(**faces), audiences=audiences), engine=engine
    )
    alice, bob = house.add("alice"), house.add("bob")
    enrol(house.core, NORTH, alice, bob)
    return Booth(house, engine, alice, bob)


@pytest.fixture
def booth() -> Generator[Booth]:
    booth = booth_of()
    yield booth
    booth.house.close()


class TestOneToOne:
    def test_the_audience_says_how_alike_is_alike_enough(self, booth: Booth) -> None:
        booth.say(alice=0.74, bob=0.99)
        assert booth.show(login="alice") == "alice"

        booth.say(alice=0.7399, bob=0.99)
        assert booth.show(login="alice") == "no-match"

    def test_nobody_else_is_looked_at(self, booth: Booth) -> None:
        booth.say(alice=0.8, bob=0.8)

        assert booth.show(login="ALICE") == "alice"
        assert booth.engine.compared == 1
        assert "next_likeness" not in booth.last.details

    def test_who_has_no_face_is_told_apart_from_who_has_another(self, booth: Booth) -> None:
        booth.house.add("carol")

        assert booth.show(login="carol") == "not-enrolled"
        assert booth.last.login == "carol"

    @pytest.mark.parametrize("login", ["nobody", "x" * 321, "a\x00b", "\ud800", ""])
    def test_a_login_that_is_nobodys_opens_nothing(self, booth: Booth, login: str) -> None:
        booth.say(alice=1.0, bob=0.0)

        assert booth.show(login=login) == "not-enrolled"
        assert booth.engine.compared == 0

    def test_renewal_compares_with_the_sessions_own_subject(self, booth: Booth) -> None:
        booth.say(alice=0.8, bob=0.99)
        session = booth.house.core.recognition.admit(
            FaceGrant(STRANGER, login="alice"), Visit(NORTH, address=ADDRESS)
        ).session

        renewed = booth.house.core.recognition.renew(FaceGrant(STRANGER), session, ADDRESS)

        assert renewed.subject_id == booth.alice.id


class TestOneAmongFew:
    def test_more_likeness_is_asked_for(self, booth: Booth) -> None:
        booth.say(alice=0.766, bob=0.1)
        assert booth.show() == "alice"

        booth.say(alice=0.765, bob=0.1)
        assert booth.show() == "no-match"

    def test_the_audiences_own_threshold_is_never_lowered(self) -> None:
        booth = booth_of(search_likeness=0.1)
        booth.say(alice=0.73, bob=0.1)

        assert booth.show() == "no-match"
        booth.house.close()

    def test_whoever_comes_second_has_to_be_clearly_less_alike(self, booth: Booth) -> None:
        booth.say(alice=0.9, bob=0.8583)
        assert booth.show() == "alice"

        booth.say(alice=0.9, bob=0.8585)
        assert booth.show() == "ambiguous"
        assert booth.last.details["likeness"] == "0.900"
        assert booth.last.details["next_likeness"] == "0.859"

    def test_a_gallery_may_be_too_large_to_be_looked_through(self) -> None:
        booth = booth_of(largest_gallery=1)
        booth.say(alice=1.0, bob=0.0)

        assert booth.show() == "gallery-too-large"
        assert booth.show(login="alice") == "alice"
        booth.house.core.enrolment.remove_all(booth.bob.id)
        assert booth.show() == "alice"
        booth.house.close()

    def test_many_faces_of_few_are_no_large_gallery(self) -> None:
        booth = booth_of(largest_gallery=2, most_faces=3)
        booth.say(alice=1.0, bob=0.0)
        enrol(booth.house.core, NORTH, booth.alice, booth.alice)

        assert booth.show() == "alice"
        booth.house.close()

    def test_a_gallery_that_was_not_read_whole_is_too_large(self) -> None:
        """They enrolled more faces each than they might today: somebody's would be left out."""
        booth = booth_of(largest_gallery=2)
        booth.say(alice=1.0, bob=0.0)
        enrol(booth.house.core, NORTH, booth.alice, booth.alice)
        fewer = FacePolicy(largest_gallery=2, most_faces=1)
        booth.house.policy = replace(booth.house.policy, faces=fewer)
        booth.house.core = booth.house.worker()

        assert booth.show() == "gallery-too-large"
        booth.house.close()

    def test_an_empty_gallery_knows_nobody(self, booth: Booth) -> None:
        for subject in (booth.alice, booth.bob):
            booth.house.core.enrolment.remove_all(subject.id)

        assert booth.show() == "not-enrolled"

    def test_it_is_read_once_while_it_stays_as_it_is(
        self, booth: Booth, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        booth.say(alice=1.0, bob=0.0)
        assert booth.show() == "alice"
        opened: list[BlobId] = []

        def get(_key: bytes, blob_id: BlobId) -> bytes:
            opened.append(blob_id)
            return b""

        monkeypatch.setattr(booth.house.vault, "get", get)

        assert booth.show() == "alice"
        assert opened == []

    def test_of_a_gallery_that_has_changed_what_is_new_is_read(
        self, booth: Booth, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        booth.say(alice=1.0, bob=0.0)
        assert booth.show() == "alice"
        get, opened = booth.house.vault.get, list[BlobId]()

        def counting(key: bytes, blob_id: BlobId) -> bytes:
            opened.append(blob_id)
            return get(key, blob_id)

        (added,) = enrol(booth.house.core, NORTH, booth.alice)
        with booth.house.storage.read() as transaction:
            owner = find_owner(transaction, booth.alice.id)
            assert owner is not None
            own = [face.template for face in find_faces(transaction, owner.at(NORTH))]
        monkeypatch.setattr(booth.house.vault, "get", counting)

        assert booth.show() == "alice"
        assert sorted(opened) == sorted(own)
        assert added.template in opened


class TestMeanwhile:
    def test_a_face_whose_content_went_while_it_was_read_is_passed_over(self, booth: Booth) -> None:
        """Its record goes first; who has read that finds no content, and nobody to compare with."""
        booth.say(alice=1.0, bob=0.0)
        with booth.house.storage.read() as transaction:
            owner = find_owner(transaction, booth.alice.id)
            assert owner is not None
            (face,) = find_faces(transaction, owner.at(NORTH))
        booth.house.vault.remove(face.template)

        assert booth.show(login="alice") == "re-enrol"
        assert booth.show() == "no-match"


class TestAnotherModel:
    def outdate(self, booth: Booth, subject: Subject) -> None:
        """Let another model have made a subject's templates."""
        with booth.house.storage.write() as transaction:
            owner = find_owner(transaction, subject.id)
            assert owner is not None
            for face in find_faces(transaction, owner.at(NORTH)):
                replace_face(transaction, replace(face, model="0" * 64))

    def test_its_templates_are_never_compared(self, booth: Booth) -> None:
        self.outdate(booth, booth.alice)
        booth.say(alice=1.0, bob=0.0)

        assert booth.show(login="alice") == "re-enrol"
        assert booth.show() == "no-match"
        assert booth.engine.compared == 1

    def test_who_enrols_again_is_known_by_the_new_face(self, booth: Booth) -> None:
        self.outdate(booth, booth.alice)
        booth.say(alice=1.0, bob=0.0)

        enrol(booth.house.core, NORTH, booth.alice)

        assert booth.show(login="alice") == "alice"


class TestWhatIsRequired:
    def test_motion_is_always_required(self) -> None:
        engine = ScriptedEngine(tiers=frozenset({Tier.PAD}))
        house = House(policy=entering(NORTH, Factors.FACE), engine=engine)
        alice = house.add("alice")
        enrol(house.core, NORTH, alice)

        with pytest.raises(FaceRefusedError):
            house.core.recognition.admit(FaceGrant(clip_of(alice)), Visit(NORTH, address=ADDRESS))

        (entry,) = house.audited("face-login")
        assert (entry.result, entry.details["lacking"]) == ("not-live", "motion")
        house.close()

    def test_what_the_policy_requires_beside_it_is_required(self) -> None:
        booth = booth_of(require=frozenset({Tier.PAD}))
        booth.say(alice=1.0, bob=0.0)

        assert booth.show() == "not-live"
        assert booth.last.details["lacking"] == "pad"
        booth.house.close()

    def test_a_clip_without_the_challenge_that_is_required_is_not_looked_at(self) -> None:
        booth = booth_of(require=frozenset({Tier.CHALLENGE}))

        for _ in range(60):
            assert booth.show() == "not-live"
        assert booth.engine.shown == 0
        assert booth.last.details == {"lacking": "challenge"}
        booth.house.close()
