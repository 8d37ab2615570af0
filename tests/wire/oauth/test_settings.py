"""``[dialects.oauth]``, and that it has to be switched on."""

import pytest

from watchword.bootstrap import open_dialects
from watchword.config import Configuration, TableError
from watchword.dialects.oauth.settings import Settings, policy, weaknesses


def configured(**table):
    return open_dialects(Configuration(dialects={"oauth": table}))


def test_it_is_off_until_it_is_switched_on():
    assert "oauth" not in open_dialects(Configuration())
    assert "oauth" not in configured(token_minutes=5)
    assert "oauth" in configured(enabled=True)


def test_what_is_set_is_read():
    opened = configured(enabled=True, token_minutes=5, public_url="https://id.acme.example")
    assert opened["oauth"].settings == Settings(5, "https://id.acme.example")


@pytest.mark.parametrize(
    "table",
    [
        {"token_minutes": 0},
        {"token_minutes": 525_601},
        {"public_url": "id.acme.example"},
        {"public_url": "ftp://id.acme.example"},
        {"public_url": "https://id.acme.example/iam"},
        {"public_url": "https://id.acme.example?x=1"},
        {"public_url": "https://id.acme.example#x"},
        {"public_url": "https://user:secret@id.acme.example"},
        {"unknown": 1},
    ],
)
def test_a_mistake_is_told_though_it_is_off(table):
    with pytest.raises(TableError, match=r"^dialects\.oauth"):
        configured(**table)


def test_machines_alone_stand_here():
    assert policy(Settings()).machines_only
    assert policy(Settings()).refresh_form is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings(), []),
        (Settings(token_minutes=720), []),
        (Settings(token_minutes=721), ["token_minutes is 721"]),
        (Settings(public_url="https://id.acme.example"), []),
        (Settings(public_url="http://id.acme.example"), ["public_url is not https"]),
    ],
)
def test_what_is_weaker_than_the_norm_is_told(settings, told):
    found = list(weaknesses(settings))

    assert len(found) == len(told)
    assert all(each.startswith(part) for each, part in zip(found, told, strict=True))
