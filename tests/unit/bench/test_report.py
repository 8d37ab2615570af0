"""Ratios, bars and verdicts, and the table that shows them."""

from dataclasses import replace

from bench.bars import ByClock
from bench.contest import CONTEST, GROUPS, chosen
from bench.entry import Entry
from bench.figures import Figures
from bench.report import HEADINGS, Row, memory_rows, start_rows, table, timed_rows


def figures(cpu_us: float) -> Figures:
    return Figures(cpu_us, rate=10.0, p50_ms=1.0, p99_ms=2.0, spread=1.1, rounds=3)


def entry(key: str, against: str | None = None, at_least: float | None = None) -> Entry:
    return Entry(key, key.title(), lambda arena: arena.hasher.sample, against, at_least)


def test_a_ratio_is_how_many_times_as_cheap() -> None:
    entries = [entry("peer"), entry("ours", "peer", 3), entry("slow", "peer", 3)]
    measured = {"peer": figures(600.0), "ours": figures(200.0), "slow": figures(201.0)}

    peer, ours, slow = timed_rows(entries, measured)

    assert (ours.ratio, ours.bar, ours.verdict) == ("3 x peer", "≥ 3 x", "met")
    assert slow.verdict == "MISSED"
    assert (peer.bar, peer.verdict) == ("", "")


def test_what_is_held_against_nothing_is_counted_in_seconds_of_cpu_time() -> None:
    fast, slow = timed_rows(
        [entry("fast", None, 500), entry("slow", None, 500)],
        {"fast": figures(2_000.0), "slow": figures(2_001.0)},
    )

    assert (fast.ratio, fast.bar, fast.verdict) == ("500/s of CPU", "≥ 500/s of CPU", "met")
    assert slow.verdict == "MISSED"


def test_without_its_peer_an_entry_has_figures_and_no_verdict() -> None:
    (row,) = timed_rows([entry("peer"), entry("ours", "peer", 3)], {"ours": figures(200.0)})

    assert row.figures == figures(200.0)
    assert (row.ratio, row.verdict) == ("", "")


def test_what_waits_for_a_disk_is_held_to_the_clock_too() -> None:
    peer = entry("peer")
    ours = Entry(
        "ours", "Ours", lambda arena: arena.hasher.sample, "peer", bars=(ByClock("peer", 0.5),)
    )
    fast, slow = replace(figures(600.0), rate=5.0), replace(figures(600.0), rate=4.0)

    for found, verdict in ((fast, "met"), (slow, "MISSED")):
        rows = timed_rows([peer, ours], {"peer": figures(200.0), "ours": found})
        _, by_cpu, by_clock = rows
        assert (by_cpu.ratio, by_cpu.verdict) == ("0.333 x peer", "")
        assert (by_clock.title, by_clock.bar) == ("Ours, on the clock", "≥ 0.5 x")
        assert by_clock.verdict == verdict
    (alone,) = timed_rows([ours], {"ours": fast})
    assert alone.title == "Ours"


def test_a_share_of_nginx_is_told_where_nginx_was_measured() -> None:
    entries = [entry("nginx"), entry("ours")]

    both = timed_rows(entries, {"nginx": figures(5.0), "ours": figures(50.0)})
    alone = timed_rows(entries, {"ours": figures(50.0)})

    assert [row.of_nginx for row in both] == [1.0, 0.1]
    assert [row.of_nginx for row in alone] == [None]


def test_bars_of_the_start_and_of_the_memory() -> None:
    for seconds, verdict in ((1.0, "met"), (1.01, "MISSED")):
        wall, cpu = start_rows(seconds, 0.5)
        assert (wall.verdict, cpu.figure, cpu.verdict) == (verdict, "0.50 s", "")
    worker, share, *supervisor = memory_rows(
        {"rss": 60_000_000, "pss": 40_000_000}, {"rss": 50_000_000, "pss": 10_000_000}
    )
    assert (worker.figure, worker.verdict) == ("60.0 MB", "met")
    assert [row.verdict for row in (share, *supervisor)] == ["", "", ""]


def test_columns_are_aligned() -> None:
    rows = [Row("one", figures(1_234.5), of_nginx=0.25), Row("the other", figure="1.00 s")]

    heading, rule, one, other = table(rows).splitlines()

    assert heading.split() == " ".join(HEADINGS).split()
    assert set(rule) == {"-", " "}
    assert one.index("1,234.5") + len("1,234.5") == other.index("1.00 s") + len("1.00 s")
    assert "25.0%" in one


def test_every_group_is_made_of_entries_and_every_entry_is_in_a_group() -> None:
    assert {key for keys in GROUPS.values() for key in keys} == {each.key for each in CONTEST}


def test_a_group_brings_all_that_its_bars_are_held_against() -> None:
    for name in GROUPS:
        keys = {each.key for each in chosen([name])}
        against = {each.against for each in chosen([name])} - {None}
        assert against <= keys, name


def test_an_entry_of_two_groups_is_measured_once() -> None:
    keys = [each.key for each in chosen(["password", "machine"])]

    assert len(keys) == len(set(keys))
    assert "argon2" in keys
