"""``watchword demo``: a server with a few subjects, and curl lines that work when pasted.

No password is shipped: each demonstration makes its own, in files that only its owner can read.
"""

import importlib.resources
import os
import secrets
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from watchword.cli.overrides import Overrides, load
from watchword.cli.serve import run_server

__all__ = ["curl_lines", "make_demo", "run_demo"]

PEOPLE: Final = ("alice", "station")
DIRECTORY_FILE: Final = "demo.toml"


def run_demo(folder: Path, port: int | None) -> int:
    """Make the demonstration if it is not there, and serve it until stopped."""
    passwords = make_demo(folder)
    database = f"sqlite:///{folder / 'watchword.db'}"
    configuration = load(None, Overrides(database, None, port, None, folder / DIRECTORY_FILE))

    def show(url: str) -> None:
        sys.stdout.writelines(f"{line}\n" for line in curl_lines(url, passwords))
        sys.stdout.flush()

    return run_server(configuration, show)


def make_demo(folder: Path) -> dict[str, str]:
    """Write the directory file and the passwords that are missing; return all passwords."""
    secret = folder / "passwords"
    secret.mkdir(mode=0o700, parents=True, exist_ok=True)
    template = importlib.resources.files("watchword.cli").joinpath(DIRECTORY_FILE).read_text()
    (folder / DIRECTORY_FILE).write_text(template)
    return {name: _password(secret / name) for name in PEOPLE}


def _password(path: Path) -> str:
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(12))
    return path.read_text().strip()


def curl_lines(url: str, passwords: dict[str, str]) -> Iterator[str]:
    """Yield what to paste: for each door a login that keeps the token, and a call that uses it."""
    alice, station = passwords["alice"], passwords["station"]
    credentials = shlex.quote(
        f'{{"credentials": {{"email": "alice@acme.example", "password": "{alice}"}}}}'
    )
    yield ""
    yield "# Oz API: log in, then read yourself"
    yield f"OZ=$(curl -s {url}/api/authorize/auth -d {credentials})"
    yield """OZ_TOKEN=$(echo "$OZ" | sed 's/.*"access_token": "\\([0-9a-f]*\\)".*/\\1/')"""
    yield """OZ_USER=$(echo "$OZ" | sed 's/.*"user_id": "\\([0-9a-f-]*\\)".*/\\1/')"""
    yield f'curl -s {url}/api/users/$OZ_USER -H "X-Forensic-Access-Token: $OZ_TOKEN"; echo'
    yield ""
    yield "# IDscan Enterprise: log in for investigation, then list the definitions of journeys"
    yield (
        f"IDSCAN_TOKEN=$(curl -s {url}/idscanenterprisesvc/token"
        f" -d grant_type=password -d username=station -d area=investigation"
        f" --data-urlencode {shlex.quote('password=' + station)}"
        """ | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')"""
    )
    yield (
        f"curl -s {url}/idscanenterprisesvc/JourneyDefinition/GetAll"
        ' -H "Authorization: $IDSCAN_TOKEN"; echo'
    )
    yield ""
    yield "# FindFace: log in, read yourself, log out, and be refused"
    yield (
        f"FINDFACE_TOKEN=$(curl -s {url}/auth/login/ -u {shlex.quote('alice:' + alice)}"
        """ -H 'Content-Type: application/json' -d '{"uuid": "demo"}'"""
        """ | sed 's/.*"token":"\\([0-9a-f]*\\)".*/\\1/')"""
    )
    yield f'curl -s {url}/users/me/ -H "Authorization: Token $FINDFACE_TOKEN"; echo'
    yield f'curl -s -X POST {url}/auth/logout/ -H "Authorization: Token $FINDFACE_TOKEN"'
    yield f'curl -s {url}/users/me/ -H "Authorization: Token $FINDFACE_TOKEN"; echo'
