"""Configuration items: what an administrator can turn (wire contract IDscan 2.4)."""

import pytest

from tests.wire.idscan.capture import INVALID, NOT_FOUND, seat

ALL = "Configuration/GetAll"
UPDATE = "Configuration/Update"


def values(person) -> dict[str, str]:
    return {item["Key"]: item["Value"] for item in person.get(ALL).json()}


class TestListing:
    def test_an_item_has_the_keys_that_a_client_reads(self, investigator) -> None:
        for item in investigator.get(ALL).json():
            assert list(item) == [
                "Id",
                "Key",
                "Value",
                "DataType",
                "DefaultValue",
                "CategoryName",
                "MinValue",
                "MaxValue",
            ]
            assert isinstance(item["Value"], str)

    def test_every_item_has_its_default_at_first(self, investigator) -> None:
        found = investigator.get(ALL).json()

        assert [item["Value"] for item in found] == [item["DefaultValue"] for item in found]
        assert values(investigator) == {
            "ManualCrossCheckEnabled": "false",
            "AuthenticationToleranceLevel": "default",
            "RetentionDays": "0",
            "JourneyNotificationsEnabled": "true",
        }


class TestTurning:
    @pytest.mark.parametrize(
        ("key", "value", "kept"),
        [
            ("ManualCrossCheckEnabled", "true", "true"),
            ("manualcrosscheckenabled", "True", "true"),
            ("ManualCrossCheckEnabled", True, "true"),
            ("RetentionDays", "30", "30"),
            ("RetentionDays", 30, "30"),
            ("RetentionDays", " 030 ", "30"),
            ("RetentionDays", "00000", "0"),
            ("AuthenticationToleranceLevel", "strict", "strict"),
        ],
        ids=repr,
    )
    def test_an_item_is_turned_by_its_key(self, investigator, key, value, kept) -> None:
        answer = investigator.post(UPDATE, {"Key": key, "Value": value})

        assert answer.status_code == 200
        found = {name.lower(): value for name, value in values(investigator).items()}
        assert found[key.lower()] == kept

    def test_several_are_turned_at_once_by_key_or_number(self, investigator) -> None:
        body = [{"Id": 1, "Value": "true"}, {"Id": 3, "Key": "RetentionDays", "Value": "7"}]

        told = investigator.post(UPDATE, body).json()

        assert [item["Value"] for item in told] == ["true", "default", "7", "true"]
        assert values(investigator)["RetentionDays"] == "7"

    def test_nothing_but_the_value_is_read(self, investigator) -> None:
        item = investigator.get(ALL).json()[2]

        investigator.post(UPDATE, item | {"Value": "9", "MaxValue": "99999", "CategoryName": "x"})

        assert investigator.get(ALL).json()[2] == item | {"Value": "9"}

    @pytest.mark.parametrize(
        "value", ["", "yes", "1", None, [], {}, 1.5, "-1", "36501", "³", "99999999999999999999"]
    )
    @pytest.mark.parametrize("key", ["ManualCrossCheckEnabled", "RetentionDays"])
    def test_a_value_that_an_item_cannot_have_is_refused(self, investigator, key, value) -> None:
        if (key, value) == ("RetentionDays", "1"):
            value = "1.0"
        answer = investigator.post(
            UPDATE, [{"Id": 4, "Value": "false"}, {"Key": key, "Value": value}]
        )

        assert (answer.status_code, answer.json()) == (400, INVALID)
        assert values(investigator)["JourneyNotificationsEnabled"] == "true"

    @pytest.mark.parametrize(
        "item", [{"Key": "Colour"}, {"Id": 99}, {}, {"Id": 1, "Key": "RetentionDays"}], ids=str
    )
    def test_an_item_that_is_not_there_is_404(self, investigator, item) -> None:
        answer = investigator.post(UPDATE, item | {"Value": "1"})

        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)

    @pytest.mark.parametrize("body", [b"", b"[", b"[1]", b"7", b"[" * 50_000])
    def test_what_is_no_list_of_items_is_refused(self, investigator, body) -> None:
        assert investigator.post(UPDATE, body).status_code == 400

    def test_no_more_items_than_there_are_can_be_turned(self, investigator) -> None:
        assert investigator.post(UPDATE, [{"Id": 1, "Value": "true"}] * 5).status_code == 400


class TestReach:
    def test_each_tenant_turns_its_own(self, world, client) -> None:
        north = seat(world, client, area="investigation", tenant="north")
        south = seat(world, client, area="investigation", tenant="south")

        north.post(UPDATE, {"Key": "RetentionDays", "Value": "3"})

        assert values(north)["RetentionDays"] == "3"
        assert values(south)["RetentionDays"] == "0"

    def test_the_tolerance_is_told_of_journeys_that_begin_then(self, scanner, investigator) -> None:
        before = scanner.upload()["JourneyId"]
        investigator.post(UPDATE, {"Key": "AuthenticationToleranceLevel", "Value": "medium"})
        answer = scanner.upload()

        assert answer["EntryData"]["AuthenticationLevel"] == "medium"
        after = investigator.journey(answer["JourneyId"])
        assert after["AuthenticationToleranceLevel"] == "medium"
        assert investigator.journey(before)["AuthenticationToleranceLevel"] == "default"
