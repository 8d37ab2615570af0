"""Where a database is, as operators write it.

========================  =========================================================
``sqlite:///PATH``        a file; a path from the root has a fourth slash in front
``postgresql://…``        as libpq reads it; ``postgresql+psycopg://…`` means the same
========================  =========================================================
"""

from pathlib import Path
from typing import Final

__all__ = ["postgres_url", "sqlite_path"]

SQLITE: Final = "sqlite:///"
POSTGRES: Final = ("postgresql://", "postgresql+psycopg://")


def sqlite_path(url: str) -> Path | None:
    """Return the file that a URL names, or None if it names no file.

    Raises ``ValueError`` for a path that cannot be one.
    """
    if not url.startswith(SQLITE):
        return None
    path = url.removeprefix(SQLITE)
    if not path or path == ":memory:" or "?" in path or "\x00" in path:
        message = "a database in SQLite is a file: sqlite:///PATH"
        raise ValueError(message)
    return Path(path)


def postgres_url(url: str) -> str:
    """Return the URL as libpq reads it. Raises ``ValueError`` if it is of another kind."""
    for scheme in POSTGRES:
        if url.startswith(scheme):
            return POSTGRES[0] + url.removeprefix(scheme)
    # The URL may hold a password, so it is not shown.
    message = "a database URL begins with sqlite:/// or postgresql://"
    raise ValueError(message)
