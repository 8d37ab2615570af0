"""Adding, revising and removing subjects: what ends, what is refused, and who is named."""

from dataclasses import replace
from uuid import UUID

import pytest

from tests.support.house import EVERYWHERE, NORTH, PASSWORD, SOUTH
from watchword.core.audit import Actor
from watchword.core.changing import Picture
from watchword.core.directory import Gone, NewSubject
from watchword.core.errors import (
    AlreadyExistsError,
    ForbiddenError,
    InvalidCredentialsError,
    NotFoundError,
    SubjectDisabledError,
    TokenUnknownError,
)
from watchword.core.sessions import EndReason
from watchword.core.subjects import Profile, SubjectId, TenantId

STRANGER = SubjectId(UUID(int=404))
BOSS = Actor(UUID(int=7), "boss", audience="north", address="192.0.2.1")
NEW = NewSubject(("alice", "alice@acme.example"), "Alice", password=PASSWORD, profiles=EVERYWHERE)


def forbid(_transaction, _before):
    raise ForbiddenError


@pytest.fixture
def alice(house):
    return house.core.directory.add_subject(NEW)


@pytest.fixture
def admitted(house, alice):
    admitted = house.enter(alice.name)
    house.use(admitted)
    return admitted


def picture(house, subject):
    with house.storage.read() as transaction:
        found = transaction.subjects.find(subject.id)
        profiles = transaction.profiles.list_of(subject.id)
    return Picture(found, {each.audience: each.document for each in profiles})


class TestAdd:
    def test_a_subject_is_there_as_it_was_wanted(self, house):
        tenant = house.core.tenancy.add_tenant("Acme")
        new = replace(NEW, service=True, tenant_id=tenant.id)

        added = house.core.directory.add_subject(new, by=BOSS)

        standing = house.standing("alice", NORTH)
        assert standing.subject == added
        assert (added.logins, added.full_name, added.service) == (new.logins, "Alice", True)
        assert (standing.tenant, standing.profile.document) == (tenant, EVERYWHERE[NORTH])
        assert house.enter()

    def test_it_is_told_with_who_asked_for_it(self, house):
        added = house.core.directory.add_subject(NEW, by=BOSS)

        [entry] = house.audited("subject.create")
        assert (entry.subject_id, entry.audience, entry.address) == (added.id, "north", "192.0.2.1")
        assert entry.details == {"fields": "all", "by": str(BOSS.subject_id), "by_login": "boss"}

    def test_without_a_password_nobody_gets_in(self, house):
        house.core.directory.add_subject(replace(NEW, password=None))

        with pytest.raises(InvalidCredentialsError):
            house.enter()

    @pytest.mark.parametrize("login", ["", "  ", "x" * 321, "a\x00b", "\ud800"])
    def test_an_unusable_login_is_refused(self, house, login):
        for logins in ((login,), ("fine", login)):
            with pytest.raises(ValueError, match="1 to 320 characters"):
                house.core.directory.add_subject(replace(NEW, logins=logins))

    def test_somebody_without_any_login_is_refused(self, house):
        with pytest.raises(ValueError, match="a login"):
            house.core.directory.add_subject(replace(NEW, logins=()))

    @pytest.mark.usefixtures("alice")
    def test_a_login_that_is_taken_is_refused(self, house):
        with pytest.raises(AlreadyExistsError):
            house.core.directory.add_subject(replace(NEW, logins=("ALICE",)))

        assert house.results("subject.create") == ["done"]

    def test_a_tenant_that_does_not_exist_is_told(self, house):
        with pytest.raises(NotFoundError) as missing:
            house.core.directory.add_subject(replace(NEW, tenant_id=TenantId(UUID(int=1))))

        assert missing.value.kind == "tenant"


class TestRevise:
    def test_fields_and_profiles_change_together(self, house, alice):
        house.clock.advance(hours=1)

        after = house.core.directory.revise(
            alice.id,
            lambda before: Picture(
                replace(before.subject, full_name="A.", logins=("al",)), {NORTH: b"{}"}
            ),
        )

        assert after == picture(house, alice)
        assert after.profiles == {NORTH: b"{}"}
        assert (after.subject.full_name, after.subject.logins) == ("A.", ("al",))
        assert (after.subject.created_at, after.subject.modified_at) == (
            alice.created_at,
            house.clock(),
        )
        [entry] = house.audited("subject.update")
        assert entry.details["fields"] == "logins,full_name,profile north,profile south"

    def test_what_is_the_storages_own_stays(self, house, alice):
        def forge(subject):
            return replace(subject, id=STRANGER, number=99, full_name="F", created_at=None)

        edited = house.core.directory.edit_subject(alice.id, forge)

        assert edited == replace(alice, full_name="F", modified_at=house.clock())

    def test_nothing_changed_is_nothing_told(self, house, alice, admitted):
        before = house.audited()
        house.clock.advance(minutes=1)

        assert house.core.directory.edit_subject(alice.id, lambda subject: subject) == alice

        assert house.audited() == before
        assert house.use(admitted)

    def test_switching_off_ends_every_session(self, house, alice, admitted):
        house.core.directory.edit_subject(alice.id, lambda s: replace(s, active=False), by=BOSS)

        with pytest.raises(SubjectDisabledError):
            house.use(admitted)
        assert house.audited("subject.update")[0].details["by_login"] == "boss"

    def test_other_changes_show_at_once_and_end_nothing(self, house, alice, admitted):
        house.core.directory.edit_subject(alice.id, lambda s: replace(s, full_name="A."))

        assert house.use(admitted).subject.full_name == "A."

    def test_a_lost_profile_ends_the_sessions_of_its_audience_alone(self, house, alice, admitted):
        elsewhere = house.enter(audience=NORTH)

        house.core.directory.revise(
            alice.id, lambda before: replace(before, profiles={NORTH: EVERYWHERE[NORTH]})
        )

        assert house.use(elsewhere)
        with pytest.raises(SubjectDisabledError):
            house.use(admitted)

    def test_an_unusable_login_is_refused(self, house, alice):
        with pytest.raises(ValueError, match="a login"):
            house.core.directory.edit_subject(alice.id, lambda s: replace(s, logins=("",)))

        assert picture(house, alice).subject == alice

    def test_what_the_work_raises_undoes_all(self, house, alice):
        def work(_before):
            raise ForbiddenError

        with pytest.raises(ForbiddenError):
            house.core.directory.revise(alice.id, work)

        assert picture(house, alice).subject == alice


class TestProfiles:
    def test_a_profile_is_put_and_put_anew(self, house, alice):
        put = house.core.directory.put_profile

        put(alice.id, Profile(NORTH, b"{}"), by=BOSS)
        put(alice.id, Profile(NORTH, b"{}"))

        assert picture(house, alice).profiles == {NORTH: b"{}", SOUTH: EVERYWHERE[SOUTH]}
        [entry] = house.audited("subject.update")
        assert entry.details["fields"] == "profile north"

    def test_removing_one_of_two_leaves_the_subject(self, house, alice, admitted):
        elsewhere = house.enter(audience=NORTH)
        house.clock.advance(minutes=1)

        gone = house.core.directory.remove_profile(alice.id, SOUTH, by=BOSS)

        assert gone is Gone.PROFILE
        left = picture(house, alice)
        assert left.profiles == {NORTH: EVERYWHERE[NORTH]}
        assert left.subject.modified_at == house.clock()
        assert house.use(elsewhere)
        with pytest.raises(SubjectDisabledError):
            house.use(admitted)
        with house.storage.read() as transaction:
            ended = transaction.sessions.find(admitted.session.id)
        assert ended.end_reason is EndReason.DISABLED

    def test_removing_the_last_one_removes_the_subject(self, house, alice, admitted):
        house.core.directory.remove_profile(alice.id, NORTH)

        gone = house.core.directory.remove_profile(alice.id, SOUTH, by=BOSS)

        assert gone is Gone.SUBJECT
        assert picture(house, alice).subject is None
        with pytest.raises(TokenUnknownError):
            house.use(admitted)
        [entry] = house.audited("subject.remove")
        assert (entry.login, entry.details["by_login"]) == ("alice", "boss")

    def test_one_that_is_not_there_cannot_be_removed(self, house, alice):
        house.core.directory.remove_profile(alice.id, NORTH)

        with pytest.raises(NotFoundError) as missing:
            house.core.directory.remove_profile(alice.id, NORTH)

        assert missing.value.kind == "profile"


CHANGES = {
    "add_subject": lambda d, _, **by: d.add_subject(replace(NEW, logins=("bob",)), **by),
    "revise": lambda d, who, **by: d.revise(who, lambda p: replace(p, profiles={}), **by),
    "edit_subject": lambda d, who, **by: d.edit_subject(
        who, lambda s: replace(s, service=True), **by
    ),
    "put_profile": lambda d, who, **by: d.put_profile(who, Profile(NORTH, b"{}"), **by),
    "remove_profile": lambda d, who, **by: d.remove_profile(who, NORTH, **by),
    "set_active": lambda d, who, **by: d.set_active(who, active=False, **by),
    "set_password": lambda d, who, **by: d.set_password(who, "another one", **by),
    "remove_subject": lambda d, who, **by: d.remove_subject(who, **by),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
class TestEvery:
    def test_a_guard_has_the_last_word(self, house, alice, admitted, change):
        before = (picture(house, alice), house.audited())

        with pytest.raises(ForbiddenError):
            change(house.core.directory, alice.id, guard=forbid)

        assert (picture(house, alice), house.audited()) == before
        assert house.use(admitted)
        assert house.enter()

    def test_a_guard_sees_how_it_was_and_how_it_is(self, house, alice, change):
        seen = []

        def look(transaction, before):
            seen.append((before, transaction.audit.head()))

        was = picture(house, alice)
        change(house.core.directory, alice.id, guard=look)

        with house.storage.read() as transaction:
            assert seen == [(was if seen[0][0] else None, transaction.audit.head())]

    def test_it_is_told_with_who_asked_for_it(self, house, alice, change):
        change(house.core.directory, alice.id, by=BOSS)

        last = house.audited()[-1]
        assert (last.details["by_login"], last.address) == ("boss", "192.0.2.1")

    def test_who_is_not_there_cannot_be_changed(self, house, change):
        if change is CHANGES["add_subject"]:
            return
        with pytest.raises(NotFoundError) as missing:
            change(house.core.directory, STRANGER)

        assert missing.value.kind == "subject"
        assert house.audited() == []
