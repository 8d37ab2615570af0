"""The index, in SQL: what entries say, kept beside how many say it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from watchword.core.index import Facets, Page, Query, fold_text, rank_of, values_of
from watchword.storage.sql import finding as sql
from watchword.storage.sql.channel import AnyChannel
from watchword.storage.sql.rows import Values
from watchword.storage.sql.searching import Collection, Search, as_bytes, find_collection

__all__ = ["SqlIndex"]

NONE: Final = 0

Mark: TypeAlias = tuple[int, bytes]
"""A facet and the rank of one of its values."""


@dataclass(frozen=True, slots=True)
class SqlIndex:
    """What records say."""

    channel: AnyChannel

    def put(self, collection: str, key: str, facets: Facets) -> None:
        """Set or replace what an entry says; only what differs is written."""
        known = self._know(collection)
        serial = self._find(known, key)
        said: set[Mark] = set() if serial is None else self._said(serial)
        if serial is None:
            values: Values = {"collection": known.id, "key": as_bytes(key)}
            [(serial,)] = self.channel.changed(sql.ADD_ENTRY, values)
            self.channel.change(sql.CHANGE_COLLECTION, {"collection": known.id, "step": 1})
        ids = self._know_facets(known, facets)
        wanted = {
            (ids[name], rank): folded
            for name, said in facets.items()
            for rank, folded in _ranks(values_of(said)).items()
        }
        self._replace(serial, said, wanted)

    def remove(self, collection: str, key: str) -> None:
        """Forget an entry."""
        known = find_collection(self.channel, collection)
        serial = None if known is None else self._find(known, key)
        if known is None or serial is None:
            # Said even where there is nothing to do: a unit that only looks removes nothing.
            self.channel.change(sql.REMOVE_ENTRY, {"serial": NONE})
            return
        self._replace(serial, self._said(serial), {})
        self.channel.change(sql.REMOVE_ENTRY, {"serial": serial})
        self.channel.change(sql.CHANGE_COLLECTION, {"collection": known.id, "step": -1})

    def search(self, query: Query) -> Page:
        """Return the keys of the entries that match."""
        known = find_collection(self.channel, query.collection)
        if known is None:
            return Page([], 0 if query.counted else None)
        return Search(self.channel, known, query).run()

    def _know(self, collection: str) -> Collection:
        """Return the collection; one that nobody heard of begins."""
        known = find_collection(self.channel, collection)
        if known is None:
            values: Values = {"name": as_bytes(collection), "entries": 0}
            [(number,)] = self.channel.changed(sql.ADD_COLLECTION, values)
            return Collection(number, 0, {})
        return known

    def _know_facets(self, known: Collection, names: Iterable[str]) -> Mapping[str, int]:
        """Return the numbers of facets; those that nobody heard of get one."""
        ids = {name: facet.id for name, facet in known.facets.items()}
        for name in names:
            if name not in ids:
                values: Values = {"collection": known.id, "name": as_bytes(name), "entries": 0}
                [(ids[name],)] = self.channel.changed(sql.ADD_FACET, values)
        return ids

    def _find(self, known: Collection, key: str) -> int | None:
        asked: Values = {"collection": known.id, "key": as_bytes(key)}
        row = self.channel.one(sql.FIND_ENTRY, asked)
        return None if row is None else row[0]

    def _said(self, serial: int) -> set[Mark]:
        """Return what an entry says."""
        rows = self.channel.all(sql.LIST_MARKS, {"serial": serial})
        return {(facet, rank) for facet, rank in rows}

    def _replace(self, serial: int, before: set[Mark], wanted: Mapping[Mark, bytes | None]) -> None:
        """Make an entry say what is wanted, and count who says what."""
        gone, new = before - wanted.keys(), wanted.keys() - before
        self.channel.change_many(sql.REMOVE_MARK, [_values(mark, serial=serial) for mark in gone])
        self.channel.change_many(
            sql.ADD_MARK,
            [_values(mark, serial=serial, folded=wanted[mark]) for mark in new],
        )
        self._count_marks(gone, new)
        self._count_facets({mark[0] for mark in before}, {mark[0] for mark in wanted})

    def _count_marks(self, gone: Iterable[Mark], new: Iterable[Mark]) -> None:
        self.channel.change_many(sql.ADD_TALLY, [_values(mark, none=NONE) for mark in new])
        steps = [_values(mark, step=1) for mark in new] + [_values(mark, step=-1) for mark in gone]
        self.channel.change_many(sql.CHANGE_TALLY, steps)
        self.channel.change_many(sql.DROP_TALLY, [_values(mark, none=NONE) for mark in gone])

    def _count_facets(self, before: set[int], after: set[int]) -> None:
        more: list[Values] = [{"facet": facet, "step": 1} for facet in after - before]
        fewer: list[Values] = [{"facet": facet, "step": -1} for facet in before - after]
        self.channel.change_many(sql.CHANGE_FACET, more + fewer)
        lost: list[Values] = [{"facet": facet, "none": NONE} for facet in before - after]
        self.channel.change_many(sql.DROP_FACET, lost)


def _ranks(values: tuple[str | int, ...]) -> Mapping[bytes, bytes | None]:
    """Return the rank of each value with what a substring of it is looked for in."""
    if not values:
        return {rank_of(None): None}
    return {
        rank_of(value): as_bytes(fold_text(value)) if isinstance(value, str) else None
        for value in values
    }


def _values(mark: Mark, **more: object) -> Values:
    return {"facet": mark[0], "rank": mark[1], **more}
