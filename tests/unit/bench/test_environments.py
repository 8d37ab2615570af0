"""Environments of peers are made once, made anew when what they need has changed, and pinned."""

import json
import re
from pathlib import Path

import pytest

from bench import environments
from bench.environments import PEERS, pins, python_environment
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
