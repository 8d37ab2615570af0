"""The how-to works as it stands there, with exports of a real Django and of an ASP.NET Identity."""

import base64
import csv
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.support.checkout import ROOT
from tests.support.clients import findface, idscan
from tests.support.postgres import require_binaries
from tests.support.processes import PROGRAM, serve

PAGE = (ROOT / "docs/how-to/import-users.md").read_text()
BASH = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
TOML = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
PASSWORD = "plum-tree-88"

DJANGO = """
import sys
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
from django.contrib.auth.models import Group, User
from django.core.management import call_command

path, password = sys.argv[1:]
call_command("migrate", verbosity=0)
operators = Group.objects.create(name="Operators")
User.objects.create_superuser("root", "root@acme.example", password)
ada = User.objects.create_user("ada", password=password, first_name="Ada", last_name="Löwe")
ada.groups.add(operators)
User.objects.create_user("bob", password=password)
User.objects.create_user("gone", password=password, is_active=False)
User.objects.create_user("guest")
call_command("dumpdata", "auth.group", "auth.user", output=path)
"""


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a real Django dumps of its users."""
    path = tmp_path_factory.mktemp("django") / "users.json"
    command = [sys.executable, "-W", "ignore", "-c", DJANGO, str(path), PASSWORD]
    subprocess.run(command, check=True, timeout=100)
    return path


def run(lines: str, folder: Path, env: Mapping[str, str] | None = None) -> str:
    programs = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    inherited = {key: each for key, each in os.environ.items() if not key.startswith("WATCHWORD_")}
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{lines}"],
        cwd=folder,
        env={**inherited, "PATH": programs, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def aspnet(password: str) -> str:
    """Make what ASP.NET Core Identity stores: a header, the salt, PBKDF2 with HMAC-SHA512."""
    salt, rounds = b"0123456789abcdef", 100_000
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, 32)
    numbers = b"".join(each.to_bytes(4, "big") for each in (2, rounds, len(salt)))
    return base64.b64encode(b"\x01" + numbers + salt + made).decode()


def write_people(path: Path) -> None:
    """Write AspNetUsers as SQL Server's tools export it."""
    columns = ["Id", "UserName", "NormalizedUserName", "Email", "EmailConfirmed", "PasswordHash"]
    columns += ["SecurityStamp", "TwoFactorEnabled", "LockoutEnd", "LockoutEnabled", "Roles"]
    people = {
        "eve@acme.example": {"PasswordHash": aspnet(PASSWORD), "LockoutEnd": "NULL"},
        "out@acme.example": {
            "PasswordHash": aspnet(PASSWORD),
            "LockoutEnd": "9999-12-31 23:59:59.9999999 +00:00",
        },
        "sso@acme.example": {"PasswordHash": "NULL", "LockoutEnd": "NULL"},
    }
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="1")
        writer.writeheader()
        writer.writerows({"UserName": name, **row} for name, row in people.items())


def test_the_lines_work_when_pasted(dump: Path, tmp_path: Path) -> None:
    look, take, log_in, take_others = BASH
    (tmp_path / "users.json").write_bytes(dump.read_bytes())
    (tmp_path / "roles.toml").write_text("".join(TOML))
    write_people(tmp_path / "people.csv")

    foreseen = run(look, tmp_path).splitlines()
    assert not (tmp_path / "watchword.db").exists()
    assert foreseen[0] == "users.json: taken for users of Django (JSON)"
    assert foreseen[-1] == "5 to create, 0 to update, 0 to keep, 1 without a password"
    with serve(tmp_path) as server, httpx2.Client(base_url=server.base_url) as client:
        assert run(take, tmp_path).splitlines() == foreseen
        shown = json.loads(
            run(
                log_in,
                tmp_path,
                {"HOST": server.base_url, "PERSON": "ada", "PERSON_PASSWORD": PASSWORD},
            )
        )
        names = {"root": 1, "ada": 2, "bob": 3}
        for name, group in names.items():
            answer = findface.log_in(client, name, PASSWORD)
            assert answer.json()["user"]["primary_group"] == group
            assert findface.log_in(client, name, "wrong").status_code == 401
        for name in ("gone", "guest"):
            assert findface.log_in(client, name, PASSWORD).status_code == 401

        assert "3 to create" in run(take_others, tmp_path)
        answer = idscan.log_in(client, "eve@acme.example", PASSWORD)
        assert idscan.use(client, idscan.credential(answer)).status_code == 200
        for name in ("out@acme.example", "sso@acme.example"):
            assert idscan.log_in(client, name, PASSWORD).status_code == 400
        again = [run(lines, tmp_path) for lines in (take, take_others)]

    assert shown["user"]["real_name"] == "Ada Löwe"
    assert all("nothing to do" in said for said in again)


def test_every_fault_that_the_page_names_is_one() -> None:
    table = re.findall(r"^\| `(.*?)`", PAGE, re.MULTILINE)
    sources = "".join(path.read_text() for path in (ROOT / "src/watchword/core").glob("*.py"))
    sources += (ROOT / "src/watchword/cli/importing/run.py").read_text()

    assert len(table) == 5
    for reason in table:
        assert reason.removeprefix("row 7 ") in sources


USERS = """
create table auth_user (
  id integer primary key, password varchar(128), is_superuser boolean, username varchar(150),
  first_name varchar(150), last_name varchar(150), email varchar(254), is_active boolean
)
"""


def test_what_postgresql_exports_is_read_as_it_was_meant(tmp_path: Path, postgres_url: str) -> None:
    hashed = f"pbkdf2_sha256$10$salt${'A' * 43}="
    names = ["bob", "o'hara", "tab\there", "two\nlines", "back\\slash", 'quo"te', "com,ma", "jörg"]
    with psycopg.connect(postgres_url) as connection:
        connection.execute(USERS)
        rows = [(n, hashed, False, name, "", "Ünal", "", True) for n, name in enumerate(names)]
        insert = "insert into auth_user values (%s, %s, %s, %s, %s, %s, %s, %s)"
        connection.cursor().executemany(insert, rows)
        copy = "copy auth_user to stdout with (format csv, header)"
        with connection.cursor().copy(copy) as exported:
            (tmp_path / "users.csv").write_bytes(b"".join(exported))
    command = [str(require_binaries() / "pg_dump"), "--data-only", "--table", "auth_user"]
    command += ["--file", str(tmp_path / "users.sql"), postgres_url]
    subprocess.run(command, check=True, timeout=60)

    told = run("watchword import users.sql --profile findface", tmp_path).splitlines()
    again = run("watchword import users.csv --profile findface", tmp_path).splitlines()

    assert told[0] == "users.sql: taken for users of Django (a PostgreSQL dump)"
    assert told[-1] == "8 to create, 0 to update, 0 to keep"
    assert again[0] == "users.csv: taken for users of Django (CSV)"
    assert again[-1] == "nothing to do: 0 to create, 0 to update, 8 to keep"


def test_an_import_that_is_killed_is_repeated_to_its_end(tmp_path: Path) -> None:
    made = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt", 10)
    hashed = f"pbkdf2_sha256$10$salt${base64.b64encode(made).decode()}"
    people = [{"login": f"person{number}", "password_hash": hashed} for number in range(3_000)]
    (tmp_path / "people.json").write_text(json.dumps(people))
    command = [*PROGRAM, "import", "people.json", "--profile", "findface"]
    log = tmp_path / "import.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=stream, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        deadline = time.monotonic() + 60
        while log.read_bytes().count(b"\n+ subject") < 500 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    told = log.read_text().count("\n+ subject")
    assert 500 <= told < 3_000

    lines = "watchword import people.json --profile findface"
    created, _, kept = run(f"{lines} | tail -1", tmp_path).split(", ")

    # Whoever was told of is there; the unit that was under way may be as well.
    assert int(kept.split()[0]) >= told
    assert int(created.split()[0]) + int(kept.split()[0]) == 3_000
    assert "nothing to do" in run(lines, tmp_path)
