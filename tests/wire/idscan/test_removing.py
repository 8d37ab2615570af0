"""Deleting, deactivating and keeping no longer than allowed (wire contract IDscan 2.4)."""

import json
from base64 import b64decode
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from starlette.applications import Starlette

from tests.support.world import World
from tests.wire.idscan.calls import PASSWORD, PROFILE, opened, token_of
from tests.wire.idscan.capture import (
    INVALID,
    NOT_FOUND,
    Person,
    image,
    journeys_of,
    run_jobs,
    sealed_in,
    seat,
)
from watchword.bootstrap import build_site
from watchword.dialects.idscan import DIALECT
from watchword.storage.sql import SqlStorage, migrate, open_storage
from watchword.storage.vault import FileVault

BY_REF = "entrymanagement/deleteentrybyref"
BY_ID = "entrymanagement/deleteentrybyid"
PERSONS = "entrymanagement/deletejourneyperson"
DEACTIVATE = "EntryManagement/DeactivateEntries"
KEY = bytes(range(32))
SIXTEEN = [str(UUID(int=number)) for number in range(16)]


def turn(admin: Person) -> None:
    """Turn a configuration item."""
    answer = admin.post("Configuration/Update", {"Id": 1, "Value": "true"})
    assert answer.status_code == 200


def remove_tenant(world, name: str) -> None:
    """Remove a tenant with its subjects, as its vendor's door would."""
    with world.storage.write() as transaction:
        tenant = transaction.tenants.find_by_name(name)
        assert tenant is not None
        for subject_id in transaction.tenants.list_subjects(tenant.id, 10):
            transaction.subjects.remove(subject_id)
        transaction.tenants.remove(tenant.id)


def left_of_tenants(world) -> list[str]:
    """Return the keys of what tenants keep beside journeys."""
    kinds = ("journey-definition", "configuration", "journey-counter")
    with world.storage.read() as transaction:
        return [
            key
            for kind in kinds
            for key, _ in transaction.documents.list_of(DIALECT.audience, kind)
        ]


def entries(world, action: str = "journey.remove"):
    with world.storage.read() as transaction:
        links = [link for _, link in transaction.audit.list_page(0, 1_000)]
    return [link.entry for link in links if link.entry.action == action]


class TestDeleting:
    def test_by_id(self, world, scanner, investigator) -> None:
        made = scanner.upload(image(), image("SelfiePhoto"))
        kept = scanner.upload()["JourneyId"]

        answer = investigator.delete(BY_ID, entryId=made["JourneyId"], userName="auditor\n7")

        assert (answer.status_code, answer.content) == (204, b"")
        assert investigator.get("Journey/Get", journeyID=made["JourneyId"]).status_code == 404
        assert investigator.journey(kept)
        assert (journeys_of(world), sealed_in(world)) == (1, 1)

    def test_who_asked_for_it_is_in_the_audit_log(self, world, scanner, investigator) -> None:
        made = scanner.upload()
        investigator.delete(BY_ID, entryid=made["JourneyId"], username="auditor\n7")

        [entry] = entries(world)
        assert (entry.login, entry.details["on_behalf_of"]) == ("Alice", "auditor\\n7")
        assert entry.details["reference"] == "1000000001"

    def test_by_reference(self, world, scanner, investigator) -> None:
        scanner.upload()
        made = scanner.upload()

        answer = investigator.delete(BY_REF, entryRef="1000000002")

        assert answer.status_code == 204
        assert investigator.get("Journey/Get", journeyID=made["JourneyId"]).status_code == 404
        assert (journeys_of(world), sealed_in(world)) == (1, 1)

    def test_several_persons_all_or_none(self, world, scanner, investigator) -> None:
        ids = [scanner.upload()["JourneyId"] for _ in range(3)]

        assert investigator.post(PERSONS, [*ids, str(uuid4())]).status_code == 404
        assert (journeys_of(world), sealed_in(world)) == (3, 3)
        assert investigator.post(PERSONS, [ids[0], ids[1], ids[0]]).status_code == 204
        assert (journeys_of(world), sealed_in(world)) == (1, 1)

    def test_what_is_gone_can_be_found_by_nothing(self, scanner, investigator) -> None:
        made = scanner.upload()
        [shown] = investigator.journey(made["JourneyId"])["JourneyImages"]
        investigator.delete(BY_ID, entryId=made["JourneyId"])

        assert investigator.fetch(shown["ImageUrl"]).status_code == 404
        assert investigator.get("Search/Entries").json()["Entries"] == []
        assert investigator.delete(BY_REF, entryRef="1000000001").status_code == 404

    def test_its_number_is_given_to_no_other(self, scanner, investigator) -> None:
        made = scanner.upload()
        investigator.delete(BY_ID, entryId=made["JourneyId"])

        assert scanner.upload()["EntryData"]["ScanReference"] == "1000000002"

    def test_its_id_may_begin_another_journey(self, scanner, investigator) -> None:
        made = scanner.upload(AdditionalData={"a": "b"})["JourneyId"]
        investigator.delete(BY_ID, entryId=made)

        scanner.upload(PersonEntryId=made)

        assert investigator.journey(made)["AdditionalData"] == []

    @pytest.mark.parametrize(
        ("path", "query", "status"),
        [
            (BY_ID, {}, 400),
            (BY_ID, {"entryId": "17"}, 400),
            (BY_ID, {"entryId": str(uuid4())}, 404),
            (BY_REF, {}, 400),
            (BY_REF, {"entryRef": "x"}, 400),
            (BY_REF, {"entryRef": "³"}, 400),
            (BY_REF, {"entryRef": "1000000009"}, 404),
        ],
    )
    def test_what_is_not_there_is_404_and_what_is_no_name_400(
        self, scanner, investigator, path, query, status
    ) -> None:
        scanner.upload()
        answer = investigator.delete(path, **query)

        told = {400: INVALID, 404: NOT_FOUND}[status]
        assert (answer.status_code, answer.json()) == (status, told)

    @pytest.mark.parametrize(
        "body",
        [b"", b"{}", b"[]", b"[1]", b'["x"]', b"null", SIXTEEN],
        ids=lambda body: str(body)[:12],
    )
    @pytest.mark.parametrize("path", [PERSONS, DEACTIVATE])
    def test_what_is_no_list_of_up_to_fifteen_ids_is_refused(
        self, investigator, path, body
    ) -> None:
        answer = investigator.post(path, body)

        assert (answer.status_code, answer.json()) == (400, INVALID)

    def test_an_upload_that_was_cut_off_is_swept(self, world, scanner) -> None:
        key = world.vault.new_key()
        world.vault.put(key, b"sealed before its journey")
        scanner.upload()
        world.clock.advance(hours=2)

        assert world.core.sweep() == 1
        assert sealed_in(world) == 1


class TestDeactivating:
    def test_what_is_deactivated_is_seen_no_more_and_kept(
        self, world, scanner, investigator
    ) -> None:
        made = scanner.upload()
        [shown] = investigator.journey(made["JourneyId"])["JourneyImages"]

        answer = investigator.post(DEACTIVATE, [made["JourneyId"], str(uuid4())])

        assert (answer.status_code, answer.content) == (202, b"")
        assert investigator.get("Journey/Get", journeyID=made["JourneyId"]).status_code == 404
        assert investigator.fetch(shown["ImageUrl"]).status_code == 404
        assert investigator.get("Search/Entries").json()["TotalCount"] == 0
        assert (journeys_of(world), sealed_in(world)) == (1, 1)
        assert ("journey.deactivate", "done") in world.audited()

    def test_nothing_is_added_to_it(self, world, scanner, investigator) -> None:
        made = scanner.upload()["JourneyId"]
        investigator.post(DEACTIVATE, [made])

        answer = scanner.upload(PersonEntryId=made)

        assert (answer["CurrentResult"], answer["HasError"]) == ("SpecifiedEntryNotFound", True)
        assert sealed_in(world) == 1

    def test_it_can_still_be_deleted(self, world, scanner, investigator) -> None:
        made = scanner.upload()["JourneyId"]
        investigator.post(DEACTIVATE, [made, made])

        assert investigator.delete(BY_ID, entryId=made).status_code == 204
        assert (journeys_of(world), sealed_in(world)) == (0, 0)

    def test_twice_is_once(self, world, scanner, investigator) -> None:
        made = scanner.upload()["JourneyId"]
        for _ in range(2):
            assert investigator.post(DEACTIVATE, [made]).status_code == 202

        assert len(entries(world, "journey.deactivate")) == 1


class TestRetention:
    def test_by_default_nothing_goes_by_itself(self, world, scanner) -> None:
        scanner.upload()
        world.clock.advance(days=36_000)
        run_jobs(world)

        assert journeys_of(world) == 1

    def test_what_is_older_goes_with_its_images_and_the_audit_log_says_so(self) -> None:
        with opened(PROFILE, retention_days=30) as world, world.client() as client:
            scanner = Person(client, token_of(client, area="scanning"))
            scanner.upload(image(), image("SelfiePhoto"))
            world.clock.advance(days=29, hours=23)
            run_jobs(world)
            assert (journeys_of(world), sealed_in(world)) == (1, 2)
            world.clock.advance(hours=2)
            run_jobs(world)

            assert (journeys_of(world), sealed_in(world)) == (0, 0)
            [entry] = entries(world)
            assert entry.details["reason"] == "older than 30 days"
            assert (entry.details["images"], entry.details["reference"]) == ("2", "1000000001")

    def test_what_is_younger_stays(self) -> None:
        with opened(PROFILE, retention_days=1) as world, world.client() as client:
            Person(client, token_of(client, area="scanning")).upload()
            world.clock.advance(hours=23)
            scanner = Person(client, token_of(client, area="scanning"))
            young = scanner.upload()["JourneyId"]
            world.clock.advance(hours=2)
            run_jobs(world)

            investigator = Person(client, token_of(client))
            assert journeys_of(world) == 1
            assert investigator.journey(young)

    def test_a_tenants_administrators_can_shorten_the_time_and_not_lengthen_it(self) -> None:
        with opened(PROFILE, retention_days=30) as world, world.client() as client:
            for tenant, days in (("north", 3), ("south", 300)):
                admin = seat(world, client, area="investigation", tenant=tenant)
                admin.post("Configuration/Update", {"Key": "RetentionDays", "Value": days})
                seat(world, client, area="scanning", tenant=tenant).upload()
            left = []
            for days in (2, 2, 25, 2):
                world.clock.advance(days=days)
                run_jobs(world)
                left.append(journeys_of(world))

        assert left == [2, 1, 1, 0]

    def test_one_job_keeps_house_for_all_tenants(self, world, client) -> None:
        for tenant in ("north", "south", "north"):
            seat(world, client, area="scanning", tenant=tenant).upload()
        world.clock.advance(hours=1)

        assert len(run_jobs(world)) == 1
        world.clock.advance(hours=1)
        assert len(run_jobs(world)) == 1

    def test_many_go_batch_by_batch(self, monkeypatch) -> None:
        monkeypatch.setattr("watchword.dialects.idscan.journeys.retaining.BATCH", 2)
        with opened(PROFILE, retention_days=1) as world, world.client() as client:
            scanner = Person(client, token_of(client, area="scanning"))
            for _ in range(5):
                scanner.upload()
            world.clock.advance(days=2)
            run_jobs(world)

            assert journeys_of(world) == 0
            assert len(entries(world)) == 5

    def test_journeys_of_a_tenant_that_is_gone_go_too(self, world, client) -> None:
        seat(world, client, area="scanning", tenant="north").upload()
        admin = seat(world, client, area="investigation", tenant="north")
        admin.define(1)
        admin.post("Configuration/Update", {"Id": 1, "Value": "true"})
        remove_tenant(world, "north")
        world.clock.advance(hours=1)
        run_jobs(world)

        assert (journeys_of(world), sealed_in(world)) == (0, 0)
        assert entries(world)[0].details["reason"] == "tenant removed"
        assert left_of_tenants(world) == []

    @pytest.mark.parametrize("keep", [lambda admin: admin.define(1), turn])
    def test_so_does_what_else_it_had_if_it_never_had_a_journey(self, world, client, keep) -> None:
        for tenant in ("north", "south"):
            keep(seat(world, client, area="investigation", tenant=tenant))
        remove_tenant(world, "north")
        world.clock.advance(hours=1)

        assert len(run_jobs(world)) == 1
        [kept, counter] = left_of_tenants(world)
        with world.storage.read() as transaction:
            south = transaction.tenants.find_by_name("south")
        assert south is not None
        assert (kept.partition("/")[0], counter) == (str(south.id), str(south.id))

    def test_definitions_before_the_first_journey_use_up_no_number(self, world, client) -> None:
        seat(world, client, area="investigation", tenant="north").define(1)

        made = seat(world, client, area="scanning", tenant="north").upload()
        assert made["EntryData"]["ScanReference"] == "1000000001"

    def test_one_job_keeps_house_after_all_tenants_were_gone_as_well(self, world, client) -> None:
        for tenant in ("north", "south"):
            seat(world, client, area="scanning", tenant=tenant).upload()
            remove_tenant(world, tenant)
            world.clock.advance(hours=1)
            run_jobs(world)
            assert left_of_tenants(world) == []

        seat(world, client, area="scanning", tenant="west").upload()
        world.clock.advance(hours=1)
        assert len(run_jobs(world)) == 1

    def test_nor_is_there_another_where_nobody_noted_the_first(self, world, client) -> None:
        seat(world, client, area="scanning", tenant="north").upload()
        with world.storage.write() as transaction:
            transaction.documents.remove(DIALECT.audience, "house", "kept")

        seat(world, client, area="scanning", tenant="south").upload()
        world.clock.advance(hours=1)
        assert len(run_jobs(world)) == 1


class TestWhatIsLeftOnDisk:
    @pytest.fixture
    def storage(self, tmp_path) -> Generator[SqlStorage]:
        url = f"sqlite:///{tmp_path}/watchword.db"
        migrate(url)
        storage = open_storage(url)
        yield storage
        storage.close()

    @pytest.fixture
    def world(self, storage, tmp_path) -> Generator[World]:
        world = World(storage=storage)
        world.add("alice", password=PASSWORD, profiles={"idscan": PROFILE})
        world.core = replace(world.core, vault=FileVault(tmp_path / "vault", KEY, world.clock))
        world.site = build_site(world.core, world.opened, world.lanes, Starlette(), ignore)
        yield world
        world.close()

    @pytest.mark.parametrize("uploads", [1, 3])
    def test_neither_images_nor_the_keys_that_they_were_sealed_under(
        self, world, storage, scanner, investigator, tmp_path, uploads
    ) -> None:
        ids = [scanner.upload()["JourneyId"] for _ in range(uploads)]
        keys = [key_of(storage, journey_id) for journey_id in ids]
        assert all(key in stored_in(tmp_path) for key in keys)

        for journey_id in ids:
            assert investigator.delete(BY_ID, entryId=journey_id).status_code == 204
        run_jobs(world)
        assert storage.tidy()

        stored = stored_in(tmp_path)
        assert not [key for key in keys if key in stored or b64decode(key) in stored]
        assert not [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]


def ignore(_dialect: str, _path: str, _status: int) -> None:
    """Count nothing."""


def stored_in(folder: Path) -> bytes:
    """Return all bytes of all files."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def key_of(storage, journey_id: str) -> bytes:
    """Return the wrapped key of a journey as its record has it."""
    with storage.read() as transaction:
        found = transaction.documents.list_of(DIALECT.audience, "journey")
    [document] = [each for key, each in found if key.endswith(journey_id)]
    key: str = json.loads(document)["key"]
    return key.encode()
