"""Storage in SQLite and PostgreSQL: one set of tables and statements for both.

What differs between the two databases is in ``sqlite`` and ``postgres``, and nowhere else.
"""

from watchword.storage.sql.storage import SqlStorage, open_storage
from watchword.storage.sql.versions import DatabaseVersionError, is_current, migrate

__all__ = ["DatabaseVersionError", "SqlStorage", "is_current", "migrate", "open_storage"]
