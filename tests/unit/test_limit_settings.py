"""``[limits]``: what an operator may say of limits, and what is made of it."""

from pathlib import Path

import pytest

from tests.support.world import FixedClock
from watchword.bootstrap import open_limits
from watchword.config import Configuration, LimitsTable, TableError, read_table
from watchword.core.errors import TooManyRequestsError
from watchword.core.limits import Limits
from watchword.core.networks import parse_network
from watchword.core.rates import Rate, Traffic, per_minute
from watchword.core.subjects import Audience
from watchword.storage.memory import MemoryStorage
from watchword.storage.meter import SharedMeter
from watchword.storage.pooling import PooledMeter, open_meter

SOUTH = Audience("south")
ALL_OFF = {traffic.value: {"per_minute": 0} for traffic in Traffic}


def read(**limits: object) -> Configuration:
    return read_table(Configuration, {"limits": limits})


def opened(configuration, stamps, storage) -> Limits:
    limits = open_limits(configuration, stamps, storage)
    assert limits is not None
    return limits


def admitted(limits, tries, traffic=Traffic.LOGIN, address="192.0.2.7"):
    passed = 0
    for _ in range(tries):
        try:
            limits.require(traffic, address, SOUTH)
        except TooManyRequestsError:
            continue
        passed += 1
    return passed


class TestTheTable:
    def test_every_kind_of_traffic_is_limited_by_default(self):
        assert Configuration().limits.policy().rates.keys() == set(Traffic)

    def test_no_network_is_exempt_by_default(self):
        assert Configuration().limits.policy().exempt == ()

    def test_every_kind_has_a_table_of_its_name(self):
        tables = {name for name in LimitsTable.__struct_fields__ if name != "exempt"}

        assert tables == set(Traffic)

    def test_a_burst_is_a_quarter_of_a_minutes_worth_where_nothing_is_said(self):
        rates = read(login={"per_minute": 40}, open={"per_minute": 3}).limits.policy().rates

        assert (rates[Traffic.LOGIN], rates[Traffic.OPEN]) == (
            per_minute(40, 10),
            Rate(per_minute(3, 1).pace, 1),
        )

    def test_what_is_said_counts(self):
        rates = read(call={"per_minute": 40, "burst": 7}).limits.policy().rates

        assert rates[Traffic.CALL] == per_minute(40, 7)

    def test_nothing_a_minute_is_no_limit(self):
        assert Traffic.FACE not in read(face={"per_minute": 0}).limits.policy().rates
        assert Traffic.LOGIN in read(face={"per_minute": 0}).limits.policy().rates

    def test_networks_are_exempt_by_their_names(self):
        exempt = read(exempt=["10.0.0.0/8", "2001:db8::1"]).limits.policy().exempt

        assert exempt == (parse_network("10.0.0.0/8"), parse_network("2001:db8::1"))

    @pytest.mark.parametrize(
        ("limits", "problem"),
        [
            ({"login": {"per_minute": 10, "burst": 41}}, "limits.login: a burst is at most 40"),
            ({"login": {"per_minute": -1}}, "limits.login.per_minute: "),
            ({"login": {"per_hour": 1}}, "limits.login.per_hour: unknown key"),
            ({"logon": {"per_minute": 1}}, "limits.logon: unknown key"),
            ({"exempt": ["10.0.0.1/8"]}, "limits: exempt: 10.0.0.1/8 has host bits set"),
            ({"exempt": ["home"]}, "limits: exempt: 'home' does not appear to be"),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_its_path(self, limits, problem):
        with pytest.raises(TableError) as refused:
            read(**limits)

        assert str(refused.value).startswith(problem)


class TestOpening:
    def test_the_table_lies_beside_the_stamps(self, tmp_path: Path):
        limits = opened(Configuration(), tmp_path / "watchword.db-stamps", MemoryStorage())

        assert admitted(limits, 1) == 1
        assert [each.name for each in tmp_path.iterdir()] == ["watchword.db-limits"]

    def test_where_everything_is_off_there_are_none(self, tmp_path: Path):
        assert open_limits(read(**ALL_OFF), tmp_path / "stamps", MemoryStorage()) is None
        assert list(tmp_path.iterdir()) == []

    def test_what_is_counted_outlives_the_process(self, tmp_path: Path):
        configuration = read(login={"per_minute": 1, "burst": 2})
        stamps = tmp_path / "watchword.db-stamps"

        passed = [admitted(opened(configuration, stamps, MemoryStorage()), 3) for _ in range(2)]

        assert passed == [2, 0]

    def test_who_is_alone_at_a_database_tells_nobody(self, tmp_path: Path):
        storage = MemoryStorage()
        configuration = read(login={"per_minute": 1, "burst": 2})
        limits = opened(configuration, tmp_path / "x-stamps", storage)
        admitted(limits, 2)

        limits.keep_up(storage, leading=True)

        assert told(storage) == 0

    def test_who_is_not_tells_the_others(self, tmp_path: Path):
        storage = MemoryStorage()
        configuration = read_table(
            Configuration,
            {
                "database": {"url": "postgresql://none@127.0.0.1/none"},
                "limits": {"login": {"per_minute": 1, "burst": 2}},
            },
        )
        limits = opened(configuration, tmp_path / "x-stamps", storage)
        admitted(limits, 2)

        limits.keep_up(storage, leading=True)

        assert told(storage) == 1

    def test_processes_of_one_host_have_one_home_and_a_name_each(self, tmp_path: Path):
        storage = MemoryStorage()
        meters = [open_meter(tmp_path / "limits", storage, FixedClock()) for _ in range(2)]
        alone = open_meter(tmp_path / "limits", None, FixedClock())

        assert [type(each) for each in (*meters, alone)] == [PooledMeter, PooledMeter, SharedMeter]
        assert meters[0].take(b"key", per_minute(1, 1)) == 0
        assert meters[1].take(b"key", per_minute(1, 1)) > 0
        assert alone.take(b"key", per_minute(1, 1)) > 0
        for each in meters:
            each.keep_up(leading=True)
        assert told(storage) == 1


def told(storage):
    with storage.read() as transaction:
        return len(transaction.documents.list_of(Audience("watchword"), "let-through"))
