"""Statements as text: what SQLAlchemy writes is what the drivers can run."""

import re

import pytest
from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from watchword.storage.sql.statements.sessions import end_sessions
from watchword.storage.sql.texts import Texts, fixed_statements

STATEMENTS = [pytest.param(value, id=name) for name, value in fixed_statements().items()]


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    if request.param == "sqlite":
        return SQLiteDialect_pysqlite(paramstyle="named")
    dialect: Dialect = PGDialect_psycopg()
    return dialect


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_parameter_has_a_name_of_ours(dialect: Dialect, statement: ClauseElement) -> None:
    """SQLAlchemy names by itself what it is given as a value, and nobody would fill that in."""
    written = Texts(dialect)[statement]

    names = re.findall(r"(?<!:):(\w+)\b|%\((\w+)\)s", written)
    assert all(not re.search(r"param|_\d", name) for pair in names for name in pair)
    assert "%s" not in written


def test_each_is_written_once(dialect: Dialect) -> None:
    texts = Texts(dialect)
    statement = end_sessions(frozenset({"subject_id"}))

    assert texts[statement] is texts[end_sessions(frozenset({"subject_id"}))]
    assert "subject_id" in texts[statement]
