"""A real server and a real directory: all doors, an outage, and somebody who is switched off."""

import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.clients import CLIENTS, VendorClient, findface, idscan, oz
from tests.support.processes import ServerProcess, serve
from tests.support.slapd import ADMIN, ADMIN_PASSWORD, BASE, DISABLED, Slapd
from tests.support.waiting import until

OPERATORS = UUID(int=11)
SECRET = "the password of Ada"

CONFIGURATION = """
[ldap]
urls = ["{url}"]
ca_file = "{ca_file}"
bind_dn = "{admin}"
bind_password_file = "{password_file}"
base = "{base}"
connect_seconds = 1
answer_seconds = 2
refresh_seconds = 1

[[dialects.oz.directory_groups]]
group = "operators"
user_type = "ADMIN"

[[dialects.idscan.directory_groups]]
group = "{operators}"
role = "SuperAdministrator"
"""


@dataclass(frozen=True)
class Scene:
    """A server with its directory, in which ada is an operator."""

    server: ServerProcess
    slapd: Slapd
    client: httpx2.Client
    ada: str

    def log_in(self, vendor: VendorClient, password: str = SECRET) -> httpx2.Response:
        """Log ada in at a door, under the name that she types there."""
        name = "ada@corp.example" if vendor.name == "oz" else "ada"
        return vendor.log_in(self.client, name, password)

    def is_out(self, vendor: VendorClient, token: Any) -> bool:
        """Say whether a token opens its door no more."""
        return vendor.use(self.client, token).status_code in {401, 403}


@pytest.fixture
def scene(directory: Path, tmp_path: Path) -> Generator[Scene]:
    with Slapd() as slapd:
        ada = slapd.add_person(
            "ada", SECRET, UUID(int=1), mail="ada@corp.example", displayName="Ada Löwe"
        )
        slapd.add_group("operators", OPERATORS, [ada])
        password_file = tmp_path / "bind-password"
        password_file.write_text(ADMIN_PASSWORD + "\n")
        config = tmp_path / "watchword.toml"
        config.write_text(
            CONFIGURATION.format(
                url=slapd.url,
                ca_file=slapd.ca_file,
                admin=ADMIN,
                password_file=password_file,
                base=BASE,
                operators=OPERATORS,
            )
        )
        arguments = ["--config", str(config), "--directory", str(directory), "--workers", "2"]
        with (
            serve(tmp_path, *arguments) as server,
            httpx2.Client(base_url=server.base_url, timeout=30) as client,
        ):
            scene = Scene(server, slapd, client, ada)
            map_operators(scene)
            yield scene


def map_operators(scene: Scene) -> None:
    """Give FindFace's role Operator to the directory's group, as an administrator does."""
    token = findface.credential(findface.log_in(scene.client, "alice", PASSWORD))
    answer = scene.client.patch(
        "/groups/2/",
        json={"ad_group": {"group_guid": str(OPERATORS)}},
        headers={"Authorization": f"Token {token}"},
    )
    assert answer.status_code == 200, answer.text


def test_one_person_of_the_directory_comes_in_at_all_doors(scene: Scene) -> None:
    answers = {vendor.name: scene.log_in(vendor) for vendor in CLIENTS}

    assert [answer.status_code for answer in answers.values()] == [200] * 3
    assert answers["oz"].json()["user"]["email"] == "ada@corp.example"
    assert answers["idscan"].json()["memberOf"] == "operators"
    user = answers["findface"].json()["user"]
    assert (user["name"], user["ad_user"], user["primary_group"]) == ("ada", True, 2)
    for vendor in CLIENTS:
        assert vendor.use(scene.client, vendor.credential(answers[vendor.name])).status_code == 200
        assert scene.log_in(vendor, "wrong").status_code in {400, 401}


def test_an_outage_of_the_directory_is_told_in_each_vendors_shape(scene: Scene) -> None:
    tokens = [(vendor, vendor.credential(scene.log_in(vendor))) for vendor in CLIENTS]
    scene.slapd.stop()

    for vendor in CLIENTS:
        refused = scene.log_in(vendor)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert scene.log_in(oz).json()["error_code"] == 11
    assert scene.log_in(idscan).json() == {"error": "temporarily_unavailable"}
    assert scene.log_in(findface).json()["code"] == "SERVICE_UNAVAILABLE"
    # Who has a password here comes in, and open sessions live on.
    for vendor in CLIENTS:
        assert vendor.log_in(scene.client, vendor.login, PASSWORD).status_code == 200
    for vendor, token in tokens:
        assert vendor.use(scene.client, token).status_code == 200

    scene.slapd.start()
    assert [scene.log_in(vendor).status_code for vendor in CLIENTS] == [200] * 3


def test_who_is_switched_off_there_is_refused_and_put_out_here(scene: Scene) -> None:
    tokens = [(vendor, vendor.credential(scene.log_in(vendor))) for vendor in CLIENTS]
    scene.slapd.set(scene.ada, "userAccountControl", [DISABLED])

    assert all(scene.log_in(vendor).status_code in {400, 401} for vendor in CLIENTS)
    for vendor, token in tokens:
        until(partial(scene.is_out, vendor, token))


def test_who_leaves_the_last_group_is_put_out_by_the_refresh_alone(scene: Scene) -> None:
    tokens = [(vendor, vendor.credential(scene.log_in(vendor))) for vendor in CLIENTS]
    scene.slapd.put_in(f"cn=operators,ou=groups,{BASE}", [])

    for vendor, token in tokens:
        until(partial(scene.is_out, vendor, token))


def test_a_directory_that_answers_nothing_keeps_nobody_else_waiting(scene: Scene) -> None:
    scene.slapd.freeze()
    try:
        waiting = [
            subprocess.Popen(
                [sys.executable, "-c", KNOCK, scene.server.base_url], stdout=subprocess.PIPE
            )
            for _ in range(4)
        ]
        time.sleep(0.5)  # they are asking by then, or soon; what follows holds in either case
        started = time.monotonic()
        assert findface.log_in(scene.client, "alice", PASSWORD).status_code == 200
        assert time.monotonic() - started < 2
        told = {process.communicate(timeout=60)[0].strip() for process in waiting}
    finally:
        scene.slapd.thaw()

    assert told == {b"503"}


KNOCK = """
import sys, httpx2
answers = [
    httpx2.post(sys.argv[1] + "/auth/login/", auth=("ada", "x"), json={"uuid": "u"}, timeout=60)
]
print(*{answer.status_code for answer in answers})
"""


def test_nothing_that_was_typed_is_written_down(scene: Scene, tmp_path: Path) -> None:
    for vendor in CLIENTS:
        scene.log_in(vendor)
    scene.slapd.stop()
    scene.log_in(findface)
    scene.slapd.start()

    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = {path: path.read_bytes() for path in kept if path.name != "bind-password"}
    assert tmp_path / "watchword.db" in written
    for path, content in written.items():
        assert SECRET.encode() not in content, path
        assert ADMIN_PASSWORD.encode() not in content, path
