"""What the server writes down opens nothing: neither its database nor its log."""

import sqlite3
from pathlib import Path

import httpx2

from tests.e2e.conftest import PASSWORD
from tests.support.clients import CLIENTS, findface
from tests.support.processes import serve


def test_database_and_log_hold_no_password_and_no_token(directory: Path) -> None:
    folder = directory.parent
    secrets = [PASSWORD]
    with (
        serve(folder, "--directory", str(directory)) as server,
        httpx2.Client(base_url=server.base_url) as client,
    ):
        for vendor in CLIENTS:
            answer = vendor.log_in(client, vendor.login, PASSWORD)
            credential = vendor.credential(answer)
            token = credential if isinstance(credential, str) else credential[0]
            secrets.append(token)
            vendor.use(client, credential)
            vendor.log_in(client, vendor.login, "a-wrong-password-indeed")
            expire = answer.json().get("expire_token")
            secrets += [expire] if expire else []
        secrets.append("a-wrong-password-indeed")
        client.post("/auth/login/", content=b"{broken", auth=("alice", PASSWORD))
        client.get("/users/me/", params={"token": secrets[1]})
        kept = [path for path in folder.rglob("*") if path.is_file() and path != directory]
        written = {path: path.read_bytes() for path in kept}
        assert folder / "watchword.db-wal" in written
    written[folder / "serve.log"] = server.output().encode()

    for path, content in written.items():
        for secret in secrets:
            assert secret.encode() not in content, path
            assert _half(secret) not in content, path


def test_what_the_database_holds_is_no_token(directory: Path) -> None:
    """A digest that was read from the file is refused in every spelling."""
    folder = directory.parent
    with (
        serve(folder, "--directory", str(directory)) as server,
        httpx2.Client(base_url=server.base_url) as client,
    ):
        findface.log_in(client, "alice", PASSWORD)
        with sqlite3.connect(f"file:{folder / 'watchword.db'}?mode=ro", uri=True) as database:
            rows = database.execute("SELECT digest FROM tokens").fetchall()
        assert rows
        for (digest,) in rows:
            for spelling in (digest.hex(), digest.hex().upper(), digest.hex()[:64]):
                for vendor in CLIENTS:
                    credential = (spelling, "0") if vendor.name == "oz" else spelling
                    assert vendor.use(client, credential).status_code == 401


def test_files_are_for_their_owner_only(directory: Path) -> None:
    folder = directory.parent
    with serve(folder, "--directory", str(directory)):
        modes = {path.name: path.stat().st_mode & 0o077 for path in folder.glob("watchword.db*")}
        assert modes
        assert set(modes.values()) == {0}


def _half(secret: str) -> bytes:
    return secret[: len(secret) // 2].encode() if len(secret) > 32 else secret.encode()
