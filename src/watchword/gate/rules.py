"""Which rule is about a call: those a dialect brings, and those that an operator adds or replaces.

Of all rules whose path fits, the most particular one counts: segment by segment, a word goes before
a name in braces, and that before ``**``. Of those for one path, the method's own goes before ``*``,
and HEAD is asked for as GET is. An operator's rule replaces one for the same method and path.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from watchword.config import GateRule, TableError
from watchword.core.access import Principal
from watchword.core.errors import ForbiddenError
from watchword.web.gating import GateSide, Need, Rule
from watchword.web.messages import Request
from watchword.web.operation import ANY_METHOD, Dialect, PathRules

__all__ = ["ANYBODY", "SHARED", "Held", "Rulebook", "bind_all", "bind_rules"]

S = TypeVar("S")
T = TypeVar("T")

ANYBODY: Final = "anybody"
REST: Final = "**"


@dataclass(frozen=True, slots=True, eq=False)
class Held(Generic[S]):
    """A rule in force, with what its word stands for; None is nothing at all, not even a token."""

    rule: Rule
    need: Need[S] | None
    ours: bool
    """Whether an operator wrote it."""
    is_default: bool = False
    """Whether it stands where there is no rule."""


@dataclass(slots=True)
class _Node(Generic[S]):
    """Rules by method, with the names in their paths: for what ends here, or goes on anyhow."""

    children: dict[str, "_Node[S]"] = field(default_factory=dict[str, "_Node[S]"])
    named: "_Node[S] | None" = None
    ends: dict[str, tuple[Held[S], list[str]]] = field(
        default_factory=dict[str, tuple[Held[S], list[str]]]
    )
    rest: dict[str, tuple[Held[S], list[str]]] = field(
        default_factory=dict[str, tuple[Held[S], list[str]]]
    )


class Rulebook(Generic[S]):
    """The rules of one dialect, arranged for look-up."""

    def __init__(self, paths: PathRules, held: Iterable[Held[S]]) -> None:
        """Arrange rules; a later one replaces an earlier one for the same method and path."""
        self._paths = paths
        self._root: _Node[S] = _Node()
        for each in held:
            self._add(each)

    def find(self, method: str, path: str) -> tuple[Held[S], Mapping[str, str]] | None:
        """Return the rule about a call, and what its path's names stand for; None without one."""
        written = self._segments(path)
        folded = [each.lower() for each in written] if self._paths.fold_case else written
        found = _search(self._root, method, folded, written, 0, ())
        if found is None:
            return None
        (held, keys), values = found
        return held, dict(zip(keys, values, strict=True))

    def _add(self, held: Held[S]) -> None:
        node, parts = self._root, self._segments(held.rule.path)
        entry = held, [part[1:-1] for part in parts if _is_name(part)]
        for number, part in enumerate(parts):
            if part == REST and number == len(parts) - 1:
                node.rest[held.rule.method] = entry
                return
            if _is_name(part):
                node.named = node.named or _Node()
                node = node.named
            else:
                node = node.children.setdefault(self._fold(part), _Node())
        node.ends[held.rule.method] = entry

    def _segments(self, path: str) -> list[str]:
        if self._paths.slash_optional and path.endswith("/"):
            path = path[:-1]
        return path.split("/")

    def _fold(self, text: str) -> str:
        return text.lower() if self._paths.fold_case else text


def _search(
    node: _Node[S],
    method: str,
    folded: list[str],
    written: list[str],
    at: int,
    values: tuple[str, ...],
) -> tuple[tuple[Held[S], list[str]], tuple[str, ...]] | None:
    """Return the rule of the most particular path that fits, and what stands for its names."""
    found = None
    if at == len(folded):
        found = _of(node.ends, method)
    else:
        below = node.children.get(folded[at])
        if below is not None:
            deeper = _search(below, method, folded, written, at + 1, values)
            if deeper is not None:
                return deeper
        if node.named is not None and written[at]:
            named = (*values, written[at])
            deeper = _search(node.named, method, folded, written, at + 1, named)
            if deeper is not None:
                return deeper
    found = found or _of(node.rest, method)
    return None if found is None else (found, values)


def _of(rules: Mapping[str, T], method: str) -> T | None:
    """Return the rule for a method, HEAD being asked for as GET is."""
    if not rules:
        return None
    found = rules.get(method) or (rules.get("GET") if method == "HEAD" else None)
    return found or rules.get(ANY_METHOD)


def _authenticated(_desk: object, _request: Request, _principal: Principal) -> None:
    """Want nothing but a good token."""


def _nobody(_desk: object, _request: Request, _principal: Principal) -> None:
    raise ForbiddenError


SHARED: Final[Mapping[str, Need[Any]]] = {
    "authenticated": Need(_authenticated),
    "nobody": Need(_nobody),
}
"""What words mean to every dialect, beside ``anybody``."""


def bind_rules(dialect: Dialect[S], added: Iterable[tuple[int, GateRule]]) -> Rulebook[S]:
    """Return the rules of a dialect with those that an operator adds, by their place in the file.

    Raises `TableError` for a word that stands for nothing, or a path that no call could have.
    """
    side = dialect.gate
    held = [Held(rule, _read(side, rule.need), ours=False) for rule in side.rules]
    for number, rule in added:
        at = f"gate.rules[{number}]"
        if not rule.path.startswith("/") or REST in rule.path.removesuffix(f"/{REST}"):
            raise TableError(f"{at}.path", "expected a path, with ** at its end if at all")
        try:
            need = _read(side, rule.need)
        except ValueError as error:
            raise TableError(f"{at}.need", str(error)) from error
        methods = rule.methods or (ANY_METHOD,)
        held += (Held(Rule(each, rule.path, rule.need), need, ours=True) for each in methods)
    return Rulebook(dialect.paths, held)


def bind_all(
    dialects: Sequence[Dialect[Any]], added: Sequence[GateRule]
) -> Sequence[Rulebook[Any]]:
    """Return the rules of each dialect, with those that are added to it. Raises `TableError`."""
    known = {dialect.name for dialect in dialects}
    for number, rule in enumerate(added):
        if rule.dialect not in known:
            raise TableError(f"gate.rules[{number}].dialect", "no dialect of this name is served")
    return [
        bind_rules(each, [(n, rule) for n, rule in enumerate(added) if rule.dialect == each.name])
        for each in dialects
    ]


def _read(side: GateSide[S], word: str) -> Need[S] | None:
    if word == ANYBODY:
        return None
    need = SHARED.get(word) or side.read_need(word)
    if need is None:
        raise ValueError(f"{word!r} means nothing to this dialect")
    return need


def _is_name(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")
