"""``[subjects.idscan]``: what an operator may write, and what is stored of it."""

import itertools
import subprocess
import sys
from typing import get_args

import pytest

from watchword.config import TableError
from watchword.dialects.idscan.profile import Role, as_profile, grantable, parse, read

WHOLE = {
    "role": "SuperAdministrator",
    "areas": ["scanning", "investigation"],
    "groups": ["Users", "IEOSAdmins"],
    "branch_code": "",
}


def test_what_is_read_is_what_was_written() -> None:
    profile = parse(read(WHOLE))

    assert (profile.role, profile.groups) == ("SuperAdministrator", ("Users", "IEOSAdmins"))
    assert profile.areas == grantable(profile) == {"scanning", "investigation"}
    assert (profile.branch_code, profile.journey_id, profile.abbey_service_centre) == ("", "", "")


def test_a_role_is_enough_and_every_role_has_areas() -> None:
    assert all(parse(read({"role": role})).areas for role in get_args(Role))


def test_the_order_of_areas_does_not_change_the_document() -> None:
    documents = {
        read({"role": "User", "areas": list(areas)})
        for areas in itertools.permutations(["scanning", "investigation"])
    }

    assert len(documents) == 1


def test_the_document_is_the_same_in_every_process() -> None:
    program = (
        "from watchword.dialects.idscan.profile import read;"
        "print(read({'role': 'SuperAdministrator'}).hex())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(printed) == 1


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "role"),
        ({"role": "Superuser"}, "role"),
        ({"role": "user"}, "role"),
        ({"role": "User", "areas": ["Scanning"]}, "areas[]"),
        ({"role": "User", "areas": "scanning"}, "areas"),
        ({"role": "User", "groups": ["a,b"]}, "groups[]"),
        ({"role": "User", "groups": [""]}, "groups[]"),
        ({"role": "User", "branch_code": 7}, "branch_code"),
        ({"role": "User", "area": ["scanning"]}, "area"),
    ],
    ids=str,
)
def test_a_wrong_table_is_refused_with_the_path_to_the_place(table, key) -> None:
    with pytest.raises(TableError) as caught:
        read(table)

    assert caught.value.key.replace("[...]", "[]") in {key, key.replace("[]", "[0]")}


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b'{"role":"Nobody"}', b"\xff"])
def test_a_document_that_is_no_profile_is_a_value_error(document) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(document)


def test_another_dialects_profile_is_not_taken_for_ours() -> None:
    with pytest.raises(TypeError, match="not a profile of idscan: dict"):
        as_profile({"role": "SuperAdministrator"})
