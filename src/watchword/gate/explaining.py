"""Why a call passes or not, for operators: which rule decided, what it wanted, and of whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from watchword.core.access import Access, Principal
from watchword.core.errors import CoreError, ForbiddenError
from watchword.core.shelf import insist
from watchword.gate.answers import tenant_of
from watchword.gate.asking import Asked, UntoldError
from watchword.gate.gate import Gate, GateDoor
from watchword.gate.paths import AmbiguousPathError
from watchword.gate.rules import Held
from watchword.web.errors import WebError
from watchword.web.messages import Request

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say, line by line, and whether the call passes."""

    lines: tuple[str, ...]
    passes: bool


def explain(gate: Gate, access: Access, asked: Asked, secret: str | None) -> Explanation:
    """Judge a call as the gate does, and say why. May block."""
    try:
        door, path, held, names = gate.explain(asked)
    except UntoldError:
        return Explanation(("refused: no API has this path on this host",), passes=False)
    except AmbiguousPathError:
        return Explanation(("refused: this path can be read in two ways",), passes=False)
    lines = tuple(_rule(door, held))
    if held.need is None:
        return Explanation((*lines, "passes: no token is asked for"), passes=True)
    headers = (*asked.headers, *([door.side.present(secret)] if secret else ()))
    request = Request(asked.method, path, headers, parameters=names, address=asked.address)
    try:
        principal = access.principal(secret, door.audience, asked.address)
        lines += tuple(_caller(door, principal))
        require, desk = held.need.require, door.desk
        insist(lambda: require(desk, request, principal))
    except (CoreError, WebError) as error:
        status = door.door.refuse(request, error).status
        return Explanation((*lines, f"refused: {status}, {_why(error)}"), passes=False)
    return Explanation((*lines, "passes"), passes=True)


def _rule(door: GateDoor[Any], held: Held[Any]) -> Iterator[str]:
    yield f"dialect: {door.door.dialect.name}"
    rule = held.rule
    if held.is_default:
        yield "rule: none; gate.default decides"
    else:
        source = "gate.rules" if held.ours else "comes with the dialect"
        yield f"rule: {rule.method} {rule.path} ({source})"
    yield f"needs: {rule.need}"


def _caller(door: GateDoor[Any], principal: Principal) -> Iterator[str]:
    told = door.side.identify(door.desk, principal)
    facts: Mapping[str, str] = {
        "caller": told.login,
        "tenant": tenant_of(principal, told),
        "roles": ", ".join(told.roles),
        "scopes": ", ".join(told.scopes),
    }
    yield from (f"{name}: {text}" for name, text in facts.items() if text)


def _why(error: Exception) -> str:
    """Return the fact behind a refusal, in the words of its class."""
    fact = str(getattr(error, "scope", ""))
    sentence = (type(error).__doc__ or "").splitlines()[0].rstrip(".")
    if isinstance(error, ForbiddenError):
        sentence = "the caller lacks what the rule needs"
    return f"{sentence[:1].lower()}{sentence[1:]}" + (f": {fact}" if fact else "")
