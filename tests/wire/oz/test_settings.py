"""``[dialects.oz]``: wire contract Oz 9."""

import pytest

from watchword.config import TableError, read_table
from watchword.dialects.oz import DIALECT
from watchword.dialects.oz.settings import Settings

CENTURY = 3_155_760_000


def test_the_vendors_figures_are_the_defaults():
    settings = Settings()
    assert settings.session_ttl == 60 * 15
    assert settings.long_live_ttl == 60 * 60 * 24 * 365 * 5
    assert settings.sliding is True
    assert settings.api_version == 6


@pytest.mark.parametrize(
    "table",
    [
        {"api_version": 4},
        {"api_version": "6"},
        {"session_ttl": 0},
        {"session_ttl": CENTURY + 1},
        {"long_live_ttl": -1},
        {"long_live_ttl": 1.5},
        {"refresh_grace": -1},
        {"sliding": 1},
        {"details_key": "detail"},
        {"resolution_endpoints": "https://acme.example"},
        {"session_tll": 900},
    ],
    ids=str,
)
def test_a_wrong_setting_is_named(table):
    with pytest.raises(TableError) as wrong:
        read_table(Settings, table, "dialects.oz")
    assert wrong.value.key == f"dialects.oz.{next(iter(table))}"


@pytest.mark.parametrize(
    "odd",
    ["acme.example", "ftp://acme.example", "https://a@acme.example", "https://acme.example/?a"],
)
@pytest.mark.parametrize("name", ["resolution_endpoints", "public_url"])
def test_an_address_that_cannot_be_called_is_refused(name, odd):
    with pytest.raises(TableError, match=f"{name}: expected "):
        read_table(Settings, {name: odd if name == "public_url" else [odd]}, "dialects.oz")


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8420", "https://acme.example/api/oz/"])
def test_any_other_may_stand_in_front_of_links(url):
    assert read_table(Settings, {"public_url": url}, "dialects.oz").public_url == url


@pytest.mark.parametrize("settings", [{"session_ttl": CENTURY, "long_live_ttl": CENTURY}])
def test_the_longest_life_fits_the_calendar(session):
    assert session["expire_date"] > CENTURY


@pytest.mark.parametrize(
    ("changed", "weak"),
    [
        ({}, ["sliding", "long_live_ttl", "refresh_grace"]),
        ({"session_ttl": 3_601}, ["sliding", "session_ttl", "long_live_ttl", "refresh_grace"]),
        ({"sliding": False, "long_live_ttl": 31_536_000, "refresh_grace": 0}, []),
        (
            {
                "sliding": False,
                "long_live_ttl": 1,
                "refresh_grace": 0,
                "resolution_endpoints": ("https://acme.example", "http://acme.example"),
            },
            ["resolution_endpoints"],
        ),
    ],
)
def test_what_is_weaker_than_current_norms_is_listed(changed, weak):
    sentences = DIALECT.weaknesses(Settings(**changed))
    assert [sentence.partition(":")[0] for sentence in sentences] == weak
    assert all(sentence.endswith(".") for sentence in sentences)
