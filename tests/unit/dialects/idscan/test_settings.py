"""``[dialects.idscan]``: what is refused, and what an operator is warned of."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.support.world import START
from watchword.config import TableError, read_table
from watchword.core.policy import Lifetime
from watchword.core.subjects import Subject, SubjectId
from watchword.dialects.idscan.engines import CaptureKind, Engine, Webhook
from watchword.dialects.idscan.settings import Settings, policy, weaknesses

SUBJECT = Subject(SubjectId(UUID(int=1)), ("alice",), "", START, START)


@pytest.mark.parametrize(
    "table",
    [
        {"lifetime_hours": 0},
        {"lifetime_hours": 8_761},
        {"lifetime_hours": "10"},
        {"idle_timeout_minutes": 0},
        {"area_check": "off"},
        {"wrong_area_status": 404},
        {"accept_bearer_prefix": "yes"},
        {"lifetime": 10},
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused(table) -> None:
    with pytest.raises(TableError):
        read_table(Settings, table)


def test_a_session_is_ten_hours_hard_by_default() -> None:
    assert policy(Settings()).lifetime(SUBJECT, None) == Lifetime(timedelta(hours=10))


def test_an_enforced_idle_timeout_slides_within_the_lifetime() -> None:
    found = policy(Settings(enforce_idle_timeout=True)).lifetime(SUBJECT, None)

    assert found == Lifetime(timedelta(minutes=15), slides=True, at_most=timedelta(hours=10))


def test_the_documented_defaults_have_one_weakness() -> None:
    assert [each.split()[0] for each in weaknesses(Settings())] == ["enforce_idle_timeout"]


def test_every_weakness_names_its_setting() -> None:
    weak = Settings(lifetime_hours=25, area_check="lenient")

    assert [each.split()[0] for each in weaknesses(weak)] == [
        "lifetime_hours",
        "enforce_idle_timeout",
        "area_check",
    ]
    assert not weaknesses(Settings(enforce_idle_timeout=True, lifetime_hours=24))


def test_what_leaves_this_host_in_clear_is_a_weakness() -> None:
    secure, clear = "https://engine.example/", "http://engine.example/"
    engines: dict[CaptureKind, Engine] = {
        "identity": Engine(url=secure),
        "selfie": Engine(url=clear),
    }
    weak = Settings(enforce_idle_timeout=True, engines=engines, webhook=Webhook(url=clear))

    assert [each.split()[0] for each in weaknesses(weak)] == ["engines.selfie:", "webhook:"]
