"""Every command of the README works as it stands there."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.checkout import ROOT
from tests.support.ports import free_port

README = (ROOT / "README.md").read_text()
COMMANDS = [
    line.removeprefix("$ ")
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
DIRECTORY = re.search(r"Write `directory.toml`:\n\n```toml\n(.*?)```", README, re.DOTALL)


def test_every_command_of_the_readme_is_run_by_a_test() -> None:
    assert COMMANDS == [
        "make serve",
        "make test",
        "export ALICE_PASSWORD='a passphrase of your own'",
        ".venv/bin/watchword apply directory.toml --dry-run",
        ".venv/bin/watchword apply directory.toml",
        ".venv/bin/watchword doctor",
        ".venv/bin/watchword serve --workers 2",
    ]


def test_make_test_is_what_ci_runs() -> None:
    assert "make test" in (ROOT / ".ci/run").read_text().splitlines()


@pytest.mark.timeout(300)
def test_make_serve_prints_lines_that_work_when_pasted(tmp_path: Path) -> None:
    env = {**os.environ, "WATCHWORD_PORT": str(free_port()), "WATCHWORD_FOLDER": str(tmp_path)}
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            ["make", "serve"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        printed = _wait_for_lines(log, process)
        pasted = subprocess.run(
            ["bash", "-e"], input=printed, capture_output=True, text=True, check=False, timeout=60
        )
        answers = pasted.stdout.splitlines()
        assert pasted.returncode == 0, pasted.stderr
        assert '"email": "alice@acme.example"' in answers[0]
        assert answers[1] == "[]"
        assert '"name":"alice"' in answers[2]
        assert answers[3] == '{"code":"UNAUTHORIZED","desc":"Invalid token."}'
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.mark.timeout(120)
def test_the_commands_of_your_own_directory_work_in_a_row(tmp_path: Path) -> None:
    assert DIRECTORY is not None
    (tmp_path / "directory.toml").write_text(DIRECTORY[1])
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    port = free_port()
    # The last command serves until it is stopped: stopped here once it says that it is ready.
    script = "\n".join(
        [
            "set -e",
            *COMMANDS[2:-1],
            f"{COMMANDS[-1]} > served & serving=$!",
            "until grep -q ready served; do kill -0 $serving; sleep 0.1; done",
            "kill $serving; wait $serving; cat served",
        ]
    )

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "WATCHWORD_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("+ subject alice@acme.example\n") == 2
    assert f"watchword ready on http://127.0.0.1:{port}\n" in done.stdout
    assert "broken" not in done.stdout


def _wait_for_lines(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Return what was printed after the ready line, once its last line is there."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        _, ready, printed = log.read_text().partition("watchword ready on ")
        if ready and printed.rstrip().endswith("echo") and "FINDFACE_TOKEN" in printed:
            return printed.partition("\n")[2]
        time.sleep(0.1)
    pytest.fail(log.read_text())
