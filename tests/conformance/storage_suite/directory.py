"""What every storage keeps of subjects and their tenants."""

from dataclasses import replace
from uuid import uuid4

import pytest

from tests.conformance.storage_suite.records import (
    ELSEWHERE,
    HOUR,
    HUGE,
    MICROSECOND,
    NORTH,
    SOUTH,
    START,
    Suite,
    add_subject,
    make_subject,
    make_tenant,
    open_session,
    record,
)
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.ports import Storage
from watchword.core.sessions import EndReason, SessionFilter
from watchword.core.subjects import Credential, Profile, SubjectId, TenantId
from watchword.core.tokens import TokenRecord, Use, digest

__all__ = ["CredentialConformance", "SubjectConformance", "TenantConformance"]


class TenantConformance(Suite):
    """Organisations."""

    def test_a_tenant_comes_back_as_it_was_added(self, storage: Storage) -> None:
        tenant = make_tenant(in_deletion=True)

        with storage.write() as transaction:
            transaction.tenants.add(tenant)

        with storage.read() as transaction:
            assert transaction.tenants.find(tenant.id) == tenant
            assert transaction.tenants.find_by_name("Bänk № 1") == tenant

    def test_a_tenant_that_is_not_there_is_none(self, storage: Storage) -> None:
        with storage.read() as transaction:
            assert transaction.tenants.find(TenantId(uuid4())) is None
            assert transaction.tenants.find_by_name("nobody") is None

    def test_an_id_of_a_tenant_is_taken_once(self, storage: Storage) -> None:
        tenant = make_tenant()

        with storage.write() as transaction:
            transaction.tenants.add(tenant)
            with pytest.raises(AlreadyExistsError) as refusal:
                transaction.tenants.add(replace(tenant, name="other"))

        assert (refusal.value.kind, refusal.value.field) == ("tenant", "id")
        with storage.read() as transaction:
            assert transaction.tenants.find(tenant.id) == tenant

    def test_of_tenants_of_one_name_the_oldest_is_found(self, storage: Storage) -> None:
        older = make_tenant(created_at=START - MICROSECOND)

        with storage.write() as transaction:
            for tenant in (make_tenant(), older, make_tenant()):
                transaction.tenants.add(tenant)

        with storage.read() as transaction:
            assert transaction.tenants.find_by_name(older.name) == older
            assert transaction.tenants.find_by_name(older.name.upper()) is None

    def test_a_tenant_is_replaced_as_a_whole(self, storage: Storage) -> None:
        tenant = make_tenant()
        changed = replace(tenant, name="new", created_at=START + HOUR, in_deletion=True)

        with storage.write() as transaction:
            transaction.tenants.add(tenant)
            transaction.tenants.replace(changed)

        with storage.read() as transaction:
            assert transaction.tenants.find(tenant.id) == changed

    def test_a_tenant_that_is_not_there_is_not_changed(self, storage: Storage) -> None:
        with storage.write() as transaction:
            with pytest.raises(NotFoundError, match="tenant"):
                transaction.tenants.replace(make_tenant())
            with pytest.raises(NotFoundError, match="tenant"):
                transaction.tenants.remove(TenantId(uuid4()))

    def test_removing_a_tenant_leaves_its_subjects_without_one(self, storage: Storage) -> None:
        tenant, other = make_tenant(), make_tenant()
        with storage.write() as transaction:
            for each in (tenant, other):
                transaction.tenants.add(each)
            left = transaction.subjects.add(make_subject(tenant_id=tenant.id))
            kept = transaction.subjects.add(make_subject(tenant_id=other.id))

            transaction.tenants.remove(tenant.id)

        with storage.read() as transaction:
            assert transaction.tenants.find(tenant.id) is None
            assert transaction.subjects.find(left.id) == replace(left, tenant_id=None)
            assert transaction.subjects.find(kept.id) == kept

    def test_tenants_are_paged_in_the_order_of_their_ids(self, storage: Storage) -> None:
        tenants = [make_tenant() for _ in range(5)]
        with storage.write() as transaction:
            for tenant in tenants:
                transaction.tenants.add(tenant)
        tenants.sort(key=lambda tenant: tenant.id)

        with storage.read() as transaction:
            assert list(transaction.tenants.list_page(None, 2)) == tenants[:2]
            assert list(transaction.tenants.list_page(tenants[1].id, 2)) == tenants[2:4]
            assert list(transaction.tenants.list_page(tenants[3].id, HUGE)) == tenants[4:]
            assert list(transaction.tenants.list_page(tenants[4].id, 2)) == []


class SubjectConformance(Suite):
    """Persons and machine accounts."""

    def test_a_subject_comes_back_as_it_was_added(self, storage: Storage) -> None:
        tenant = make_tenant()
        subject = make_subject(
            "Zoë@Example.org",
            "zoë",
            modified_at=START + MICROSECOND,
            active=False,
            service=True,
            tenant_id=tenant.id,
        )

        with storage.write() as transaction:
            transaction.tenants.add(tenant)
            added = transaction.subjects.add(subject)

        assert added == replace(subject, number=added.number)
        with storage.read() as transaction:
            assert transaction.subjects.find(subject.id) == added

    def test_logins_keep_their_order(self, storage: Storage) -> None:
        logins = tuple("dacbe")
        subject = add_subject(storage, *logins)

        with storage.read() as transaction:
            found = transaction.subjects.find(subject.id)

        assert found is not None
        assert found.logins == logins

    def test_a_subject_may_have_no_login(self, storage: Storage) -> None:
        subject = add_subject(storage, logins=())

        with storage.read() as transaction:
            assert transaction.subjects.find(subject.id) == subject
            assert transaction.subjects.list_page(0, 2) == [subject]
            standing = transaction.standings.find_by_subject(subject.id, NORTH)

        assert standing is not None
        assert standing.subject == subject

    def test_times_come_back_in_utc(self, storage: Storage) -> None:
        there = START.astimezone(ELSEWHERE)
        subject = add_subject(storage, created_at=there, modified_at=there)

        with storage.read() as transaction:
            found = transaction.subjects.find(subject.id)

        assert found is not None
        assert found.created_at.isoformat() == START.isoformat()

    def test_a_time_without_a_zone_is_refused(self, storage: Storage) -> None:
        naive = START.replace(tzinfo=None)

        with storage.write() as transaction, pytest.raises(TypeError):
            transaction.subjects.add(make_subject(created_at=naive))

    def test_a_subject_that_is_not_there_is_none(self, storage: Storage) -> None:
        with storage.read() as transaction:
            assert transaction.subjects.find(SubjectId(uuid4())) is None
            assert transaction.subjects.find_by_login("nobody") is None
            assert list(transaction.subjects.list_page(0, 10)) == []

    # The last one is in the wide letters of East Asian keyboards.
    @pytest.mark.parametrize("spelt", ["Straße", "STRASSE", "  strasse\t", "\uff33\uff34rasse"])
    def test_a_login_is_found_in_any_spelling(self, storage: Storage, spelt: str) -> None:
        subject = add_subject(storage, "first", "Straße")

        with storage.read() as transaction:
            assert transaction.subjects.find_by_login(spelt) == subject

    def test_numbers_rise_and_are_never_given_out_again(self, storage: Storage) -> None:
        first, second = add_subject(storage), add_subject(storage)
        with storage.write() as transaction:
            transaction.subjects.remove(second.id)

        third = add_subject(storage)

        assert 0 < first.number < second.number < third.number

    def test_an_id_of_a_subject_is_taken_once(self, storage: Storage) -> None:
        subject = add_subject(storage)

        with storage.write() as transaction, pytest.raises(AlreadyExistsError) as refusal:
            transaction.subjects.add(make_subject(id=subject.id))

        assert (refusal.value.kind, refusal.value.field) == ("subject", "id")

    @pytest.mark.parametrize("logins", [("fresh", "ALICE"), ("twice", "Twice")])
    def test_a_login_is_taken_once(self, storage: Storage, logins: tuple[str, ...]) -> None:
        alice = add_subject(storage, "alice")

        with storage.write() as transaction:
            with pytest.raises(AlreadyExistsError) as refusal:
                transaction.subjects.add(make_subject(*logins))
            # The refusal left nothing behind, so the unit can go on.
            again = transaction.subjects.add(make_subject(logins[0]))

        assert (refusal.value.kind, refusal.value.field) == ("subject", "login")
        with storage.read() as transaction:
            assert list(transaction.subjects.list_page(0, 10)) == [alice, again]

    def test_a_subject_of_no_known_tenant_is_refused(self, storage: Storage) -> None:
        subject = add_subject(storage)
        stranger = TenantId(uuid4())

        with storage.write() as transaction:
            with pytest.raises(NotFoundError, match="tenant"):
                transaction.subjects.add(make_subject(tenant_id=stranger))
            with pytest.raises(NotFoundError, match="tenant"):
                transaction.subjects.replace(replace(subject, tenant_id=stranger))

        with storage.read() as transaction:
            assert list(transaction.subjects.list_page(0, 10)) == [subject]

    def test_a_subject_is_replaced_but_for_its_number(self, storage: Storage) -> None:
        tenant = make_tenant()
        before = add_subject(storage, "alice", "a.example")
        after = replace(
            before,
            logins=("A.Example", "alicia"),
            full_name="Alicia",
            created_at=START + HOUR,
            modified_at=START + HOUR,
            active=False,
            service=True,
            tenant_id=tenant.id,
        )

        with storage.write() as transaction:
            transaction.tenants.add(tenant)
            transaction.subjects.replace(replace(after, number=before.number + 7))

        with storage.read() as transaction:
            assert transaction.subjects.find(before.id) == after
            assert transaction.subjects.find_by_login("a.example") == after
            assert transaction.subjects.find_by_login("alice") is None

    def test_the_login_of_another_cannot_be_taken_over(self, storage: Storage) -> None:
        alice, bob = add_subject(storage, "alice"), add_subject(storage, "bob")

        with storage.write() as transaction, pytest.raises(AlreadyExistsError) as refusal:
            transaction.subjects.replace(replace(bob, logins=("robert", "Alice")))

        assert (refusal.value.kind, refusal.value.field) == ("subject", "login")
        with storage.read() as transaction:
            assert list(transaction.subjects.list_page(0, 10)) == [alice, bob]
            assert transaction.subjects.find_by_login("robert") is None

    def test_a_subject_that_is_not_there_is_not_changed(self, storage: Storage) -> None:
        with storage.write() as transaction:
            with pytest.raises(NotFoundError, match="subject"):
                transaction.subjects.replace(make_subject())
            with pytest.raises(NotFoundError, match="subject"):
                transaction.subjects.remove(SubjectId(uuid4()))

    def test_a_removed_subject_takes_all_but_its_audit_entries_along(
        self, storage: Storage
    ) -> None:
        subject = add_subject(storage, "alice")
        with storage.write() as transaction:
            transaction.credentials.put_password(subject.id, Credential("hash"))
            transaction.profiles.put(subject.id, Profile(NORTH, b"{}"))
            transaction.devices.remember(subject.id, ["laptop"], START)
            session = open_session(transaction, subject, "secret")
            record(transaction, subject_id=subject.id)

            transaction.subjects.remove(subject.id)

        with storage.read() as transaction:
            assert transaction.subjects.find_by_login("alice") is None
            assert transaction.credentials.find_password(subject.id) is None
            assert transaction.profiles.list_of(subject.id) == []
            assert transaction.devices.knows(subject.id, ["laptop"]) == frozenset()
            assert transaction.sessions.find(session.id) is None
            assert transaction.standings.find_by_token(digest("secret")) is None
            [(_, link)] = transaction.audit.list_page(0, 10)
        assert link.entry.subject_id == subject.id
        add_subject(storage, "alice")

    def test_subjects_are_paged_by_number(self, storage: Storage) -> None:
        subjects = [add_subject(storage, f"a{each}", f"b{each}") for each in range(5)]

        with storage.read() as transaction:
            list_page = transaction.subjects.list_page
            assert list(list_page(0, 2)) == subjects[:2]
            assert list(list_page(subjects[1].number, 2)) == subjects[2:4]
            assert list(list_page(subjects[3].number, HUGE)) == subjects[4:]
            assert list(list_page(HUGE, 2)) == []
            assert list(list_page(-HUGE, 1)) == subjects[:1]


class CredentialConformance(Suite):
    """Password hashes, profiles, and how a subject stands."""

    def test_a_credential_is_set_and_replaced(self, storage: Storage) -> None:
        subject, other = add_subject(storage), add_subject(storage)
        credentials = [Credential("$argon2id$one", "origin"), Credential("two" * 500)]

        for credential in credentials:
            with storage.write() as transaction:
                transaction.credentials.put_password(subject.id, credential)
            with storage.read() as transaction:
                assert transaction.credentials.find_password(subject.id) == credential

        with storage.read() as transaction:
            assert transaction.credentials.find_password(other.id) is None

    def test_nobody_has_no_credential(self, storage: Storage) -> None:
        nobody = SubjectId(uuid4())

        with storage.write() as transaction:
            assert transaction.credentials.find_password(nobody) is None
            with pytest.raises(NotFoundError, match="subject"):
                transaction.credentials.put_password(nobody, Credential("hash"))

    def test_profiles_come_back_byte_by_byte(self, storage: Storage) -> None:
        subject, other = add_subject(storage), add_subject(storage)
        documents = {SOUTH: b'{"\xc3\xa4":1}', NORTH: b" { } "}

        with storage.write() as transaction:
            for audience, document in documents.items():
                transaction.profiles.put(subject.id, Profile(audience, b"before"))
                transaction.profiles.put(subject.id, Profile(audience, document))

        with storage.read() as transaction:
            assert list(transaction.profiles.list_of(subject.id)) == [
                Profile(NORTH, documents[NORTH]),
                Profile(SOUTH, documents[SOUTH]),
            ]
            assert list(transaction.profiles.list_of(other.id)) == []

    def test_a_profile_is_removed_once(self, storage: Storage) -> None:
        subject = add_subject(storage)

        with storage.write() as transaction:
            transaction.profiles.put(subject.id, Profile(NORTH, b"{}"))
            transaction.profiles.remove(subject.id, NORTH)
            with pytest.raises(NotFoundError, match="profile"):
                transaction.profiles.remove(subject.id, NORTH)

    def test_nobody_has_no_profile(self, storage: Storage) -> None:
        nobody = SubjectId(uuid4())

        with storage.write() as transaction:
            assert list(transaction.profiles.list_of(nobody)) == []
            with pytest.raises(NotFoundError, match="subject"):
                transaction.profiles.put(nobody, Profile(NORTH, b"{}"))

    def test_a_standing_shows_all_that_decides(self, storage: Storage) -> None:
        tenant = make_tenant(in_deletion=True)
        with storage.write() as transaction:
            transaction.tenants.add(tenant)
            subject = transaction.subjects.add(
                make_subject("Zoë", "b", "a", tenant_id=tenant.id, active=False)
            )
            transaction.credentials.put_password(subject.id, Credential("hash", "origin"))
            transaction.profiles.put(subject.id, Profile(NORTH, b"north"))
            transaction.profiles.put(subject.id, Profile(SOUTH, b"south"))
            session = open_session(transaction, subject, "secret", audience=SOUTH)

        with storage.read() as transaction:
            by_login = transaction.standings.find_by_login(" ZOË", SOUTH)
            by_subject = transaction.standings.find_by_subject(subject.id, SOUTH)
            by_token = transaction.standings.find_by_token(digest("secret"))

        assert by_login is not None
        assert by_login.subject == subject
        assert by_login.tenant == tenant
        assert by_login.profile == Profile(SOUTH, b"south")
        assert by_login.password == "hash"
        assert by_subject == by_login
        assert by_token is not None
        assert by_token[:2] == (by_login, session)

    def test_a_standing_shows_what_is_missing(self, storage: Storage) -> None:
        subject = add_subject(storage, "alice")
        with storage.write() as transaction:
            transaction.profiles.put(subject.id, Profile(NORTH, b"{}"))

        with storage.read() as transaction:
            standing = transaction.standings.find_by_login("alice", SOUTH)

        assert standing is not None
        assert standing.subject == subject
        assert (standing.tenant, standing.profile, standing.password) == (None, None, None)

    def test_nobody_stands_nowhere(self, storage: Storage) -> None:
        add_subject(storage, "alice")

        with storage.read() as transaction:
            assert transaction.standings.find_by_login("bob", NORTH) is None
            assert transaction.standings.find_by_subject(SubjectId(uuid4()), NORTH) is None
            assert transaction.standings.find_by_token(digest("never issued")) is None

    def test_the_token_of_an_ended_and_expired_session_is_found(self, storage: Storage) -> None:
        subject = add_subject(storage)
        with storage.write() as transaction:
            session = open_session(transaction, subject, "secret", expires_at=START - HOUR)
            which = SessionFilter(id=session.id)
            transaction.sessions.end(which, START, EndReason.REVOKED)

        with storage.read() as transaction:
            found = transaction.standings.find_by_token(digest("secret"))

        assert found is not None
        ended = replace(session, ended_at=START, end_reason=EndReason.REVOKED)
        assert found[1] == ended
        assert found[2] == TokenRecord(digest("secret"), session.id, Use.ACCESS)
