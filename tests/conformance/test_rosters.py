"""Every roster keeps the same promise; the one in LDAP does so on a real server."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import pytest

from tests.support.ports import free_port
from tests.support.rosters import MemoryRoster, Record, key
from tests.support.slapd import ADMIN, ADMIN_PASSWORD, BASE, DISABLED, NORMAL, Slapd
from watchword.core.errors import RosterUnavailableError
from watchword.core.ports import Roster
from watchword.core.roster import Person, PersonKey, RosterGroup
from watchword.rosters.ldap import LdapRoster, open_ldap
from watchword.rosters.servers import IDLE_SECONDS, Servers
from watchword.rosters.settings import LdapSettings, Nesting

pytestmark = pytest.mark.once

PASSWORD = "plum tree 88"

Opening: TypeAlias = Callable[..., LdapRoster]

BOUND, EXTENDED = 0x61, 0x78
"""The answers to a bind and to an extended request such as StartTLS (RFC 4511)."""
PROTOCOL_ERROR, BUSY, NOT_WILLING = 2, 51, 53


@contextmanager
def answering(kind: int, code: int) -> Generator[tuple[str, list[bytes]]]:
    """Be a server that gives one client one answer; yield its URL and what it hears."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(4_096))
                # The number of the message is the first thing in it.
                end = 4 + heard[0][3]
                number = heard[0][2:end]
                body = bytes([kind, 7, 10, 1, code, 4, 0, 4, 0])
                connection.sendall(bytes([0x30, len(number) + len(body)]) + number + body)
                heard.append(connection.recv(4_096))

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"ldap://localhost:{listener.getsockname()[1]}", heard
        thread.join(20)


class Town(Protocol):
    """A roster, and the hand that changes who is on it."""

    roster: Roster

    def group(self, number: int, name: str, members: tuple[int, ...] = ()) -> None: ...

    def person(self, number: int, name: str, **facts: Any) -> None: ...

    def switch(self, number: int, *, on: bool) -> None: ...

    def remove(self, number: int) -> None: ...


@dataclass
class MemoryTown:
    """People in memory."""

    roster: MemoryRoster = field(default_factory=MemoryRoster)
    members: dict[RosterGroup, tuple[int, ...]] = field(default_factory=dict)

    def group(self, number: int, name: str, members: tuple[int, ...] = ()) -> None:
        self.members[RosterGroup(UUID(int=number), name)] = members
        self.roster.groups = list(self.members)
        for each in self.roster.records.values():
            groups = (g for g, inside in self.members.items() if each.person.key.int in inside)
            each.person = replace(each.person, groups=tuple(groups))

    def person(self, number: int, name: str, **facts: Any) -> None:
        logins = tuple(filter(None, (name, facts.get("mail"))))
        person = Person(key(number), logins, facts.get("full_name", ""))
        self.roster.records[person.key] = Record(person, PASSWORD)

    def switch(self, number: int, *, on: bool) -> None:
        self.roster.change(number, active=on)

    def remove(self, number: int) -> None:
        self.roster.remove(number)


class LdapTown:
    """People on a server, which is emptied afterwards."""

    def __init__(self, server: Slapd, **settings: Any) -> None:
        self.server = server
        self.settings = LdapSettings(
            **{
                "urls": (server.url,),
                "base": BASE,
                "bind_dn": ADMIN,
                "bind_password": ADMIN_PASSWORD,
                "ca_file": server.ca_file,
                "answer_seconds": 2,
                **settings,
            }
        )
        self.roster: LdapRoster = open_ldap(self.settings)
        self.dns: dict[int, str] = {}

    def group(self, number: int, name: str, members: tuple[int, ...] = ()) -> None:
        inside = [self.dns[each] for each in members]
        self.dns[number] = self.server.add_group(name, UUID(int=number), inside)

    def person(self, number: int, name: str, **facts: Any) -> None:
        given = {"mail": facts.get("mail"), "displayName": facts.get("full_name")}
        values = {attribute: value for attribute, value in given.items() if value}
        self.dns[number] = self.server.add_person(name, PASSWORD, UUID(int=number), **values)

    def switch(self, number: int, *, on: bool) -> None:
        self.server.set(self.dns[number], "userAccountControl", [NORMAL if on else DISABLED])

    def remove(self, number: int) -> None:
        self.server.remove(self.dns.pop(number))

    def close(self) -> None:
        self.roster.close()
        for dn in self.dns.values():
            self.server.remove(dn)


class RosterConformance:
    """What every roster promises."""

    @pytest.fixture
    def town(self) -> Any:
        """Return a roster with nobody on it."""
        raise NotImplementedError

    @pytest.fixture
    def roster(self, town: Town) -> Roster:
        town.person(1, "ada", mail="ada@corp.example", full_name="Ada Löwe")
        town.person(2, "bob")
        town.group(11, "operators", (1, 2))
        town.group(12, "Analysts", (1,))
        town.group(13, "nobody's")
        return town.roster

    def test_a_right_password_tells_who_it_is(self, roster: Roster) -> None:
        person = roster.verify("ada", PASSWORD)

        assert person is not None
        assert person.key == key(1)
        assert person.logins == ("ada", "ada@corp.example")
        assert person.full_name == "Ada Löwe"
        assert person.active
        assert {(each.guid.int, each.name) for each in person.groups} == {
            (11, "operators"),
            (12, "Analysts"),
        }

    @pytest.mark.parametrize("login", ["ada@corp.example", "ADA", "Ada@Corp.Example"])
    def test_any_login_in_any_case_will_do(self, roster: Roster, login: str) -> None:
        person = roster.verify(login, PASSWORD)

        assert person is not None
        assert person.key == key(1)

    @pytest.mark.parametrize(
        ("login", "password"),
        [
            ("ada", "wrong"),
            ("ada", PASSWORD + " "),
            ("ada", PASSWORD.upper()),
            ("nobody", PASSWORD),
            ("", PASSWORD),
            ("ada", "\x00"),
            ("ada", "\udcff"),
            ("ada", "p" * 10_000),
            ("l" * 10_000, PASSWORD),
            ("\udcff", PASSWORD),
        ],
    )
    def test_anything_else_is_refused(self, roster: Roster, login: str, password: str) -> None:
        assert roster.verify(login, password) is None

    @pytest.mark.parametrize("login", ["ada", "bob", "nobody"])
    def test_no_password_at_all_is_wrong(self, roster: Roster, login: str) -> None:
        """Servers take it for an anonymous visit and say yes (RFC 4513, section 5.1.2)."""
        assert roster.verify(login, "") is None

    @pytest.mark.parametrize(
        "login",
        [
            "*",
            "a*",
            "ada)(objectClass=*",
            "*)(|(objectClass=*",
            "ada\\",
            "\\2a",
            "ada\x00",
            "(ada)",
            "&",
            "ada)(userPassword=p*",
        ],
    )
    def test_a_login_is_a_name_and_never_a_question(self, roster: Roster, login: str) -> None:
        assert roster.verify(login, PASSWORD) is None
        assert roster.find(login) is None

    def test_people_are_found_without_a_password(self, roster: Roster) -> None:
        found = roster.find("bob")

        assert found is not None
        assert (found.key, found.logins) == (key(2), ("bob",))
        assert [each.name for each in found.groups] == ["operators"]

    def test_a_login_that_two_have_is_nobodys(self, town: Town, roster: Roster) -> None:
        town.person(3, "carol", mail="bob")

        assert roster.verify("bob", PASSWORD) is None
        assert roster.find("bob") is None
        assert roster.find("carol") is not None

    def test_who_is_switched_off_is_told_so(self, town: Town, roster: Roster) -> None:
        town.switch(2, on=False)

        found = roster.find("bob")

        assert found is not None
        assert not found.active

    def test_many_are_found_by_their_keys(self, roster: Roster) -> None:
        found = roster.find_many([key(1), key(2), key(3)])

        assert {each: person.logins[0] for each, person in found.items()} == {
            key(1): "ada",
            key(2): "bob",
        }
        assert {group.name for group in found[key(1)].groups} == {"operators", "Analysts"}
        assert roster.find_many([]) == {}

    def test_who_is_gone_is_not_found(self, town: Town, roster: Roster) -> None:
        assert roster.find("bob") is not None
        town.remove(2)

        assert roster.find("bob") is None
        assert roster.verify("bob", PASSWORD) is None
        assert list(roster.find_many([key(1), key(2)])) == [key(1)]

    def test_groups_come_by_name(self, roster: Roster) -> None:
        assert [(each.guid.int, each.name) for each in roster.list_groups()] == [
            (12, "Analysts"),
            (13, "nobody's"),
            (11, "operators"),
        ]

    def test_several_may_ask_at_once(self, roster: Roster) -> None:
        found: list[PersonKey | None] = []

        def ask() -> None:
            for login in ("ada", "bob", "nobody") * 4:
                person = roster.verify(login, PASSWORD)
                found.append(None if person is None else person.key)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(found) == 48
        assert all(found.count(each) == 16 for each in (key(1), key(2), None))


class TestMemory(RosterConformance):
    @pytest.fixture
    def town(self) -> MemoryTown:
        return MemoryTown()


@pytest.fixture(scope="module")
def slapd() -> Generator[Slapd]:
    with Slapd() as server:
        yield server


class TestLdap(RosterConformance):
    """With StartTLS."""

    @pytest.fixture
    def town(self, slapd: Slapd) -> Generator[LdapTown]:
        town = LdapTown(slapd)
        yield town
        town.close()


class TestLdapOverTls(RosterConformance):
    @pytest.fixture
    def town(self, slapd: Slapd) -> Generator[LdapTown]:
        town = LdapTown(slapd, urls=(slapd.tls_url,))
        yield town
        town.close()


class TestLdapInClear(RosterConformance):
    """As an operator may allow; groups of groups are walked on the way."""

    @pytest.fixture
    def town(self, slapd: Slapd) -> Generator[LdapTown]:
        town = LdapTown(slapd, plaintext=True, nesting=Nesting.WALK)
        yield town
        town.close()


@pytest.fixture
def town(slapd: Slapd) -> Generator[LdapTown]:
    town = LdapTown(slapd)
    town.person(1, "ada", mail="ada@corp.example")
    yield town
    town.close()


@pytest.fixture
def opened(town: LdapTown) -> Generator[Opening]:
    """Open rosters on the town's server with other settings."""
    rosters: list[LdapRoster] = []

    def open_with(**settings: Any) -> LdapRoster:
        rosters.append(open_ldap(replace(town.settings, **settings)))
        return rosters[-1]

    yield open_with
    for roster in rosters:
        roster.close()


def in_clear(town: LdapTown, url: str) -> Servers:
    return Servers(replace(town.settings, urls=(url,), plaintext=True))


class TestTheConnection:
    def test_a_certificate_of_another_authority_is_refused(self, opened: Opening) -> None:
        with pytest.raises(RosterUnavailableError):
            opened(ca_file="").find("ada")

    @pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
    def test_a_certificate_for_another_name_is_refused(
        self, town: LdapTown, scheme: str, opened: Opening
    ) -> None:
        port = town.server.port if scheme == "ldap" else town.server.tls_port

        with pytest.raises(RosterUnavailableError):
            opened(urls=(f"{scheme}://127.0.0.1:{port}",)).find("ada")

    def test_no_password_travels_before_tls_stands(self, opened: Opening) -> None:
        """A server that will not hear of TLS hears nothing else."""
        with (
            answering(EXTENDED, PROTOCOL_ERROR) as (url, heard),
            pytest.raises(RosterUnavailableError),
        ):
            opened(urls=(url,)).find("ada")

        assert b"1.3.6.1.4.1.1466.20037" in heard[0]
        assert ADMIN_PASSWORD.encode() not in b"".join(heard)

    def test_a_file_that_holds_no_certificates_is_told_of(self, tmp_path, opened: Opening) -> None:
        empty = tmp_path / "ca.pem"
        empty.write_text("")
        for path in (str(empty), str(tmp_path / "missing.pem")):
            with pytest.raises(ValueError, match="certificates"):
                opened(ca_file=path)

    def test_an_account_of_ours_that_is_refused_is_no_answer(
        self, caplog: pytest.LogCaptureFixture, opened: Opening
    ) -> None:
        with pytest.raises(RosterUnavailableError):
            opened(bind_password="another").find("ada")

        assert "refuses our own account" in caplog.text
        assert "another" not in caplog.text

    def test_a_base_that_does_not_exist_is_no_answer(self, opened: Opening) -> None:
        """Or a slip in the settings would put everybody out."""
        with pytest.raises(RosterUnavailableError):
            opened(base=f"ou=nowhere,{BASE}").find_many([key(1)])

    def test_a_filter_that_is_none_is_no_answer(self, opened: Opening) -> None:
        with pytest.raises(RosterUnavailableError):
            opened(user_filter="(objectClass=user").find("ada")

    def test_the_next_server_is_asked_when_one_is_gone(
        self, town: LdapTown, opened: Opening
    ) -> None:
        roster = opened(urls=(f"ldap://localhost:{free_port()}", town.server.url))

        assert roster.verify("ada", PASSWORD) is not None

    def test_a_server_that_failed_is_asked_last_for_a_while(
        self, town: LdapTown, caplog: pytest.LogCaptureFixture
    ) -> None:
        gone = f"ldap://localhost:{free_port()}"
        clock = [0.0]
        settings = replace(town.settings, urls=(gone, town.server.url))
        servers = Servers(settings, lambda: clock[0])

        for second in (0, 1, 29, 31):
            clock[0] = second
            assert servers.try_password(town.dns[1], PASSWORD)

        assert len(caplog.records) == 2

    def test_one_that_takes_connections_and_says_nothing_is_given_up(
        self, town: LdapTown, opened: Opening
    ) -> None:
        roster = opened(answer_seconds=1)
        town.server.freeze()
        try:
            started = time.monotonic()
            with pytest.raises(RosterUnavailableError):
                roster.verify("ada", PASSWORD)
            assert time.monotonic() - started < 10
        finally:
            town.server.thaw()

    def test_a_server_that_is_back_is_asked_again(self, town: LdapTown) -> None:
        assert town.roster.find("ada") is not None
        town.server.stop()
        with pytest.raises(RosterUnavailableError):
            town.roster.verify("ada", PASSWORD)
        town.server.start()

        assert town.roster.verify("ada", PASSWORD) is not None

    def test_a_connection_that_died_while_idle_is_replaced(self, town: LdapTown) -> None:
        assert town.roster.find("ada") is not None
        town.server.stop()
        town.server.start()

        assert town.roster.find("ada") is not None

    def test_a_connection_that_has_lain_idle_for_long_is_not_used(self, town: LdapTown) -> None:
        clock = [0.0]
        servers = Servers(town.settings, lambda: clock[0])
        used = [servers.ask(lambda link: link)]
        used.append(servers.ask(lambda link: link))
        clock[0] = IDLE_SECONDS + 1
        used.append(servers.ask(lambda link: link))

        assert used[0] is used[1]
        assert used[2] is not used[1]
        servers.close()

    def test_no_more_connections_are_kept_than_may_be(self, town: LdapTown) -> None:
        servers = Servers(replace(town.settings, connections=1))

        servers.ask(lambda one: servers.ask(lambda other: (one, other)))

        one, other = servers.ask(lambda one: servers.ask(lambda other: (one, other)))
        assert one is not other
        servers.close()

    def test_an_empty_name_or_password_is_never_tried(self, town: LdapTown) -> None:
        servers = Servers(replace(town.settings, urls=("ldap://localhost:1",)))

        assert not servers.try_password(town.dns[1], "")
        assert not servers.try_password("", PASSWORD)

    def test_a_server_in_trouble_is_not_a_refusal(self, town: LdapTown) -> None:
        with answering(BOUND, BUSY) as (url, heard), pytest.raises(RosterUnavailableError):
            in_clear(town, url).try_password(town.dns[1], PASSWORD)

        assert PASSWORD.encode() in heard[0]

    def test_a_server_that_will_not_is_a_refusal(self, town: LdapTown) -> None:
        with answering(BOUND, NOT_WILLING) as (url, _):
            assert not in_clear(town, url).try_password(town.dns[1], PASSWORD)

    def test_nothing_that_was_sent_is_logged(
        self, town: LdapTown, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        town.roster.verify("ada", PASSWORD)
        town.server.stop()
        with pytest.raises(RosterUnavailableError):
            town.roster.verify("ada", PASSWORD)
        town.server.start()

        written = "".join(str(record.__dict__) for record in caplog.records)
        assert "does not answer" in written
        assert PASSWORD not in written
        assert ADMIN_PASSWORD not in written
        assert ADMIN_PASSWORD not in repr(town.settings)


class TestWhatAnEntryTells:
    def test_one_without_a_guid_is_nobody(self, town: LdapTown) -> None:
        town.server.set(town.dns[1], "objectGUID", [])

        assert town.roster.find("ada") is None
        assert town.roster.verify("ada", PASSWORD) is None

    def test_a_guid_of_another_length_is_none(self, town: LdapTown) -> None:
        town.server.set(town.dns[1], "objectGUID", [b"short"])

        assert town.roster.find("ada") is None

    def test_guids_may_be_text(self, town: LdapTown, opened: Opening) -> None:
        town.server.set(town.dns[1], "employeeNumber", [str(UUID(int=7))])
        roster = opened(id_attribute="employeeNumber")

        assert roster.find_many([key(7)])[key(7)].logins[0] == "ada"
        town.server.set(town.dns[1], "employeeNumber", ["none"])
        assert roster.find("ada") is None

    def test_attributes_may_be_called_otherwise(self, town: LdapTown, opened: Opening) -> None:
        town.server.set(town.dns[1], "uid", ["countess"])
        roster = opened(login_attributes=("uid",), name_attribute="sn", flags_attribute="")

        found = roster.verify("countess", PASSWORD)

        assert found is not None
        assert (found.logins, found.full_name) == (("countess",), "ada")
        assert roster.find("ada") is None

    def test_what_refers_to_other_servers_is_left_out(self, town: LdapTown) -> None:
        town.server.add_referral("elsewhere", "ldap://other.example/dc=other")
        town.group(11, "operators", (1,))

        assert [each.name for each in town.roster.list_groups()] == ["operators"]

    def test_flags_that_are_no_number_say_nothing(self, opened: Opening) -> None:
        found = opened(flags_attribute="sn").find("ada")

        assert found is not None
        assert found.active


class TestGroupsOfGroups:
    @pytest.fixture(autouse=True)
    def _nested(self, town: LdapTown) -> None:
        town.group(11, "inner", (1,))
        town.group(12, "middle", (11,))
        town.group(13, "outer", (12,))
        # A ring: whoever walks must come to an end.
        town.server.put_in(town.dns[11], [town.dns[1], town.dns[13]])

    def names(self, roster: LdapRoster) -> set[str]:
        found = roster.find("ada")
        assert found is not None
        return {each.name for each in found.groups}

    def test_are_not_followed_unless_wanted(self, opened: Opening) -> None:
        assert self.names(opened()) == {"inner"}

    def test_are_walked_to_the_end_even_in_a_ring(self, opened: Opening) -> None:
        found = self.names(opened(nesting=Nesting.WALK))

        assert found == {"inner", "middle", "outer"}

    def test_are_asked_of_active_directory_by_its_own_rule(self, opened: Opening) -> None:
        """OpenLDAP does not have the rule: it takes the question, and finds nothing."""
        assert self.names(opened(nesting=Nesting.CHAIN)) == set()

    def test_are_looked_for_under_their_own_base(self, opened: Opening) -> None:
        assert self.names(opened(group_base=f"ou=people,{BASE}")) == set()


def test_lists_longer_than_a_page_are_read_to_the_end(
    town: LdapTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchword.rosters.ldap.PAGE", 2)
    for number in range(20, 27):
        town.group(number, f"group {number}")

    assert [each.guid.int for each in town.roster.list_groups()] == list(range(20, 27))


def test_lists_without_an_end_are_cut(town: LdapTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchword.rosters.ldap.PAGE", 2)
    monkeypatch.setattr("watchword.rosters.ldap.MOST_GROUPS", 3)
    for number in range(20, 27):
        town.group(number, f"group {number}")

    assert len(town.roster.list_groups()) == 4
