"""Adding, changing and deleting journey definitions (wire contract IDscan 2.4)."""

from uuid import UUID, uuid4

import pytest

from tests.wire.idscan.capture import INVALID, NOT_FOUND, seat

ADD = "JourneyDefinition/Add"
UPDATE = "JourneyDefinition/Update"
PUT_ENTRY = "JourneyDefinition/AddOrUpdateEntryDefinition"
ADD_ENTRY = "JourneyEntryDefinition/Add"


def all_of(person):
    return person.get("JourneyDefinition/GetAll").json()


class TestAdding:
    def test_what_was_added_is_shown_and_listed(self, world, investigator) -> None:
        body = {
            "Name": "onboarding",
            "ChannelType": "Mobile",
            "CapturingMedia": 3,
            "EntryDefinitions": [{"Type": 1}, {"Type": "selfie", "IsOptional": "true"}],
        }

        added = investigator.post(ADD, body)

        made = added.json()
        assert (added.status_code, all_of(investigator)) == (200, [made])
        assert (made["Name"], made["ChannelType"], made["CapturingMedia"]) == ("onboarding", 3, 3)
        assert (made["IsActive"], made["IsPredefinedJourney"]) == (True, False)
        assert [entry["Type"] for entry in made["EntryDefinitions"]] == [1, 3]
        assert [entry["IsOptional"] for entry in made["EntryDefinitions"]] == [False, True]
        assert {e["JourneyDefinitionId"] for e in made["EntryDefinitions"]} == {
            made["JourneyDefinitionId"]
        }
        assert made["LastUpdatedDateTime"] == f"{world.clock.time:%Y-%m-%dT%H:%M:%S.%f}0"
        shown = investigator.get("JourneyDefinition/Get", id=made["JourneyDefinitionId"])
        assert shown.json() == made

    def test_an_id_of_the_callers_own_is_taken_once(self, investigator) -> None:
        body = {"Name": "a", "JourneyDefinitionId": str(uuid4())}

        assert (
            investigator.post(ADD, body).json()["JourneyDefinitionId"]
            == (body["JourneyDefinitionId"])
        )
        assert investigator.post(ADD, body).status_code == 409

    def test_only_what_is_a_definitions_own_is_read(self, investigator) -> None:
        body = {"Name": "a", "IsPredefinedJourney": True, "LastUpdatedDateTime": "x", "More": 1}

        made = investigator.post(ADD, body).json()

        assert (made["IsPredefinedJourney"], "More" in made) == (False, False)
        assert made["LastUpdatedDateTime"] != "x"

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"Name": " "},
            {"Name": 5},
            {"Name": "a" * 257},
            {"Name": "a", "ChannelType": 4},
            {"Name": "a", "ChannelType": "fax"},
            {"Name": "a", "ChannelMedia": 5},
            {"Name": "a", "JourneyDefinitionId": "1"},
            {"Name": "a", "IsActive": "perhaps"},
            {"Name": "a", "EntryDefinitions": [{}]},
            {"Name": "a", "EntryDefinitions": [{"Type": 9}]},
            {"Name": "a", "EntryDefinitions": [{"Type": 1}] * 33},
            {
                "Name": "a",
                "EntryDefinitions": [{"Type": 1, "JourneyEntryDefinitionId": str(UUID(int=1))}] * 2,
            },
        ],
        ids=lambda wrong: str(wrong)[:70],
    )
    def test_what_is_no_definition_is_refused(self, investigator, wrong) -> None:
        answer = investigator.post(ADD, wrong)

        assert (answer.status_code, answer.json()) == (400, INVALID)
        assert all_of(investigator) == []

    def test_a_tenant_has_a_bounded_number_of_definitions(self, investigator, monkeypatch) -> None:
        monkeypatch.setattr("watchword.dialects.idscan.defining.MOST_DEFINITIONS", 1)
        kept = investigator.define(1)

        assert investigator.post(ADD, {"Name": "b"}).status_code == 400
        update = {"JourneyDefinitionId": kept, "Name": "c"}
        assert investigator.post(UPDATE, update).status_code == 200


class TestChanging:
    def test_what_is_named_becomes_so_and_the_rest_stays(self, world, investigator) -> None:
        made = investigator.define(1, 2, CapturingMedia=2)
        before = all_of(investigator)[0]
        world.clock.advance(hours=1)

        after = investigator.post(
            UPDATE, {"journeydefinitionid": made.upper(), "Name": "new", "IsActive": False}
        ).json()

        assert after["LastUpdatedDateTime"] > before["LastUpdatedDateTime"]
        changed = {"Name": "new", "IsActive": False}
        same = {"LastUpdatedDateTime": after["LastUpdatedDateTime"]}
        assert after == before | changed | same

    def test_steps_can_be_given_anew_all_at_once(self, investigator) -> None:
        made = investigator.define(1, 2)
        body = {"JourneyDefinitionId": made, "EntryDefinitions": [{"Type": 4, "Order": 7}]}

        [entry] = investigator.post(UPDATE, body).json()["EntryDefinitions"]
        assert (entry["Type"], entry["Order"]) == (4, 7)

    def test_a_step_is_added_at_the_end(self, investigator) -> None:
        made = investigator.define(1)

        for path in (ADD_ENTRY, PUT_ENTRY):
            investigator.post(path, {"JourneyDefinitionId": made, "Type": 3})

        [definition] = all_of(investigator)
        assert [entry["Type"] for entry in definition["EntryDefinitions"]] == [1, 3, 3]

    def test_a_step_that_is_there_is_changed_in_its_place(self, investigator) -> None:
        made = investigator.define(1, 2)
        [definition] = all_of(investigator)
        first = definition["EntryDefinitions"][0]

        investigator.post(PUT_ENTRY, first | {"Type": 4})

        [definition] = all_of(investigator)
        assert [entry["Type"] for entry in definition["EntryDefinitions"]] == [4, 2]
        assert investigator.post(ADD_ENTRY, first).status_code == 409
        assert made == definition["JourneyDefinitionId"]

    def test_a_definition_takes_a_bounded_number_of_steps(self, investigator) -> None:
        made = investigator.define(*[1] * 32)

        answer = investigator.post(ADD_ENTRY, {"JourneyDefinitionId": made, "Type": 3})

        assert (answer.status_code, answer.json()) == (400, INVALID)

    @pytest.mark.parametrize("path", [UPDATE, PUT_ENTRY, ADD_ENTRY])
    def test_what_is_not_there_cannot_be_changed(self, investigator, path) -> None:
        answer = investigator.post(path, {"JourneyDefinitionId": str(uuid4()), "Type": 1})

        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
        assert investigator.post(path, {"Type": 1}).status_code == 400

    @pytest.mark.parametrize("wrong", [{"Name": ""}, {"IsActive": 2}, {"ChannelType": 0}])
    def test_a_change_is_read_as_strictly_as_a_definition(self, investigator, wrong) -> None:
        made = investigator.define(1)

        answer = investigator.post(UPDATE, {"JourneyDefinitionId": made} | wrong)

        assert answer.status_code == 400


class TestDeleting:
    @pytest.mark.parametrize("name", ["journeyDefinitionId", "JOURNEYDEFINITIONID", "id"])
    def test_by_its_id_under_either_method(self, investigator, name) -> None:
        for call in (investigator.delete, investigator.post):
            made = investigator.define(1)
            query = {name: made}

            assert call("JourneyDefinition/delete", **query).status_code == 200
            assert all_of(investigator) == []
            assert call("JourneyDefinition/delete", **query).status_code == 404

    def test_by_its_id_in_the_body_of_a_post(self, investigator) -> None:
        kept, made = investigator.define(1), investigator.define(1)

        answer = investigator.post("JourneyDefinition/delete", {"journeydefinitionid": made})

        assert (answer.status_code, answer.json()["JourneyDefinitionId"]) == (200, made)
        assert [each["JourneyDefinitionId"] for each in all_of(investigator)] == [kept]

    @pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"JourneyDefinitionId": ""}'])
    def test_without_an_id_nothing_is_deleted(self, investigator, body) -> None:
        investigator.define(1)

        assert investigator.delete("JourneyDefinition/delete").status_code == 400
        assert investigator.post("JourneyDefinition/delete", body).status_code == 400
        assert len(all_of(investigator)) == 1


class TestReach:
    def test_a_foreign_tenants_definition_is_as_one_that_is_not_there(self, world, client) -> None:
        north = seat(world, client, area="investigation", tenant="north")
        south = seat(world, client, area="investigation", tenant="south")
        made = north.define(1)

        body = {"JourneyDefinitionId": made, "Name": "stolen", "Type": 1}
        for path in (UPDATE, PUT_ENTRY, ADD_ENTRY):
            assert south.post(path, body).status_code == 404
        assert south.get("JourneyDefinition/Get", id=made).status_code == 404
        assert south.delete("JourneyDefinition/delete", id=made).status_code == 404
        # An id is free in each tenant, as in a database of its own.
        assert south.post(ADD, body).status_code == 200
        assert [each["Name"] for each in all_of(north)] == ["of the tests"]

    def test_changes_are_in_the_audit_log_with_who_made_them(self, world, investigator) -> None:
        investigator.define(1)

        with world.storage.read() as transaction:
            entries = [link.entry for _, link in transaction.audit.list_page(0, 100)]
        assert entries[-1].action == "journey-definition.change"
        assert entries[-1].details["by_login"] == "Alice"
