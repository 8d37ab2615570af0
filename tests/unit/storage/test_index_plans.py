"""How SQLite goes about a search: along an index, from where the page begins to where it ends."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.plans import DIALECT, watched
from watchword.core.index import Filter, Order, Query, Test, equals
from watchword.storage.sql import SqlStorage, migrate, open_storage
from watchword.storage.sql.finding import Shape, Start, count_entries
from watchword.storage.sql.index import SqlIndex
from watchword.storage.sql.texts import AT_HAND, Texts

ENTRIES = 300
LIMIT = 10


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Generator[SqlStorage]:
    path: Path = tmp_path_factory.mktemp("plans")
    migrate(f"sqlite:///{path}/watchword.db")
    storage = open_storage(f"sqlite:///{path}/watchword.db")
    with storage.write() as transaction:
        for number in range(ENTRIES):
            town = None if number % 7 == 0 else f"town {number % 3}"
            facets = {"name": f"name {number}", "town": town, "parity": number % 2}
            transaction.index.put("people", f"{number}", facets)
    yield storage
    storage.close()


def explain(storage: SqlStorage, *filters: Filter, order: tuple[Order, ...] = ()) -> list[str]:
    """Return what a search does, step by step."""
    with storage.read() as transaction:
        seen, channel = watched(transaction.channel)
        page = SqlIndex(channel).search(Query("people", filters, order, limit=LIMIT))
    assert len(page.keys) == LIMIT
    assert page.total
    return seen.plans


ALONG_AN_INDEX = [
    pytest.param((), (), id="newest first"),
    pytest.param((), (Order("name"),), id="sorted"),
    pytest.param((), (Order("name", descending=True),), id="sorted backwards"),
    pytest.param((), (Order("parity"),), id="sorted by what many share"),
    pytest.param((), (Order("town", descending=True),), id="sorted by what some lack"),
    pytest.param((equals("parity", 1),), (), id="one value"),
]


@pytest.mark.parametrize(("filters", "order"), ALONG_AN_INDEX)
def test_nothing_is_scanned_sorted_or_counted(storage, filters, order):
    plans = explain(storage, *filters, order=order)

    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan] == []
    assert [plan for plan in plans if "TEMP B-TREE" in plan] == []
    assert [plan for plan in plans if re.search(r"USING .*INDEX|PRIMARY KEY", plan) is None] == [
        plan for plan in plans if "SUBQUERY" in plan
    ]


@pytest.mark.parametrize(("filters", "order"), ALONG_AN_INDEX)
def test_the_total_is_known_without_counting(storage, filters, order, monkeypatch):
    def count(_shape):
        raise AssertionError

    monkeypatch.setattr("watchword.storage.sql.finding.count_entries", count)

    explain(storage, *filters, order=order)


def test_what_is_rare_is_gathered_before_it_is_sorted(storage):
    rare = Filter(("name",), Test.ANY_OF, tuple(f"name {number}" for number in range(LIMIT)))

    plans = explain(storage, rare, order=(Order("parity"), Order("name")))

    assert [plan for plan in plans if plan.startswith("SCAN")] == []


def test_what_is_common_is_gathered_where_there_is_no_order_to_follow(storage):
    plans = explain(storage, equals("parity", 1), order=(Order("parity"), Order("name")))

    assert [plan for plan in plans if plan.startswith("SCAN")] == []


def test_what_is_common_is_passed_over_in_order(storage):
    plans = explain(storage, equals("parity", 1), order=(Order("name"),))

    assert [plan for plan in plans if "TEMP B-TREE" in plan] == []


def test_statements_of_many_shapes_do_not_pile_up():
    texts = Texts(DIALECT)
    fixed = len(texts)

    for names in range(1, 2 * AT_HAND):
        texts[count_entries(Shape(Start.EVERYTHING, gathered=names))]

    assert len(texts) == fixed + AT_HAND
