"""The core as a whole: housekeeping, and what none of its records may print."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.support.house import PASSWORD, POLICY, House
from tests.support.world import START
from watchword.core.admission import Admitted
from watchword.core.errors import (
    CoreError,
    InvalidCredentialsError,
    NotFoundError,
    TooManyAttemptsError,
)
from watchword.core.grants import PasswordGrant
from watchword.core.policy import LockoutPolicy
from watchword.core.seeding import SubjectDraft
from watchword.core.sessions import Session, SessionId
from watchword.core.subjects import Audience, Credential, Standing, Subject, SubjectId
from watchword.core.tokens import Token, TokenDigest, TokenRecord, Use
from watchword.web.fields import Fields
from watchword.web.messages import Reply, Request

SECRET = "s3cr3t"
SUBJECT = Subject(SubjectId(UUID(int=1)), ("alice",), "", START, START)
SESSION = Session(SUBJECT.id, Audience("north"), START, START, START, nonce=SECRET.encode())


@pytest.mark.parametrize(
    "record",
    [
        PasswordGrant("alice", SECRET),
        SubjectDraft(("alice",), password=SECRET, password_hash=SECRET),
        Credential(SECRET),
        Standing(SUBJECT, None, None, SECRET),
        Token(SECRET),
        TokenRecord(TokenDigest(SECRET.encode()), SessionId(1), Use.ACCESS),
        SESSION,
        Admitted(SUBJECT, None, None, SESSION, Token(SECRET), Token(SECRET)),
        Request("POST", "/", [(b"authorization", SECRET.encode())], SECRET.encode(), b"s3cr3t"),
        Reply(200, SECRET.encode(), [(b"set-cookie", SECRET.encode())]),
        Fields({"password": SECRET}),
    ],
    ids=lambda record: type(record).__name__,
)
def test_no_record_prints_the_secret_that_it_holds(record):
    assert SECRET not in repr(record)
    assert SECRET not in f"{record}"


def test_what_is_under_way_in_a_service_prints_no_secret(house):
    house.add("robot", service=True)
    house.enter("robot")

    printed = repr(house.core)

    assert PASSWORD not in printed
    assert house.standing("robot").password not in printed


class TestPurge:
    def test_sessions_stay_a_month_after_their_end(self, house):
        house.add("alice")
        session = house.enter().session
        house.clock.time = session.expires_at + timedelta(days=30)
        assert house.core.purge()["sessions"] == 0

        house.clock.advance(microseconds=1)

        assert house.core.purge()["sessions"] == 1

    def test_a_replay_is_recognised_for_as_long(self, house):
        house.add("alice")
        first = house.enter()
        house.use(house.core.renewal.renew(first.token.secret, first.refresh.secret, "south"))
        house.clock.advance(days=29)
        house.core.purge()

        with pytest.raises(CoreError):
            house.core.renewal.renew(first.token.secret, first.refresh.secret, "south")

        assert house.results("renew")[-1] == "replayed"

    def test_failures_go_when_they_are_forgotten(self, house):
        with pytest.raises(InvalidCredentialsError):
            house.enter()
        house.clock.advance(hours=1)
        assert house.core.purge()["attempts"] == 0

        house.clock.advance(microseconds=1)

        assert house.core.purge()["attempts"] == 2

    def test_no_lock_is_opened_by_it(self):
        lockout = LockoutPolicy(
            free_failures=1,
            first_lock=timedelta(hours=3),
            longest_lock=timedelta(hours=3),
            forget_after=timedelta(hours=1),
        )
        house = House(replace(POLICY, lockout=lockout))
        house.add("alice")
        with pytest.raises(InvalidCredentialsError):
            house.enter(password="wrong")
        house.clock.advance(hours=2)

        house.core.purge()

        with pytest.raises(TooManyAttemptsError):
            house.enter()
        house.close()

    def test_devices_go_half_a_year_after_they_were_seen(self, house):
        alice = house.add("alice")
        house.enter(device="phone")
        house.clock.advance(days=180, microseconds=1)

        assert house.core.purge()["devices"] == 2
        with house.storage.read() as transaction:
            assert not transaction.devices.knows(alice.id, ["phone"])


def test_a_refusal_carries_facts_and_no_status():
    assert NotFoundError("tenant").kind == "tenant"
    assert not {"status", "status_code"} & set(dir(NotFoundError("tenant")))


class TestSweep:
    def test_what_nobody_refers_to_goes_after_an_hour(self, house):
        vault, key = house.vault, house.vault.new_key()
        kept, lost = vault.put(key, b"kept"), vault.put(key, b"lost")
        with house.storage.write() as transaction:
            transaction.blobs.add(kept.id)
        house.clock.advance(hours=1)
        assert house.core.sweep() == 0

        house.clock.advance(microseconds=1)
        young = vault.put(key, b"young")

        assert house.core.sweep() == 1
        assert vault.get(key, kept.id) == b"kept"
        assert vault.get(key, young.id) == b"young"
        with pytest.raises(NotFoundError):
            vault.get(key, lost.id)

    def test_any_number_goes(self, house, monkeypatch):
        monkeypatch.setattr("watchword.core.core.PURGE_BATCH", 2)
        key = house.vault.new_key()
        for _ in range(5):
            house.vault.put(key, b"lost")
        house.clock.advance(days=1)

        assert house.core.sweep() == 5
