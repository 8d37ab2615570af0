"""One search of the index: which statement, beginning where, and what is known without counting.

Where to begin is decided by the tallies, which say exactly how many entries say one thing:

* without an order, newest first among those that say the rarest thing asked for;
* with an order, along the sorted facet while passing over what does not match, or by gathering
  what matches and sorting it: whichever has fewer entries to look at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from watchword.core.index import (
    NULL,
    Filter,
    Page,
    Query,
    Scalar,
    Test,
    fold_text,
    rank_of,
    span_of,
)
from watchword.storage.sql import finding as sql
from watchword.storage.sql.channel import AnyChannel
from watchword.storage.sql.dealing import MANY, deal, padded
from watchword.storage.sql.finding import Shape, Start, Term
from watchword.storage.sql.rows import LARGEST, Values, bounded

__all__ = ["Collection", "Facet", "Search", "as_bytes", "find_collection"]

UNKNOWN: Final = 0
"""The number of a facet that nobody ever said."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet's number, and how many entries name it."""

    id: int
    entries: int


NEVER_SAID: Final = Facet(UNKNOWN, 0)


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection's number, how many entries it has, and its facets."""

    id: int
    entries: int
    facets: Mapping[str, Facet]

    def facet(self, name: str) -> Facet:
        """Return a facet, known or not."""
        return self.facets.get(name, NEVER_SAID)


def as_bytes(text: str) -> bytes:
    """Return any text, whatever came from outside, as a database holds it."""
    return text.encode("utf-8", "surrogatepass")


def as_text(held: bytes) -> str:
    """Return what `as_bytes` was given."""
    return held.decode("utf-8", "surrogatepass")


def find_collection(channel: AnyChannel, name: str) -> Collection | None:
    """Return what is known of a collection, or None if nobody heard of it."""
    row = channel.one(sql.FIND_COLLECTION, {"name": as_bytes(name)})
    if row is None:
        return None
    rows = channel.all(sql.LIST_FACETS, {"collection": row[0]})
    facets = {as_text(each): Facet(number, entries) for each, number, entries in rows}
    return Collection(row[0], row[1], facets)


@dataclass(frozen=True, slots=True)
class Lead:
    """A filter that a search can begin with, and how many entries it leads to."""

    place: int
    facet: int
    ranks: tuple[bytes, ...]
    entries: int


@dataclass(frozen=True, slots=True)
class Search:
    """One query, on one collection that is known."""

    channel: AnyChannel
    known: Collection
    query: Query

    def run(self) -> Page:
        """Return the keys, and the total if it was asked for."""
        leads = [lead for place in range(len(self.query.filters)) if (lead := self._lead(place))]
        leads.sort(key=lambda lead: lead.entries)
        shape, values = self._begin(leads)
        limit = LARGEST if self.query.limit is None else bounded(self.query.limit)
        values |= {"limit": limit, "offset": bounded(self.query.offset)}
        rows = self.channel.all(sql.find_entries(shape), values)
        keys = [as_text(row[0]) for row in rows]
        total = self._total(leads, len(keys)) if self.query.counted else None
        return Page(keys, total)

    def _begin(self, leads: list[Lead]) -> tuple[Shape, Values]:
        """Choose where the search for a page begins."""
        orders = tuple(order.descending for order in self.query.order)
        sortable = self._sortable()
        if leads and self._is_worth_gathering(leads[0]):
            return self._shape(Start.GATHERED, leads[0], orders)
        if sortable is not None:
            shape, values = self._shape(Start.SORTED, None, orders)
            return shape, values | {"start": sortable}
        single = [lead for lead in leads if len(lead.ranks) == 1]
        if single and not orders:
            return self._shape(Start.SAID, single[0], orders)
        if leads and orders:
            return self._shape(Start.GATHERED, leads[0], orders)
        return self._shape(Start.EVERYTHING, None, orders)

    def _sortable(self) -> int | None:
        """Return the facet along which the search can go: the only order, and all have it."""
        if len(self.query.order) != 1:
            return None
        facet = self.known.facet(self.query.order[0].name)
        return facet.id if facet.id and facet.entries == self.known.entries else None

    def _is_worth_gathering(self, lead: Lead) -> bool:
        """Say whether what a lead leads to is less than what a walk in order would pass.

        Such a walk comes to one match in ``all / lead`` entries, and ends after a page of them.
        """
        if not self.query.order and len(lead.ranks) == 1:
            return False
        limit = LARGEST if self.query.limit is None else self.query.limit
        return lead.entries * lead.entries <= (self.query.offset + limit) * self.known.entries

    def _total(self, leads: list[Lead], found: int) -> int:
        """Return how many entries match, counting them only if nothing else tells."""
        if not self.query.filters:
            return self.known.entries
        query = self.query
        if query.limit is not None and found < query.limit and (found or not query.offset):
            return query.offset + found
        if len(query.filters) == 1:
            told = self._told(query.filters[0])
            if told is not None:
                return told
        start = Start.GATHERED if leads else Start.EVERYTHING
        shape, values = self._shape(start, leads[0] if leads else None, ())
        [(total,)] = self.channel.all(sql.count_entries(shape), values)
        return int(total)

    def _told(self, asked: Filter) -> int | None:
        """Return how many entries pass a filter, if the tallies tell: of one value of one facet."""
        if len(asked.names) != 1 or asked.test not in {Test.ANY_OF, Test.NONE_OF}:
            return None
        ranks = {rank_of(value) for value in asked.values}
        if len(ranks) != 1:
            return None
        [rank] = ranks
        facet = self.known.facet(asked.names[0])
        said = self._tally(facet.id, tuple(ranks))
        if rank == NULL:
            said += self.known.entries - facet.entries
        return said if asked.test is Test.ANY_OF else self.known.entries - said

    def _lead(self, place: int) -> Lead | None:
        """Return where a filter leads, if it asks for a few things that entries say."""
        asked = self.query.filters[place]
        if asked.test is not Test.ANY_OF or len(asked.names) != 1 or None in asked.values:
            return None
        ranks = tuple(sorted({rank_of(value) for value in asked.values}))
        if not 0 < len(ranks) <= MANY:
            return None
        facet = self.known.facet(asked.names[0]).id
        return Lead(place, facet, ranks, self._tally(facet, ranks))

    def _tally(self, facet: int, ranks: tuple[bytes, ...]) -> int:
        """Return how many entries say one of these things, those that say two of them twice."""
        asked = [values | {"facet": facet} for values in deal(ranks, MANY)]
        rows = [row for each in asked for row in self.channel.all(sql.FIND_TALLIES_MANY, each)]
        return sum(row[1] for row in rows)

    def _shape(
        self, start: Start, lead: Lead | None, orders: tuple[bool, ...]
    ) -> tuple[Shape, Values]:
        """Return the shape of a search with its values, but for the page's."""
        values: Values = {"collection": self.known.id, "null": NULL}
        for place, order in enumerate(self.query.order):
            values[f"order{place}"] = self.known.facet(order.name).id
        terms: list[Term] = []
        for place, asked in enumerate(self.query.filters):
            if lead is None or place != lead.place:
                terms.append(self._term(len(terms), asked, values))
        shape = Shape(start, tuple(terms), 0, orders)
        if lead is None:
            return shape, values
        ranks = padded(lead.ranks)
        values["start"] = lead.facet
        values |= {f"start{place}": rank for place, rank in enumerate(ranks)}
        return replace(shape, gathered=len(ranks)), values

    def _term(self, place: int, asked: Filter, values: Values) -> Term:
        """Return the shape of a filter, and add its values to the others."""
        for number, name in enumerate(asked.names):
            values[f"facet{place}_{number}"] = self.known.facet(name).id
        given = [value for value in asked.values if value is not None]
        pairs = padded(tuple(_bounds(asked.test, value) for value in given))
        for number, (low, high) in enumerate(pairs):
            values[f"value{place}_{number}"] = low
            values[f"below{place}_{number}"] = high
        return Term(asked.test, len(asked.names), len(pairs), None in asked.values)


def _bounds(test: Test, value: Scalar) -> tuple[bytes, bytes]:
    """Return what a value is compared as, and where a span that it stands for ends."""
    if test in {Test.CONTAINS, Test.LACKS}:
        return as_bytes(fold_text(str(value))), NULL
    if test in {Test.AT_LEAST, Test.AT_MOST}:
        return span_of(test, value)
    return rank_of(value), NULL
