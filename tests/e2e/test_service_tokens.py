"""``watchword service-token`` beside a running server: what it says counts at once."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.processes import ServerProcess, serve


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "watchword", "service-token", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def status(server: ServerProcess, user_id: str, token: str) -> int:
    headers = {"X-Forensic-Access-Token": token}
    return httpx2.get(f"{server.base_url}/api/users/{user_id}", headers=headers).status_code


@pytest.fixture
def server(directory, tmp_path):
    with serve(tmp_path, "--directory", str(directory), "--workers", "2") as server:
        yield server


@pytest.fixture
def user_id(server):
    body = {"credentials": {"email": "station@acme.example", "password": PASSWORD}}
    answer = httpx2.post(f"{server.base_url}/api/authorize/auth", json=body)
    return answer.json()["user_id"]


def test_a_token_lives_from_its_issue_to_its_end(server, user_id, tmp_path):
    issued = run(tmp_path, "issue", "--login", "station", "--until", "2100-01-01")
    assert issued.returncode == 0, issued.stderr
    token = issued.stdout.strip()
    assert re.fullmatch(r"[0-9a-f]{128}", token)
    assert token not in issued.stderr
    assert all(status(server, user_id, token) == 200 for _ in range(8))

    deadline = time.monotonic() + 20
    told: dict[str, Any] = {"used_at": None}
    while told["used_at"] is None and time.monotonic() < deadline:
        (told,) = json.loads(run(tmp_path, "list", "--login", "station", "--json").stdout)
    assert told["used_at"] is not None
    assert told["deadline"] == "2100-01-01T00:00:00+00:00"
    assert told["token_id"] in run(tmp_path, "list").stdout

    assert run(tmp_path, "revoke", told["token_id"]).returncode == 0
    assert all(status(server, user_id, token) == 401 for _ in range(8))
    again = run(tmp_path, "revoke", told["token_id"])
    assert (again.returncode, again.stderr) == (
        1,
        "watchword: there is no such service token\n",
    )


def test_reissuing_ends_the_earlier_ones_in_every_worker(server, user_id, tmp_path):
    first, second = (
        run(tmp_path, verb, "--login", "station").stdout.strip() for verb in ("issue", "issue")
    )
    assert all(status(server, user_id, token) == 200 for token in [first, second] * 4)

    third = run(tmp_path, "reissue", "--login", "station").stdout.strip()

    assert all(status(server, user_id, token) == 401 for token in [first, second] * 4)
    assert status(server, user_id, third) == 200


def test_a_token_is_bound_to_its_networks(server, user_id, tmp_path):
    elsewhere = run(
        tmp_path, "issue", "--login", "station", "--network", "10.0.0.0/8", "--network", "::/128"
    )
    here = run(tmp_path, "issue", "--login", "station", "--network", "127.0.0.0/8")
    assert elsewhere.stderr.endswith("from 10.0.0.0/8 ::/128\n")

    assert status(server, user_id, elsewhere.stdout.strip()) == 401
    assert status(server, user_id, here.stdout.strip()) == 200


def test_tokens_survive_a_restart(directory, tmp_path):
    with serve(tmp_path, "--directory", str(directory)) as server:
        token = run(tmp_path, "issue", "--login", "station").stdout.strip()
        body = {"credentials": {"email": "station@acme.example", "password": PASSWORD}}
        answer = httpx2.post(f"{server.base_url}/api/authorize/auth", json=body)
        user_id = answer.json()["user_id"]
        server.kill()
    with serve(tmp_path, "--directory", str(directory)) as server:
        assert status(server, user_id, token) == 200


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["issue", "--login", "nobody"], 1, "there is no such subject"),
        (["issue", "--login", "alice"], 1, "there is no such service account"),
        (["issue", "--login", "station", "--until", "soon"], 2, "--until: expected a date"),
        (["issue", "--login", "station", "--until", "2001-01-01"], 1, "has passed"),
        (["issue", "--login", "station", "--network", "10.0.0.1/8"], 2, "--network: "),
        (["revoke", "rubbish"], 2, "TOKEN-ID: expected an id"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(directory, tmp_path, arguments, code, complaint):
    apply = [sys.executable, "-m", "watchword", "apply", str(directory)]
    subprocess.run(apply, cwd=tmp_path, check=True, capture_output=True)

    done = run(tmp_path, *arguments)

    assert done.returncode == code
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
