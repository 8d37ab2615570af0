"""The index, kept in a dictionary and searched by looking at everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from watchword.core.index import (
    NULL,
    Facets,
    Filter,
    Page,
    Query,
    Scalar,
    Test,
    fold_text,
    rank_of,
    ranks_of,
    span_of,
    values_of,
)
from watchword.storage.memory.tables import Indexed, Tables

__all__ = ["MemoryIndex"]

Said: TypeAlias = Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class MemoryIndex:
    """What records say."""

    tables: Tables

    def put(self, collection: str, key: str, facets: Facets) -> None:
        """Set or replace what an entry says."""
        before = self.tables.entries.rows.get((collection, key))
        serial = self.tables.next_serial("entry") if before is None else before.serial
        self.tables.entries.change()[collection, key] = Indexed(serial, dict(facets))

    def remove(self, collection: str, key: str) -> None:
        """Forget an entry."""
        self.tables.entries.change().pop((collection, key), None)

    def search(self, query: Query) -> Page:
        """Return the keys of the entries that match."""
        rows = self.tables.entries.rows
        found = [
            (entry, key)
            for (collection, key), entry in rows.items()
            if collection == query.collection
            and all(_passes(entry.facets, f) for f in query.filters)
        ]
        found.sort(key=lambda row: row[0].serial, reverse=True)
        # The sort is stable, so the last order of all comes first.
        for order in reversed(query.order):
            found.sort(key=_by(order.name), reverse=order.descending)
        limit = len(found) if query.limit is None else query.limit
        keys = [key for _, key in found[query.offset : query.offset + limit]]
        return Page(keys, len(found) if query.counted else None)


def _by(name: str) -> Callable[[tuple[Indexed, str]], bytes]:
    return lambda row: min(ranks_of(row[0].facets.get(name)))


def _passes(facets: Mapping[str, Said], asked: Filter) -> bool:
    return any(_fulfils(facets.get(name), asked) for name in asked.names)


def _fulfils(said: Said, asked: Filter) -> bool:
    if asked.test is Test.NONE_OF:
        return not _is_any_of(said, asked)
    if asked.test is Test.ANY_OF:
        return _is_any_of(said, asked)
    if asked.test is Test.LACKS:
        return not _fulfils(said, replace(asked, test=Test.CONTAINS))
    wanted = [value for value in asked.values if value is not None]
    if asked.test is Test.CONTAINS:
        texts = [fold_text(value) for value in values_of(said) if isinstance(value, str)]
        return any(fold_text(str(needle)) in text for needle in wanted for text in texts)
    spans = [span_of(asked.test, value) for value in wanted]
    ranks = ranks_of(said) - {NULL}
    return any(low <= rank < high for low, high in spans for rank in ranks)


def _is_any_of(said: Said, asked: Filter) -> bool:
    return bool(ranks_of(said) & {rank_of(value) for value in asked.values})
