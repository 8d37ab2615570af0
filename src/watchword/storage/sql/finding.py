"""The statements of the index, once, for both databases.

Rules of this file:

1. What a search looks like depends on the *shape* of what is asked: how many conditions of which
   kind, which way the order goes. Facets and values are parameters, so shapes are few.
2. Each search says by its form where it begins (`Start`), and looks at every entry it comes to. A
   database that does not know how many entries say what would often begin at the wrong end.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from watchword.core.index import Test
from watchword.storage.sql.dealing import MANY, places_for
from watchword.storage.sql.tables import (
    index_collections,
    index_entries,
    index_facets,
    index_marks,
    index_tallies,
)

__all__ = [
    "ADD_COLLECTION",
    "ADD_ENTRY",
    "ADD_FACET",
    "ADD_MARK",
    "ADD_TALLY",
    "CHANGE_COLLECTION",
    "CHANGE_FACET",
    "CHANGE_TALLY",
    "DROP_FACET",
    "DROP_TALLY",
    "FIND_COLLECTION",
    "FIND_ENTRY",
    "FIND_TALLIES_MANY",
    "LIST_FACETS",
    "LIST_MARKS",
    "REMOVE_ENTRY",
    "REMOVE_MARK",
    "Holds",
    "Shape",
    "Start",
    "Term",
    "count_entries",
    "find_entries",
]

Condition: TypeAlias = ColumnElement[bool]

SHAPES: Final = 256
"""As many searches are kept ready; others are written anew."""


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)


def _bytes(name: str) -> BindParameter[bytes]:
    return bindparam(name, type_=LargeBinary)


# --- changing an entry -------------------------------------------------------------------------

_step: Final = _number("step")
_one_collection: Final = index_collections.c.id == _number("collection")
_one_facet: Final = index_facets.c.id == _number("facet")
_one_tally: Final = and_(
    index_tallies.c.facet == _number("facet"), index_tallies.c.rank == _bytes("rank")
)

FIND_COLLECTION: Final = select(index_collections.c.id, index_collections.c.entries).where(
    index_collections.c.name == _bytes("name")
)
ADD_COLLECTION: Final = (
    insert(index_collections)
    .values(name=_bytes("name"), entries=_number("entries"))
    .returning(index_collections.c.id)
)
CHANGE_COLLECTION: Final = (
    update(index_collections)
    .values(entries=index_collections.c.entries + _step)
    .where(_one_collection)
)

LIST_FACETS: Final = select(index_facets.c.name, index_facets.c.id, index_facets.c.entries).where(
    index_facets.c.collection == _number("collection")
)
ADD_FACET: Final = (
    insert(index_facets)
    .values(collection=_number("collection"), name=_bytes("name"), entries=_number("entries"))
    .returning(index_facets.c.id)
)
CHANGE_FACET: Final = (
    update(index_facets).values(entries=index_facets.c.entries + _step).where(_one_facet)
)
DROP_FACET: Final = delete(index_facets).where(
    _one_facet, index_facets.c.entries <= _number("none")
)

FIND_ENTRY: Final = select(index_entries.c.serial).where(
    index_entries.c.collection == _number("collection"), index_entries.c.key == _bytes("key")
)
ADD_ENTRY: Final = (
    insert(index_entries)
    .values(collection=_number("collection"), key=_bytes("key"))
    .returning(index_entries.c.serial)
)
REMOVE_ENTRY: Final = delete(index_entries).where(index_entries.c.serial == _number("serial"))

LIST_MARKS: Final = select(index_marks.c.facet, index_marks.c.rank).where(
    index_marks.c.serial == _number("serial")
)
ADD_MARK: Final = insert(index_marks).values(
    serial=_number("serial"), facet=_number("facet"), rank=_bytes("rank"), folded=_bytes("folded")
)
REMOVE_MARK: Final = delete(index_marks).where(
    index_marks.c.serial == _number("serial"),
    index_marks.c.facet == _number("facet"),
    index_marks.c.rank == _bytes("rank"),
)

FIND_TALLIES_MANY: Final = select(index_tallies.c.rank, index_tallies.c.entries).where(
    index_tallies.c.facet == _number("facet"),
    index_tallies.c.rank.in_([_bytes(name) for name in places_for(MANY)]),
)
ADD_TALLY: Final = insert(index_tallies).from_select(
    ["facet", "rank", "entries"],
    select(_number("facet"), _bytes("rank"), _number("none")).where(
        not_(exists(select(index_tallies.c.facet).where(_one_tally).correlate(None)))
    ),
)
CHANGE_TALLY: Final = (
    update(index_tallies).values(entries=index_tallies.c.entries + _step).where(_one_tally)
)
DROP_TALLY: Final = delete(index_tallies).where(
    _one_tally, index_tallies.c.entries <= _number("none")
)

# --- searching ---------------------------------------------------------------------------------


class Start(Enum):
    """Where a search begins."""

    EVERYTHING = "everything"
    """With all entries, the newest first."""
    SAID = "said"
    """With those that say one thing, the newest first."""
    GATHERED = "gathered"
    """With those that say one of a few things, in no order."""
    SORTED = "sorted"
    """With all entries, in the order of a facet that all have."""


@dataclass(frozen=True, slots=True)
class Term:
    """The shape of one condition: how many facets and values it names, and whether null passes."""

    test: Test
    names: int
    values: int
    null: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What a search looks like. ``orders`` says of each sorting key whether it descends.

    Parameters: ``collection``, ``null`` (the rank of null), ``start`` with ``start0`` … (a facet
    and ranks of it) for `Start.SAID` and `Start.GATHERED`; ``order0`` … (facets); ``facet0_0`` …,
    ``value0_0`` … and ``below0_0`` … of each term.
    """

    start: Start
    terms: tuple[Term, ...] = ()
    gathered: int = 0
    orders: tuple[bool, ...] = ()


class Holds(FunctionElement[bool]):
    """Whether bytes hold other bytes."""

    name = "holds"
    type = Boolean()
    inherit_cache = True


@compiles(Holds, "sqlite")
def _holds_in_sqlite(element: Holds, compiler: SQLCompiler, **options: object) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(Holds, "postgresql")
def _holds_in_postgres(element: Holds, compiler: SQLCompiler, **options: object) -> str:
    whole, part = (compiler.process(each, **options) for each in element.clauses)
    return f"position({part} in {whole}) > 0"


_begun: Final = index_marks.alias("begun")
_mark: Final = index_marks.alias("mark")
_null: Final = _bytes("null")


@lru_cache(SHAPES)
def find_entries(shape: Shape) -> Select[Any]:
    """Return the statement that finds a page of keys."""
    source, serial, conditions = _start(shape)
    if source is index_entries:
        key: Any = index_entries.c.key
    else:
        key = select(index_entries.c.key).where(index_entries.c.serial == serial).scalar_subquery()
    return (
        select(key)
        .select_from(source)
        .where(*conditions)
        .order_by(*_orders(shape, serial), serial.desc())
        .limit(_number("limit"))
        .offset(_number("offset"))
    )


@lru_cache(SHAPES)
def count_entries(shape: Shape) -> Select[Any]:
    """Return the statement that counts what matches."""
    source, _, conditions = _start(shape)
    return select(func.count()).select_from(source).where(*conditions)


def _start(shape: Shape) -> tuple[FromClause, ColumnElement[int], list[Condition]]:
    """Return where a search begins, the serial there, and all conditions."""
    source: FromClause = index_entries
    serial: ColumnElement[int] = index_entries.c.serial
    ranks = [_bytes(f"start{place}") for place in range(shape.gathered)]
    if shape.start is Start.EVERYTHING:
        first = [index_entries.c.collection == _number("collection")]
    elif shape.start is Start.GATHERED:
        meant = select(_begun.c.serial).where(
            _begun.c.facet == _number("start"), _begun.c.rank.in_(ranks)
        )
        first = [serial.in_(meant)]
    else:
        source, serial = _begun, _begun.c.serial
        first = [_begun.c.facet == _number("start")]
        # One of several values is the one that an entry is sorted by.
        first += [_begun.c.rank == ranks[0]] if ranks else [not_(_smaller(_begun))]
    terms = [_passes(term, place, serial) for place, term in enumerate(shape.terms)]
    return source, serial, [*first, *terms]


def _smaller(of: FromClause) -> Condition:
    """Return whether the entry says something smaller of the same facet."""
    same = and_(_mark.c.serial == of.c.serial, _mark.c.facet == of.c.facet)
    return exists(select(_mark.c.serial).where(same, _mark.c.rank < of.c.rank))


def _orders(shape: Shape, serial: ColumnElement[int]) -> list[ColumnElement[Any]]:
    keys: list[ColumnElement[Any]] = []
    for place, descending in enumerate(shape.orders):
        said = (
            select(_mark.c.rank)
            .where(_mark.c.serial == serial, _mark.c.facet == _number(f"order{place}"))
            .order_by(_mark.c.rank)
            .limit(1)
        )
        in_order = shape.start is Start.SORTED
        key = _begun.c.rank if in_order else func.coalesce(said.scalar_subquery(), _null)
        keys.append(key.desc() if descending else key.asc())
    return keys


def _passes(term: Term, place: int, serial: ColumnElement[int]) -> Condition:
    """Return whether an entry passes a condition by any one of its facets."""
    names = [_number(f"facet{place}_{number}") for number in range(term.names)]
    return or_(false(), *(_fulfils(term, place, _said(serial, name)) for name in names))


def _said(serial: ColumnElement[int], facet: ColumnElement[int]) -> Condition:
    return and_(_mark.c.serial == serial, _mark.c.facet == facet)


def _fulfils(term: Term, place: int, here: Condition) -> Condition:
    values = [_bytes(f"value{place}_{number}") for number in range(term.values)]
    if term.test in {Test.CONTAINS, Test.LACKS}:
        held = _any_mark(here, or_(false(), *(Holds(_mark.c.folded, value) for value in values)))
        return not_(held) if term.test is Test.LACKS else held
    if term.test in {Test.AT_LEAST, Test.AT_MOST}:
        ends = [_bytes(f"below{place}_{number}") for number in range(term.values)]
        spans = zip(values, ends, strict=True)
        within = (and_(_mark.c.rank >= low, _mark.c.rank < high) for low, high in spans)
        return _any_mark(here, or_(false(), *within))
    said = [_any_mark(here, _mark.c.rank.in_(values))] if values else []
    absent = [not_(_any_mark(here, _mark.c.rank > _null))] if term.null else []
    passes = or_(false(), *said, *absent)
    return not_(passes) if term.test is Test.NONE_OF else passes


def _any_mark(here: Condition, condition: Condition) -> Condition:
    return exists(select(_mark.c.serial).where(here, condition))
