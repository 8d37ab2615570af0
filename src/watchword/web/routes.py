"""Finding the operation for a method and a path.

A fixed path is one dictionary look-up; a path with ``{names}`` is found by the number and the text
of its segments. Both are independent of how many operations there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

from watchword.web.errors import MethodNotAllowedError, RouteUnknownError
from watchword.web.operation import ANY_METHOD, Operation, PathRules

__all__ = ["Found", "RouteTable"]

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Found(Generic[S]):
    """An operation, and what its path's names stand for in this request."""

    operation: Operation[S]
    parameters: Mapping[str, str]


@dataclass(slots=True)
class _Node(Generic[S]):
    """One segment of the tree of paths."""

    children: dict[str, "_Node[S]"] = field(default_factory=dict[str, "_Node[S]"])
    named: "_Node[S] | None" = None
    methods: dict[str, "_Place[S]"] = field(default_factory=dict[str, "_Place[S]"])


@dataclass(frozen=True, slots=True)
class _Place(Generic[S]):
    """An operation, and the names in its path in their order."""

    operation: Operation[S]
    names: tuple[str, ...]


class RouteTable(Generic[S]):
    """The operations of one dialect, arranged for look-up."""

    def __init__(self, rules: PathRules, operations: Iterable[Operation[S]]) -> None:
        """Arrange operations. Raises ``ValueError`` if two claim one method and path."""
        self._rules = rules
        self._root: _Node[S] = _Node()
        self._fixed: dict[tuple[str, str], Found[S]] = {}
        for operation in operations:
            self._add(operation)

    def claims(self, path: str) -> bool:
        """Say whether a path is this dialect's to answer, known or not."""
        return self._fold(path).startswith(self._rules.prefix) or path in self._rules.beside

    def key(self, path: str) -> tuple[str, ...]:
        """Return what all paths have in common that are compared as equal."""
        return tuple(self._segments(self._fold(path)))

    def find(self, method: str, path: str) -> Found[S]:
        """Return the operation. Raises `RouteUnknownError` or `MethodNotAllowedError`."""
        quick = self._fixed.get((method, path))
        if quick is not None:
            return quick
        written = self._segments(path)
        segments = self._segments(path.lower()) if self._rules.fold_case else written
        node, values = self._descend(segments, written)
        place = node.methods.get(method) or node.methods.get(ANY_METHOD)
        if place is None and method == "HEAD":
            place = node.methods.get("GET")
        if place is None:
            raise MethodNotAllowedError(tuple(sorted(node.methods)))
        return Found(place.operation, dict(zip(place.names, values, strict=True)))

    def _add(self, operation: Operation[S]) -> None:
        node = self._root
        parts = self._segments(operation.path)
        for part in parts:
            if _is_name(part):
                node.named = node.named or _Node()
                node = node.named
            else:
                node = node.children.setdefault(self._fold(part), _Node())
        if operation.method in node.methods:
            message = f"two operations for {operation.method} {operation.path}"
            raise ValueError(message)
        names = tuple(part[1:-1] for part in parts if _is_name(part))
        node.methods[operation.method] = _Place(operation, names)
        if "{" not in operation.path:
            self._fixed[operation.method, operation.path] = Found(operation, MappingProxyType({}))

    def _descend(self, segments: list[str], written: list[str]) -> tuple[_Node[S], list[str]]:
        """Walk down; a fixed segment wins over a named one."""
        node = self._root
        names: list[str] = []
        for folded, plain in zip(segments, written, strict=True):
            below = node.children.get(folded)
            if below is None and node.named is not None and plain:
                below = node.named
                names.append(plain)
            if below is None:
                raise RouteUnknownError
            node = below
        if not node.methods:
            raise RouteUnknownError
        return node, names

    def _segments(self, path: str) -> list[str]:
        """Split a path; an optional slash at its end is dropped, any other is a segment."""
        if self._rules.slash_optional and path.endswith("/"):
            path = path[:-1]
        return path.split("/")

    def _fold(self, path: str) -> str:
        return path.lower() if self._rules.fold_case else path


def _is_name(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")
