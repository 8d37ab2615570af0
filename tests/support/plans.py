"""What SQLite says of how it goes about the statements that are run."""

from pathlib import Path
from typing import cast

from sqlalchemy import ClauseElement, text

from watchword.storage.sql.channel import AnyChannel
from watchword.storage.sql.rows import Row, Values
from watchword.storage.sql.sqlite import SqliteDriver
from watchword.storage.sql.texts import Texts

__all__ = ["DIALECT", "Watched", "watched"]

DIALECT = SqliteDriver(Path("nowhere")).dialect


class Watched:
    """A channel that has every statement explained before it is run."""

    def __init__(self, channel: AnyChannel) -> None:
        self._channel = channel
        self.plans: list[str] = []

    def all(self, statement: ClauseElement, values: Values) -> list[Row]:
        explained = text(f"EXPLAIN QUERY PLAN {Texts(DIALECT)[statement]}")
        self.plans += [row[3] for row in self._channel.all(explained, values)]
        return self._channel.all(statement, values)

    def one(self, statement: ClauseElement, values: Values) -> Row | None:
        rows = self.all(statement, values)
        return rows[0] if rows else None

    def changed(self, statement: ClauseElement, values: Values) -> list[Row]:
        return self.all(statement, values)


def watched(channel: AnyChannel) -> tuple[Watched, AnyChannel]:
    """Watch a channel; returns it twice, once as what it stands for."""
    watched = Watched(channel)
    return watched, cast("AnyChannel", watched)
