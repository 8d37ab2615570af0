"""What every storage finds by what records say."""

import pytest

from tests.conformance.storage_suite.records import HUGE, Suite
from watchword.core.index import Facets, Filter, Order, Page, Query, Test, equals
from watchword.core.ports import Storage

__all__ = ["IndexConformance"]

PEOPLE: dict[str, Facets] = {
    "anna": {"name": "Anna", "age": 41, "town": "Bonn", "role": ("admin", "user")},
    "bert": {"name": "bert", "age": 7, "town": None, "role": "user"},
    "cäsar": {"name": "Cäsar", "age": -3, "town": "Rom", "role": ()},
    "dora": {"name": "DORA", "age": 41, "town": "rom"},
}
"""In the order in which they come. Nothing is said of Dora's role."""


def put(storage: Storage, **more: Facets) -> None:
    with storage.write() as transaction:
        for key, facets in {**PEOPLE, **more}.items():
            transaction.index.put("people", key, facets)


def search(storage: Storage, *filters: Filter, **fields: object) -> Page:
    with storage.read() as transaction:
        page = transaction.index.search(Query("people", filters, **fields))  # type: ignore[arg-type] # a test's words
    return Page(list(page.keys), page.total)


def found(storage: Storage, *filters: Filter, **fields: object) -> str:
    """Return the first letters of the keys."""
    page = search(storage, *filters, **fields)
    assert page.total == len(page.keys)
    return "".join(key[0] for key in page.keys)


def where(names: str, test: Test, *values: str | int | None) -> Filter:
    return Filter(tuple(names.split()), test, values)


class IndexConformance(Suite):
    """Entries and their facets."""

    def test_a_collection_that_nobody_heard_of_is_empty(self, storage: Storage) -> None:
        assert search(storage) == Page([], 0)
        assert search(storage, equals("name", "x"), order=(Order("name"),)) == Page([], 0)
        assert search(storage, counted=False) == Page([], None)

    def test_newer_entries_come_first(self, storage: Storage) -> None:
        put(storage)

        assert found(storage) == "dcba"

    def test_collections_are_apart(self, storage: Storage) -> None:
        put(storage)
        with storage.write() as transaction:
            transaction.index.put("dogs", "anna", {"name": "Anna"})
            transaction.index.remove("dogs", "bert")

        assert found(storage) == "dcba"
        assert found(storage, equals("name", "Anna")) == "a"

    @pytest.mark.parametrize(
        ("orders", "expected"),
        [
            ([Order("age")], "cbda"),
            ([Order("age", descending=True)], "dabc"),
            ([Order("town")], "bacd"),
            ([Order("town", descending=True)], "dcab"),
            ([Order("role")], "dcab"),
            ([Order("role", descending=True)], "badc"),
            ([Order("age", descending=True), Order("name")], "adbc"),
            ([Order("age"), Order("name", descending=True)], "cbda"),
            ([Order("nothing")], "dcba"),
        ],
    )
    def test_entries_are_sorted(self, storage: Storage, orders: list[Order], expected: str) -> None:
        """Null first, numbers and texts by size, several values by the least, then the newer."""
        put(storage)

        assert found(storage, order=tuple(orders)) == expected

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            (equals("name", "Anna"), "a"),
            (equals("name", "anna"), ""),
            (equals("age", 41), "da"),
            (equals("age", "41"), ""),
            (equals("age", 41, 7, 1_000), "dba"),
            (equals("role", "user"), "ba"),
            (equals("role", "user", "admin"), "ba"),
            (equals("town", None), "b"),
            (equals("role", None), "dc"),
            (equals("role", None, "admin"), "dca"),
            (equals("nothing", None), "dcba"),
            (equals("nothing", "x"), ""),
            (equals("name"), ""),
            (where("name town", Test.ANY_OF, "Anna", "rom"), "da"),
            (where("town", Test.NONE_OF, "Bonn"), "dcb"),
            (where("town", Test.NONE_OF, "Bonn", None), "dc"),
            (where("role", Test.NONE_OF, "user"), "dc"),
            (where("role", Test.NONE_OF, None), "ba"),
            (where("role", Test.NONE_OF), "dcba"),
            (where("town name", Test.NONE_OF, "Anna", "Bonn"), "dcb"),
            (where("age", Test.AT_LEAST, 7), "dba"),
            (where("age", Test.AT_MOST, 7), "cb"),
            (where("age", Test.AT_LEAST, 42, 41), "da"),
            (where("age", Test.AT_LEAST, ""), ""),
            (where("name", Test.AT_LEAST, "DORA"), "db"),
            (where("name", Test.AT_MOST, "Cäsar"), "ca"),
            (where("town", Test.AT_LEAST, 0), ""),
            (where("town", Test.AT_LEAST, None), ""),
            (where("name", Test.CONTAINS, "AN"), "a"),
            (where("name", Test.CONTAINS, "CÄS", "dor"), "dc"),
            (where("name town", Test.CONTAINS, "ro"), "dc"),
            (where("town", Test.CONTAINS, ""), "dca"),
            (where("age", Test.CONTAINS, "4"), ""),
            (where("name", Test.CONTAINS, None), ""),
            (where("name", Test.CONTAINS, "%"), ""),
            (where("name", Test.LACKS, "AN"), "dcb"),
            (where("name", Test.LACKS, "CÄS", "dor"), "ba"),
            (where("town", Test.LACKS, "ro"), "ba"),
            (where("town", Test.LACKS, ""), "b"),
            (where("age", Test.LACKS, "4"), "dcba"),
            (where("name", Test.LACKS, None), "dcba"),
            (where("", Test.ANY_OF, None), ""),
        ],
    )
    def test_a_filter_finds_what_it_says(
        self, storage: Storage, asked: Filter, expected: str
    ) -> None:
        put(storage)

        assert found(storage, asked) == expected
        assert found(storage, asked, order=(Order("name"), Order("age"))) == "".join(
            letter for letter in "acdb" if letter in expected
        )

    def test_all_filters_must_pass(self, storage: Storage) -> None:
        put(storage)

        assert found(storage, equals("age", 41), equals("town", "Bonn")) == "a"
        assert found(storage, equals("age", 41), where("town", Test.NONE_OF, "Bonn")) == "d"

    @pytest.mark.parametrize("order", [(), (Order("age"),), (Order("role"),)])
    @pytest.mark.parametrize(
        "filters", [(), (where("age", Test.AT_LEAST, -9),), (equals("x", None),)]
    )
    def test_pages_fit_together(
        self, storage: Storage, filters: tuple[Filter, ...], order: tuple[Order, ...]
    ) -> None:
        put(storage, **{f"x{number}": {"age": number % 3} for number in range(9)})
        whole = search(storage, *filters, order=order, limit=None)

        pages = [
            search(storage, *filters, order=order, offset=offset, limit=4)
            for offset in range(0, 16, 4)
        ]

        assert [key for page in pages for key in page.keys] == list(whole.keys)
        assert {page.total for page in [whole, *pages]} == {13}
        assert search(storage, *filters, order=order, offset=HUGE) == Page([], 13)
        assert search(storage, *filters, order=order, limit=0) == Page([], 13)
        assert search(storage, *filters, order=order, limit=HUGE) == whole
        assert search(storage, *filters, order=order, counted=False).total is None

    def test_an_entry_that_is_put_again_keeps_its_age(self, storage: Storage) -> None:
        put(storage)
        with storage.write() as transaction:
            transaction.index.put("people", "anna", {"name": "Anne", "shoes": 38})

        assert found(storage) == "dcba"
        assert found(storage, equals("name", "Anna")) == ""
        assert found(storage, equals("name", "Anne")) == "a"
        assert found(storage, equals("age", 41)) == "d"
        assert found(storage, equals("age", None)) == "a"
        assert found(storage, equals("shoes", 38)) == "a"

    def test_an_entry_is_removed_and_comes_back_as_a_new_one(self, storage: Storage) -> None:
        put(storage)
        with storage.write() as transaction:
            transaction.index.remove("people", "bert")
            transaction.index.remove("people", "nobody")
            transaction.index.remove("nothing", "bert")
        assert found(storage) == "dca"
        assert found(storage, equals("role", "user")) == "a"

        put(storage)
        assert found(storage) == "bdca"

    def test_totals_stay_true(self, storage: Storage) -> None:
        """They are kept, not counted, so every way of changing them is gone here."""
        steps: list[Facets] = [{"age": 41}, {"age": (41, 7)}, {"age": 7, "town": "Rom"}, {}]
        put(storage)
        with storage.write() as transaction:
            for facets in [*steps, steps[0]]:
                transaction.index.put("people", "bert", facets)
                transaction.index.put("people", "eva", facets)
            transaction.index.remove("people", "eva")

        one = {"limit": 1}
        assert search(storage, **one).total == 4
        assert search(storage, equals("age", 41), **one).total == 3
        assert search(storage, equals("age", 7), **one).total == 0
        assert search(storage, where("age", Test.NONE_OF, 41), **one).total == 1
        assert search(storage, equals("town", None), **one).total == 1
        assert search(storage, where("town", Test.NONE_OF, None), **one).total == 3

    def test_text_may_be_anything(self, storage: Storage) -> None:
        """Whatever JSON can hold, in values, names and keys, and of any length."""
        odd = [
            "",
            "\x00",
            "a\x00b",
            "\ud83d",
            "😀",
            "x" * 199 + "é",
            "y" * 9_000,
            "y" * 8_999 + "z",
        ]
        with storage.write() as transaction:
            for number, text in enumerate(odd):
                transaction.index.put("odd", f"{text}{number}", {text: text, "all": text})

        with storage.read() as transaction:
            for number, text in enumerate(odd):
                for name in (text, "all"):
                    page = transaction.index.search(Query("odd", (equals(name, text),)))
                    assert list(page.keys) == [f"{text}{number}"]
            ordered = transaction.index.search(Query("odd", order=(Order("all"),)))
            held = transaction.index.search(Query("odd", (where("all", Test.CONTAINS, "A\x00B"),)))
        assert [key[:2] for key in ordered.keys][:3] == ["0", "\x001", "a\x00"]
        assert list(held.keys) == ["a\x00b2"]

    def test_numbers_of_any_size_can_be_asked_for(self, storage: Storage) -> None:
        put(storage, zoe={"age": HUGE})

        assert found(storage, equals("age", HUGE)) == "z"
        assert found(storage, where("age", Test.AT_LEAST, HUGE)) == "z"
        assert found(storage, where("age", Test.AT_MOST, -HUGE)) == ""
        assert found(storage, order=(Order("age", descending=True),))[0] == "z"

    @pytest.mark.parametrize("many", [1, 63, 64, 65, 700])
    def test_any_number_of_values_can_be_asked_for(self, storage: Storage, many: int) -> None:
        put(storage)
        values = [41, *range(1_000, 1_000 + many)]

        assert found(storage, equals("age", *values)) == "da"
        assert found(storage, where("age", Test.NONE_OF, *values)) == "cb"
