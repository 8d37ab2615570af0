"""Statements as text, for one database: SQLAlchemy writes each once, the driver runs it ever after.

Running a statement through SQLAlchemy costs several times what the database takes to answer it;
the decision on compiled statements has the figures.
"""

import re
from itertools import islice
from typing import Final

from sqlalchemy import ClauseElement, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler

from watchword.storage.sql.statements import directory, ledgers, sessions

__all__ = ["AT_HAND", "Texts", "fixed_statements"]

AT_HAND: Final = 512
"""Of statements whose shape depends on what is asked, as many are kept."""


class Texts(dict[ClauseElement, str]):
    """The text of each statement in one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        """Write out all statements but those whose shape depends on what is asked."""
        super().__init__()
        self._dialect: Final = dialect
        for statement in fixed_statements().values():
            self[statement] = self._write(statement)
        self._fixed: Final = len(self)

    def __missing__(self, statement: ClauseElement) -> str:
        """Write out a statement when it is first asked for, and forget the oldest of too many."""
        if len(self) >= self._fixed + AT_HAND:
            del self[next(islice(self, self._fixed, None))]
        written = self[statement] = self._write(statement)
        return written

    def _write(self, statement: ClauseElement) -> str:
        compiled = statement.compile(dialect=self._dialect)
        written = str(compiled)
        if isinstance(compiled, SQLCompiler):
            # A value that is no parameter of ours is a number of SQLAlchemy's making (OFFSET 0).
            for name, value in compiled.params.items():
                if value is not None:
                    parameter = re.escape(compiled.bindtemplate % {"name": name})
                    written = re.sub(rf"{parameter}\b", str(int(value)), written)
        return written


def fixed_statements() -> dict[str, ClauseElement]:
    """Return the statements whose shape depends on nothing, by their names."""
    return {
        name: value
        for module in (directory, sessions, ledgers)
        for name, value in vars(module).items()
        if isinstance(value, ClauseElement) and isinstance(value, Executable)
    }
