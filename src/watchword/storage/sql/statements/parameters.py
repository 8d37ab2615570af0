"""The parameters of statements, each with the type of the column that it is compared with."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Insert,
    Table,
    bindparam,
    insert,
    select,
)

from watchword.storage.sql.dealing import places_for

__all__ = ["BEFORE", "LIMIT", "add_beside", "any_of", "bound", "values_of"]

LIMIT: Final = bindparam("limit", type_=BigInteger)
BEFORE: Final = bindparam("before", type_=BigInteger)


def bound(column: ColumnElement[Any], name: str) -> BindParameter[Any]:
    """Return a parameter that is compared with a column."""
    return bindparam(name, type_=column.type)


def any_of(column: ColumnElement[Any], places: int) -> ColumnElement[bool]:
    """Return the condition that a column has one of so many values."""
    return column.in_([bound(column, name) for name in places_for(places)])


def values_of(table: Table, *left_out: str) -> dict[str, BindParameter[Any]]:
    """Return a parameter for each column, of the column's name."""
    return {c.name: bound(c, c.name) for c in table.c if c.name not in left_out}


def add_beside(table: Table, owner: ColumnElement[bool], serial: str = "") -> Insert:
    """Return an insert that adds nothing where the row's owner is missing."""
    values = values_of(table, serial)
    return insert(table).from_select(list(values), select(*values.values()).where(owner))
