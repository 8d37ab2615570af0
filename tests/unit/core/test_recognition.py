"""A face lets its owner in where it may, and tells nobody else anything."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.faces import (
    CROWD,
    EMPTY,
    NOISE,
    STRANGER,
    ScriptedEngine,
    clip_of,
    enrol,
    picture_of,
)
from tests.support.house import ADDRESS, NORTH, PASSWORD, House, entering
from watchword.core.admission import Admitted
from watchword.core.blocklist import Block
from watchword.core.errors import (
    DeviceBlockedError,
    FaceRefusedError,
    InvalidCredentialsError,
    ScopeRefusedError,
    TokenExpiredError,
    TokenUnknownError,
    TooManyAttemptsError,
)
from watchword.core.faces import FaceFault, Factors
from watchword.core.grants import FaceGrant, PasswordGrant, Visit
from watchword.core.sessions import Device, EndReason, Session

HOURS = timedelta(hours=10)


@dataclass
class Door:
    """A house whose north door takes faces; alice and bob are known there."""

    house: House
    engine: ScriptedEngine

    def clip(self, login: str = "alice", likeness: float = 0.9) -> bytes:
        """Return a clip of somebody."""
        return clip_of(self.house.standing(login, NORTH).subject, likeness)

    def show(self, clip: bytes, device: str = "phone", **visit: Any) -> Admitted:
        """Show a clip at the door."""
        asked = replace(Visit(NORTH, device=Device(device), address=ADDRESS), **visit)
        return self.house.core.recognition.admit(FaceGrant(clip), asked)

    def refusal(self, clip: bytes, **visit: Any) -> tuple[FaceFault, str]:
        """Return what a caller and what the audit log is told of a clip that is refused."""
        with pytest.raises(FaceRefusedError) as caught:
            self.show(clip, **visit)
        return caught.value.fault, self.house.results("face-login")[-1]

    def renew(self, session: Session, clip: bytes) -> Session:
        """Show a clip to live on."""
        return self.house.core.recognition.renew(FaceGrant(clip), session, ADDRESS)


@contextmanager
def opened(factors: Factors = Factors.FACE) -> Generator[Door]:
    engine = ScriptedEngine()
    house = House(policy=entering(NORTH, factors), engine=engine)
    for login in ("alice", "bob"):
        enrol(house.core, NORTH, house.add(login))
    yield Door(house, engine)
    house.close()


@pytest.fixture
def door() -> Generator[Door]:
    with opened() as door:
        yield door


class TestWhoIsLetIn:
    @pytest.mark.parametrize("factors", [Factors.FACE, Factors.EITHER])
    def test_a_known_face_opens_where_it_suffices(self, factors: Factors) -> None:
        with opened(factors) as door:
            admitted = door.show(door.clip())

            assert door.house.use(admitted).subject.name == "alice"
            assert door.house.results("face-login") == ["admitted"]

    def test_the_audit_log_says_who_from_where_and_how_alike(self, door: Door) -> None:
        door.show(door.clip(likeness=0.87654))

        (entry,) = door.house.audited("face-login")
        assert entry.login == "alice"
        assert entry.subject_id == door.house.standing("alice", NORTH).subject.id
        assert (entry.audience, entry.address, entry.device_key) == (NORTH, ADDRESS, "phone")
        assert entry.details == {
            "tiers": "motion",
            "motion": "1.000",
            "identity": "1.000",
            "likeness": "0.877",
            "next_likeness": "0.000",
        }

    def test_it_displaces_the_session_on_the_same_device_at_once(self, door: Door) -> None:
        first = door.show(door.clip())
        assert door.house.use(first).session.id == first.session.id

        second = door.show(door.clip())

        with pytest.raises(TokenUnknownError):
            door.house.use(first)
        assert door.house.use(second).session.id == second.session.id

    def test_it_is_granted_scopes_as_a_password_is(self, door: Door) -> None:
        admitted = door.show(door.clip(), scopes=frozenset({"read"}))
        assert admitted.session.scopes == {"read"}

        with pytest.raises(ScopeRefusedError):
            door.show(door.clip(), scopes=frozenset({"write"}))
        assert door.house.results("face-login")[-1] == "scope-refused"

    def test_no_password_opens_where_only_faces_do(self, door: Door) -> None:
        with pytest.raises(InvalidCredentialsError):
            door.house.enter(audience=NORTH)

        assert door.house.results() == ["password-not-taken"]

    def test_nor_is_one_checked_to_be_right(self, door: Door) -> None:
        visit = Visit(NORTH, address=ADDRESS)
        for password in (PASSWORD, "wrong"):
            with pytest.raises(InvalidCredentialsError):
                door.house.core.login.check(PasswordGrant("alice", password), visit)

        assert door.house.results() == ["password-not-taken", "wrong-password"]

    def test_either_opens_where_either_suffices(self) -> None:
        with opened(Factors.EITHER) as door:
            assert door.house.enter(audience=NORTH).subject.name == "alice"
            assert door.show(door.clip()).subject.name == "alice"


class TestWhoIsNot:
    @pytest.mark.parametrize(
        ("clip", "fault"),
        [
            (NOISE, FaceFault.UNREADABLE),
            (EMPTY, FaceFault.NO_FACE),
            (CROWD, FaceFault.SEVERAL),
            (STRANGER, FaceFault.NO_MATCH),
        ],
        ids=str,
    )
    def test_a_clip_that_shows_nobody_known(
        self, door: Door, clip: bytes, fault: FaceFault
    ) -> None:
        assert door.refusal(clip) == (fault, fault.value)

    def test_a_print_of_a_known_face(self, door: Door) -> None:
        picture = picture_of(door.house.standing("alice", NORTH).subject)

        assert door.refusal(picture) == (FaceFault.NOT_LIVE, "not-live")

    def test_a_face_that_is_not_alike_enough(self, door: Door) -> None:
        assert door.show(door.clip(likeness=0.8)).subject.name == "alice"

        assert door.refusal(door.clip(likeness=0.799)) == (FaceFault.NO_MATCH, "no-match")

    def test_where_faces_are_not_taken_no_clip_is_looked_at(self) -> None:
        with opened(Factors.PASSWORD) as door:
            assert door.refusal(door.clip()) == (FaceFault.NO_MATCH, "face-not-taken")
            assert door.engine.shown == 0
            assert not door.house.core.recognition.offered(NORTH)

    def test_without_an_engine_nobody_is_recognised(self) -> None:
        house = House(policy=entering(NORTH, Factors.EITHER))
        door = Door(house, ScriptedEngine())
        house.add("alice")

        assert door.refusal(door.clip()) == (FaceFault.NO_MATCH, "face-not-taken")
        assert not house.core.recognition.offered(NORTH)
        assert house.enter(audience=NORTH).subject.name == "alice"
        house.close()

    def test_a_subject_that_is_switched_off(self, door: Door) -> None:
        subject = door.house.standing("alice", NORTH).subject
        door.house.core.directory.set_active(subject.id, active=False)

        assert door.refusal(door.clip()) == (FaceFault.NO_MATCH, "disabled")

    def test_one_whose_tenant_is_closed(self, door: Door) -> None:
        enrol(door.house.core, NORTH, door.house.add("carol", tenant="Acme"))
        door.house.close_tenant("Acme")

        assert door.refusal(door.clip("carol")) == (FaceFault.NO_MATCH, "disabled")

    def test_one_without_a_profile_here(self, door: Door) -> None:
        dora = door.house.add("dora")
        enrol(door.house.core, NORTH, dora)
        with door.house.storage.write() as transaction:
            transaction.profiles.remove(dora.id, NORTH)

        assert door.refusal(clip_of(dora)) == (FaceFault.NO_MATCH, "disabled")

    def test_one_that_the_gallery_remembers_and_nobody_else(self, door: Door) -> None:
        ghost = door.house.add("ghost")
        enrol(door.house.core, NORTH, ghost)
        with door.house.storage.write() as transaction:
            transaction.subjects.remove(ghost.id)

        assert door.refusal(clip_of(ghost)) == (FaceFault.NO_MATCH, "unknown-subject")

    def test_anybody_on_a_blocked_device(self, door: Door) -> None:
        now = door.house.clock()
        door.house.core.blocklist.add(Block(0, NORTH, "phone", "lost", now))

        for clip in (door.clip(), STRANGER, NOISE):
            with pytest.raises(DeviceBlockedError):
                door.show(clip)
        assert door.show(door.clip(), device="tablet").subject.name == "alice"


class TestCounting:
    """Failures count beside those of passwords (rule 1)."""

    def test_guesses_lock_their_source(self, door: Door) -> None:
        for _ in range(door.house.policy.lockout.free_source_failures):
            assert door.refusal(STRANGER, device="")[1] == "no-match"

        assert door.refusal(door.clip("bob"), device="") == (FaceFault.NO_MATCH, "locked")

    def test_a_source_that_is_locked_for_faces_is_locked_for_passwords(self) -> None:
        with opened(Factors.EITHER) as door:
            for _ in range(door.house.policy.lockout.free_source_failures):
                assert door.refusal(STRANGER, device="")[1] == "no-match"

            with pytest.raises(TooManyAttemptsError):
                door.house.enter(audience=NORTH)

    def test_who_was_let_in_from_there_before_is_let_in(self, door: Door) -> None:
        door.show(door.clip())
        for _ in range(door.house.policy.lockout.free_source_failures):
            door.refusal(STRANGER)

        assert door.show(door.clip()).subject.name == "alice"
        assert door.refusal(door.clip("bob")) == (FaceFault.NO_MATCH, "locked")

    def test_a_login_that_is_locked_for_passwords_is_locked_for_faces(self) -> None:
        with opened(Factors.EITHER) as door:
            for _ in range(door.house.policy.lockout.free_failures):
                with pytest.raises(InvalidCredentialsError):
                    door.house.enter(audience=NORTH, password="wrong")

            assert door.refusal(door.clip()) == (FaceFault.NO_MATCH, "locked")

    @pytest.mark.parametrize("clip", [EMPTY, CROWD, NOISE])
    def test_an_empty_chair_guesses_at_nothing(self, door: Door, clip: bytes) -> None:
        for _ in range(door.house.policy.lockout.free_source_failures + 1):
            door.refusal(clip)

        assert door.show(door.clip("bob")).subject.name == "bob"

    def test_a_right_face_clears_the_failures_before_it(self) -> None:
        with opened(Factors.EITHER) as door:
            free = door.house.policy.lockout.free_failures
            for _ in range(2):
                for _ in range(free - 1):
                    with pytest.raises(InvalidCredentialsError):
                        door.house.enter(audience=NORTH, password="wrong")
                door.show(door.clip(), device="")

            assert door.house.enter(audience=NORTH).subject.name == "alice"


class TestRenewal:
    def test_a_session_lives_on_from_now(self, door: Door) -> None:
        session = door.show(door.clip()).session
        door.house.clock.advance(hours=9)

        renewed = door.renew(session, door.clip())

        assert renewed.expires_at == door.house.clock() + HOURS
        assert door.house.results("face-renewal") == ["renewed"]
        with door.house.storage.read() as transaction:
            assert transaction.sessions.find(session.id) == renewed

    def test_every_worker_knows_of_it_once_it_is_told(self, door: Door) -> None:
        admitted = door.show(door.clip())
        others = [door.house.worker() for _ in range(2)]
        for worker in others:
            worker.access.principal(admitted.token.secret, NORTH)
        door.house.clock.advance(hours=9, minutes=59)

        renewed = door.renew(admitted.session, door.clip())

        for worker in [*others, door.house.core]:
            seen = worker.access.principal(admitted.token.secret, NORTH)
            assert seen.session.expires_at == renewed.expires_at
        door.house.clock.advance(hours=9)
        for worker in others:
            assert worker.access.principal(admitted.token.secret, NORTH).subject.name == "alice"

    def test_what_was_noted_of_its_use_does_not_take_the_time_back(self, door: Door) -> None:
        admitted = door.show(door.clip())
        door.house.use(admitted)
        door.house.clock.advance(hours=1)
        renewed = door.renew(admitted.session, door.clip())

        door.house.core.access.flush()

        with door.house.storage.read() as transaction:
            found = transaction.sessions.find(admitted.session.id)
        assert found is not None
        assert found.expires_at == renewed.expires_at

    @pytest.mark.parametrize("clip", [STRANGER, EMPTY, CROWD, NOISE])
    def test_a_failure_leaves_the_session_as_it_was(self, door: Door, clip: bytes) -> None:
        admitted = door.show(door.clip())

        with pytest.raises(FaceRefusedError):
            door.renew(admitted.session, clip)

        assert door.house.use(admitted).session.expires_at == admitted.session.expires_at

    def test_somebody_elses_face_renews_nothing(self, door: Door) -> None:
        session = door.show(door.clip()).session

        with pytest.raises(FaceRefusedError):
            door.renew(session, door.clip("bob"))

        (entry,) = door.house.audited("face-renewal")
        assert (entry.result, entry.login) == ("no-match", "alice")
        assert (entry.details["session"], entry.details["likeness"]) == (str(session.id), "0.000")

    def test_failures_count_against_the_sessions_own_subject(self, door: Door) -> None:
        session = door.show(door.clip()).session
        for _ in range(door.house.policy.lockout.free_failures):
            with pytest.raises(FaceRefusedError):
                door.renew(session, STRANGER)

        with pytest.raises(FaceRefusedError):
            door.renew(session, door.clip())
        assert door.house.results("face-renewal")[-1] == "locked"

    def test_they_do_not_count_against_the_address_that_others_share(self, door: Door) -> None:
        """Ten people who are looked at every minute would keep an eleventh out of their office."""
        lockout, session = door.house.policy.lockout, door.show(door.clip()).session
        for failures in range(1, lockout.free_source_failures + 1):
            with pytest.raises(FaceRefusedError):
                door.renew(session, STRANGER)
            if failures % (lockout.free_failures - 1) == 0:
                door.renew(session, door.clip())

        assert door.show(door.clip("bob"), device="").subject.name == "bob"

    def test_a_success_ends_the_row_of_failures_before_it(self, door: Door) -> None:
        """Who is looked at every minute fails now and then, and is no stranger for it."""
        session = door.show(door.clip()).session
        for _ in range(3):
            for _ in range(door.house.policy.lockout.free_failures - 1):
                with pytest.raises(FaceRefusedError):
                    door.renew(session, picture_of(door.house.standing("alice", NORTH).subject))

            door.renew(session, door.clip())

        assert door.house.results("face-renewal").count("renewed") == 3

    def test_a_face_alone_prolongs_nothing_where_it_does_not_suffice(self) -> None:
        with opened(Factors.BOTH) as door:
            proof = door.show(door.clip())

            with pytest.raises(FaceRefusedError):
                door.renew(proof.session, door.clip())
            assert door.house.results("face-renewal") == ["face-not-taken"]

    def test_a_subject_that_was_switched_off_meanwhile_is_refused(self, door: Door) -> None:
        session = door.show(door.clip()).session
        with door.house.storage.write() as transaction:
            subject = transaction.subjects.find(session.subject_id)
            assert subject is not None
            transaction.subjects.replace(replace(subject, active=False))

        with pytest.raises(FaceRefusedError):
            door.renew(session, door.clip())
        assert door.house.results("face-renewal") == ["disabled"]

    def test_a_blocked_device_is_refused(self, door: Door) -> None:
        session = door.show(door.clip()).session
        now = door.house.clock()
        door.house.core.blocklist.add(Block(0, NORTH, "phone", "lost", now))

        with pytest.raises(TokenUnknownError):
            door.renew(session, door.clip())

    def test_what_is_over_stays_over(self, door: Door) -> None:
        ended = door.show(door.clip(), device="a").session
        late = door.show(door.clip(), device="b").session
        door.house.core.revocation.end_session(ended, EndReason.LEFT)
        with pytest.raises(TokenUnknownError):
            door.renew(ended, door.clip())

        door.house.clock.advance(hours=10, microseconds=1)

        with pytest.raises(TokenExpiredError):
            door.renew(late, door.clip())


class TestSecrets:
    def test_no_clip_is_ever_shown(self) -> None:
        assert "clip" not in repr(FaceGrant(b"clip"))
