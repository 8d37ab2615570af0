"""Which driver a database URL asks for."""

from importlib import import_module
from typing import Any, cast

from watchword.storage.sql.channel import Driver
from watchword.storage.sql.sqlite import SqliteDriver
from watchword.storage.sql.urls import postgres_url, sqlite_path

__all__ = ["driver_at"]


def driver_at(url: str) -> Driver[Any]:
    """Return the driver for the database at a URL (`watchword.storage.sql.urls`).

    Raises ``ValueError`` for a URL of another kind.
    """
    path = sqlite_path(url)
    if path is not None:
        return SqliteDriver(path)
    # Imported by name: whoever keeps a file should not pay for the memory of a database client.
    module = import_module("watchword.storage.sql.postgres")
    return cast("Driver[Any]", module.PostgresDriver(postgres_url(url)))
