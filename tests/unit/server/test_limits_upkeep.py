"""What one worker does for the limits beside the requests: it tells the metrics and the audit."""

import os
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from tests.support.house import ADDRESS, SOUTH, House
from tests.support.waiting import until
from watchword.core.errors import TooManyRequestsError
from watchword.core.limits import Limits
from watchword.core.rates import LimitPolicy, Traffic, per_minute
from watchword.server import upkeep
from watchword.server.metrics import Metrics
from watchword.server.upkeep import Upkeep
from watchword.storage.memory.meter import MemoryMeter
from watchword.web.lanes import Lanes, ThreadLane


class Meter(MemoryMeter):
    """A meter that notes who kept it up."""

    def __init__(self) -> None:
        super().__init__(lambda: 0)
        self.kept: list[bool] = []

    def keep_up(self, *, leading: bool) -> None:
        self.kept.append(leading)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "FLUSH_SECONDS", 0.01)


@pytest.fixture
def house() -> Generator[House]:
    house = House()
    yield house
    house.close()


@contextmanager
def worker(
    house: House, limits: Limits, metrics: Metrics, *, leads: bool = True
) -> Generator[None]:
    """Run the upkeep of a worker for as long as the block lasts."""
    lifeline, held = os.pipe()
    lanes = Lanes(ThreadLane("store", 1, 8), ThreadLane("login", 1, 8))
    chores = Upkeep(
        house.core,
        lanes,
        metrics,
        ping=lambda: None,
        tidy=lambda: None,
        lifeline=lifeline,
        ready=lambda: None,
        works={} if leads else None,
        limits=limits,
    )
    with TestClient(chores.app()):
        yield
    lanes.close()
    os.close(lifeline)
    os.close(held)


@pytest.mark.parametrize("leads", [True, False])
def test_every_second_the_metrics_and_the_audit_log_hear_of_limits(
    house: House, monkeypatch: pytest.MonkeyPatch, *, leads: bool
) -> None:
    told: list[dict[tuple[str, str], int]] = []
    metrics, meter = Metrics(), Meter()
    monkeypatch.setattr(metrics, "tell_limits", lambda counts: told.append(dict(counts)))
    rates = {Traffic.LOGIN: per_minute(1, 1)}
    limits = Limits(meter, LimitPolicy(rates), house.clock)
    limits.require(Traffic.LOGIN, ADDRESS, SOUTH)
    with pytest.raises(TooManyRequestsError):
        limits.require(Traffic.LOGIN, ADDRESS, SOUTH)
    with worker(house, limits, metrics, leads=leads):
        until(lambda: house.audited("limit") and len(told) > 1)

    assert told[0] == {("login", "admitted"): 1, ("login", "refused"): 1}
    assert set(meter.kept) == {leads}
    assert len(house.audited("limit")) == 1


def test_what_was_refused_last_is_told_before_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "FLUSH_SECONDS", 600)
    limits = Limits(Meter(), LimitPolicy({Traffic.LOGIN: per_minute(1, 1)}), house.clock)
    with worker(house, limits, Metrics()):
        limits.require(Traffic.LOGIN, ADDRESS, SOUTH)
        with pytest.raises(TooManyRequestsError):
            limits.require(Traffic.LOGIN, ADDRESS, SOUTH)

    assert len(house.audited("limit")) == 1


def test_the_metrics_count_what_is_new_of_what_only_grows() -> None:
    metrics = Metrics()
    metrics.tell_limits({("login", "admitted"): 3})
    metrics.tell_limits({("login", "admitted"): 3, ("call", "refused"): 1})
    metrics.tell_limits({("login", "admitted"): 5, ("call", "refused"): 1})

    [family] = metrics.limits.collect()
    counted = {
        (each.labels["class"], each.labels["result"]): each.value
        for each in family.samples
        if each.name == "watchword_limits_total"
    }
    assert counted == {("login", "admitted"): 5, ("call", "refused"): 1}
