"""The vendors' wires, one package each, thin translators. They do not know each other.

Deleting one package leaves everything else working: `find_dialects` offers what is there.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from watchword.web.operation import Dialect

__all__ = ["find_dialects"]


def find_dialects() -> Mapping[str, Dialect[Any]]:
    """Import every dialect package and return what it exports, by name."""
    found: dict[str, Dialect[Any]] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            dialect: Dialect[Any] = importlib.import_module(f"{__name__}.{module.name}").DIALECT
            found[dialect.name] = dialect
    return found
