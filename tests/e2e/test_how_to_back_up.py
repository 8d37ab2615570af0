"""The how-to works as it stands there: what is made while a server runs serves again later."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.checkout import ROOT
from tests.support.clients import CLIENTS
from tests.support.postgres import require_binaries
from tests.support.processes import serve

PAGE = (ROOT / "docs/how-to/back-up-and-restore.md").read_text()
BACK_UP, RESTORE, KEY_LOST, BACK_UP_SERVER, RESTORE_SERVER, MOVE, AFTERWARDS = re.findall(
    r"```bash\n(.*?)```", PAGE, re.DOTALL
)

Credentials = Mapping[str, Any]


@contextmanager
def serving(folder: Path, **env: str) -> Generator[httpx2.Client]:
    with serve(folder, env=env) as server, httpx2.Client(base_url=server.base_url) as client:
        yield client


def log_in(client: httpx2.Client) -> Credentials:
    answers = {each: each.log_in(client, each.login, PASSWORD) for each in CLIENTS}
    return {each.name: each.credential(answer) for each, answer in answers.items()}


def uses(client: httpx2.Client, credentials: Credentials) -> set[int]:
    return {each.use(client, credentials[each.name]).status_code for each in CLIENTS}


def end_findface(client: httpx2.Client, credentials: Credentials) -> None:
    header = {"Authorization": f"Token {credentials['findface']}"}
    assert client.post("/auth/logout/", headers=header).status_code == 204


@pytest.fixture
def paste(tmp_path: Path) -> Any:
    """Return what runs lines of the page in the server's folder, and what it printed."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("WATCHWORD_")}
    programs = [Path(sys.executable).parent, require_binaries(), "/usr/bin", "/bin"]
    env["PATH"] = ":".join(map(str, programs))
    env["BACKUP"] = str(tmp_path / "backup")

    def run(lines: str, **more: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            cwd=tmp_path,
            env=env | more,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def applied(directory: Path, paste: Any) -> None:
    paste(f"watchword apply {directory}")


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("applied")
def test_a_backup_made_under_way_brings_back_that_moment_and_nothing_later(
    tmp_path: Path, paste: Any
) -> None:
    with serving(tmp_path) as client:
        credentials = log_in(client)
        paste(BACK_UP)
        end_findface(client, credentials)
        assert uses(client, credentials) == {200, 401}
    made = (tmp_path / "backup", tmp_path / "backup/watchword.db")
    assert [path.stat().st_mode & 0o077 for path in made] == [0, 0]
    key = (tmp_path / "watchword.db-data/master.key").read_bytes()
    # The disk is lost: nothing is where it was, and something else is.
    shutil.rmtree(tmp_path / "watchword.db-data")
    (tmp_path / "watchword.db").write_bytes(b"not a database")

    told = paste(RESTORE)

    assert "audit: " in told
    assert "broken" not in told
    assert (tmp_path / "watchword.db-data/master.key").read_bytes() == key
    with serving(tmp_path) as client:
        # As the page says: the session that was ended later lives again.
        assert uses(client, credentials) == {200}
        log_in(client)


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("applied")
def test_an_installation_whose_master_key_is_lost_goes_on_as_the_page_says(
    tmp_path: Path, paste: Any
) -> None:
    with serving(tmp_path) as client:
        credentials = log_in(client)
        published = client.get("/.well-known/jwks.json").json()
    (tmp_path / "watchword.db-data/master.key").unlink()
    refused = paste("watchword serve 2>&1 || true")

    paste(KEY_LOST)

    assert "the database's master key is not in" in refused
    assert "broken" not in paste("watchword doctor")
    with serving(tmp_path) as client:
        assert uses(client, credentials) == {200}
        assert client.get("/.well-known/jwks.json").json() != published
        log_in(client)


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("applied")
def test_an_installation_moves_to_postgresql_and_is_backed_up_there(
    tmp_path: Path, postgres_url: str, paste: Any
) -> None:
    with serving(tmp_path) as client:
        credentials = log_in(client)
    new = {"WATCHWORD_DATABASE_URL": postgres_url, "WATCHWORD_DATA": "watchword.db-data"}

    told = paste(MOVE, WATCHWORD_DATABASE_URL=postgres_url)
    (tmp_path / "watchword.db").unlink()
    examined = paste(AFTERWARDS, WATCHWORD_DATABASE_URL=postgres_url)

    assert re.fullmatch(r"\d+ rows were carried over\nthe database is up to date\n", told)
    assert "broken" not in examined
    with serving(tmp_path, **new) as client:
        assert uses(client, credentials) == {200}
        paste(BACK_UP_SERVER, **new)
        end_findface(client, credentials)
    examined = paste(RESTORE_SERVER, **new)
    assert "broken" not in examined
    with serving(tmp_path, **new) as client:
        assert uses(client, credentials) == {200}
        log_in(client)
