"""Changing single subjects: what ends with a change, and who is told."""

from uuid import UUID

import pytest

from tests.support.house import NORTH, PASSWORD, SOUTH
from watchword.core.errors import (
    InvalidCredentialsError,
    NotFoundError,
    TokenUnknownError,
    TooManyAttemptsError,
)
from watchword.core.sessions import EndReason
from watchword.core.subjects import SubjectId

STRANGER = SubjectId(UUID(int=404))


@pytest.fixture
def alice(house):
    return house.add("alice@acme.example", "alice")


@pytest.fixture
def admitted(house, alice):
    """Return a session that both workers of the house know."""
    admitted = house.enter(alice.name)
    house.use(admitted)
    return admitted


def reason(house, admitted):
    with house.storage.read() as transaction:
        return transaction.sessions.find(admitted.session.id).end_reason


class TestActive:
    def test_off_ends_every_session_and_on_revives_none(self, house, alice, admitted):
        house.core.directory.set_active(alice.id, active=False)
        assert house.core.access.recall(admitted.token.secret, SOUTH) is None
        assert reason(house, admitted) is EndReason.DISABLED

        house.core.directory.set_active(alice.id, active=True)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)
        assert house.enter()

    def test_on_ends_nothing(self, house, alice, admitted):
        house.core.directory.set_active(alice.id, active=True)

        assert house.use(admitted)

    def test_it_shows_when_the_subject_was_changed(self, house, alice):
        house.clock.advance(hours=1)
        house.core.directory.set_active(alice.id, active=True)

        subject = house.standing().subject
        assert (subject.created_at, subject.modified_at) == (alice.created_at, house.clock())


class TestPassword:
    def test_the_new_one_opens_and_the_old_one_does_not(self, house, alice):
        house.core.directory.set_password(alice.id, "another one")

        assert house.enter(password="another one")
        with pytest.raises(InvalidCredentialsError):
            house.enter()

    def test_it_ends_every_session_but_the_one_to_keep(self, house, alice, admitted):
        kept = house.enter(audience=NORTH)
        house.use(kept)

        house.core.directory.set_password(alice.id, "another one", keep=kept.session.id)

        assert house.use(kept)
        assert reason(house, admitted) is EndReason.PASSWORD_CHANGED
        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    @pytest.mark.parametrize("password", ["", "x" * 4_097])
    def test_an_unusable_one_changes_nothing(self, house, alice, admitted, password):
        with pytest.raises(ValueError, match="1 to 4096 bytes"):
            house.core.directory.set_password(alice.id, password)

        assert house.use(admitted)
        assert house.enter()


class TestRemove:
    def test_it_takes_everything_along_but_the_audit_log(self, house, alice, admitted):
        house.core.directory.remove_subject(alice.id)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)
        with pytest.raises(InvalidCredentialsError):
            house.enter()
        assert "subject.create" in [entry.action for entry in house.audited()]


class TestRecover:
    def test_the_owner_gets_back_in_whatever_had_been_done(self, house, alice, admitted):
        house.core.directory.set_active(alice.id, active=False)
        for login in ("alice", "alice@acme.example"):
            for _ in range(6):
                with pytest.raises((InvalidCredentialsError, TooManyAttemptsError)):
                    house.enter(login, "wrong", address="203.0.113.9")

        recovered = house.core.directory.recover("ALICE", "one time")

        assert recovered.id == alice.id
        for login in ("alice", "alice@acme.example"):
            assert house.enter(login, "one time", address="203.0.113.9")
        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    @pytest.mark.usefixtures("alice")
    def test_the_owner_gets_back_in_where_the_password_was_forgotten(self, house):
        assert house.enter(address="203.0.113.9")
        for login in ("alice", "alice@acme.example"):
            for _ in range(6):
                with pytest.raises((InvalidCredentialsError, TooManyAttemptsError)):
                    house.enter(login, "wrong", address="203.0.113.9")

        house.core.directory.recover("alice", "one time")

        for login in ("alice", "alice@acme.example"):
            assert house.enter(login, "one time", address="203.0.113.9")

    def test_nobody_is_recovered_by_a_login_that_nobody_has(self, house):
        with pytest.raises(NotFoundError) as missing:
            house.core.directory.recover("nobody", "one time")

        assert missing.value.kind == "subject"


@pytest.mark.parametrize(
    "change",
    [
        lambda directory: directory.set_active(STRANGER, active=False),
        lambda directory: directory.set_password(STRANGER, "another one"),
        lambda directory: directory.remove_subject(STRANGER),
    ],
    ids=["set_active", "set_password", "remove_subject"],
)
def test_who_is_not_there_cannot_be_changed(house, change):
    with pytest.raises(NotFoundError) as missing:
        change(house.core.directory)

    assert missing.value.kind == "subject"
    assert house.audited() == []


def test_every_change_is_audited_without_a_secret(house, alice):
    directory = house.core.directory
    directory.set_active(alice.id, active=False)
    directory.set_password(alice.id, "another one")
    directory.recover("alice", "one time")
    directory.remove_subject(alice.id)

    entries = house.audited()
    done = [(entry.action, entry.details.get("fields", "")) for entry in entries]
    assert done == [
        ("subject.create", "all,password,profile north,profile south"),
        ("subject.update", "active"),
        ("subject.update", "password"),
        ("subject.update", "password"),
        ("subject.update", "active"),
        ("subject.recover", ""),
        ("subject.remove", ""),
    ]
    assert {entry.subject_id for entry in entries} == {alice.id}
    assert {entry.login for entry in entries} == {"alice"}
    for secret in (PASSWORD, "another one", "one time", "$argon2"):
        assert secret not in repr(entries)
