"""Putting drafts: what changes, what stays, and that a second time nothing does."""

import base64
import hashlib
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.faces import ScriptedEngine, enrol
from tests.support.house import EVERYWHERE, NORTH, PASSWORD, SOUTH, House
from tests.support.storages import WatchedStorage
from watchword.core.errors import (
    AlreadyExistsError,
    InvalidCredentialsError,
    NotFoundError,
    SubjectDisabledError,
    TokenUnknownError,
)
from watchword.core.seeding import Change, ChangeKind, SubjectDraft

ALICE = SubjectDraft(("alice", "alice@acme.example"), password=PASSWORD, profiles=EVERYWHERE)
CREATED = Change(ChangeKind.CREATE, "subject", "alice")
KEPT = Change(ChangeKind.KEEP, "subject", "alice")


def django(password: str, salt: str = "salt") -> str:
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 10)
    return f"pbkdf2_sha256$10${salt}${base64.b64encode(made).decode()}"


def put(house, draft, **options):
    return house.core.seeding.put_subject(draft, **options)


def sealed(house):
    """Return what lies in the vault."""
    return list(house.vault.list_older(house.clock() + timedelta(days=1)))


def updated(*fields):
    return Change(ChangeKind.UPDATE, "subject", "alice", fields)


class TestTenant:
    def test_it_is_made_once(self, house):
        put_tenant = house.core.seeding.put_tenant

        assert put_tenant("Acme") == Change(ChangeKind.CREATE, "tenant", "Acme")
        assert put_tenant("Acme") == Change(ChangeKind.KEEP, "tenant", "Acme")
        assert house.results("tenant.create") == ["done"]

    def test_servers_that_start_at_once_make_one(self, house):
        """Whoever looks waits until the other one has looked as well."""
        together = threading.Barrier(2, timeout=10)

        def meet(event: str) -> None:
            if event == "read":
                together.wait()

        storage = WatchedStorage(house.storage, meet)
        servers = [house.worker(storage=storage).seeding for _ in range(2)]

        with ThreadPoolExecutor(2) as pool:
            made = Counter(pool.map(lambda server: server.put_tenant("Acme").kind, servers))

        assert made == {ChangeKind.CREATE: 1, ChangeKind.KEEP: 1}
        assert house.results("tenant.create") == ["done"]

    def test_a_dry_run_makes_none(self, house):
        assert house.core.seeding.put_tenant("Acme", dry_run=True).kind is ChangeKind.CREATE
        assert house.core.seeding.put_tenant("Acme", dry_run=True).kind is ChangeKind.CREATE
        assert house.audited() == []


class TestCreate:
    def test_a_subject_is_made_as_drafted(self, house):
        house.core.seeding.put_tenant("Acme")
        draft = replace(ALICE, full_name="Alice Example", service=True, tenant="Acme")

        assert put(house, draft) == CREATED

        standing = house.standing("alice@acme.example", NORTH)
        assert standing.subject.logins == draft.logins
        assert (standing.subject.full_name, standing.subject.service) == ("Alice Example", True)
        assert standing.tenant.name == "Acme"
        assert standing.profile.document == EVERYWHERE[NORTH]
        assert house.enter().subject == standing.subject

    def test_without_a_password_nobody_gets_in(self, house):
        put(house, replace(ALICE, password=None))

        with pytest.raises(InvalidCredentialsError):
            house.enter()

    def test_a_tenant_that_does_not_exist_is_told(self, house):
        with pytest.raises(NotFoundError) as missing:
            put(house, replace(ALICE, tenant="Acme"))

        assert missing.value.kind == "tenant"

    def test_a_dry_run_forgives_a_tenant_that_it_would_have_made(self, house):
        assert put(house, replace(ALICE, tenant="Acme"), dry_run=True) == CREATED
        assert house.audited() == []

    @pytest.mark.parametrize("password", ["", "x" * 5_000])
    def test_an_unusable_password_is_told(self, house, password):
        with pytest.raises(ValueError, match="1 to 4096 bytes"):
            put(house, replace(ALICE, password=password))

    def test_logins_of_several_subjects_are_told(self, house):
        house.add("alice")
        house.add("bob")

        with pytest.raises(AlreadyExistsError) as clash:
            put(house, replace(ALICE, logins=("alice", "bob")))

        assert (clash.value.kind, clash.value.field) == ("subject", "login")


class TestUpdate:
    @pytest.mark.parametrize(
        ("change", "fields"),
        [
            ({"logins": ("alice", "al")}, ("logins",)),
            ({"full_name": "Alice"}, ("full_name",)),
            ({"active": False}, ("active",)),
            ({"service": True}, ("service",)),
            ({"tenant": "Acme"}, ("tenant_id",)),
            ({"password": "another one"}, ("password",)),
            ({"password": None}, ()),
            ({"profiles": {NORTH: b"{}", SOUTH: b"{}"}}, ("profile north",)),
            ({"profiles": {SOUTH: b"{}"}}, ("profile north",)),
            ({"profiles": {}}, ("profile north", "profile south")),
            ({"full_name": "A", "service": True}, ("full_name", "service")),
        ],
    )
    def test_what_differs_is_changed_and_named(self, house, change, fields):
        house.core.seeding.put_tenant("Acme")
        put(house, ALICE)
        draft = replace(ALICE, **change)
        expected = updated(*fields) if fields else KEPT

        assert put(house, draft, dry_run=True) == expected
        assert put(house, draft) == expected
        assert put(house, draft) == KEPT
        assert put(house, draft, dry_run=True) == KEPT

    def test_a_change_made_elsewhere_goes_back_to_the_draft(self, house):
        put(house, ALICE)
        alice = house.standing().subject
        house.core.directory.set_password(alice.id, "another one")
        house.core.directory.set_active(alice.id, active=False)

        assert put(house, ALICE) == updated("active", "password")
        assert house.enter()

    def test_a_change_shows_at_the_next_use_of_a_token(self, house):
        put(house, ALICE)
        admitted = house.enter()
        house.use(admitted)

        put(house, replace(ALICE, full_name="Alice Example"))

        assert house.use(admitted).subject.full_name == "Alice Example"

    def test_what_is_kept_disturbs_no_session(self, house):
        put(house, ALICE)
        admitted = house.enter()
        house.use(admitted)

        put(house, ALICE)

        assert house.core.access.recall(admitted.token.secret, SOUTH) is not None

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"active": False}, SubjectDisabledError),
            ({"password": "another one"}, TokenUnknownError),
            ({"profiles": {NORTH: EVERYWHERE[NORTH]}}, SubjectDisabledError),
        ],
    )
    def test_what_keeps_a_subject_out_ends_its_sessions(self, house, change, refusal):
        put(house, ALICE)
        admitted = house.enter()
        house.use(admitted)

        put(house, replace(ALICE, **change))

        assert house.core.access.recall(admitted.token.secret, SOUTH) is None
        with pytest.raises(refusal):
            house.use(admitted)

    def test_a_lost_profile_ends_the_sessions_of_its_audience_alone(self, house):
        put(house, ALICE)
        north, south = house.enter(audience=NORTH), house.enter()

        put(house, replace(ALICE, profiles={NORTH: EVERYWHERE[NORTH]}))

        assert house.use(north)
        with pytest.raises(SubjectDisabledError):
            house.use(south)

    def test_a_lost_profile_takes_its_faces_along_and_what_was_sealed_of_them(self):
        house = House(engine=ScriptedEngine())
        alice = house.add("alice")
        (kept,) = enrol(house.core, NORTH, alice)
        enrol(house.core, SOUTH, alice)

        put(house, replace(ALICE, profiles={NORTH: EVERYWHERE[NORTH]}))

        assert sealed(house) == [kept.template]
        put(house, replace(ALICE, profiles={}))
        assert sealed(house) == []


class TestImportedHash:
    HASH = django(PASSWORD)
    DRAFT = replace(ALICE, password=None, password_hash=HASH)

    def test_it_is_kept_when_it_is_imported_again(self, house):
        put(house, self.DRAFT)

        assert put(house, self.DRAFT) == KEPT

    def test_it_is_kept_after_it_was_upgraded(self, house):
        put(house, self.DRAFT)
        house.enter()

        assert house.standing().password != self.HASH
        assert put(house, self.DRAFT) == KEPT

    def test_another_one_replaces_it(self, house):
        put(house, self.DRAFT)
        draft = replace(self.DRAFT, password_hash=django("another one"))

        assert put(house, draft) == updated("password")
        assert house.enter(password="another one")

    def test_it_comes_back_after_the_password_was_changed_elsewhere(self, house):
        put(house, self.DRAFT)
        house.core.directory.set_password(house.standing().subject.id, "another one")

        assert put(house, self.DRAFT) == updated("password")
        assert house.enter()

    def test_a_password_in_clear_that_fits_it_is_kept(self, house):
        put(house, self.DRAFT)

        assert put(house, ALICE) == KEPT


class TestAbsent:
    def test_whom_no_draft_means_is_listed_by_number(self, house):
        carol, bob = house.add("carol"), house.add("bob", "bob@acme.example")
        put(house, ALICE)

        absent = house.core.seeding.list_absent

        assert absent([replace(ALICE, logins=("ALICE",))]) == [carol, bob]
        assert absent([ALICE, SubjectDraft(("Bob@Acme.Example",))]) == [carol]
        assert absent([ALICE, SubjectDraft(("carol",)), SubjectDraft(("bob",))]) == []


drafts = st.builds(
    SubjectDraft,
    logins=st.lists(
        st.sampled_from(["a", "b", "c@x", "d"]), min_size=1, max_size=3, unique=True
    ).map(tuple),
    full_name=st.sampled_from(["", "A", "Ä"]),
    active=st.booleans(),
    service=st.booleans(),
    tenant=st.sampled_from([None, "Acme", "Globex"]),
    password=st.sampled_from([None, "x", "y"]),
    password_hash=st.sampled_from([None, django("x"), django("y")]),
    profiles=st.dictionaries(
        st.sampled_from([NORTH, SOUTH]), st.sampled_from([b"{}", b'{"scopes":[]}'])
    ),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(drafts, max_size=5))
def test_putting_twice_keeps_and_a_dry_run_foretells(listed):
    house = House()
    for name in ("Acme", "Globex"):
        house.core.seeding.put_tenant(name)
    for draft in listed:
        try:
            foretold = put(house, draft, dry_run=True)
        except AlreadyExistsError:
            with pytest.raises(AlreadyExistsError):
                put(house, draft)
            continue
        assert put(house, draft) == foretold
        before = house.audited()

        assert put(house, draft).kind is ChangeKind.KEEP
        assert put(house, draft, dry_run=True).kind is ChangeKind.KEEP
        assert house.audited() == before
    house.close()
