"""A door's last administrator stays, also for those who come by another door (decision 0222)."""

import textwrap
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.clients import findface, oz
from tests.support.processes import serve

DIRECTORY: Final = f"""
    [[subjects]]
    logins = ["chief@acme.example", "chief"]
    password = "{PASSWORD}"
    [subjects.oz]
    user_type = "OPERATOR"
    [subjects.findface]
    primary_group = "Administrator"

    [[subjects]]
    logins = ["root@acme.example", "root"]
    password = "{PASSWORD}"
    [subjects.oz]
    user_type = "ADMIN"
    [subjects.findface]
    primary_group = "User"
    """


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a directory file with one administrator at each door, who is less at the other."""
    path = tmp_path / "directory.toml"
    path.write_text(textwrap.dedent(DIRECTORY))
    return path


def find_root(client: httpx2.Client, headers: dict[str, str]) -> Any:
    users = client.get("/users/", headers=headers).json()["results"]
    [found] = [each for each in users if each["name"] == "root"]
    return found


def test_nobody_switches_ozs_off_by_findfaces_door(tmp_path: Path, directory: Path) -> None:
    with (
        serve(tmp_path, "--directory", str(directory)) as server,
        httpx2.Client(base_url=server.base_url, timeout=30) as client,
    ):
        token = findface.log_in(client, "chief", PASSWORD).json()["token"]
        headers = {"Authorization": f"Token {token}"}
        user = f"/users/{find_root(client, headers)['id']}/"

        refused = client.patch(user, json={"active": False}, headers=headers)
        assert refused.status_code == 403, refused.text
        session = oz.credential(oz.log_in(client, "root@acme.example", PASSWORD))
        assert oz.use(client, session).status_code == 200

        # Taking away what FindFace knows of it is FindFace's own affair.
        assert client.delete(user, headers=headers).status_code == 204
        assert oz.use(client, session).status_code == 200


def test_nor_findfaces_by_ozs(tmp_path: Path, directory: Path) -> None:
    with (
        serve(tmp_path, "--directory", str(directory)) as server,
        httpx2.Client(base_url=server.base_url, timeout=30) as client,
    ):
        token, _ = oz.credential(oz.log_in(client, "root@acme.example", PASSWORD))
        headers = {"X-Forensic-Access-Token": token}
        _, user_id = oz.credential(oz.log_in(client, "chief@acme.example", PASSWORD))
        user = f"/api/users/{user_id}"

        refused = client.patch(user, json={"profile": {"is_active": False}}, headers=headers)
        assert refused.status_code == 403, refused.text
        chief = findface.credential(findface.log_in(client, "chief", PASSWORD))
        assert findface.use(client, chief).status_code == 200
