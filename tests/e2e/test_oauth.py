"""The door for back-ends before two workers: every vendor's token, and its end at once."""

from collections.abc import Generator
from pathlib import Path

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.processes import serve

DOORS = ["findface", "idscan", "oz"]
GUARD = """
[[subjects]]
logins = ["guard"]
password = "a secret for machines"
service = true
[subjects.oauth]
introspects = ["findface", "idscan", "oz"]
revokes = ["findface", "idscan", "oz"]
"""
PROBES = 100
CONNECTIONS = 8


@pytest.fixture
def callers(directory: Path, tmp_path: Path) -> Generator[list[httpx2.Client]]:
    """Yield clients whose connections end at both workers, with the token of a back-end."""
    config = tmp_path / "watchword.toml"
    config.write_text("[dialects.oauth]\nenabled = true\n")
    directory.write_text(directory.read_text() + GUARD)
    options = ("--config", str(config), "--directory", str(directory), "--workers", "2")
    with serve(tmp_path, *options) as server:
        clients = [httpx2.Client(base_url=server.base_url) for _ in range(CONNECTIONS)]
        token = clients[0].post(
            "/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=("guard", "a+secret+for+machines"),
        )
        assert token.status_code == 200, token.text
        for client in clients:
            client.headers["authorization"] = f"Bearer {token.json()['access_token']}"
        yield clients
        for client in clients:
            client.close()


def enter(client: httpx2.Client, door: str) -> str:
    """Log alice in at a vendor's door and return her token."""
    if door == "oz":
        body = {"credentials": {"email": "alice@acme.example", "password": PASSWORD}}
        return str(client.post("/api/authorize/auth", json=body).json()["access_token"])
    if door == "findface":
        answer = client.post("/auth/login/", json={"uuid": "A"}, auth=("alice", PASSWORD))
        return str(answer.json()["token"])
    form = {"grant_type": "password", "username": "alice", "area": "scanning"}
    answer = client.post("/idscanenterprisesvc/token", data={**form, "password": PASSWORD})
    client.cookies.clear()
    return str(answer.json()["access_token"])


@pytest.mark.parametrize("door", DOORS)
def test_what_one_worker_revoked_no_worker_calls_active(callers: list[httpx2.Client], door: str):
    token = enter(callers[0], door)
    known = [ask(callers[number % CONNECTIONS], token) for number in range(PROBES)]
    assert all(each["active"] and each["aud"] == door for each in known)

    assert callers[1].post("/oauth2/revoke", data={"token": token}).status_code == 200

    after = [ask(callers[number % CONNECTIONS], token) for number in range(PROBES)]
    assert after == [{"active": False}] * PROBES


def ask(client: httpx2.Client, token: str) -> dict[str, object]:
    """Ask about a token."""
    told: dict[str, object] = client.post("/oauth2/introspect", data={"token": token}).json()
    return told
