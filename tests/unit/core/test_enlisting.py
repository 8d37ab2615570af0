"""People on a roster: who is copied, how a copy follows, and what it never does."""

import json
import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.support.house import NORTH, POLICY, SOUTH, House
from tests.support.rosters import MemoryRoster, group, key
from watchword.core.audit import Actor
from watchword.core.directory import NewPassword
from watchword.core.errors import (
    AlreadyExistsError,
    ForbiddenError,
    InvalidCredentialsError,
    OverloadedError,
    RosterUnavailableError,
    SubjectDisabledError,
    TokenUnknownError,
)
from watchword.core.grants import Visit
from watchword.core.policy import EnlistPolicy, RosterPolicy
from watchword.core.roster import Person
from watchword.core.seeding import SubjectDraft
from watchword.core.subjects import Subject

VISIT = Visit(SOUTH, address="192.0.2.7")
BY = Actor(key(99), "root")


def southern(person: Person, documents: Mapping[str, bytes], had: bytes | None) -> bytes | None:
    """Let in whoever is in a group that a document names; remember what was there before."""
    named = [each.name for each in person.groups if each.name in documents]
    before = json.loads(had or b"{}")
    return json.dumps({**before, "groups": named}).encode() if named else None


ENLISTED = replace(
    POLICY,
    audiences={
        **POLICY.audiences,
        SOUTH: replace(POLICY.audiences[SOUTH], enlists=EnlistPolicy(southern, "door")),
    },
    roster=RosterPolicy(at_once=2),
)


@pytest.fixture
def roster() -> MemoryRoster:
    roster = MemoryRoster()
    roster.put(1, "ada", "ada@corp.example", full_name="Ada")
    return roster


@pytest.fixture
def house(roster):
    house = House(policy=ENLISTED, roster=roster)
    house.core.shelf.put(SOUTH, "door", {"group 1": b"{}", "group 2": b"{}"})
    yield house
    house.close()


def find(house: House, login: str) -> Subject | None:
    with house.storage.read() as transaction:
        return transaction.subjects.find_by_login(login)


def subject(house: House, login: str = "ada") -> Subject:
    found = find(house, login)
    assert found is not None
    return found


def log_in(house: House, login: str = "ada", password: str = "plum"):
    return house.enter(login, password)


class TestWhoIsCopied:
    def test_who_logs_in_for_the_first_time(self, house):
        admitted = log_in(house)

        assert admitted.subject.logins == ("ada", "ada@corp.example")
        assert admitted.subject.full_name == "Ada"
        assert admitted.profile == {"groups": ["group 1"]}
        assert [entry.action for entry in house.audited()][-2:] == ["subject.create", "login"]

    def test_no_password_is_kept_not_even_as_a_hash(self, house):
        log_in(house)

        assert house.standing("ada").password is None

    def test_with_any_of_the_logins_and_in_any_case(self, house):
        first = log_in(house, "ADA@corp.example ")

        assert log_in(house, "ada").subject.id == first.subject.id

    def test_whom_no_audience_lets_in_is_not(self, house, roster):
        roster.change(1, groups=(group(9),))

        with pytest.raises(InvalidCredentialsError):
            log_in(house)

        assert find(house, "ada") is None

    def test_whom_the_roster_keeps_out_is_not(self, house, roster):
        roster.change(1, active=False)

        with pytest.raises(InvalidCredentialsError):
            log_in(house)

        assert find(house, "ada") is None

    def test_in_the_tenant_of_the_roster(self, roster):
        policy = replace(ENLISTED, roster=RosterPolicy(tenant="Corp"))
        house = House(policy=policy, roster=roster)
        house.core.seeding.put_tenant("Corp")
        house.core.shelf.put(SOUTH, "door", {"group 1": b"{}"})

        admitted = log_in(house)

        assert admitted.tenant is not None
        assert admitted.tenant.name == "Corp"
        house.close()

    def test_what_another_audience_makes_nothing_of_stays_closed(self, house):
        log_in(house)

        with pytest.raises(InvalidCredentialsError):
            house.enter("ada", "plum", audience=NORTH)

    def test_two_workers_at_once_make_one_copy(self, house):
        workers = [house.worker() for _ in range(2)]
        found = []

        def enter(worker):
            found.append(worker.enlisting.find("ada"))

        threads = [threading.Thread(target=enter, args=[worker]) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert found == [subject(house).id] * 2

    def test_one_that_others_keep_getting_in_the_way_of_is_tried_again_later(self, house):
        class Crowded:
            tries = 0

            def write(self):
                self.tries += 1
                raise AlreadyExistsError("subject", "login")

            read = house.storage.read

        crowded = Crowded()
        revocation = replace(house.core.revocation, storage=crowded)
        directory = replace(house.core.directory, storage=crowded, revocation=revocation)
        enlisting = replace(house.core.enlisting, directory=directory)

        with pytest.raises(OverloadedError):
            enlisting.find("ada")

        assert crowded.tries == 3


class TestHowACopyFollows:
    def test_at_a_login(self, house, roster):
        before = log_in(house).subject
        roster.change(1, logins=("countess", "ada@corp.example"), full_name="Ada Lovelace")

        after = log_in(house, "countess").subject

        assert (after.id, after.number) == (before.id, before.number)
        assert after.logins == ("countess", "ada@corp.example")
        assert after.full_name == "Ada Lovelace"
        assert find(house, "ada") is None

    def test_at_a_refresh(self, house, roster):
        log_in(house)
        roster.change(1, full_name="Ada Lovelace", groups=(group(2),))

        assert house.core.enlisting.refresh() == 1

        assert subject(house).full_name == "Ada Lovelace"
        assert json.loads(house.standing("ada").profile.document) == {"groups": ["group 2"]}

    def test_what_has_not_changed_is_no_change(self, house):
        log_in(house)
        before = len(house.audited("subject.update"))

        house.core.enlisting.refresh()
        log_in(house)

        assert len(house.audited("subject.update")) == before

    def test_who_is_switched_off_there_is_put_out_here(self, house, roster):
        admitted = log_in(house)
        roster.change(1, active=False)

        house.core.enlisting.refresh()

        with pytest.raises((TokenUnknownError, SubjectDisabledError)):
            house.use(admitted)
        entry = house.audited("subject.update")[-1]
        assert (entry.details["by_login"], entry.details["fields"]) == ("roster", "active")

    def test_who_is_gone_is_put_out(self, house, roster):
        admitted = log_in(house)
        roster.remove(1)

        assert house.core.enlisting.refresh() == 0

        with pytest.raises((TokenUnknownError, SubjectDisabledError)):
            house.use(admitted)
        assert not subject(house).active

    def test_who_comes_back_is_let_in_again(self, house, roster):
        before = log_in(house).subject
        roster.change(1, active=False)
        house.core.enlisting.refresh()
        roster.change(1, active=True)

        assert log_in(house).subject.id == before.id

    def test_who_loses_the_last_group_loses_profile_and_sessions(self, house, roster):
        admitted = log_in(house)
        roster.change(1, groups=(group(9),))

        house.core.enlisting.refresh()

        with pytest.raises((TokenUnknownError, SubjectDisabledError)):
            house.use(admitted)
        assert house.standing("ada").profile is None

    def test_a_group_that_comes_back_opens_the_door_to_the_same_subject(self, house, roster):
        before = log_in(house).subject
        roster.change(1, groups=())
        house.core.enlisting.refresh()
        roster.change(1, groups=(group(1),))

        assert log_in(house).subject.id == before.id

    def test_other_peoples_sessions_live_on(self, house, roster):
        roster.put(2, "bob")
        log_in(house)
        bob = log_in(house, "bob")
        roster.remove(1)

        house.core.enlisting.refresh()

        assert house.use(bob).subject.name == "bob"

    def test_whom_one_of_us_switched_off_the_roster_does_not_switch_on(self, house, roster):
        copy = log_in(house).subject
        house.core.directory.set_active(copy.id, active=False, by=BY)

        house.core.enlisting.refresh()
        roster.change(1, active=False)
        house.core.enlisting.refresh()
        roster.change(1, active=True)
        house.core.enlisting.refresh()

        assert not subject(house).active
        with pytest.raises(InvalidCredentialsError):
            log_in(house)

    def test_a_roster_that_does_not_answer_changes_nothing(self, house, roster):
        admitted = log_in(house)
        roster.away = True

        with pytest.raises(RosterUnavailableError):
            house.core.enlisting.refresh()

        assert house.use(admitted).subject.active

    def test_many_are_followed_in_batches(self, house, roster):
        for number in range(2, 252):
            roster.put(number, f"person {number}")
            house.core.enlisting.find(f"person {number}")
        for number in range(2, 252):
            roster.remove(number)

        assert house.core.enlisting.refresh() == 0

        assert not any(subject(house, f"person {number}").active for number in range(2, 252))

    def test_a_copy_that_was_removed_is_forgotten(self, house):
        house.core.directory.remove_subject(log_in(house).subject.id)

        assert house.core.enlisting.refresh() == 1

        assert find(house, "ada") is None
        assert log_in(house).subject.name == "ada"


class TestWhoseALoginIs:
    def test_ours_wins(self, house, roster):
        house.add("ada")

        assert house.enter("ada").subject.full_name == ""
        with pytest.raises(InvalidCredentialsError):
            log_in(house)
        assert ("ada", "plum") not in roster.asked

    def test_who_shares_a_login_with_one_of_ours_comes_in_by_another(self, house):
        ours = house.add("ada")

        admitted = log_in(house, "ada@corp.example")

        assert admitted.subject.id != ours.id
        assert admitted.subject.logins == ("ada@corp.example",)
        assert subject(house).logins == ("ada",)

    def test_a_subject_without_a_password_is_ours_too(self, house):
        house.core.seeding.put_subject(SubjectDraft(("ada",), profiles={SOUTH: b"{}"}))

        with pytest.raises(InvalidCredentialsError):
            log_in(house)

    def test_nobody_takes_a_login_from_somebody_who_is_there(self, house, roster):
        log_in(house)
        roster.put(2, "bob", "ADA@corp.example")

        admitted = log_in(house, "bob")

        assert admitted.subject.logins == ("bob",)
        assert subject(house).logins == ("ada", "ada@corp.example")

    def test_a_login_that_changes_hands_opens_no_former_account(self, house, roster):
        before = log_in(house).subject
        roster.remove(1)
        roster.put(2, "ada")

        after = log_in(house).subject

        assert after.id != before.id
        with house.storage.read() as transaction:
            former = transaction.subjects.find(before.id)
        assert former is not None
        assert former.logins == ("ada@corp.example",)
        assert not former.active

    def test_who_is_gone_and_has_no_login_left_is_called_by_its_key(self, house, roster):
        roster.change(1, logins=("ada",))
        before = log_in(house).subject
        roster.remove(1)
        roster.put(2, "ada")

        log_in(house)

        with house.storage.read() as transaction:
            former = transaction.subjects.find(before.id)
        assert former is not None
        assert former.logins == (str(key(1)),)

    def test_two_who_swap_their_logins_keep_their_accounts(self, house, roster):
        roster.put(2, "bob")
        ada, bob = log_in(house).subject, log_in(house, "bob").subject
        roster.change(1, logins=("bob",))
        roster.change(2, logins=("ada",))

        for _ in range(2):
            house.core.enlisting.refresh()

        with house.storage.read() as transaction:
            logins = {each.id: each.logins for each in transaction.subjects.list_page(0, 10)}
        assert logins == {ada.id: ("bob",), bob.id: ("ada",)}

    def test_unusable_logins_are_left_out(self, house, roster):
        roster.change(1, logins=("ada", "ADA", "x" * 400, "\x00", " "))

        assert log_in(house).subject.logins == ("ada",)


class TestWhatTheRosterKeeps:
    @pytest.mark.parametrize(
        "change",
        [
            lambda core, copy: core.directory.set_password(copy, "new secret", by=BY),
            lambda core, copy: core.directory.revise(
                copy, lambda picture: picture, NewPassword("new secret"), by=BY
            ),
            lambda core, copy: core.directory.edit_subject(
                copy, lambda each: replace(each, full_name="Eve"), by=BY
            ),
            lambda core, copy: core.directory.edit_subject(
                copy, lambda each: replace(each, logins=("eve",)), by=BY
            ),
            lambda core, copy: core.directory.remove_profile(copy, SOUTH, by=BY),
        ],
        ids=["password", "password at once", "name", "logins", "removal"],
    )
    def test_nobody_changes_through_a_door(self, house, change):
        copy = log_in(house).subject

        with pytest.raises(ForbiddenError):
            change(house.core, copy.id)

        assert log_in(house).subject.logins == copy.logins

    def test_what_is_ours_may_be_changed(self, house):
        copy = log_in(house).subject

        house.core.directory.set_active(copy.id, active=False, by=BY)

        assert not subject(house).active

    def test_whom_the_owner_gives_a_password_is_ours_from_then_on(self, house, roster):
        copy = log_in(house).subject
        house.core.directory.set_password(copy.id, "correct horse")
        roster.change(1, full_name="Eve")

        house.core.enlisting.refresh()

        assert house.enter("ada").subject.full_name == "Ada"
        with pytest.raises(InvalidCredentialsError):
            log_in(house)
        house.core.directory.edit_subject(
            copy.id, lambda each: replace(each, full_name="Ours"), by=BY
        )
        assert house.core.enlisting.refresh() == 0

    def test_a_directory_file_that_does_not_name_it_does_not_prune_it(self, house):
        log_in(house)
        ours = house.add("alice")

        assert house.core.seeding.list_absent([]) == [ours]

        house.core.directory.set_password(subject(house).id, "correct horse")
        assert {each.name for each in house.core.seeding.list_absent([])} == {"ada", "alice"}

    def test_nobody_vouches_for_whom_we_took_over(self, house):
        copy = log_in(house).subject
        house.core.directory.set_password(copy.id, "correct horse")

        assert house.core.enlisting.find("ada") is None


class TestHowManyAsk:
    def test_no_more_at_once_than_the_policy_says(self, house):
        places = house.core.enlisting.asking.places
        with places, places, pytest.raises(OverloadedError):
            log_in(house)

        assert log_in(house)

    def test_who_has_a_password_here_needs_no_place(self, house):
        house.add("alice")
        places = house.core.enlisting.asking.places

        with places, places:
            assert house.enter("alice")
            with pytest.raises(InvalidCredentialsError):
                house.enter("alice", "wrong")

    def test_a_refresh_waits_for_a_place_too(self, house):
        log_in(house)
        places = house.core.enlisting.asking.places

        with places, places, pytest.raises(OverloadedError):
            house.core.enlisting.refresh()

    def test_a_place_is_given_back_whatever_happens(self, house, roster):
        roster.away = True
        for _ in range(5):
            with pytest.raises(RosterUnavailableError):
                log_in(house)
        roster.away = False

        assert log_in(house)


class TestWithoutARoster:
    def test_nobody_is_asked_about_and_nothing_is_done(self):
        house = House(policy=ENLISTED)

        assert not house.core.enlisting.is_on
        assert house.core.enlisting.find("ada") is None
        assert house.core.enlisting.list_groups() == ()
        assert house.core.enlisting.refresh() == 0
        house.close()

    def test_copies_of_before_stay_as_they_are(self, house):
        log_in(house)
        bare = House(policy=ENLISTED, storage=house.storage, clock=house.clock)

        assert bare.core.enlisting.refresh() == 0

        assert subject(house).active
        with pytest.raises(InvalidCredentialsError):
            log_in(bare)
        bare.close()


def test_the_groups_are_the_rosters(house, roster):
    roster.groups = [group(2), group(1)]

    assert house.core.enlisting.list_groups() == [group(1), group(2)]


def test_the_roster_is_closed_with_the_core(house, roster):
    house.core.close()

    assert roster.closed
