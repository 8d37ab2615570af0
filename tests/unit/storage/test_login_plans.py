"""How SQLite goes about what every login asks for by its keys."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement, text

from tests.support.plans import DIALECT
from watchword.storage.sql import SqlStorage, migrate, open_storage
from watchword.storage.sql.listing import UNLIST_ONE
from watchword.storage.sql.rows import Values
from watchword.storage.sql.statements.ledgers import FIND_ATTEMPTS_FEW, FIND_DEVICES_FEW
from watchword.storage.sql.texts import Texts

TWO: Values = {"key0": "a", "key1": "b"}


@pytest.fixture
def storage(tmp_path: Path) -> Generator[SqlStorage]:
    migrate(f"sqlite:///{tmp_path}/watchword.db")
    storage = open_storage(f"sqlite:///{tmp_path}/watchword.db")
    yield storage
    storage.close()


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (FIND_DEVICES_FEW, TWO | {"subject_id": b"s"}),
        (FIND_ATTEMPTS_FEW, TWO),
        (UNLIST_ONE, {"id": 1}),
    ],
    ids=["devices", "attempts", "unlisting"],
)
def test_no_table_is_made_of_the_keys_first(
    storage: SqlStorage, statement: ClauseElement, values: Values
) -> None:
    explained = text(f"EXPLAIN {Texts(DIALECT)[statement]}")
    with storage.write() as transaction:
        steps = [row[1] for row in transaction.channel.all(explained, values)]

    assert "OpenWrite" in steps or "OpenRead" in steps
    assert not {"OpenEphemeral", "OpenAutoindex"} & set(steps)
