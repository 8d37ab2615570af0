"""`watchword gate explain`, as an operator runs it, and rules that make no sense."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.processes import serve

STATION = """
[[subjects]]
logins = ["station@acme.example", "station"]
service = true
password = "plum-tree-88"
[subjects.oz]
user_type = "CLIENT_SERVICE"
"""


def run(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "watchword", *words],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_rule_is_told_and_decides_the_exit_code(tmp_path):
    run(tmp_path, "migrate")
    told = run(tmp_path, "gate", "explain", "get", "/config.json")
    assert (told.returncode, told.stderr) == (0, "")
    assert "needs: anybody" in told.stdout
    refused = run(tmp_path, "gate", "explain", "GET", "/cameras/", WATCHWORD_TOKEN="0" * 64)
    assert refused.returncode == 1
    assert "needs: view_camera" in refused.stdout
    assert refused.stdout.endswith("refused: 401, no such token is alive at this audience\n")


def test_a_token_that_is_bound_to_networks_is_judged_by_the_address_of_the_client(tmp_path):
    (tmp_path / "directory.toml").write_text(STATION)
    for words in (("migrate",), ("apply", "directory.toml")):
        assert run(tmp_path, *words).returncode == 0
    bound = ("--login", "station", "--network", "192.0.2.0/24")
    token = run(tmp_path, "service-token", "issue", *bound).stdout.strip()
    asked = ("gate", "explain", "GET", "/api/folders/", "--client")
    for client, code in (("192.0.2.7", 0), ("198.51.100.9", 1), ("", 1), ("nonsense", 1)):
        told = run(tmp_path, *asked, client, WATCHWORD_TOKEN=token)
        assert (told.returncode, told.stderr) == (code, "")
    assert run(tmp_path, *asked[:-1], WATCHWORD_TOKEN=token).returncode == 1


def test_rules_that_make_no_sense_are_told_before_the_start(tmp_path):
    config = tmp_path / "watchword.toml"
    config.write_text('[[gate.rules]]\ndialect = "oz"\npath = "/api/x"\nneed = "odd"\n')
    for words in (("config", "check"), ("serve", "--port", "0")):
        done = run(tmp_path, *words, "--config", str(config))
        assert done.returncode == 2, done
        assert "gate.rules[0].need: 'odd' means nothing to this dialect" in done.stderr


def test_a_gate_socket_lives_as_long_as_its_server(tmp_path):
    with serve(tmp_path, "--gate-socket", "gate.sock") as server:
        assert (tmp_path / "gate.sock").is_socket()
        assert server.stop() == 0
    assert not (tmp_path / "gate.sock").exists()
