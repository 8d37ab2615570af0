"""``watchword.toml``: defaults, and what is told of a mistake: its path and what is wrong."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from watchword.config import (
    Configuration,
    DialectTable,
    FileError,
    TableError,
    parse_toml,
    read_configuration,
    read_table,
)
from watchword.core.policy import (
    AccessPolicy,
    CredentialCachePolicy,
    LockoutPolicy,
    PasswordPolicy,
    Remember,
)


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table in a table."""

    needed: int
    pairs: dict[str, int] = {}


class Outer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table with everything that can be wrong in it."""

    inner: Inner = Inner(1)
    many: list[Inner] = []
    choice: Remember = Remember.NOBODY
    flag: bool = False
    either: int | str = 0


def problem(table, kind=Outer, at=""):
    with pytest.raises(TableError) as told:
        read_table(kind, table, at)
    return str(told.value)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"x": 1}, "x: unknown key"),
        ({"inner": {"needed": 1, "x": 1}}, "inner.x: unknown key"),
        ({"many": [{"needed": 1}, {"needed": 1, "x": 1}]}, "many[1].x: unknown key"),
        ({"inner": {}}, "inner.needed: required key is missing"),
        ({"many": [{}]}, "many[0].needed: required key is missing"),
        ({"inner": 1}, "inner: Expected `object`, got `int`"),
        ({"many": {}}, "many: Expected `array`, got `object`"),
        ({"inner": {"needed": "1"}}, "inner.needed: Expected `int`, got `str`"),
        ({"inner": {"needed": True}}, "inner.needed: Expected `int`, got `bool`"),
        ({"inner": {"needed": 1.5}}, "inner.needed: Expected `int`, got `float`"),
        ({"flag": 1}, "flag: Expected `bool`, got `int`"),
        ({"choice": "everyone"}, "choice: Invalid enum value 'everyone'"),
        ({"either": []}, "either: Expected `int | str`, got `array`"),
        (
            {"inner": {"needed": 1, "pairs": {"a": "b"}}},
            "inner.pairs[...]: Expected `int`, got `str`",
        ),
    ],
)
def test_a_mistake_is_told_with_its_path(table, told):
    assert problem(table) == told


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"x": 1}, "dialects.north.x: unknown key"),
        ({"inner": {}}, "dialects.north.inner.needed: required key is missing"),
        ({"many": [{"x": 1}]}, "dialects.north.many[0].x: unknown key"),
    ],
)
def test_the_path_begins_where_the_table_stands(table, told):
    assert problem(table, at="dialects.north") == told


def test_a_table_that_is_wrong_as_a_whole_has_no_path():
    assert problem({}, kind=Inner) == "needed: required key is missing"
    assert str(TableError("", "wrong")) == "wrong"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nprot = 1", "server.prot: unknown key"),
        ("[sever]", "sever: unknown key"),
        ("[lockout]\nenabled = 1", "lockout.enabled: Expected `bool`, got `int`"),
        ('[credential_cache]\nremember = "x"', "credential_cache.remember: Invalid enum value 'x'"),
        ("dialects = 1", "dialects: Expected `object`, got `int`"),
        ("[dialects]\nnorth = 1", "dialects[...]: Expected `object`, got `int`"),
    ],
)
def test_so_it_is_in_the_file(tmp_path, text, told):
    file = tmp_path / "watchword.toml"
    file.write_text(text)

    with pytest.raises(TableError) as error:
        read_configuration(file)

    assert str(error.value) == told


def test_without_a_file_there_are_the_defaults(tmp_path):
    empty = tmp_path / "watchword.toml"
    empty.touch()

    assert read_configuration(None) == read_configuration(empty) == Configuration()


def test_the_defaults_of_the_file_are_those_of_the_core():
    configuration = Configuration()

    assert configuration.passwords.policy() == PasswordPolicy()
    assert configuration.credential_cache.policy() == CredentialCachePolicy()
    assert configuration.lockout.policy() == LockoutPolicy()
    assert configuration.access.policy() == AccessPolicy()


def test_every_number_of_a_table_reaches_its_policy():
    configuration = read_table(
        Configuration,
        {
            "passwords": {
                "memory_kib": 1_024,
                "passes": 2,
                "lanes": 3,
                "threads": 4,
                "queue": 5,
                "longest": 6,
            },
            "credential_cache": {"remember": "everybody", "seconds": 1, "entries": 2},
            "lockout": {
                "enabled": False,
                "free_failures": 1,
                "free_source_failures": 2,
                "first_lock_seconds": 3,
                "longest_lock_seconds": 4,
                "forget_after_seconds": 5,
            },
            "access": {"entries": 1, "lease_seconds": 2, "touch_every_seconds": 3},
        },
    )
    seconds = [timedelta(seconds=number) for number in range(6)]

    assert configuration.passwords.policy() == PasswordPolicy(1_024, 2, 3, 4, 5, 6)
    assert configuration.credential_cache.policy() == CredentialCachePolicy(
        Remember.EVERYBODY, seconds[1], 2
    )
    assert configuration.lockout.policy() == LockoutPolicy(
        enabled=False,
        free_failures=1,
        free_source_failures=2,
        first_lock=seconds[3],
        longest_lock=seconds[4],
        forget_after=seconds[5],
    )
    assert configuration.access.policy() == AccessPolicy(1, seconds[2], seconds[3])


class TestDialect:
    def configuration(self, **table):
        return Configuration(dialects={"north": table})

    def test_one_that_is_not_named_is_on_at_every_host(self):
        assert Configuration().dialect("north") == DialectTable(enabled=True, host="", settings={})

    @pytest.mark.parametrize(("table", "on"), [({}, False), ({"enabled": True}, True)])
    def test_one_that_has_to_be_switched_on_is_off_until_it_is(self, table, on):
        assert self.configuration(**table).dialect("north", opt_in=True).enabled is on

    def test_what_every_dialect_has_is_taken_out_of_its_table(self):
        configuration = self.configuration(enabled=False, host="B.Example", x=1)

        assert configuration.dialect("north") == DialectTable(
            enabled=False, host="b.example", settings={"x": 1}
        )
        assert configuration.dialect("north").settings == {"x": 1}

    @pytest.mark.parametrize(
        ("table", "told"),
        [
            ({"enabled": "yes"}, "dialects.north.enabled: expected true or false"),
            ({"host": 1}, "dialects.north.host: expected a host name"),
        ],
    )
    def test_a_mistake_in_it_is_told_with_its_path(self, table, told):
        with pytest.raises(TableError) as error:
            self.configuration(**table).dialect("north")

        assert str(error.value) == told


class TestFile:
    def test_a_file_that_is_not_there_is_told(self, tmp_path):
        with pytest.raises(FileError) as error:
            parse_toml(tmp_path / "nothing.toml")

        assert str(error.value) == f"{tmp_path}/nothing.toml: No such file or directory"

    @pytest.mark.parametrize("content", [b"a = \n", b"a = 1\na = 2\n", b"\xff", b"[a\n"])
    def test_a_file_that_is_no_toml_is_told_with_the_place(self, tmp_path, content):
        file: Path = tmp_path / "watchword.toml"
        file.write_bytes(content)

        with pytest.raises(FileError, match=r"line \d+") as error:
            parse_toml(file)

        assert error.value.path == file

    def test_the_line_that_is_not_utf_8_is_counted(self, tmp_path):
        file: Path = tmp_path / "watchword.toml"
        file.write_bytes(b"# \xc3\xa9\na = 1\nb = '\xe9'\n")

        with pytest.raises(FileError, match=r"line 3: is not UTF-8$"):
            parse_toml(file)

    def test_endless_brackets_are_told_like_anything_else(self, tmp_path):
        file: Path = tmp_path / "watchword.toml"
        file.write_text(f"a = {'[' * 100_000}")

        with pytest.raises(FileError, match="nested too deeply"):
            parse_toml(file)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"server": {"port": 65_536}}, "server.port"),
        ({"server": {"workers": 0}}, "server.workers"),
        ({"passwords": {"memory_kib": 8}}, "passwords.memory_kib"),
        ({"lockout": {"longest_lock_seconds": 10**12}}, "lockout.longest_lock_seconds"),
        ({"access": {"lease_seconds": -1}}, "access.lease_seconds"),
    ],
)
def test_a_number_out_of_its_range_is_refused(table: dict[str, object], key: str) -> None:
    with pytest.raises(TableError) as caught:
        read_table(Configuration, table)
    assert caught.value.key == key


@pytest.mark.parametrize("proxy", ["gateway.example", "10.0.0.5/8", "*", ""])
def test_a_proxy_that_is_no_network_is_refused(proxy: str) -> None:
    """Nobody would ever be found in it, and nobody would be told."""
    with pytest.raises(TableError) as refused:
        read_table(Configuration, {"server": {"trusted_proxies": ["192.0.2.7", proxy]}})

    assert refused.value.key == "server"
    assert refused.value.problem.startswith("trusted_proxies: ")


@pytest.mark.parametrize("url", ["", "watchword.db", "sqlite://x.db", "mysql://u:secret@h/n"])
def test_a_database_of_another_kind_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(TableError) as refused:
        read_table(Configuration, {"database": {"url": url}})

    assert str(refused.value) == (
        "database: a database URL begins with sqlite:/// or postgresql://"
    )
