"""A gate out of settings."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from watchword.config import Configuration, GateTable, SignedIdentityTable, TableError
from watchword.core.access import Access
from watchword.core.vouching import Vouching
from watchword.gate.answers import IDENTITY_HEADERS
from watchword.gate.asserting import Assertions, Terms
from watchword.gate.gate import Gate, GateDoor
from watchword.gate.rules import bind_all
from watchword.web.door import Door
from watchword.web.operation import Dialect

__all__ = ["build", "check"]


def build(
    configuration: Configuration, access: Access, vouching: Vouching, doors: Sequence[Door[Any]]
) -> Gate:
    """Bind the rules of all doors. Raises `TableError`."""
    books = bind_all([door.dialect for door in doors], configuration.gate.rules)
    return Gate(
        access,
        [GateDoor(door, book) for door, book in zip(doors, books, strict=True)],
        entries=configuration.access.entries,
        strict=configuration.gate.default == "refuse",
        fields=tuple(dict.fromkeys(configuration.gate.headers)),
        assertions=_assertions(configuration.gate.signed_identity, vouching),
    )


def check(table: GateTable, dialects: Sequence[Dialect[Any]]) -> None:
    """Raise `TableError` for what makes no sense where these dialects are served."""
    bind_all(dialects, table.rules)
    signed = table.signed_identity
    for name in signed.audiences.keys() - {each.name for each in dialects}:
        key = f"gate.signed_identity.audiences.{name}"
        raise TableError(key, "no dialect of this name is served")
    if signed.header.lower().encode() in IDENTITY_HEADERS.values():
        raise TableError("gate.signed_identity.header", "this header says something else")


def _assertions(table: SignedIdentityTable, vouching: Vouching) -> Assertions | None:
    if not table.enabled:
        return None
    life = timedelta(seconds=table.seconds)
    terms = Terms(table.header.lower().encode(), life, table.issuer, table.audiences)
    return Assertions(vouching, terms)
