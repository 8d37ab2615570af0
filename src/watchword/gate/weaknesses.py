"""What is said of the gate and lets in more than one may think, or does nothing: for ``doctor``."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from typing import Any, Final, Protocol

from watchword.config import Configuration, GateRule
from watchword.core.networks import Network, parse_network
from watchword.gate.paths import AmbiguousPathError, plain_path
from watchword.gate.rules import ANYBODY
from watchword.web.operation import ANY_METHOD, Dialect
from watchword.web.routes import RouteTable

__all__ = ["Served", "places", "weaknesses"]

LONG: Final = 300
OTHERS_MAY_OPEN: Final = 0o002


class Served(Protocol):
    """A dialect, and the host that its door is bound to (empty: any)."""

    @property
    def dialect(self) -> Dialect[Any]:
        """Whose API it is."""
        ...

    @property
    def host(self) -> str:
        """The name under which it is served."""
        ...


def places(configuration: Configuration) -> list[str]:
    """Return where gateways can ask."""
    table, server = configuration.gate, configuration.server
    found = [f"{server.host}:{server.port}"] if table.enabled else []
    found += [f"{table.host}:{table.port}"] if table.port else []
    return [*found, *([table.socket] if table.socket else [])]


def weaknesses(configuration: Configuration, served: Iterable[Served]) -> Iterator[str]:
    """Yield a remark on each, where these are served."""
    table = configuration.gate
    if places(configuration):
        yield from _of_places(configuration)
    elif table.rules or table.signed_identity.enabled:
        yield "rules or statements are set, but no gateway can ask: enabled, port, socket are off"
    if table.default != "refuse":
        yield "default is allow-authenticated: calls without a rule need no more than a token"
    if table.signed_identity.enabled and table.signed_identity.seconds > LONG:
        life = table.signed_identity.seconds
        yield f"signed_identity.seconds is {life}: for so long a statement outlives its session"
    # As `watchword.bootstrap.build_doors` asks them.
    order = sorted(
        served,
        key=lambda each: (bool(each.host), len(each.dialect.paths.prefix)),
        reverse=True,
    )
    yield from _of_rules(table.rules, order)


def _of_places(configuration: Configuration) -> Iterator[str]:
    table, server = configuration.gate, configuration.server
    trusted = tuple(map(parse_network, table.trusted_proxies))
    everybody = any(network.prefixlen == 0 for network in trusted)
    if everybody:
        yield "trusted_proxies holds every address: whoever asks is believed"
    far = bool(table.port) and not _is_this_host(table.host)
    near_only = all(map(_on_this_host, trusted))
    if far and near_only:
        yield f"listens on {table.host}:{table.port}, but trusted_proxies are all on this host"
    far = far or (table.enabled and not _is_this_host(server.host))
    if far and not near_only and not table.signed_identity.enabled:
        yield "gateways ask over a network and signed_identity is off: back-ends cannot check"
    if table.socket and int(table.socket_mode, 8) & OTHERS_MAY_OPEN:
        yield f"socket_mode {table.socket_mode}: any user of this host is believed"


def _of_rules(rules: Sequence[GateRule], served: Sequence[Served]) -> Iterator[str]:
    for number, rule in enumerate(rules):
        at = f"rules[{number}], {rule.path}"
        [own] = [each for each in served if each.dialect.name == rule.dialect]
        why = _in_vain(rule, own, served)
        if why:
            yield f"{at}: is about no call, because {why}"
        elif any(_replaces(own.dialect, later, rule) for later in rules[number + 1 :]):
            yield f"{at}: is about no call, because a later rule replaces it"
        elif rule.need == ANYBODY and rule.path.endswith("/**"):
            yield f"{at}: everybody may make every call below it"


def _in_vain(rule: GateRule, own: Served, served: Iterable[Served]) -> str:
    """Return why no call can be meant; empty if one can."""
    written = "/".join("x" if part.startswith("{") else part for part in rule.path.split("/"))
    try:
        path = plain_path(written.removesuffix("**").encode("utf-8", "surrogatepass"))
    except AmbiguousPathError:
        return "such paths are refused"
    for each in served:
        if each.host in {"", own.host} and RouteTable(each.dialect.paths, ()).claims(path):
            return "" if each is own else f"its path belongs to {each.dialect.name}"
    return f"its path does not belong to {rule.dialect}"


def _replaces(dialect: Dialect[Any], later: GateRule, rule: GateRule) -> bool:
    """Say whether a later rule is about each call that a rule is about."""
    return later.dialect == rule.dialect and (
        _key(dialect, later) == _key(dialect, rule)
        and {*(later.methods or [ANY_METHOD])} >= {*(rule.methods or [ANY_METHOD])}
    )


def _key(dialect: Dialect[Any], rule: GateRule) -> Sequence[str]:
    """Return what all paths have in common that fit the same calls."""
    parts = RouteTable(dialect.paths, ()).key(rule.path)
    return ["{}" if part.startswith("{") else part for part in parts]


def _on_this_host(network: Network) -> bool:
    return network.network_address.is_loopback and network.broadcast_address.is_loopback


def _is_this_host(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
