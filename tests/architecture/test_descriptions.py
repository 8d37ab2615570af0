"""What has an OpenAPI document describes every operation in it, in words that stand alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from watchword.dialects import find_dialects
from watchword.web.operation import Dialect

OUTLINED = [
    pytest.param(dialect, id=name)
    for name, dialect in find_dialects().items()
    if dialect.outline is not None
]


def complaints(dialect: Dialect[Any]) -> Iterator[str]:
    """Complain of operations that say nothing of themselves, or no sentence's beginning."""
    for operation in dialect.operations:
        name = f"{operation.method} {operation.path}"
        if operation.about is None:
            yield f"{name}: is not described"
        elif not operation.about.summary[:1].isupper() or operation.about.summary.endswith("."):
            yield f"{name}: {operation.about.summary!r} is no title"


@pytest.mark.parametrize("dialect", OUTLINED)
def test_every_operation_is_described(dialect: Dialect[Any]) -> None:
    assert list(complaints(dialect)) == []
