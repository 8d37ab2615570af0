"""What ``deploy/`` has for a host of one's own: a unit of systemd, and nginx with TLS in front."""

import configparser
import getpass
import json
import re
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from websockets.sync.client import connect

from tests.e2e.conftest import PASSWORD
from tests.e2e.test_gateways import NGINX, placed, running
from tests.support.checkout import ROOT
from tests.support.clients import findface, idscan
from tests.support.ports import free_port
from tests.support.processes import PROGRAM, ServerProcess, serve
from tests.support.programs import require_program

UNIT = ROOT / "deploy/systemd/watchword.service"
PAGE = (ROOT / "docs/how-to/run-as-a-service.md").read_text()
[SETTINGS] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
DIRECTORY = f"""
[[subjects]]
logins = ["alice@acme.example", "alice"]
password = "{PASSWORD}"
[subjects.idscan]
role = "User"
areas = ["investigation"]
[subjects.findface]
primary_group = "Administrator"
"""


@dataclass(frozen=True)
class Stage:
    """A server, nginx with TLS in front of it, and what trusts that nginx."""

    server: ServerProcess
    client: httpx2.Client
    trusting: ssl.SSLContext


def make_certificate(folder: Path) -> None:
    """Leave a key and a certificate for 127.0.0.1 in a folder, under the snippet's names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    spelt = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(spelt)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    folder = tmp_path_factory.mktemp("service")
    nginx = require_program("nginx")
    make_certificate(folder)
    (folder / "watchword.toml").write_text(placed_settings(folder))
    (folder / "directory.toml").write_text(DIRECTORY)
    port = free_port()
    with serve(folder, "--config", str(folder / "watchword.toml")) as server:
        places = {
            "127.0.0.1:8420": server.base_url.removeprefix("http://"),
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "/etc/watchword/tls": str(folder),
        }
        (folder / "watchword.conf").write_text(
            placed(ROOT / "deploy/nginx/watchword-server.conf", places)
        )
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=getpass.getuser()))
        words = ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
        trusting = ssl.create_default_context(cafile=folder / "certificate.pem")
        with (
            running(nginx, words, folder, port),
            httpx2.Client(
                base_url=f"https://localhost:{port}", verify=trusting, timeout=20
            ) as client,
        ):
            yield Stage(server, client, trusting)


def placed_settings(folder: Path) -> str:
    """Return the page's settings, with its folders replaced by ours."""
    settings: str = SETTINGS
    for theirs in ("/etc/watchword", "/var/lib/watchword"):
        assert theirs in settings
        settings = settings.replace(theirs, str(folder))
    return settings


def test_clients_log_in_through_it(stage: Stage) -> None:
    entered = findface.log_in(stage.client, "alice", PASSWORD)

    assert findface.use(stage.client, entered.json()["token"]).status_code == 200


def test_cookies_are_for_https_alone(stage: Stage) -> None:
    answer = idscan.log_in(stage.client, "alice", PASSWORD)

    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    assert all("secure" in cookie.lower() for cookie in cookies)


@pytest.mark.parametrize("claimed", ["198.51.100.7", "127.0.0.2, 198.51.100.7"])
def test_nobody_says_for_himself_where_he_is(stage: Stage, claimed: str) -> None:
    device = {"uuid": claimed.replace(",", " and")}
    headers = {"X-Forwarded-For": claimed, "X-Forwarded-Proto": "http"}
    entered = stage.client.post(
        "/auth/login/", auth=("alice", PASSWORD), json=device, headers=headers
    )
    header = {"Authorization": f"Token {entered.json()['token']}"}

    [row] = stage.client.get(
        "/sessions/", params={"uuid_in": device["uuid"]}, headers=header
    ).json()["results"]

    assert row["ip"] == "127.0.0.1"


def test_a_live_channel_gets_through(stage: Stage) -> None:
    token = findface.log_in(stage.client, "alice", PASSWORD).json()["token"]
    url = str(stage.client.base_url).replace("https", "wss", 1).rstrip("/") + "/events/"

    with connect(url, ssl=stage.trusting, open_timeout=20) as channel:
        channel.send(json.dumps({"type": "auth", "data": {"token": token, "msg_groups": {}}}))
        assert json.loads(channel.recv(20))


@pytest.mark.parametrize("path", ["/metrics", "/gate/verify", "/gate/refusal"])
def test_what_is_for_the_host_itself_stays_there(stage: Stage, path: str) -> None:
    assert httpx2.get(stage.server.base_url + path).status_code != 404

    answer = stage.client.get(path)

    assert answer.status_code == 404
    assert "nginx" in answer.text


class TestTheUnit:
    def test_it_starts_what_there_is(self, tmp_path: Path) -> None:
        """Its command serves, in its folder and with its variables, and stops when told to."""
        unit = configparser.ConfigParser(interpolation=None)
        unit.read_string(UNIT.read_text())
        program, *words = shlex.split(unit["Service"]["ExecStart"])
        assert program == "/opt/watchword/bin/watchword"
        (tmp_path / "watchword.toml").write_text(placed_settings(tmp_path))
        (tmp_path / "directory.toml").write_text(DIRECTORY)
        words = [word.replace("/etc/watchword", str(tmp_path)) for word in words[1:]]

        with serve(tmp_path, *words, program=PROGRAM) as server:
            assert server.stop() == 0

        assert (tmp_path / "watchword.db").exists()
        assert (tmp_path / "data/master.key").exists()

    def test_systemd_finds_nothing_wrong_with_it(self, tmp_path: Path) -> None:
        text = UNIT.read_text().replace("/opt/watchword/bin/watchword", sys.executable)
        if not complaints(tmp_path, text.replace("on-failure", "when-it-likes")):
            pytest.skip("there is no systemd here that could tell")

        assert complaints(tmp_path, text) == []


def complaints(folder: Path, unit: str) -> list[str]:
    """Return what systemd says of a unit; nothing of other units, and nothing where it is not."""
    verify = shutil.which("systemd-analyze")
    if verify is None:
        return []
    (folder / UNIT.name).write_text(unit)
    done = subprocess.run(
        [verify, "verify", "--man=no", folder / UNIT.name],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return [line for line in done.stderr.splitlines() if UNIT.name in line]
