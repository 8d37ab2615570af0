"""What is left to be done, in a database whose server was killed."""

import sqlite3
from contextlib import closing
from pathlib import Path

__all__ = ["let_leases_end"]


def let_leases_end(database: Path) -> None:
    """Let the minutes go by after which others may do what a killed server was at."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE jobs SET due_at = 0")
