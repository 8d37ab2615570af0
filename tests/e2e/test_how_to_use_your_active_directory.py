"""The how-to works as it stands there, with a directory that has Microsoft's names."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.checkout import ROOT
from tests.support.processes import serve
from tests.support.slapd import ADMIN, ADMIN_PASSWORD, BASE, Slapd
from watchword.bootstrap import open_dialects, open_roster
from watchword.config import Configuration, read_table

PAGE = (ROOT / "docs/how-to/use-your-active-directory.md").read_text()
BASH = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
TOML = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SECRET = "the password of Ada"


def run(lines: str, folder: Path, env: Mapping[str, str]) -> str:
    programs = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{lines}"],
        cwd=folder,
        env={"PATH": programs, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_settings_are_such_as_the_server_takes(tmp_path: Path) -> None:
    secret = tmp_path / "proxy-secret"
    secret.write_text("a secret of twenty-four!")
    written = "\n".join(TOML).replace("/etc/watchword/proxy-secret", str(secret))
    configuration = read_table(Configuration, tomllib.loads(written))

    assert len(TOML) == 3
    assert set(open_dialects(configuration)) >= {"oz", "idscan", "findface"}
    assert configuration.ldap.nested_groups == "in-chain"


def test_the_lines_work_when_pasted(directory: Path, tmp_path: Path) -> None:
    make_secret, doctor, map_groups, log_in = BASH
    with Slapd() as slapd:
        ada = slapd.add_person("ada", SECRET, UUID(int=1), mail="ada@corp.example")
        slapd.add_group("Operators", UUID(int=11), [ada])
        settings = "\n".join(TOML[:2])
        # The tests' own directory in the place of the page's, and no rule of Active Directory's.
        settings = re.sub(r"(?m)^urls = .*$", f'urls = ["{slapd.tls_url}"]', settings)
        settings = settings.replace("/etc/watchword/corp-ca.pem", slapd.ca_file)
        settings = settings.replace("CN=watchword,OU=Services,DC=corp,DC=example", ADMIN)
        settings = settings.replace("DC=corp,DC=example", BASE).replace("in-chain", "walk")
        config = tmp_path / "watchword.toml"
        config.write_text(settings)

        run(make_secret, tmp_path, {"BIND_PASSWORD": ADMIN_PASSWORD})
        assert (tmp_path / "bind-password").stat().st_mode & 0o077 == 0
        arguments = ["--config", str(config), "--directory", str(directory)]
        with serve(tmp_path, *arguments) as server:
            found = run(doctor, tmp_path, {})
            env = {"HOST": server.base_url, "ADMIN": "alice", "ADMIN_PASSWORD": PASSWORD}
            run(map_groups, tmp_path, env)
            shown = run(log_in, tmp_path, {**env, "PERSON": "ada", "PERSON_PASSWORD": SECRET})

    assert f"ok     ldap {slapd.tls_url}: answers, and knows 1 groups" in found
    user = json.loads(shown)["user"]
    assert (user["name"], user["ad_user"], user["primary_group"]) == ("ada", True, 2)


def test_a_directory_that_is_not_set_is_not_asked() -> None:
    assert open_roster(Configuration()) is None


@pytest.mark.parametrize("setting", re.findall(r"`(ldap\.\w+)`", PAGE))
def test_every_setting_that_the_page_names_exists(setting: str) -> None:
    assert setting.removeprefix("ldap.") in Configuration().ldap.__struct_fields__
