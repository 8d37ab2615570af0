"""Logging in with a password that a roster keeps: refused, counted and audited as any other."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from tests.support.house import PASSWORD, SOUTH, House
from tests.support.passwords import CountingPasswords
from tests.support.rosters import MemoryRoster, group
from tests.unit.core.test_enlisting import ENLISTED
from watchword.core.errors import (
    InvalidCredentialsError,
    OverloadedError,
    RosterUnavailableError,
    TokenUnknownError,
    TooManyAttemptsError,
)
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.policy import CredentialCachePolicy, Remember
from watchword.core.sessions import Device

VISIT = Visit(SOUTH, address="192.0.2.7")


@pytest.fixture
def roster():
    roster = MemoryRoster()
    roster.put(1, "ada", "ada@corp.example")
    return roster


@pytest.fixture
def house(roster):
    house = House(policy=ENLISTED, roster=roster)
    house.core.shelf.put(SOUTH, "door", {"group 1": b"{}"})
    house.add("alice")
    yield house
    house.close()


def refused(work: Callable[[], object]) -> type[Exception]:
    with pytest.raises((InvalidCredentialsError, TooManyAttemptsError)) as caught:
        work()
    return caught.type


class TestARefusal:
    @pytest.mark.parametrize(
        ("login", "password", "result"),
        [
            ("nobody", "plum", "unknown-login"),
            ("ada", "wrong", "unknown-login"),
            ("ada", "", "unknown-login"),
            ("", "", "unknown-login"),
            ("alice", "wrong", "wrong-password"),
            ("x" * 1_000, "plum", "unknown-login"),
            ("a\x00da", "plum", "unknown-login"),
        ],
    )
    def test_is_one_and_the_same(self, house, login, password, result):
        assert refused(lambda: house.enter(login, password)) is InvalidCredentialsError

        assert house.results()[-1] == result

    def test_of_a_known_copy_is_audited_as_a_wrong_password(self, house):
        house.enter("ada", "plum")

        refused(lambda: house.enter("ada", "wrong"))

        entry = house.audited("login")[-1]
        assert (entry.result, entry.login) == ("wrong-password", "ada")
        assert entry.subject_id is not None

    def test_of_who_was_switched_off_there_is_audited_as_such(self, house, roster):
        house.enter("ada", "plum")
        roster.change(1, active=False)

        assert refused(lambda: house.enter("ada", "plum")) is InvalidCredentialsError

        assert house.results()[-1] == "disabled"

    def test_takes_one_hash_and_one_question_whoever_is_meant(self, house, roster):
        """What costs the same cannot be told apart by a watch."""
        house.enter("ada", "plum")
        costs = set()
        for login in ("nobody", "ada", "alice", "bob@corp.example"):
            passwords = CountingPasswords(house.core.passwords)
            service = replace(house.core.login, passwords=passwords)
            roster.asked.clear()
            refused(partial(service.admit, PasswordGrant(login, "wrong"), VISIT))
            costs.add((len(passwords.checked), len(roster.asked)))

        assert costs == {(1, 1)}

    def test_tells_the_roster_no_password_of_ours(self, house, roster):
        refused(lambda: house.enter("alice", "nearly " + PASSWORD))

        assert PASSWORD not in str(roster.asked)
        assert "alice" not in str(roster.asked)

    def test_no_empty_password_reaches_the_roster(self, house, roster):
        refused(lambda: house.enter("ada", ""))

        assert all(password for _, password in roster.asked)


class TestLockOut:
    def test_counts_as_for_anybody(self, house):
        house.enter("ada", "plum", address="192.0.2.99")
        for _ in range(6):
            refused(lambda: house.enter("ada", "wrong"))

        assert refused(lambda: house.enter("ada", "plum")) is TooManyAttemptsError

    def test_a_locked_login_is_not_asked_about(self, house, roster):
        """A stranger here must not lock somebody out there."""
        for _ in range(6):
            refused(lambda: house.enter("ada", "wrong"))
        roster.asked.clear()

        for _ in range(20):
            refused(lambda: house.enter("ada", "guess"))

        assert not any(login == "ada" for login, _ in roster.asked)
        assert len(roster.asked) == 20

    def test_ends_and_the_owner_is_let_in_again(self, house):
        for _ in range(6):
            refused(lambda: house.enter("ada", "wrong"))
        house.clock.advance(seconds=31)

        assert house.enter("ada", "plum")

    def test_from_a_known_place_the_owner_is_let_in(self, house):
        house.enter("ada", "plum", device="laptop", address="192.0.2.50")
        for _ in range(10):
            refused(lambda: house.enter("ada", "wrong"))

        assert house.enter("ada", "plum", device="laptop", address="192.0.2.50")

    def test_a_source_that_guesses_at_large_is_not_asked_about(self, house, roster):
        for number in range(51):
            refused(partial(house.enter, f"guess {number}", "x"))
        roster.asked.clear()

        refused(lambda: house.enter("ada", "plum"))

        assert roster.asked == []


class TestARosterThatDoesNotAnswer:
    def test_is_told_apart_from_a_refusal(self, house, roster):
        roster.away = True

        with pytest.raises(RosterUnavailableError) as caught:
            house.enter("ada", "plum")

        assert caught.value.retry_after == timedelta(seconds=5)
        assert house.results()[-1] == "roster-unavailable"

    def test_counts_no_failure(self, house, roster):
        roster.away = True
        for _ in range(10):
            with pytest.raises(RosterUnavailableError):
                house.enter("ada", "plum")
        roster.away = False

        assert house.enter("ada", "plum")

    def test_keeps_nobody_of_ours_out(self, house, roster):
        roster.away = True

        assert house.enter("alice")
        assert refused(lambda: house.enter("alice", "wrong")) is InvalidCredentialsError

    def test_does_not_undo_a_lock(self, house, roster):
        for _ in range(6):
            refused(lambda: house.enter("alice", "wrong"))
        roster.away = True

        assert refused(lambda: house.enter("alice")) is TooManyAttemptsError

    def test_one_that_is_slow_holds_up_only_so_many(self, house, roster):
        answering = threading.Event()
        asked = threading.Semaphore(0)
        verify = roster.verify

        def slowly(login: str, password: str):
            asked.release()
            answering.wait(20)
            return verify(login, password)

        roster.verify = slowly
        threads = [
            threading.Thread(target=house.enter, args=["ada", "plum"])
            for _ in range(ENLISTED.roster.at_once)
        ]
        for thread in threads:
            thread.start()
            assert asked.acquire(timeout=20)

        started = time.monotonic()
        with pytest.raises(OverloadedError):
            house.enter("ada", "plum")
        assert house.enter("alice")
        assert time.monotonic() - started < 10

        answering.set()
        for thread in threads:
            thread.join()


class TestAPasswordThatIsRemembered:
    def test_is_never_a_rosters(self, roster):
        """Who changes a password there must not be let in here with the old one."""
        policy = replace(ENLISTED, credential_cache=CredentialCachePolicy(Remember.EVERYBODY))
        house = House(policy=policy, roster=roster)
        house.core.shelf.put(SOUTH, "door", {"group 1": b"{}"})
        house.enter("ada", "plum")
        roster.records[roster.find("ada").key].password = "pear"

        refused(lambda: house.enter("ada", "plum"))
        assert house.enter("ada", "pear").subject.name == "ada"
        assert len([login for login, _ in roster.asked if login == "ada"]) == 3
        house.close()


class TestSomebodyVouchedFor:
    def test_is_let_in_without_a_password(self, house):
        admitted = house.core.login.admit_vouched("ada", VISIT)

        assert house.use(admitted).subject.name == "ada"
        assert house.results("login.vouched") == ["admitted"]

    def test_is_nobody_of_ours(self, house):
        with pytest.raises(InvalidCredentialsError):
            house.core.login.admit_vouched("alice", VISIT)

        assert house.results("login.vouched") == ["unknown-login"]

    @pytest.mark.parametrize("login", ["nobody", "", " ", "x" * 400, "a\x00"])
    def test_is_somebody(self, house, login):
        with pytest.raises(InvalidCredentialsError):
            house.core.login.admit_vouched(login, VISIT)

    def test_is_let_in_by_no_door_that_is_closed(self, house, roster):
        roster.change(1, groups=(group(9),))
        with pytest.raises(InvalidCredentialsError):
            house.core.login.admit_vouched("ada", VISIT)

        roster.change(1, groups=(group(1),), active=False)
        with pytest.raises(InvalidCredentialsError):
            house.core.login.admit_vouched("ada", VISIT)

    def test_is_asked_about_at_a_roster_that_answers(self, house, roster):
        roster.away = True

        with pytest.raises(RosterUnavailableError):
            house.core.login.admit_vouched("ada", VISIT)

    def test_displaces_its_sessions_as_any_login_does(self, roster):
        here = replace(ENLISTED.audiences[SOUTH], one_session_per_device=True)
        policy = replace(ENLISTED, audiences={**ENLISTED.audiences, SOUTH: here})
        house = House(policy=policy, roster=roster)
        house.core.shelf.put(SOUTH, "door", {"group 1": b"{}"})
        visit = replace(VISIT, device=Device("laptop"))
        first = house.core.login.admit_vouched("ada", visit)

        second = house.core.login.admit_vouched("ada", visit)

        with pytest.raises(TokenUnknownError):
            house.use(first)
        assert house.use(second).subject.name == "ada"
        house.close()


def test_judging_without_a_session_asks_the_roster_too(house):
    house.core.login.check(PasswordGrant("ada", "plum"), VISIT)

    assert house.results() == ["verified"]
    refused(lambda: house.core.login.check(PasswordGrant("ada", "wrong"), VISIT))
