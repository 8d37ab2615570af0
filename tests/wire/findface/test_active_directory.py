"""Users whom an Active Directory keeps (wire contract FindFace 2.5, 2.7, 2.9, 2.12, 5)."""

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from tests.support.rosters import MemoryRoster, group
from tests.support.world import World
from tests.wire.findface.door import PASSWORD, Visitor
from tests.wire.findface.driver import basic
from watchword.config import TableError, read_table
from watchword.core.errors import InvalidCredentialsError
from watchword.dialects.findface import DIALECT
from watchword.dialects.findface.active_directory import ad_login
from watchword.dialects.findface.groups import BUILT_IN, KIND, document_of
from watchword.dialects.findface.profile import AUDIENCE, read
from watchword.dialects.findface.settings import Settings
from watchword.web.messages import Request
from watchword.web.operation import Desk

SECRET = "a secret of twenty-four!"
OPERATORS, ADMINISTRATORS, ELSEWHERE = group(11, "Operators"), group(12, "Admins"), group(13)


@pytest.fixture
def roster() -> MemoryRoster:
    roster = MemoryRoster(groups=[OPERATORS, ADMINISTRATORS])
    roster.put(1, "ada", "ada@corp.example", full_name="Ada Löwe", groups=(OPERATORS,))
    return roster


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(SECRET + "\n")
    return path


@pytest.fixture
def open_door(roster: MemoryRoster) -> Generator[Callable[..., Visitor]]:
    """Open the door under settings; root is an administrator, and a group opens a role."""
    worlds: list[World] = []

    def opened(**settings: object) -> Visitor:
        world = World(settings={"findface": settings}, roster=roster)
        worlds.append(world)
        visitor = Visitor(world, world.client())
        root = visitor.add("root", "Administrator")
        assert given(visitor, root, 2, OPERATORS).status_code == 200
        return visitor

    yield opened
    for world in worlds:
        world.close()


@pytest.fixture
def visitor(open_door: Callable[..., Visitor]) -> Visitor:
    return open_door()


@pytest.fixture
def proxied(open_door: Callable[..., Visitor], secret: Path) -> Visitor:
    return open_door(ad_login_header="X-Remote-User", ad_login_secret_file=str(secret))


def given(visitor: Visitor, token: str, role: int, directory_group: Any) -> Response:
    body = {"ad_group": {"group_guid": str(directory_group.guid)}}
    return visitor.call("PATCH", f"/groups/{role}/", token, json=body)


def root(visitor: Visitor) -> str:
    return visitor.enter("root")


def enter(visitor: Visitor, name: str = "ada", password: str = "plum") -> Response:
    return visitor.login(name, password)


def vouched(visitor: Visitor, name: str = "ada", **headers: str) -> Response:
    sent = {"X-Remote-User": name, "X-Proxy-Secret": SECRET, **headers}
    return visitor.client.post("/users/me/ad", json={"uuid": "u-1"}, headers=sent)


class TestAUserOfTheDirectory:
    def test_logs_in_with_the_directorys_password(self, visitor: Visitor) -> None:
        user = enter(visitor).json()["user"]

        assert (user["name"], user["real_name"], user["ad_user"]) == ("ada", "Ada Löwe", True)
        assert (user["primary_group"], user["groups"]) == (2, [])
        assert visitor.me(enter(visitor).json()["token"]).json()["ad_user"] is True

    def test_has_the_roles_that_its_groups_are_mapped_to(
        self, visitor: Visitor, roster: MemoryRoster
    ) -> None:
        given(visitor, root(visitor), 1, ADMINISTRATORS)
        roster.change(1, groups=(ELSEWHERE, OPERATORS, ADMINISTRATORS))

        user = enter(visitor).json()["user"]

        assert (user["primary_group"], user["groups"]) == (1, [2])
        assert user["has_admin_permissions"]

    def test_is_refused_like_a_wrong_password_without_such_a_group(
        self, visitor: Visitor, roster: MemoryRoster
    ) -> None:
        wrong = enter(visitor, "ada", "wrong")
        roster.change(1, groups=(ELSEWHERE,))

        refused = enter(visitor)

        assert refused.status_code == 401
        assert (refused.content, refused.headers) == (wrong.content, wrong.headers)
        assert enter(visitor, "nobody").content == wrong.content

    def test_is_out_at_the_next_refresh_when_the_last_group_is_lost(
        self, visitor: Visitor, roster: MemoryRoster
    ) -> None:
        token = enter(visitor).json()["token"]
        roster.change(1, groups=())

        visitor.world.core.enlisting.refresh()

        assert visitor.me(token).status_code == 401

    def test_is_out_when_a_role_is_mapped_no_more(self, visitor: Visitor) -> None:
        token = enter(visitor).json()["token"]
        body = {"ad_group": {"group_guid": None}}
        assert visitor.call("PATCH", "/groups/2/", root(visitor), json=body).status_code == 200

        visitor.world.core.enlisting.refresh()

        assert visitor.me(token).status_code == 401

    def test_keeps_its_own_language_and_comment(self, visitor: Visitor) -> None:
        answer = enter(visitor).json()
        path = f"/users/{answer['user']['id']}/"
        said = {"language": "ru", "comment": "mine"}
        assert visitor.call("PATCH", path, answer["token"], json=said).status_code == 200

        user = enter(visitor).json()["user"]

        assert (user["language"], user["comment"], user["ad_user"]) == ("ru", "mine", True)

    def test_is_told_to_come_back_while_the_directory_is_away(
        self, visitor: Visitor, roster: MemoryRoster
    ) -> None:
        roster.away = True

        answer = enter(visitor)

        assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert answer.headers["retry-after"] == "5"
        assert visitor.login("root", PASSWORD).status_code == 200

    def test_is_none_that_a_directory_file_could_make(self) -> None:
        with pytest.raises(TableError, match="unknown key"):
            read({"primary_group": "User", "ad_user": True})


class TestWhatTheDirectoryKeeps:
    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("name", "eve"),
            ("real_name", "Eve"),
            ("password", "plumtree-88"),
            ("primary_group", 1),
            ("groups", [1]),
        ],
    )
    def test_nobody_changes_about_its_users(self, visitor: Visitor, key: str, value: Any) -> None:
        user_id = enter(visitor).json()["user"]["id"]

        answer = visitor.call("PATCH", f"/users/{user_id}/", root(visitor), json={key: value})

        assert answer.status_code == 400
        assert answer.json() == {
            "traceback": "",
            "code": "BAD_PARAM",
            "desc": "The directory keeps this of its users; it is changed there.",
            "param": key,
        }
        assert enter(visitor).status_code == 200

    def test_nor_removes_them(self, visitor: Visitor) -> None:
        user_id = enter(visitor).json()["user"]["id"]

        answer = visitor.call("DELETE", f"/users/{user_id}/", root(visitor))

        assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")
        assert enter(visitor).json()["user"]["id"] == user_id

    def test_an_administrator_may_switch_one_off(self, visitor: Visitor) -> None:
        answer = enter(visitor).json()
        path = f"/users/{answer['user']['id']}/"

        off = visitor.call("PATCH", path, root(visitor), json={"active": False})

        assert off.json()["active"] is False
        assert visitor.me(answer["token"]).status_code == 401
        assert enter(visitor).status_code == 401


class TestTheDirectorysGroups:
    def test_are_a_bare_list_by_name(self, visitor: Visitor) -> None:
        answer = visitor.call("GET", "/ad_groups/", root(visitor))

        assert answer.json() == [
            {"group_name": "Admins", "group_guid": str(ADMINISTRATORS.guid)},
            {"group_name": "Operators", "group_guid": str(OPERATORS.guid)},
        ]

    def test_are_for_administrators(self, visitor: Visitor) -> None:
        token = enter(visitor).json()["token"]

        assert visitor.call("GET", "/ad_groups/", token).status_code == 403

    def test_are_not_there_while_the_directory_is_away(
        self, visitor: Visitor, roster: MemoryRoster
    ) -> None:
        token = root(visitor)
        roster.away = True

        assert visitor.call("GET", "/ad_groups/", token).status_code == 503


def test_a_client_is_told_that_there_is_a_directory(visitor: Visitor) -> None:
    services = visitor.client.get("/config.json").json()["services"]

    assert services == {"ffsecurity": {"active_directory": True}}


class TestAUserForWhomAProxyVouches:
    def test_is_let_in_with_the_vendors_answer(self, proxied: Visitor) -> None:
        answer = vouched(proxied)

        assert answer.status_code == 200
        assert list(answer.json()) == ["token", "user", "token_expiration_datetime"]
        assert proxied.me(answer.json()["token"]).json()["name"] == "ada"

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Proxy-Secret": "another secret of its own"},
            {"X-Proxy-Secret": ""},
            {"X-Remote-User": ""},
            {"X-Remote-User": "nobody"},
            {"X-Remote-User": "root"},
            {"X-Remote-User": "ada,root"},
            {"X-Remote-User": "*"},
        ],
    )
    def test_is_nobody_else(self, proxied: Visitor, headers: dict[str, str]) -> None:
        answer = vouched(proxied, **headers)

        assert (answer.status_code, answer.json()) == (
            401,
            {"code": "UNAUTHORIZED", "desc": "Invalid username/password."},
        )

    @pytest.mark.parametrize("twice", ["x-proxy-secret", "x-remote-user"])
    def test_is_not_picked_from_two(self, proxied: Visitor, twice: str) -> None:
        once = [("x-proxy-secret", SECRET), ("x-remote-user", "ada")]
        again = [each for each in once if each[0] == twice]

        answer = proxied.client.post("/users/me/ad", json={"uuid": "u"}, headers=once + again)

        assert answer.status_code == 401

    def test_is_believed_of_nobody_without_the_setting(self, visitor: Visitor) -> None:
        assert vouched(visitor).status_code == 401

    def test_needs_a_device_as_any_login(self, proxied: Visitor) -> None:
        sent = {"X-Remote-User": "ada", "X-Proxy-Secret": SECRET}

        answer = proxied.client.post("/users/me/ad", json={}, headers=sent)

        assert (answer.status_code, answer.json()["param"]) == (400, "uuid")

    @pytest.mark.parametrize(
        ("auth_type", "status"),
        [("password", 200), ("face_or_password", 200), ("face", 401), ("face_and_password", 401)],
    )
    def test_is_not_let_in_where_a_password_would_not_do(
        self, roster: MemoryRoster, secret: Path, auth_type: str, status: int
    ) -> None:
        settings = {
            "auth_type": auth_type,
            "ad_login_header": "X-Remote-User",
            "ad_login_secret_file": str(secret),
        }
        world = World(settings={"findface": settings}, roster=roster)
        # Where a password does not do, nobody could log in to map the role to the group.
        mapped = replace(BUILT_IN[1], ad_group_guid=str(OPERATORS.guid))
        world.core.shelf.put(AUDIENCE, KIND, {"2": document_of(mapped)})

        assert vouched(Visitor(world, world.client())).status_code == status
        world.close()

    def test_is_told_to_come_back_while_the_directory_is_away(
        self, proxied: Visitor, roster: MemoryRoster
    ) -> None:
        roster.away = True

        assert vouched(proxied).status_code == 503

    def test_is_in_the_audit_log_under_the_vendors_name(self, proxied: Visitor) -> None:
        vouched(proxied)
        enter(proxied)

        listed = proxied.call("GET", "/audit-logs/", root(proxied)).json()["results"]

        types = [each["action_type"] for each in listed if each["user_login"] == "ada"]
        assert types == ["basic_auth", "ad_auth"]

    @pytest.mark.parametrize(
        ("name", "let_in"),
        [
            ("ada", True),
            ("ada@CORP.EXAMPLE", True),
            ("ada@corp.example", True),
            ("CORP.EXAMPLE\\ada", True),
            ("ada@OTHER.EXAMPLE", False),
            ("OTHER\\ada", False),
            ("ada@corp.example@OTHER.EXAMPLE", False),
            ("@CORP.EXAMPLE", False),
        ],
    )
    def test_is_of_the_realm_that_counts(
        self, open_door: Callable[..., Visitor], secret: Path, name: str, *, let_in: bool
    ) -> None:
        visitor = open_door(
            ad_login_header="x-remote-user",
            ad_login_secret_file=str(secret),
            ad_login_realm="Corp.Example",
        )

        assert vouched(visitor, name).status_code == (200 if let_in else 401)

    def test_may_have_a_name_in_any_letters(self, proxied: Visitor, roster: MemoryRoster) -> None:
        roster.put(2, "анна", groups=(OPERATORS,))
        desk = Desk(proxied.world.core, proxied.world.opened["findface"].settings)

        def knock(name: bytes) -> int:
            headers = ((b"x-remote-user", name), (b"x-proxy-secret", SECRET.encode()))
            return ad_login(desk, Request("POST", "/", headers, b'{"uuid": "u"}')).status

        assert knock("анна".encode()) == 200
        with pytest.raises(InvalidCredentialsError):
            knock(b"\xff\xfe")


class TestTheSettings:
    def test_a_proxy_without_a_secret_is_refused_at_start(self, tmp_path: Path) -> None:
        short = tmp_path / "short"
        short.write_text("short\n")
        for path in ("", str(tmp_path / "missing"), str(short)):
            table = {"ad_login_header": "X-Remote-User", "ad_login_secret_file": path}
            with pytest.raises(TableError, match="ad_login_secret_file"):
                read_table(Settings, table, "dialects.findface")

    def test_a_header_is_one_name(self) -> None:
        with pytest.raises(TableError):
            read_table(DIALECT.settings, {"ad_login_header": "X-Remote-User: "})


def test_a_wrong_password_of_the_directory_costs_no_more_words(visitor: Visitor) -> None:
    answer = visitor.client.post("/auth/login/", json={"uuid": "u"}, headers=basic("ada", "no"))

    assert answer.json() == {"code": "UNAUTHORIZED", "desc": "Invalid username/password."}
