"""Whose journeys a token sees: its tenant's, or one alone (wire contract IDscan 1.2, 3.4)."""

from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from tests.wire.idscan.calls import PROFILE, log_in, opened, token_of
from tests.wire.idscan.capture import INVALID, NOT_FOUND, Person, image, seat

GROUPS: Final = {"IDscan": "Acme Bank", "Others": "Beta Bank"}


def all_ids(person) -> list[str]:
    return [each["JourneyId"] for each in person.get("Search/Entries").json()["Entries"]]


def image_id(person, journey_id: str) -> str:
    [shown] = person.journey(journey_id)["JourneyImages"]
    return str(parse_qs(urlsplit(shown["ImageUrl"]).query)["id"][0])


class TestTenants:
    @pytest.fixture
    def north(self, world, client) -> dict[str, Person]:
        return {
            area: seat(world, client, area=area, tenant="north")
            for area in ("scanning", "investigation")
        }

    @pytest.fixture
    def south(self, world, client) -> dict[str, Person]:
        return {
            area: seat(world, client, area=area, tenant="south")
            for area in ("scanning", "investigation")
        }

    def test_a_search_finds_the_tenants_own_journeys(
        self, north, south, scanner, investigator
    ) -> None:
        made = {who["scanning"].upload()["JourneyId"]: who for who in (north, south)}
        common = scanner.upload()["JourneyId"]

        for journey_id, who in made.items():
            assert all_ids(who["investigation"]) == [journey_id]
        assert all_ids(investigator) == [common]

    def test_a_foreign_id_is_answered_like_an_unknown_one(self, north, south) -> None:
        made = north["scanning"].upload()["JourneyId"]
        image_of = image_id(north["investigation"], made)
        stranger, unknown = south["investigation"], str(uuid4())
        calls = [
            (stranger.get, "Journey/Get", "journeyID", made),
            (stranger.get, "Search/GetEvaluatedPersonEntryValidationResults", "id", made),
            (stranger.delete, "entrymanagement/deleteentrybyid", "entryId", made),
            (stranger.get, "Journey/GetImage", "id", image_of),
        ]

        for call, path, key, journey_id in calls:
            foreign = call(path, **{key: journey_id, "role": "WhiteImage"})
            nobodys = call(path, **{key: unknown, "role": "WhiteImage"})
            assert (foreign.status_code, foreign.content) == (404, nobodys.content)
            assert foreign.json() == NOT_FOUND
        assert stranger.post("EntryManagement/DeactivateEntries", [made]).status_code == 202
        assert stranger.delete(
            "entrymanagement/deleteentrybyref", entryRef="1000000001"
        ).json() == (NOT_FOUND)
        assert north["investigation"].journey(made)

    def test_a_foreign_id_begins_a_journey_of_ones_own(self, north, south) -> None:
        made = north["scanning"].upload(AdditionalData={"a": "north"})
        same = {"PersonEntryId": made["JourneyId"]}

        begun = south["scanning"].upload(AdditionalData={"a": "south"}, **same)

        assert begun["JourneyId"] == made["JourneyId"]
        for who, name in ((north, "north"), (south, "south")):
            shown = who["investigation"].journey(made["JourneyId"])
            assert shown["AdditionalData"] == [{"Name": "a", "Value": name}]
            assert len(shown["JourneyImages"]) == 1

    def test_a_foreign_document_is_as_one_that_is_not_there(self, north, south) -> None:
        made = north["scanning"].upload()

        answer = south["scanning"].upload(IdentitiyMeansId=made["IdentityMeansId"])

        assert answer["CurrentResult"] == "SpecifiedEntryNotFound"

    def test_a_foreign_definition_is_as_one_that_is_not_there(self, north, south) -> None:
        definition = {"JourneyDefinitionId": north["investigation"].define(1)}

        answer = south["scanning"].send(AdditionalData=definition)

        assert (answer.status_code, answer.json()) == (400, INVALID)

    def test_each_tenant_counts_its_own_journeys(self, north, south) -> None:
        numbers = [
            who["scanning"].upload()["EntryData"]["ScanReference"] for who in (north, south, north)
        ]

        assert numbers == ["1000000001", "1000000001", "1000000002"]


class TestGroups:
    @pytest.fixture
    def world(self):
        with opened(PROFILE, group_tenants=GROUPS) as world:
            for name in set(GROUPS.values()):
                world.core.seeding.put_tenant(name)
            yield world

    def test_a_group_tells_the_tenant_of_who_has_none(self, world, client) -> None:
        scanner = seat(world, client, area="scanning", groups=["Users", "idSCAN"])
        made = scanner.upload()["JourneyId"]

        def seen(*groups: str, **more: str) -> list[str]:
            return all_ids(seat(world, client, area="investigation", groups=groups, **more))

        assert seen("IDscan") == seen("x", "IDSCAN", "Others") == [made]
        assert seen(tenant="Acme Bank") == [made]
        assert seen("Others") == seen("Users") == seen() == []

    def test_a_tenant_of_ones_own_counts_first(self, world, client) -> None:
        scanner = seat(world, client, area="scanning", groups=["IDscan"], tenant="Beta Bank")
        made = scanner.upload()["JourneyId"]

        other = seat(world, client, area="investigation", groups=["Others"])
        assert all_ids(other) == [made]

    def test_the_token_tells_that_tenants_name(self, world, client) -> None:
        world.add("grouped", profiles={"idscan": {"role": "User", "groups": ["others"]}})

        told = log_in(client, username="grouped", area="scanning").json()
        assert told["tenant"] == "Beta Bank"

    def test_definitions_are_those_of_that_tenant(self, world, client) -> None:
        admin = seat(world, client, area="investigation", groups=["IDscan"])
        admin.define(1)

        def names(*groups: str) -> list[str]:
            person = seat(world, client, area="investigation", groups=groups)
            return [each["Name"] for each in person.get("JourneyDefinition/GetAll").json()]

        assert (names("IDscan"), names("Others"), names()) == (["of the tests"], [], [])

    @pytest.mark.parametrize("state", ["gone", "in deletion"])
    def test_a_tenant_that_is_gone_or_closed_lets_nobody_in(self, world, client, state) -> None:
        person = seat(world, client, area="investigation", groups=["IDscan"])
        with world.storage.write() as transaction:
            tenant = transaction.tenants.find_by_name("Acme Bank")
            assert tenant is not None
            if state == "gone":
                transaction.tenants.remove(tenant.id)
        if state == "in deletion":
            world.core.tenancy.close_tenant(tenant.id)

        assert person.get("Search/Entries").status_code == 401
        assert person.get("JourneyDefinition/GetAll").status_code == 401
        world.add("late", profiles={"idscan": {"role": "User", "groups": ["IDscan"]}})
        answer = log_in(client, username="late", area="scanning")
        wrong = log_in(client, username="late", area="scanning", password="wrong")
        assert (answer.status_code, answer.content) == (400, wrong.content)


class TestBoundToOneJourney:
    @pytest.fixture
    def made(self, scanner) -> str:
        return str(scanner.upload()["JourneyId"])

    def bound(self, world, client, area: str, journey_id: str) -> Person:
        return seat(world, client, area=area, journey_id=journey_id)

    def test_the_token_says_to_which(self, world, client, made) -> None:
        world.add("guest", profiles={"idscan": {"role": "User", "journey_id": made}})

        assert log_in(client, username="guest", area="scanning").json()["JourneyId"] == made

    def test_it_reads_that_journey_and_no_other(self, world, client, scanner, investigator, made):
        other = scanner.upload()["JourneyId"]
        guest = self.bound(world, client, "investigation", made.upper())

        assert guest.journey(made)["JourneyId"] == made
        assert guest.get("Journey/Get", journeyID=other).json() == NOT_FOUND
        assert (
            guest.get(
                "Journey/GetImage", id=image_id(investigator, other), role="WhiteImage"
            ).json()
            == NOT_FOUND
        )
        own = image_id(investigator, made)
        assert guest.get("Journey/GetImage", id=own, role="WhiteImage").status_code == 200
        assert all_ids(guest) == [made]
        assert len(guest.get("Search/ExportEntries").text.splitlines()) == 2

    def test_it_uploads_to_that_journey_and_no_other(self, world, client, investigator, made):
        guest = self.bound(world, client, "scanning", made)

        assert guest.upload()["JourneyId"] == made
        assert guest.upload(PersonEntryId=made)["JourneyId"] == made
        for other in ({"PersonEntryId": str(uuid4())},):
            answer = guest.upload(image("SelfiePhoto"), **other)
            assert answer["CurrentResult"] == "SpecifiedEntryNotFound"
        assert len(investigator.journey(made)["JourneyImages"]) == 3
        assert all_ids(investigator) == [made]

    def test_it_removes_no_other(self, world, client, scanner, made) -> None:
        other = scanner.upload()["JourneyId"]
        guest = self.bound(world, client, "investigation", made)

        assert guest.delete("entrymanagement/deleteentrybyid", entryId=other).json() == NOT_FOUND
        assert (
            guest.delete("entrymanagement/deleteentrybyref", entryRef="1000000002").json()
            == NOT_FOUND
        )
        guest.post("EntryManagement/DeactivateEntries", [other])
        assert guest.delete("entrymanagement/deleteentrybyid", entryId=made).status_code == 204

    def test_it_changes_nothing_that_is_no_journey(self, world, client, made) -> None:
        guest = self.bound(world, client, "investigation", made)

        assert guest.get("JourneyDefinition/GetAll").status_code == 200
        assert guest.get("Configuration/GetAll").status_code == 401
        assert guest.post("JourneyDefinition/Add", {"Name": "a"}).status_code == 401

    def test_a_journey_that_has_not_begun_can_be_begun(self, world, client) -> None:
        own = str(uuid4())

        assert self.bound(world, client, "scanning", own).upload()["JourneyId"] == own

    def test_what_can_be_no_journey_binds_to_none(self, world, client, made) -> None:
        guest = self.bound(world, client, "investigation", "b1")

        assert guest.get("Journey/Get", journeyID=made).json() == NOT_FOUND
        assert all_ids(guest) == []
        scanner = self.bound(world, client, "scanning", "b1")
        assert scanner.upload()["CurrentResult"] == "SpecifiedEntryNotFound"
        assert token_of(client)
