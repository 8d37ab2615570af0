"""Whatever is put and asked, SQLite finds what the reference finds."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchword.core.index import Filter, Order, Query, Test
from watchword.core.ports import Storage, Transaction
from watchword.storage.memory import MemoryStorage
from watchword.storage.sql import migrate, open_storage

KEYS = st.sampled_from("abcdefgh")
NAMES = st.sampled_from(["x", "y", "z"])
SCALARS = st.one_of(
    st.integers(-2, 3), st.sampled_from(["", "a", "A", "ab", "b", "ß", "SS"]), st.text(max_size=3)
)
SAID = st.one_of(st.none(), SCALARS, st.lists(SCALARS, max_size=3).map(tuple))
FACETS = st.dictionaries(NAMES, SAID, max_size=3)
CHANGES = st.lists(st.tuples(KEYS, st.none() | FACETS), max_size=25)
FILTERS = st.builds(
    Filter,
    st.lists(NAMES | st.just("unheard"), max_size=2, unique=True).map(tuple),
    st.sampled_from(Test),
    st.lists(st.none() | SCALARS, max_size=4).map(tuple),
)
ORDERS = st.lists(st.builds(Order, NAMES, st.booleans()), max_size=2, unique_by=lambda o: o.name)
QUERIES = st.builds(
    Query,
    st.sampled_from(["things"] * 9 + ["nothing"]),
    st.lists(FILTERS, max_size=3).map(tuple),
    ORDERS.map(tuple),
    offset=st.integers(0, 4),
    limit=st.none() | st.integers(0, 9),
    counted=st.booleans(),
)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Generator[Storage]:
    path: Path = tmp_path_factory.mktemp("index")
    url = f"sqlite:///{path}/watchword.db"
    migrate(url)
    storage = open_storage(url)
    yield storage
    storage.close()


@contextmanager
def undone(storage: Storage) -> Generator[Transaction]:
    """Open a unit that leaves the database as it was, for the next example."""
    with suppress(EOFError), storage.write() as transaction:
        yield transaction
        raise EOFError


def change(transaction: Transaction, changes: list[tuple[str, Any]]) -> None:
    for key, facets in changes:
        if facets is None:
            transaction.index.remove("things", key)
        else:
            transaction.index.put("things", key, facets)


@settings(deadline=None)
@given(changes=CHANGES, queries=st.lists(QUERIES, max_size=8))
def test_both_find_the_same(
    sqlite: Storage, changes: list[tuple[str, Any]], queries: list[Query]
) -> None:
    with undone(MemoryStorage()) as here, undone(sqlite) as there:
        change(here, changes)
        change(there, changes)
        for query in queries:
            wanted, found = here.index.search(query), there.index.search(query)
            assert (list(found.keys), found.total) == (list(wanted.keys), wanted.total)
