"""Making the tables of a database that has none, as they are now and without their history.

What the scripts of `watchword.storage.sql.migrations` come to, and a test holds the two to that:
reading the scripts would take longer than all else that a first start does.
"""

from typing import Any, Final

from sqlalchemy import Column, MetaData, String, Table, insert
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from watchword.storage.sql.channel import Driver
from watchword.storage.sql.tables import METADATA
from watchword.storage.sql.versions import HEAD

__all__ = ["create_tables"]

LONGEST_VERSION: Final = 32

# Alembic's own table, as it makes it.
_versions: Final = Table(
    "alembic_version",
    MetaData(naming_convention={"pk": "alembic_version_pkc"}),
    Column("version_num", String(LONGEST_VERSION), primary_key=True),
)


def create_tables(driver: Driver[Any]) -> bool:
    """Make all tables in one writing unit, if there is not a single one. Returns whether it did.

    Raises what the driver raises.
    """
    patient = driver.patiently()
    connection, cursor = patient.connect(writing=True)
    try:
        patient.begin(connection, writing=True)
        # Only now nobody else can be at it.
        if not patient.is_empty(connection):
            return False
        for step in _steps():
            cursor.execute(str(step.compile(dialect=driver.dialect)), {})
        version = insert(_versions).compile(dialect=driver.dialect)
        cursor.execute(str(version), {"version_num": HEAD})
        patient.commit(connection)
        return True
    finally:
        connection.close()


def _steps() -> list[ExecutableDDLElement]:
    tables = [*METADATA.sorted_tables, _versions]
    indexes = [index for table in tables for index in table.indexes]
    # A set has no order of its own, and of two that are as good SQLite takes the one made last.
    indexes.sort(key=lambda index: str(index.name))
    return [*map(CreateTable, tables), *map(CreateIndex, indexes)]
