"""``[ldap]``: what is refused at start, what becomes of it, and what the doctor says to it."""

import sys
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.ports import free_port
from tests.support.slapd import ADMIN, ADMIN_PASSWORD, BASE, Slapd
from watchword.bootstrap import build_policy, open_roster
from watchword.cli.doctor import Finding, Level, examine
from watchword.config import Configuration, DatabaseTable, LdapTable, TableError, read_table
from watchword.core.policy import RosterPolicy
from watchword.rosters.ldap import LdapRoster

SOUND: dict[str, Any] = {"urls": ["ldaps://dc1.corp.example"], "base": BASE}


def configured(**table: Any) -> Configuration:
    return read_table(Configuration, {"ldap": {**SOUND, **table}})


@pytest.fixture(scope="module")
def slapd() -> Generator[Slapd]:
    with Slapd() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_password_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATCHWORD_LDAP_BIND_PASSWORD", raising=False)


class TestWhatIsRefusedAtStart:
    @pytest.mark.parametrize(
        ("table", "key"),
        [
            ({"urls": ["dc1.corp.example"]}, "ldap.urls[0]"),
            ({"urls": ["ldap://good.example", "http://dc1"]}, "ldap.urls[1]"),
            ({"urls": ["ldap://"]}, "ldap.urls[0]"),
            ({"urls": ["ldap://host/dc=corp"]}, "ldap.urls[0]"),
            ({"base": ""}, "ldap.base"),
            ({"login_attributes": []}, "ldap.login_attributes"),
            ({"login_attributes": ["mail)(cn=*"]}, "ldap.login_attributes[0]"),
            ({"id_attribute": ""}, "ldap.id_attribute"),
            ({"nested_groups": "sometimes"}, "ldap.nested_groups"),
            ({"connections": 0}, "ldap.connections"),
            ({"bind_dn": ADMIN, "bind_password_file": "/nowhere"}, "ldap.bind_password_file"),
            ({"bind_dn": ADMIN}, "ldap.bind_password_file"),
            ({"ca_file": "/nowhere"}, "ldap.ca_file"),
            ({"url": "ldap://dc1"}, "ldap.url"),
        ],
    )
    def test_names_the_key(self, table: dict[str, Any], key: str) -> None:
        with pytest.raises(TableError) as caught:
            open_roster(configured(**table))

        assert caught.value.key == key

    def test_a_missing_extra_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in ("watchword.rosters.ldap", "watchword.rosters.servers", "ldap3"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.setitem(sys.modules, "ldap3", None)

        with pytest.raises(TableError, match=r"watchword\[ldap\]"):
            open_roster(configured())


class TestWhatBecomesOfIt:
    def test_without_urls_there_is_no_roster(self) -> None:
        assert open_roster(Configuration()) is None
        assert open_roster(configured(urls=[])) is None

    def test_the_policy_is_the_cores(self) -> None:
        table = LdapTable(connections=3, refresh_seconds=60, tenant="Corp")

        policy = build_policy(Configuration(ldap=table), {})

        assert policy.roster == RosterPolicy(3, timedelta(minutes=1), "Corp")

    @pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
    def test_the_password_is_the_files_without_its_last_line_end(
        self, slapd: Slapd, tmp_path: Path, ending: str
    ) -> None:
        file = tmp_path / "password"
        file.write_bytes(ADMIN_PASSWORD.encode() + ending.encode())
        table = {"urls": [slapd.url], "ca_file": slapd.ca_file, "bind_dn": ADMIN}

        roster = open_roster(configured(**table, bind_password_file=str(file)))

        assert isinstance(roster, LdapRoster)
        assert roster.find("nobody") is None
        roster.close()

    def test_the_variable_wins_over_the_file(
        self, slapd: Slapd, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATCHWORD_LDAP_BIND_PASSWORD", ADMIN_PASSWORD)
        table = {"urls": [slapd.url], "ca_file": slapd.ca_file, "bind_dn": ADMIN}

        roster = open_roster(configured(**table, bind_password_file="/nowhere"))

        assert roster is not None
        assert roster.find("nobody") is None
        roster.close()


def findings(configuration: Configuration, tmp_path: Path) -> list[Finding]:
    database = DatabaseTable(f"sqlite:///{tmp_path / 'w.db'}")
    found = examine(msgspec.structs.replace(configuration, database=database))
    return [each for each in found if each.subject.startswith(("ldap", "bind password"))]


class TestTheDoctor:
    def test_has_nothing_to_say_without_a_directory(self, tmp_path: Path) -> None:
        assert findings(Configuration(), tmp_path) == []

    def test_asks_each_server_by_itself(
        self, slapd: Slapd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WATCHWORD_LDAP_BIND_PASSWORD", ADMIN_PASSWORD)
        gone = f"ldap://localhost:{free_port()}"
        table = {"urls": [slapd.url, gone], "ca_file": slapd.ca_file, "bind_dn": ADMIN}

        one, other = findings(configured(**table), tmp_path)

        assert (one.level, one.subject) == (Level.OK, f"ldap {slapd.url}")
        assert one.remark == "answers, and knows 0 groups"
        assert (other.level, other.subject) == (Level.BROKEN, f"ldap {gone}")
        assert "does not answer" in other.remark

    def test_says_what_is_wrong_with_the_settings(self, tmp_path: Path) -> None:
        (found,) = findings(configured(base="", ca_file=__file__), tmp_path)

        assert (found.level, found.remark) == (
            Level.BROKEN,
            "ldap.base: needed where there are urls",
        )

    @pytest.mark.parametrize(
        ("table", "words"),
        [
            ({"urls": ["ldap://localhost:1"], "allow_plaintext": True}, "in clear"),
            ({"urls": ["ldap://localhost:1"]}, "any authority"),
            ({"urls": ["ldaps://localhost:1"], "allow_plaintext": True}, "any authority"),
        ],
    )
    def test_names_what_is_weak(self, tmp_path: Path, table: dict[str, Any], words: str) -> None:
        weak = [each for each in findings(configured(**table), tmp_path) if each.level == "weak"]

        assert len(weak) == 1
        assert words in weak[0].remark

    def test_minds_who_may_read_the_password(self, tmp_path: Path) -> None:
        file = tmp_path / "password"
        file.write_text("x")
        file.chmod(0o644)
        table = configured(bind_password_file=str(file), ca_file=__file__)

        assert any(
            each.subject == "bind password" and each.level == "weak"
            for each in findings(table, tmp_path)
        )
