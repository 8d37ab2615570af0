"""A proof opens the door once, soon, and only together with the password of the same subject."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.support.faces import ScriptedEngine, clip_of, enrol
from tests.support.house import ADDRESS, NORTH, PASSWORD, SOUTH, House, entering
from watchword.core.admission import Admitted
from watchword.core.blocklist import Block
from watchword.core.errors import (
    CoreError,
    DeviceBlockedError,
    InvalidCredentialsError,
    TokenUnknownError,
    TooManyAttemptsError,
)
from watchword.core.faces import Factors
from watchword.core.grants import FaceGrant, PasswordGrant, Visit
from watchword.core.policy import CredentialCachePolicy, Remember
from watchword.core.sessions import Device, EndReason, SessionFilter
from watchword.core.subjects import Audience
from watchword.core.tokens import Use, digest

MINUTES = timedelta(minutes=5)


@dataclass
class Door:
    """A house whose doors want a face and a password."""

    house: House
    engine: ScriptedEngine

    def prove(self, login: str = "alice", device: str = "phone", at: Audience = SOUTH) -> Admitted:
        """Show a face."""
        visit = Visit(at, device=Device(device), address=ADDRESS)
        clip = clip_of(self.house.standing(login).subject)
        return self.house.core.recognition.admit(FaceGrant(clip), visit)

    def enter(
        self, proof: str, login: str = "alice", device: str = "phone", password: str = PASSWORD
    ) -> Admitted:
        """Log in with a proof."""
        visit = Visit(SOUTH, device=Device(device), address=ADDRESS)
        return self.house.core.login.admit(PasswordGrant(login, password, proof), visit)

    def refusal(self, proof: str, **how: str) -> str:
        """Return how the audit log calls the reason why a proof is refused."""
        with pytest.raises(InvalidCredentialsError):
            self.enter(proof, **how)
        return self.house.results()[-1]


@pytest.fixture
def door() -> Generator[Door]:
    engine = ScriptedEngine()
    house = House(policy=entering(SOUTH, Factors.BOTH), engine=engine)
    for login in ("alice", "bob"):
        house.add(login)
        enrol(house.core, SOUTH, house.standing(login).subject)
        enrol(house.core, NORTH, house.standing(login).subject)
    yield Door(house, engine)
    house.close()


class TestWhatAProofIs:
    def test_it_is_a_session_that_no_call_is_answered_with(self, door: Door) -> None:
        proof = door.prove()

        with pytest.raises(TokenUnknownError):
            door.house.use(proof)
        assert door.house.results("face-login") == ["proved"]

    def test_only_its_digest_is_kept(self, door: Door) -> None:
        proof = door.prove()

        with door.house.storage.read() as transaction:
            found = transaction.standings.find_by_token(digest(proof.token.secret))
        assert found is not None
        assert found[2].use is Use.PROOF
        assert proof.token.secret not in repr(found)
        assert proof.token.secret not in repr(PasswordGrant("alice", PASSWORD, proof.token.secret))

    def test_it_lives_for_five_minutes(self, door: Door) -> None:
        proof = door.prove()

        assert proof.session.expires_at == door.house.clock() + MINUTES
        assert proof.session.device.key == "phone"

    def test_it_ends_no_session_on_its_device(self, door: Door) -> None:
        entered = door.enter(door.prove().token.secret)

        door.prove()

        assert door.house.use(entered).subject.name == "alice"

    def test_it_cannot_be_refreshed(self, door: Door) -> None:
        proof = door.prove()

        assert proof.refresh is None
        with pytest.raises(TokenUnknownError):
            door.house.core.renewal.renew(proof.token.secret, proof.token.secret, SOUTH)


class TestRedeeming:
    def test_the_proof_becomes_the_token_and_its_session_the_session(self, door: Door) -> None:
        proof = door.prove()
        door.house.clock.advance(minutes=4)

        entered = door.enter(proof.token.secret)

        assert entered.token == proof.token
        assert entered.session.id == proof.session.id
        assert door.house.use(entered).subject.name == "alice"
        assert door.house.results() == ["admitted"]

    def test_the_session_lives_as_long_as_any_that_begins_now(self, door: Door) -> None:
        proof = door.prove()
        door.house.clock.advance(minutes=4)
        now = door.house.clock()

        entered = door.enter(proof.token.secret)

        assert entered.session.opened_at == proof.session.opened_at
        assert entered.session.seen_at == now
        assert entered.session.expires_at == now + timedelta(minutes=15)
        assert entered.session.deadline == now + timedelta(days=1)
        with door.house.storage.read() as transaction:
            assert transaction.sessions.find(entered.session.id) == entered.session

    def test_it_hands_out_a_refresh_token_where_there_are_such(self, door: Door) -> None:
        entered = door.enter(door.prove().token.secret)

        assert entered.refresh is not None
        renewed = door.house.core.renewal.renew(entered.token.secret, entered.refresh.secret, SOUTH)
        assert door.house.use(renewed).subject.name == "alice"

    def test_it_ends_the_other_sessions_on_the_device_where_one_is_all(self) -> None:
        engine = ScriptedEngine()
        house = House(policy=entering(NORTH, Factors.BOTH), engine=engine)
        enrol(house.core, NORTH, house.add("alice"))
        visit = Visit(NORTH, device=Device("phone"), address=ADDRESS)
        clip = FaceGrant(clip_of(house.standing().subject))

        def enter() -> Admitted:
            proof = house.core.recognition.admit(clip, visit)
            return house.core.login.admit(
                PasswordGrant("alice", PASSWORD, proof.token.secret), visit
            )

        first = enter()
        assert house.use(first).subject.name == "alice"
        lost = house.core.recognition.admit(clip, visit)
        second = enter()

        with house.storage.read() as transaction:
            living = transaction.sessions.list_living(SessionFilter(), house.clock(), 10)
        assert [each.id for each in living] == [second.session.id]
        assert lost.session.id != second.session.id
        with pytest.raises(TokenUnknownError):
            house.use(first)
        house.close()


class TestRefusals:
    """All sound the same; the audit log tells them apart."""

    def test_without_a_proof_no_password_opens(self, door: Door) -> None:
        assert door.refusal("") == "proof-missing"

    def test_one_that_nobody_minted(self, door: Door) -> None:
        assert door.refusal("f" * 128) == "proof-unknown"

    def test_a_refresh_token_is_none(self, door: Door) -> None:
        entered = door.enter(door.prove().token.secret)
        assert entered.refresh is not None

        assert door.refusal(entered.refresh.secret) == "proof-unknown"

    def test_one_of_somebody_else(self, door: Door) -> None:
        assert door.refusal(door.prove("bob").token.secret) == "proof-foreign"

    def test_one_for_another_door(self) -> None:
        engine = ScriptedEngine()
        policy = entering(SOUTH, Factors.BOTH)
        audiences = {**policy.audiences, NORTH: entering(NORTH, Factors.BOTH).audiences[NORTH]}
        house = House(policy=replace(policy, audiences=audiences), engine=engine)
        enrol(house.core, NORTH, house.add("alice"))
        door = Door(house, engine)

        proof = door.prove(at=NORTH)

        assert door.refusal(proof.token.secret) == "proof-foreign"
        house.close()

    def test_one_from_another_device(self, door: Door) -> None:
        proof = door.prove().token.secret

        assert door.refusal(proof, device="tablet") == "proof-wrong-device"
        assert door.refusal(proof, device="") == "proof-wrong-device"

    def test_one_that_was_redeemed(self, door: Door) -> None:
        proof = door.prove().token.secret
        entered = door.enter(proof)

        assert door.refusal(proof) == "proof-replayed"
        assert door.house.use(entered).subject.name == "alice"

    def test_one_that_is_late(self, door: Door) -> None:
        proof = door.prove().token.secret
        door.house.clock.advance(minutes=5)
        assert door.enter(proof).token.secret == proof

        late = door.prove().token.secret
        door.house.clock.advance(minutes=5, microseconds=1)
        assert door.refusal(late) == "proof-expired"

    def test_one_that_was_closed_like_a_session(self, door: Door) -> None:
        proof = door.prove()
        door.house.core.revocation.end_session(proof.session, EndReason.REVOKED)

        assert door.refusal(proof.token.secret) == "proof-ended"

    def test_one_from_before_a_new_password(self, door: Door) -> None:
        proof = door.prove()
        subject = proof.subject
        door.house.core.directory.set_password(subject.id, "another horse")

        assert door.refusal(proof.token.secret, password="another horse") == "proof-ended"

    def test_a_subject_that_was_switched_off_meanwhile(self, door: Door) -> None:
        proof = door.prove()
        door.house.core.directory.set_active(proof.subject.id, active=False)

        assert door.refusal(proof.token.secret) == "disabled"

    def test_and_back_on_has_to_show_its_face_again(self, door: Door) -> None:
        proof = door.prove()
        for active in (False, True):
            door.house.core.directory.set_active(proof.subject.id, active=active)

        assert door.refusal(proof.token.secret) == "proof-ended"

    def test_a_tenant_that_was_closed_meanwhile(self, door: Door) -> None:
        subject = door.house.add("carol", tenant="Acme")
        enrol(door.house.core, SOUTH, subject)
        proof = door.prove("carol").token.secret
        door.house.close_tenant("Acme")

        assert door.refusal(proof, login="carol") == "disabled"

    def test_a_device_that_was_blocked_meanwhile(self, door: Door) -> None:
        proof = door.prove()
        now = door.house.clock()
        door.house.core.blocklist.add(Block(0, SOUTH, "phone", "lost", now))

        with pytest.raises(DeviceBlockedError):
            door.enter(proof.token.secret)

    def test_a_wrong_password_leaves_the_proof_as_it_was(self, door: Door) -> None:
        proof = door.prove().token.secret

        assert door.refusal(proof, password="wrong") == "wrong-password"
        assert door.enter(proof).subject.name == "alice"

    def test_whatever_the_reason_the_refusal_tells_nothing(self, door: Door) -> None:
        bobs, late = door.prove("bob").token.secret, door.prove().token.secret
        door.house.clock.advance(minutes=6)
        refusals: list[CoreError] = []
        for proof in ("", "x", bobs, late):
            with pytest.raises(InvalidCredentialsError) as caught:
                door.enter(proof)
            refusals.append(caught.value)

        assert [vars(each) for each in refusals] == [{}] * 4

    def test_bad_proofs_count_as_guesses(self, door: Door) -> None:
        proof = door.prove().token.secret
        for _ in range(door.house.policy.lockout.free_failures):
            assert door.refusal("x") == "proof-unknown"

        with pytest.raises(TooManyAttemptsError):
            door.enter(proof)

    def test_faces_pay_for_no_guesses_at_passwords(self, door: Door) -> None:
        free = door.house.policy.lockout.free_failures
        for _ in range(free - 1):
            door.refusal(door.prove().token.secret, password="wrong")
        proof = door.prove().token.secret

        assert door.refusal(proof, password="wrong") == "wrong-password"
        with pytest.raises(TooManyAttemptsError):
            door.enter(proof)


class TestRemembering:
    def test_a_password_that_is_remembered_needs_a_proof_as_well(self) -> None:
        engine = ScriptedEngine()
        policy = replace(
            entering(SOUTH, Factors.BOTH),
            credential_cache=CredentialCachePolicy(remember=Remember.EVERYBODY),
        )
        house = House(policy=policy, engine=engine)
        enrol(house.core, SOUTH, house.add("alice"))
        door = Door(house, engine)

        for _ in range(2):
            assert door.enter(door.prove().token.secret).subject.name == "alice"

        assert door.refusal("") == "proof-missing"
        house.close()


class TestCheckingAlone:
    def test_credentials_are_judged_without_a_proof(self, door: Door) -> None:
        visit = Visit(SOUTH, device=Device("phone"), address=ADDRESS)

        door.house.core.login.check(PasswordGrant("alice", PASSWORD), visit)

        assert door.house.results() == ["verified"]


class TestSweeping:
    def test_a_lost_proof_goes_an_hour_after_its_end(self, door: Door) -> None:
        proof = door.prove().token.secret
        door.house.clock.advance(minutes=65)
        assert door.house.core.purge()["proofs"] == 0
        assert door.refusal(proof) == "proof-expired"

        door.house.clock.advance(microseconds=1)

        assert door.house.core.purge()["proofs"] == 1
        assert door.refusal(proof) == "proof-unknown"

    def test_the_session_of_a_redeemed_one_stays(self, door: Door) -> None:
        entered = door.enter(door.prove().token.secret)
        door.house.clock.advance(hours=2)

        door.house.core.purge()

        with door.house.storage.read() as transaction:
            assert transaction.sessions.find(entered.session.id) is not None
