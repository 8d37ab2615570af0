"""Environments of peers are made once, made anew when what they need has changed, and pinned."""

import json
import re
import sys
from pathlib import Path

import pytest

from bench import environments
from bench.environments import PEERS, pins, prepare, python_environment
from bench.machine import PEERS as TOLD
from bench.servers import MissingError

REQUIREMENTS = sorted(PEERS.glob("*/requirements.txt"))


@pytest.fixture
def wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that says what the peer named ``peer`` needs."""
    folder = tmp_path / "peers" / "peer"
    folder.mkdir(parents=True)
    monkeypatch.setattr(environments, "PEERS", folder.parent)
    return folder / "requirements.txt"


def test_what_cannot_be_installed_is_told_with_the_reason(wants: Path, tmp_path: Path) -> None:
    wants.write_text("./not-there\n")

    with pytest.raises(MissingError, match=r"cannot be installed: .*not-there"):
        python_environment("peer", tmp_path / "cache")


def test_an_environment_is_made_once_and_anew_when_its_needs_change(
    wants: Path, tmp_path: Path
) -> None:
    wants.write_text("# nothing\n")
    cache = tmp_path / "cache"

    programs = python_environment("peer", cache)
    (programs / "mark").touch()

    assert (programs / "python").exists()
    assert python_environment("peer", cache) == programs
    assert (programs / "mark").exists()
    wants.write_text("./not-there\n")
    with pytest.raises(MissingError):
        python_environment("peer", cache)
    assert not (programs / "mark").exists()


class TestWhatAPeerNeedsBeforeItsStart:
    def test_it_is_run_with_more_and_says_what_it_made(self) -> None:
        program = "import os, sys; print(os.environ['MORE'], 'PATH' in os.environ, sys.argv[1])"

        assert prepare(sys.executable, "-c", program, "x", env={"MORE": "m"}) == "m True x\n"

    @pytest.mark.parametrize(
        ("program", "why"),
        [("print('a\\nb'); exit(1)", "b"), ("exit('c')", "c"), ("exit(1)", "no reason given")],
    )
    def test_what_cannot_be_prepared_is_told_with_the_last_that_it_said(
        self, program: str, why: str
    ) -> None:
        with pytest.raises(MissingError, match=f"^cannot be prepared: {why}$"):
            prepare(sys.executable, "-c", program)

    def test_what_takes_too_long_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(environments, "LONGEST_RUN", 0.05)

        with pytest.raises(MissingError, match="not prepared within"):
            prepare(sys.executable, "-c", "import time; time.sleep(60)")


def test_every_python_peer_is_pinned_to_the_last_package() -> None:
    assert len(REQUIREMENTS) == len(TOLD)
    for path in REQUIREMENTS:
        lines = path.read_text().splitlines()
        assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == [], path
        assert lines == sorted(lines, key=str.lower), path


@pytest.mark.parametrize("peer", sorted(TOLD))
def test_the_versions_that_a_reader_would_ask_for_are_known(peer: str) -> None:
    assert set(TOLD[peer]) <= pins(peer).keys()


def test_locks_of_node_record_digests_and_no_addresses() -> None:
    [lock] = PEERS.glob("*/package-lock.json")
    packages = json.loads(lock.read_text())["packages"]
    packages.pop("")

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []
