"""Which area and which role every guarded path wants, by a table (wire contract IDscan 1.7, 3)."""

from typing import Final
from uuid import uuid4

import pytest

from tests.wire.idscan.calls import DENIED, opened
from tests.wire.idscan.capture import BASE, Person, seat
from watchword.dialects.idscan.routes import OPERATIONS
from watchword.web.operation import Guarded

FULL: Final = {"SuperAdministrator"}
DELETING: Final = FULL | {"Administrator"}
CONFIGURING: Final = FULL | {"Administrator"}
READING: Final = FULL | {"Administrator", "Investigator"}
CAPTURING: Final = FULL | {"Administrator", "User"}
ANYBODY: Final = READING | CAPTURING

TABLE: Final = [
    ("POST", "logout", "either", ANYBODY),
    ("POST", "journey/upload", "scanning", CAPTURING),
    ("GET", "Journey/Get", "investigation", READING),
    ("GET", "Journey/GetImage", "investigation", READING),
    ("GET", "Search/ExportEntries", "investigation", READING),
    ("GET", "Search/Entries", "investigation", READING),
    ("POST", "Search/Entries", "investigation", READING),
    ("GET", "Search/GetEvaluatedPersonEntryValidationResults", "investigation", READING),
    ("GET", "reporting/ExportJourneyReports", "investigation", READING),
    ("DELETE", "EntryManagement/deleteentrybyref", "investigation", DELETING),
    ("DELETE", "EntryManagement/deleteentrybyid", "investigation", DELETING),
    ("POST", "EntryManagement/deletejourneyperson", "investigation", DELETING),
    ("POST", "EntryManagement/DeactivateEntries", "investigation", DELETING),
    ("GET", "JourneyDefinition/GetAll", "investigation", READING),
    ("GET", "JourneyDefinition/Get", "investigation", READING),
    ("POST", "JourneyDefinition/Add", "investigation", CONFIGURING),
    ("POST", "JourneyDefinition/Update", "investigation", CONFIGURING),
    ("DELETE", "JourneyDefinition/delete", "investigation", CONFIGURING),
    ("POST", "JourneyDefinition/delete", "investigation", CONFIGURING),
    ("POST", "JourneyDefinition/AddOrUpdateEntryDefinition", "investigation", CONFIGURING),
    ("POST", "JourneyEntryDefinition/Add", "investigation", CONFIGURING),
    ("GET", "Configuration/GetAll", "investigation", CONFIGURING),
    ("POST", "Configuration/Update", "investigation", CONFIGURING),
]
OF_AN_AREA: Final = [row for row in TABLE if row[2] != "either"]
CHANGES_OF_ADMINISTRATORS: Final = [
    row for row in TABLE if row[0] != "GET" and row[3] in (DELETING, CONFIGURING)
]
OTHER: Final = {"scanning": "investigation", "investigation": "scanning"}


def call(person: Person, method: str, path: str, **headers: str):
    return person.client.request(method, f"{BASE}/{path}", headers={**person.headers, **headers})


def named(row) -> str:
    return f"{row[0]} {row[1]}"


def test_the_table_has_every_guarded_path() -> None:
    guarded = {(each.method, each.path) for each in OPERATIONS if isinstance(each, Guarded)}

    assert {(method, f"{BASE}/{path}") for method, path, _, _ in TABLE} == guarded


@pytest.mark.parametrize("row", OF_AN_AREA, ids=named)
def test_a_token_of_the_wrong_area_is_denied_on_every_path(world, client, row) -> None:
    method, path, area, _ = row
    answer = call(seat(world, client, area=OTHER[area]), method, path)

    assert (answer.status_code, answer.content) == (401, DENIED)


@pytest.mark.parametrize("row", OF_AN_AREA, ids=named)
def test_a_token_of_the_right_area_gets_past_the_guard_on_every_path(world, client, row) -> None:
    method, path, area, _ = row

    assert call(seat(world, client, area=area), method, path).status_code not in {401, 403}


@pytest.mark.parametrize("row", OF_AN_AREA, ids=named)
@pytest.mark.parametrize(
    "path", [str.upper, str.lower, str.swapcase], ids=["UPPER", "lower", "sWAP"]
)
def test_every_path_is_found_in_any_case(world, client, row, path) -> None:
    method, plain, area, _ = row
    answer = call(seat(world, client, area=area), method, path(plain))

    assert answer.status_code not in {401, 403, 405}
    assert "token" not in answer.text


@pytest.mark.parametrize("row", OF_AN_AREA, ids=named)
@pytest.mark.parametrize("role", sorted(ANYBODY))
def test_a_role_opens_what_it_has_the_permission_for(world, client, row, role) -> None:
    method, path, area, allowed = row
    both = ["scanning", "investigation"]
    answer = call(seat(world, client, area=area, role=role, areas=both), method, path)

    # Areas are the profile's, so what is left to the role is its permissions.
    permitted = role in allowed or allowed in (READING, CAPTURING)
    assert (answer.status_code != 401) is permitted


@pytest.mark.parametrize("row", OF_AN_AREA, ids=named)
def test_a_stranger_is_denied_on_every_path(client, row) -> None:
    answer = client.request(row[0], f"{BASE}/{row[1]}")

    assert (answer.status_code, answer.content) == (401, DENIED)


def test_a_missing_permission_can_be_answered_with_403() -> None:
    with opened(wrong_area_status=403) as world, world.client() as client:
        person = seat(world, client, area="investigation", role="Investigator")

        assert person.get("Configuration/GetAll").status_code == 403


@pytest.mark.parametrize("row", OF_AN_AREA, ids=named)
def test_a_lenient_door_takes_any_area_on_every_path(row) -> None:
    with opened(area_check="lenient") as world, world.client() as client:
        person = seat(world, client, area=OTHER[row[2]])

        assert call(person, row[0], row[1]).status_code not in {401, 403}


@pytest.mark.parametrize("row", CHANGES_OF_ADMINISTRATORS, ids=named)
def test_what_administrators_change_by_cookie_alone_wants_the_csrf_token(
    world, client, row
) -> None:
    person = seat(world, client, area="investigation")
    token = person.headers["authorization"]
    person.headers = {"cookie": f"token={token}"}

    assert call(person, row[0], row[1]).status_code == 403
    assert call(person, row[0], row[1], authorization=token).status_code != 403


def test_uploads_and_reading_by_cookie_want_no_csrf_token(world, client) -> None:
    for area, path in (("scanning", "journey/upload"), ("investigation", "Search/Entries")):
        person = seat(world, client, area=area)
        person.headers = {"cookie": f"token={person.headers['authorization']}"}

        assert call(person, "POST", path).status_code in {200, 400}


def test_a_method_that_a_path_does_not_have_is_405(investigator) -> None:
    answer = investigator.delete("Journey/Get", journeyID=str(uuid4()))

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
