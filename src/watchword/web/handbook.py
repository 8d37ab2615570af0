"""The OpenAPI document of a dialect, for whoever asks for it.

A server holds what makes it (`watchword.web.openapi`) only from the first time that somebody does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from watchword.web.about import Outline
from watchword.web.operation import Operation

__all__ = ["Handbook"]

S = TypeVar("S")


@dataclass(slots=True)
class Handbook(Generic[S]):
    """The document of one dialect, made when it is first asked for."""

    outline: Outline
    operations: Callable[[], Sequence[Operation[S]]]
    _kept: tuple[S, bytes] | None = field(default=None, repr=False)

    def text(self, settings: S) -> bytes:
        """Return the document in JSON."""
        kept = self._kept
        if kept is None or kept[0] is not settings:
            from watchword.web.openapi import describe

            document = describe(self.outline, self.operations(), settings)
            self._kept = kept = (settings, msgspec.json.encode(document))
        return kept[1]

    def yaml(self, settings: S) -> bytes:
        """Return the same document in YAML."""
        from watchword.web.yaml import encode_yaml

        return encode_yaml(msgspec.json.decode(self.text(settings)))
