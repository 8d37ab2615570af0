"""Which version a database has, and bringing it up to this program's.

Looking is cheap and done at every start. A database without tables is given them as they are now;
alembic is imported only where older ones are to be changed.
"""

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from watchword.core.errors import StorageUnavailableError
from watchword.storage.sql.channel import Driver
from watchword.storage.sql.drivers import driver_at

__all__ = ["HEAD", "DatabaseVersionError", "is_current", "migrate", "require_known"]

HEAD: Final = "0010"
"""The newest version that this program knows. Versions are numbers of four digits."""

NOT_OURS: Final = "the database belongs to another program"


class DatabaseVersionError(ValueError):
    """The database was written by a newer Watchword, or by something else."""


def is_current(url: str) -> bool:
    """Say whether the database has the version that this program needs.

    Raises `DatabaseVersionError` if it has one that this program does not know,
    `StorageUnavailableError` if it does not answer, ``ValueError`` for a URL of another kind.
    """
    driver = driver_at(url)
    with _reading(driver):
        version = driver.find_version()
    require_known(version)
    return version == HEAD


def migrate(url: str) -> None:
    """Bring the database to the version that this program needs; make it if it is a file.

    Two processes may do so at once. Raises as `is_current` does, and `DatabaseVersionError` for one
    that holds somebody else's tables; where no file can be made, the database does not answer.
    """
    if is_current(url):
        return
    driver = driver_at(url)
    with _reading(driver):
        driver.create()
        if not import_module("watchword.storage.sql.creating").create_tables(driver):
            if driver.find_version() is None:
                # Ours would stand between them for good, and go with them when that one cleans up.
                raise DatabaseVersionError(NOT_OURS)
            import_module("watchword.storage.sql.migrating").upgrade(driver)


def require_known(version: str | None) -> None:
    """Raise `DatabaseVersionError` for a version that this program cannot come from."""
    if version is None:
        return
    if not (version.isdecimal() and len(version) == len(HEAD)):
        raise DatabaseVersionError(NOT_OURS)
    if version > HEAD:
        message = f"the database has version {version}, this Watchword knows up to {HEAD}: upgrade"
        raise DatabaseVersionError(message)


@contextmanager
def _reading(driver: Driver[Any]) -> Generator[None]:
    """Turn the driver's ways of saying so into `StorageUnavailableError`."""
    try:
        yield
    except driver.errors as error:
        raise (StorageUnavailableError() if driver.is_unavailable(error) else error) from error
