"""Letting subjects in: every refusal, what is written down of it, and what changes in between."""

import base64
import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.house import ADDRESS, EVERYWHERE, NORTH, PASSWORD, POLICY, SOUTH, House
from tests.support.passwords import CountingPasswords
from tests.support.storages import WatchedStorage
from watchword.core.errors import (
    CoreError,
    InvalidCredentialsError,
    OverloadedError,
    ScopeRefusedError,
    TenantClosedError,
    TokenUnknownError,
    TooManyAttemptsError,
)
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.policy import LockoutPolicy, PasswordPolicy
from watchword.core.sessions import EndReason
from watchword.core.subjects import LONGEST_LOGIN, Credential

DJANGO = (
    "pbkdf2_sha256$1000$salt$"
    + base64.b64encode(hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt", 1_000)).decode()
)


def fail(house: House, times: int = 1, password: str = "wrong", **visit: Any) -> None:
    """Give a wrong password that many times."""
    for _ in range(times):
        with suppress(InvalidCredentialsError, TooManyAttemptsError):
            house.enter(password=password, **visit)


class TestAdmission:
    def test_the_right_password_opens_a_session_and_hands_out_its_tokens(self, house):
        alice = house.add("alice@acme.example", "alice")

        admitted = house.enter("alice", device="phone")

        session = admitted.session
        assert admitted.subject == alice
        assert (session.subject_id, session.audience) == (alice.id, SOUTH)
        assert (session.device.key, session.address) == ("phone", ADDRESS)
        assert session.opened_at == session.seen_at == house.clock()
        assert admitted.refresh is not None
        assert house.use(admitted).session.id == session.id

    def test_the_login_may_be_written_in_any_case_and_form(self, house):
        alice = house.add("Alice")

        assert house.enter(" \uff21LICE ").subject == alice

    def test_each_of_several_logins_opens(self, house):
        alice = house.add("alice@acme.example", "alice")

        assert house.enter("alice@acme.example").subject == house.enter("alice").subject == alice

    def test_a_strict_session_ends_ten_hours_later_whatever_happens(self, house):
        house.add("alice")

        session = house.enter(audience=NORTH).session

        assert session.expires_at == session.deadline == house.clock() + timedelta(hours=10)

    def test_a_sliding_session_has_the_deadline_of_its_policy(self, house):
        house.add("alice")

        session = house.enter().session

        assert session.expires_at == house.clock() + timedelta(minutes=15)
        assert session.deadline == house.clock() + timedelta(days=1)

    def test_no_refresh_token_where_the_audience_has_none(self, house):
        house.add("alice")

        assert house.enter(audience=NORTH).refresh is None

    def test_granted_scopes_are_in_the_session(self, house):
        house.add("alice")

        assert house.enter(audience=NORTH, scopes=["read"]).session.scopes == {"read"}

    def test_the_admission_is_audited_with_who_where_and_which_tenant(self, house):
        alice = house.add("alice", tenant="Acme")

        house.enter(device="phone")

        [entry] = house.audited("login")
        assert (entry.result, entry.audience, entry.login) == ("admitted", SOUTH, "alice")
        assert (entry.subject_id, entry.tenant_id) == (alice.id, alice.tenant_id)
        assert (entry.address, entry.device_key) == (ADDRESS, "phone")

    def test_no_secret_reaches_the_audit_log_or_what_is_printed(self, house):
        house.add("alice")
        admitted = house.enter()

        printed = repr(admitted) + repr(house.audited()) + repr(house.standing())

        for secret in (PASSWORD, admitted.token.secret, admitted.refresh.secret, "$argon2id"):
            assert secret not in printed


class TestDisplacement:
    def test_a_second_login_on_a_device_ends_the_first_where_the_policy_says_so(self, house):
        house.add("alice")
        first = house.enter(audience=NORTH, device="phone")
        house.use(first)

        second = house.enter(audience=NORTH, device="phone")

        assert house.core.access.recall(first.token.secret, NORTH) is None
        with pytest.raises(TokenUnknownError):
            house.use(first)
        assert house.use(second)
        with house.storage.read() as transaction:
            ended = transaction.sessions.find(first.session.id)
        assert ended is not None
        assert ended.end_reason is EndReason.DISPLACED

    @pytest.mark.parametrize(
        "other",
        [{"device": "tablet"}, {"audience": SOUTH, "device": "phone"}, {"login": "bob"}],
        ids=["device", "audience", "subject"],
    )
    def test_another_device_audience_or_subject_displaces_nothing(self, house, other):
        house.add("alice")
        house.add("bob")
        first = house.enter(audience=NORTH, device="phone")

        house.enter(**{"audience": NORTH, "device": "phone", **other})

        assert house.use(first)

    def test_clients_that_say_nothing_of_their_device_displace_nobody(self, house):
        house.add("alice")
        first = house.enter(audience=NORTH)

        house.enter(audience=NORTH)

        assert house.use(first)

    def test_where_the_policy_allows_several_sessions_a_device_nothing_is_displaced(self, house):
        house.add("alice")
        first = house.enter(device="phone")

        house.enter(device="phone")

        assert house.use(first)


class TestRefusal:
    @pytest.mark.parametrize(
        ("login", "password", "result"),
        [
            ("nobody", PASSWORD, "unknown-login"),
            ("", PASSWORD, "unknown-login"),
            (" ", PASSWORD, "unknown-login"),
            ("alice\x00", PASSWORD, "unknown-login"),
            ("alice\ud800", PASSWORD, "unknown-login"),
            ("a" * 60_000, PASSWORD, "unknown-login"),
            ("alice", "wrong", "wrong-password"),
            ("alice", "", "wrong-password"),
            ("alice", "x" * 4_097, "wrong-password"),
            ("alice", "\ud800", "wrong-password"),
            ("disabled", PASSWORD, "disabled"),
            ("disabled", "wrong", "wrong-password"),
            ("elsewhere", PASSWORD, "disabled"),
            ("passwordless", PASSWORD, "wrong-password"),
            ("closed", PASSWORD, "disabled"),
        ],
    )
    def test_every_refusal_looks_alike_and_is_told_apart_in_the_audit_log(
        self, house, login, password, result
    ):
        house.add("alice")
        house.add("disabled", active=False)
        house.add("elsewhere", profiles={NORTH: b"{}"})
        house.add("passwordless", password=None)
        house.add("closed", tenant="Acme")
        house.close_tenant("Acme")

        with pytest.raises(InvalidCredentialsError) as refused:
            house.enter(login, password)

        assert str(refused.value) == ""
        assert house.results() == [result]

    def test_where_the_policy_says_so_a_right_password_hears_of_a_closed_tenant(self):
        telling = replace(POLICY.audiences[SOUTH], tells_of_closed_tenant=True)
        house = House(replace(POLICY, audiences={**POLICY.audiences, SOUTH: telling}))
        house.add("closed", tenant="Acme")
        house.add("off", tenant="Acme", active=False)
        house.close_tenant("Acme")

        with pytest.raises(TenantClosedError):
            house.enter("closed")
        with pytest.raises(InvalidCredentialsError):
            house.enter("closed", "wrong")
        with pytest.raises(InvalidCredentialsError):
            house.enter("off")

        assert house.results() == ["disabled", "wrong-password", "disabled"]
        house.close()

    def test_a_login_longer_than_any_is_not_even_looked_for(self, house):
        house.add("a" * LONGEST_LOGIN)
        house.add("a" * (LONGEST_LOGIN + 1))

        assert house.enter("a" * LONGEST_LOGIN)
        with pytest.raises(InvalidCredentialsError):
            house.enter("a" * (LONGEST_LOGIN + 1))

    def test_what_was_typed_cannot_forge_a_line_of_the_audit_log(self, house):
        with pytest.raises(InvalidCredentialsError):
            house.enter("x\nlogin admitted\x1b[1m" + "y" * 1_000)

        [entry] = house.audited("login")
        assert entry.login.startswith("x\\nlogin admitted\\x1b[1m")
        assert len(entry.login) == 256

    def test_scopes_beyond_the_profile_are_refused_after_a_right_password_only(self, house):
        house.add("alice")

        with pytest.raises(ScopeRefusedError) as refused:
            house.enter(audience=NORTH, scopes=["read", "write"])
        with pytest.raises(InvalidCredentialsError):
            house.enter(password="wrong", audience=NORTH, scopes=["write"])

        assert refused.value.scopes == {"write"}
        assert house.results() == ["scope-refused", "wrong-password"]

    def test_a_full_queue_refuses_before_anything_is_counted(self):
        policy = replace(
            POLICY, passwords=PasswordPolicy(memory_kib=8, passes=1, lanes=1, threads=1, queue=-1)
        )
        house = House(policy)

        with pytest.raises(OverloadedError):
            house.enter()

        assert house.results() == []
        house.close()

    @pytest.mark.parametrize("door", ["admit", "check"])
    def test_checking_refuses_what_admitting_refuses(self, house, door):
        house.add("alice")
        enter = getattr(house.core.login, door)

        with pytest.raises(ScopeRefusedError):
            enter(PasswordGrant("alice", PASSWORD), Visit(NORTH, frozenset({"write"})))

        assert house.results() == ["scope-refused"]


class TestLock:
    def test_five_failures_lock_the_login_even_for_the_right_password(self, house):
        house.add("alice")
        fail(house, 5)

        with pytest.raises(TooManyAttemptsError) as refused:
            house.enter()

        assert refused.value.retry_after == timedelta(seconds=30)
        assert house.results() == ["wrong-password"] * 5 + ["locked"]

    def test_the_lock_counts_over_all_audiences(self, house):
        house.add("alice")
        fail(house, 3)
        fail(house, 2, audience=NORTH)

        with pytest.raises(TooManyAttemptsError):
            house.enter()

    @pytest.mark.parametrize("known", [False, True], ids=["a stranger", "a known device"])
    def test_all_logins_of_a_subject_share_one_count(self, house, known):
        house.add("alice@acme.example", "alice")
        house.add("bob")
        if known:
            house.enter(device="phone")
        fail(house, 3, device="phone")
        fail(house, 2, login="Alice@Acme.example", audience=NORTH, device="phone")

        for login in ("alice", "alice@acme.example"):
            with pytest.raises(TooManyAttemptsError):
                house.enter(login, device="phone")
        assert house.enter("bob", device="phone")

    def test_a_login_that_nobody_has_is_locked_like_any(self, house):
        fail(house, 5)

        with pytest.raises(TooManyAttemptsError):
            house.enter()

    def test_attempts_against_a_lock_do_not_lengthen_it(self, house):
        house.add("alice")
        fail(house, 5)
        fail(house, 20)

        house.clock.advance(seconds=31)

        assert house.enter()

    def test_each_failure_after_a_lock_doubles_the_next(self, house):
        house.add("alice")
        fail(house, 5)
        house.clock.advance(seconds=31)
        fail(house)

        with pytest.raises(TooManyAttemptsError) as refused:
            house.enter()

        assert refused.value.retry_after == timedelta(seconds=60)

    def test_success_forgets_the_failures(self, house):
        house.add("alice")
        fail(house, 4)
        house.enter()
        fail(house, 4)

        assert house.enter()

    def test_with_the_lockout_switched_off_nothing_locks(self):
        house = House(replace(POLICY, lockout=LockoutPolicy(enabled=False)))
        house.add("alice")
        fail(house, 60)

        house.enter()
        house.close()

    @pytest.mark.parametrize(
        "known", [{"device": "phone", "address": "198.51.100.1"}, {"device": "new"}]
    )
    def test_strangers_cannot_lock_out_a_known_device_or_address(self, house, known):
        house.add("alice")
        house.enter(device="phone")
        fail(house, 9, address="203.0.113.9", device="stranger")

        with pytest.raises(TooManyAttemptsError):
            house.enter(address="203.0.113.9")

        assert house.enter(**known)

    def test_a_known_device_has_a_count_of_its_own(self, house):
        house.add("alice")
        house.enter(device="phone")
        fail(house, 5, device="phone")

        with pytest.raises(TooManyAttemptsError):
            house.enter(device="phone")

        house.enter(device="", address=ADDRESS)

    def test_a_source_that_guesses_at_large_is_refused_unheard(self, house):
        house.add("alice")
        for number in range(50):
            with pytest.raises(InvalidCredentialsError):
                house.enter(f"login-{number}")

        with pytest.raises(TooManyAttemptsError):
            house.enter()

        assert len(house.results()) == 50
        assert house.enter(address="198.51.100.1")

    def test_a_locked_source_keeps_nobody_out_whom_it_let_in_before(self, house):
        """Behind one gateway all share its address."""
        house.add("alice")
        house.add("bob")
        house.enter("alice")
        for number in range(50):
            with pytest.raises(InvalidCredentialsError):
                house.enter(f"login-{number}")

        assert house.enter("alice")
        with pytest.raises(TooManyAttemptsError):
            house.enter("bob")
        fail(house, 5)
        with pytest.raises(TooManyAttemptsError):
            house.enter("alice")

    def test_the_source_is_judged_again_where_the_attempt_is_counted(self, house):
        """A burst that was let through before its first failure was counted gets no further."""
        house.add("alice")
        storage = WatchedStorage(house.storage)
        burst = house.worker(storage=storage)

        def guess_at_large():
            for number in range(50):
                with suppress(InvalidCredentialsError):
                    house.enter(f"login-{number}")

        storage.once("read", guess_at_large)

        with pytest.raises(TooManyAttemptsError):
            burst.login.admit(PasswordGrant("alice", PASSWORD), Visit(SOUTH, address=ADDRESS))

    def test_callers_without_an_address_are_not_one_source(self, house):
        house.add("alice")
        for number in range(60):
            with pytest.raises(InvalidCredentialsError):
                house.enter(f"login-{number}", address="")

        assert house.enter(address="")


class TestImportedHash:
    def test_it_opens_and_is_replaced_by_one_of_ours(self, house):
        house.add("alice", password_hash=DJANGO)

        house.enter()

        assert house.standing().password.startswith("$argon2id$v=19$m=8,t=1,p=1$")
        assert house.enter()

    def test_a_wrong_password_replaces_nothing(self, house):
        house.add("alice", password_hash=DJANGO)
        fail(house)

        assert house.standing().password == DJANGO

    def test_where_it_came_from_stays_known(self, house):
        alice = house.add("alice", password_hash=DJANGO)
        house.enter()

        with house.storage.read() as transaction:
            credential = transaction.credentials.find_password(alice.id)

        assert credential is not None
        assert credential.origin == hashlib.sha256(DJANGO.encode()).hexdigest()

    def test_of_two_first_logins_at_once_neither_is_refused(self, house):
        house.add("alice", password_hash=DJANGO)
        storage = WatchedStorage(house.storage)
        second = house.worker(storage=storage)
        storage.once("read", house.enter)

        second.login.admit(PasswordGrant("alice", PASSWORD), Visit(SOUTH))

        assert house.results() == ["admitted", "admitted"]

    def test_a_burst_of_first_logins_locks_nobody_out(self, house):
        house.add("alice", password_hash=DJANGO)

        with ThreadPoolExecutor(8) as threads:
            admitted = list(threads.map(lambda _: house.enter(), range(16)))

        assert len({each.session.id for each in admitted}) == 16


class TestInBetween:
    """What changes after the password was looked up and before the decision."""

    @pytest.fixture
    def storage(self, house):
        return WatchedStorage(house.storage)

    @pytest.fixture
    def slow(self, house, storage):
        return house.worker(storage=storage).login

    GRANT = PasswordGrant("alice", PASSWORD)

    def test_a_password_that_was_changed_meanwhile_opens_nothing(self, house, storage, slow):
        alice = house.add("alice")
        storage.once("read", lambda: house.core.directory.set_password(alice.id, "another one"))

        with pytest.raises(InvalidCredentialsError):
            slow.admit(self.GRANT, Visit(SOUTH))

        assert house.results() == ["wrong-password"]

    def test_the_password_that_it_was_changed_to_opens(self, house, storage, slow):
        alice = house.add("alice", password="old one")
        storage.once("read", lambda: house.core.directory.set_password(alice.id, PASSWORD))

        assert slow.admit(self.GRANT, Visit(SOUTH)).subject.id == alice.id

    def test_a_subject_that_was_switched_off_meanwhile_is_refused(self, house, storage, slow):
        alice = house.add("alice")
        storage.once("read", lambda: house.core.directory.set_active(alice.id, active=False))

        with pytest.raises(InvalidCredentialsError):
            slow.admit(self.GRANT, Visit(SOUTH))

        assert house.results() == ["disabled"]

    def test_a_subject_that_was_removed_meanwhile_is_refused(self, house, storage, slow):
        alice = house.add("alice")
        storage.once("read", lambda: house.core.directory.remove_subject(alice.id))

        with pytest.raises(InvalidCredentialsError):
            slow.admit(self.GRANT, Visit(SOUTH))

        assert house.results() == ["unknown-login"]

    def test_a_subject_that_came_meanwhile_has_to_come_again(self, house, storage, slow):
        storage.once("read", lambda: house.add("alice"))

        with pytest.raises(InvalidCredentialsError):
            slow.admit(self.GRANT, Visit(SOUTH))

        assert house.enter()


class TestBursts:
    def test_parallel_guesses_get_no_more_than_five_answers(self, house):
        house.add("alice")

        def guess(_number: int) -> type[CoreError]:
            try:
                house.enter(password="wrong")
            except CoreError as refused:
                return type(refused)
            raise AssertionError

        with ThreadPoolExecutor(16) as threads:
            answers = Counter(threads.map(guess, range(48)))

        assert answers == {InvalidCredentialsError: 5, TooManyAttemptsError: 43}

    def test_parallel_right_passwords_are_all_let_in(self, house):
        house.add("alice")

        with ThreadPoolExecutor(16) as threads:
            admitted = list(threads.map(lambda _: house.enter(), range(32)))

        assert len({each.token.secret for each in admitted}) == 32


class TestRememberedCredential:
    """The verified-credential cache, as the login uses it."""

    @pytest.fixture
    def counting(self, house):
        """Return hashing that is counted, behind a robot's first login."""
        house.add("robot", service=True)
        counting = CountingPasswords(house.core.passwords)
        house.core = replace(house.core, login=replace(house.core.login, passwords=counting))
        house.enter("robot")
        counting.checked.clear()
        return counting

    def test_a_machine_account_is_hashed_once(self, house, counting):
        house.enter("robot")

        assert counting.checked == []
        assert house.results() == ["admitted", "admitted"]

    def test_a_person_is_hashed_every_time(self, house, counting):
        house.add("alice")

        house.enter("alice")
        house.enter("alice")

        assert counting.checked == [PASSWORD, PASSWORD]

    def test_after_an_upgrade_it_is_remembered_under_the_new_hash(self, house, counting):
        house.add("older", service=True, password_hash=DJANGO)
        house.enter("older")
        counting.checked.clear()

        house.enter("older")

        assert counting.checked == []

    def test_a_wrong_password_is_not_helped_by_it(self, house, counting):
        fail(house, login="robot")

        assert counting.checked == ["wrong"]

    def test_a_lock_takes_as_long_to_refuse_the_right_password_as_a_wrong_one(
        self, house, counting
    ):
        """Else the lock would tell, by its speed, which guess was right."""
        fail(house, 5, login="robot", address="203.0.113.9")
        counting.checked.clear()

        for password in (PASSWORD, "wrong"):
            with pytest.raises(TooManyAttemptsError):
                house.enter("robot", password, address="203.0.113.9")

        assert counting.checked == [PASSWORD, "wrong"]

    def test_so_does_a_switched_off_subject(self, house, counting):
        house.core.directory.set_active(house.standing("robot").subject.id, active=False)

        for door in (house.core.login.admit, house.core.login.check):
            with pytest.raises(InvalidCredentialsError):
                door(PasswordGrant("robot", PASSWORD), Visit(SOUTH))

        assert counting.checked == [PASSWORD, PASSWORD]

    @pytest.mark.usefixtures("counting")
    def test_a_changed_password_is_not_remembered(self, house):
        subject = house.standing("robot").subject
        house.core.directory.set_password(subject.id, "another one")

        with pytest.raises(InvalidCredentialsError):
            house.enter("robot")

    def test_it_is_forgotten_after_a_while(self, house, counting):
        house.clock.advance(minutes=5)

        house.enter("robot")

        assert counting.checked == [PASSWORD]

    def test_being_used_does_not_make_it_last(self, house, counting):
        house.clock.advance(minutes=4)
        house.enter("robot")
        house.clock.advance(minutes=1)

        house.enter("robot")

        assert counting.checked == [PASSWORD]

    @pytest.mark.usefixtures("counting")
    def test_what_is_remembered_takes_one_unit_of_work(self, house):
        watched = WatchedStorage(house.storage)
        revocation = replace(house.core.revocation, storage=watched)
        login = replace(house.core.login, storage=watched, revocation=revocation)
        house.core = replace(house.core, login=login)
        units: list[str] = []
        watched.seen = units.append

        house.enter("robot")

        assert units == ["written"]

    def test_a_hash_that_changed_elsewhere_is_noticed_before_it_counts(self, house, counting):
        other = house.core.passwords.hash("another one")
        with house.storage.write() as transaction:
            subject = house.standing("robot").subject
            transaction.credentials.put_password(subject.id, Credential(other))
        counting.checked.clear()

        fail(house, login="robot", password=PASSWORD)

        assert counting.checked == [PASSWORD]
        assert house.results()[-1] == "wrong-password"

    @pytest.mark.usefixtures("counting")
    def test_a_lost_profile_is_seen_in_spite_of_it(self, house):
        house.add("robot", service=True, profiles={NORTH: EVERYWHERE[NORTH]})

        with pytest.raises(InvalidCredentialsError):
            house.enter("robot")
