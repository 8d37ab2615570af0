"""The roll and the journal in PostgreSQL, on a connection of their own.

Apart from the units of work: here each statement stands for itself, nobody waits for the writers'
lock, and a server that does not answer is given up soon.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg

from watchword.core.errors import StorageUnavailableError
from watchword.core.ports import Entry, NodeId, Seat
from watchword.storage.sql.journal import CHANNEL, to_slots

__all__ = ["PostgresRoll"]

# A beat that is lost in a crash of the server makes somebody wait for a moment. An arrival that is
# lost would leave somebody trusting itself whom nobody waits for, so that one is for the disk.
HURRY: Final = b"SET synchronous_commit = off"
FOR_THE_DISK: Final = b"SET LOCAL synchronous_commit = on"
PATIENCE: Final = b"SET statement_timeout = 1000"
LISTEN: Final = f"LISTEN {CHANNEL}".encode()

ENTER: Final = b"""
    INSERT INTO nodes (id, name, beats, confirmed, seen_at)
    SELECT %(node)s, %(name)s, 0, coalesce(max(serial), 0),
           (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
      FROM renewals
    RETURNING confirmed
"""
# A message that comes late must not turn the number back.
BEAT: Final = b"""
    UPDATE nodes
       SET beats = %(beats)s,
           seen_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
     WHERE id = %(node)s AND beats < %(beats)s
"""
READ: Final = b"SELECT serial, slots FROM renewals WHERE serial > %(after)s ORDER BY serial"
CONFIRM: Final = b"UPDATE nodes SET confirmed = %(serial)s WHERE id = %(node)s"
SEATS: Final = b"SELECT id, name, beats, confirmed FROM nodes ORDER BY name, id"
CENSUS: Final = b"""
    SELECT name, extract(epoch FROM clock_timestamp()) - seen_at / 1000000.0
      FROM nodes
     ORDER BY name, id
"""
REMOVE: Final = b"DELETE FROM nodes WHERE id = %(node)s AND beats = %(beats)s"
PRUNE: Final = b"DELETE FROM renewals WHERE serial < (SELECT min(confirmed) FROM nodes)"

Connect = Callable[[], psycopg.Connection]


class PostgresRoll:
    """The roll, and the journal's readers. One thread at a time may use it.

    It connects when it is first used, and anew after something went wrong. A stay on the roll that
    was begun on one connection must not be gone on with on another (`watchword.core.nodes`).
    """

    def __init__(self, connect: Connect) -> None:
        """Connect to nothing yet."""
        self._connect = connect
        self._connection: psycopg.Connection | None = None

    def enter(self, node: NodeId, name: str) -> int:
        """Add a node that confirms all there is so far, and return the newest serial."""
        with self._using() as connection, connection.transaction():
            connection.execute(FOR_THE_DISK)
            row = connection.execute(ENTER, {"node": node, "name": name}).fetchone()
        return 0 if row is None else int(row[0])

    def beat(self, node: NodeId, beats: int) -> bool:
        """Note that a node lives. False if it is not on the roll."""
        return self._run(BEAT, node=node, beats=beats).rowcount == 1

    def read(self, after: int) -> Sequence[Entry]:
        """Return the entries of the journal behind a serial, in order."""
        rows = self._run(READ, after=after).fetchall()
        return [Entry(serial, to_slots(slots)) for serial, slots in rows]

    def confirm(self, node: NodeId, serial: int) -> None:
        """Note that a node has renewed all slots up to this entry."""
        self._run(CONFIRM, node=node, serial=serial)

    def seats(self) -> Sequence[Seat]:
        """Return everybody on the roll."""
        rows = self._run(SEATS).fetchall()
        return [Seat(NodeId(node), *rest) for node, *rest in rows]

    def remove(self, node: NodeId, beats: int) -> None:
        """Take a node off, if it has not beaten again since."""
        self._run(REMOVE, node=node, beats=beats)

    def prune(self) -> None:
        """Forget entries that everybody on the roll has confirmed."""
        self._run(PRUNE)

    def census(self) -> Sequence[tuple[str, float]]:
        """Return everybody's name, and how many seconds ago each was heard of, for people."""
        return [(name, float(age)) for name, age in self._run(CENSUS).fetchall()]

    def listen(self) -> int:
        """Be told of new entries. Returns what to wait on; it is readable when something came."""
        with self._using() as connection:
            connection.execute(LISTEN)
            return connection.fileno()

    def heed(self) -> bool:
        """Take note of what came. Says whether anything did."""
        with self._using() as connection:
            return len(list(connection.notifies(timeout=0))) > 0

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _run(self, statement: bytes, **values: int) -> psycopg.Cursor[Any]:
        with self._using() as connection:
            return connection.execute(statement, values)

    @contextmanager
    def _using(self) -> Generator[psycopg.Connection]:
        """Use the connection; whatever goes wrong with it, the next use is of another one."""
        try:
            if self._connection is None:
                self._connection = self._connect()
                self._connection.execute(HURRY)
                self._connection.execute(PATIENCE)
            yield self._connection
        except psycopg.Error as error:
            self.close()
            raise StorageUnavailableError from error
