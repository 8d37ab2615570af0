"""Signed statements of a running server, verified with nothing but what it publishes."""

import json
import subprocess
import sys

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.processes import serve
from tests.support.statements import read_head, verify

JWKS = "/.well-known/jwks.json"


def ask(server):
    """Return a session token of somebody who logged in."""
    body = {"credentials": {"email": "alice@acme.example", "password": PASSWORD}}
    session = httpx2.post(f"{server.base_url}/api/authorize/auth", json=body).json()
    headers = {"X-Forensic-Access-Token": session["access_token"]}
    answer = httpx2.get(f"{server.base_url}/api/authorize/session_token", headers=headers)
    return answer.json()["session_token"]


def published(server):
    answer = httpx2.get(server.base_url + JWKS)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    return answer.json()["keys"]


def rotate(folder):
    command = [sys.executable, "-m", "watchword", "rotate-signing-key"]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_a_statement_verifies_before_and_after_a_restart(directory, tmp_path):
    with serve(tmp_path, "--directory", str(directory), "--workers", "2") as server:
        statement = ask(server)
        assert all(verify(each, published(server)) for each in (statement, ask(server)))
        server.kill()
    with serve(tmp_path, "--directory", str(directory)) as server:
        assert verify(statement, published(server))
        assert read_head(ask(server)) == read_head(statement)


def test_another_key_is_published_at_once_in_every_worker(directory, tmp_path):
    with serve(tmp_path, "--directory", str(directory), "--workers", "2") as server:
        statement = ask(server)
        fresh = rotate(tmp_path)
        for _ in range(8):
            assert [key["kid"] for key in published(server)] == [
                fresh,
                read_head(statement)["kid"],
            ]
            assert read_head(ask(server)) == read_head(statement)


def test_an_operators_key_signs(directory, tmp_path):
    path = tmp_path / "signing.pem"
    path.touch(mode=0o600)
    openssl = ["openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout"]
    path.write_bytes(subprocess.run(openssl, capture_output=True, check=True).stdout)
    env = {"WATCHWORD_SIGNING_KEY_FILE": str(path)}

    with serve(tmp_path, "--directory", str(directory), env=env) as server:
        statement = ask(server)
        (key,) = published(server)
        shown = ["openssl", "ec", "-in", str(path), "-noout", "-text"]
        text = subprocess.run(shown, capture_output=True, check=True, text=True).stdout
        assert verify(statement, [key])
        assert "secp384r1" in text


@pytest.mark.parametrize("content", ["", "rubbish"])
def test_a_key_that_is_none_stops_the_start(directory, tmp_path, content):
    path = tmp_path / "signing.pem"
    path.touch(mode=0o600)
    path.write_text(content)
    config = tmp_path / "watchword.toml"
    config.write_text(f"[signing]\nkey_file = {json.dumps(str(path))}\n")

    command = [sys.executable, "-m", "watchword", "serve", "--config", str(config)]
    done = subprocess.run(
        [*command, "--directory", str(directory)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "holds no private key in PEM" in done.stderr
