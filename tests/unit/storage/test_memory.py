"""What only the reference storage can be asked."""

import pytest

from watchword.core.subjects import Audience
from watchword.storage.memory import MemoryStorage


def test_a_unit_that_is_over_changes_nothing() -> None:
    storage = MemoryStorage()
    with storage.write() as transaction:
        transaction.documents.put(Audience("x"), "kind", "key", b"")

    with pytest.raises(RuntimeError, match="is over"):
        transaction.documents.put(Audience("x"), "kind", "key", b"later")

    storage.ping()
    storage.close()
