"""The parameters of statements, each with the type of the column that it is compared with."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Insert,
    Select,
    Table,
    bindparam,
    insert,
    select,
    union_all,
)

from watchword.storage.sql.dealing import FEW, places_for

__all__ = ["BEFORE", "LIMIT", "add_beside", "any_of", "bound", "for_few", "values_of"]

LIMIT: Final = bindparam("limit", type_=BigInteger)
BEFORE: Final = bindparam("before", type_=BigInteger)


def bound(column: ColumnElement[Any], name: str) -> BindParameter[Any]:
    """Return a parameter that is compared with a column."""
    return bindparam(name, type_=column.type)


def any_of(column: ColumnElement[Any], places: int) -> ColumnElement[bool]:
    """Return the condition that a column has one of so many values."""
    return column.in_([bound(column, name) for name in places_for(places)])


def for_few(statement: Select[Any], column: ColumnElement[Any]) -> CompoundSelect[Any]:
    """Return the statement for a few values of a column, each looked up by itself.

    SQLite gathers the values of a list in a table of its own first, which costs more than to look
    for them all. A value that is given twice finds what it finds twice.
    """
    return union_all(*(statement.where(column == bound(column, name)) for name in places_for(FEW)))


def values_of(table: Table, *left_out: str) -> dict[str, BindParameter[Any]]:
    """Return a parameter for each column, of the column's name."""
    return {c.name: bound(c, c.name) for c in table.c if c.name not in left_out}


def add_beside(table: Table, owner: ColumnElement[bool], serial: str = "") -> Insert:
    """Return an insert that adds nothing where the row's owner is missing."""
    values = values_of(table, serial)
    return insert(table).from_select(list(values), select(*values.values()).where(owner))
