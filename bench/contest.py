"""What is measured, what each operation is held against, and by how much it should be cheaper."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from bench.arena import Arena
from bench.bars import AsCheap, ByClock
from bench.client import Limits
from bench.crowd import FEW as FEW_SESSIONS
from bench.crowd import MANY as MANY_SESSIONS
from bench.crowd import NONE as NO_SESSIONS
from bench.doors import (
    CHEAPEST,
    DOORS,
    OZ,
    PERSON,
    STATION,
    Door,
    findface_lists,
    guarded,
    guarded_anew,
    introspections,
    logins,
    refreshes,
    service_tokens,
)
from bench.entry import FEW, MANY, SETTLING, Entry, Operation, driving
from bench.figures import Sample
from bench.gates import asked, asked_anew, files
from bench.peers import nginx
from bench.rivals import LOGINS, PEERS, RIVALS
from bench.scaling import CONNECTIONS, STORES, WORKERS
from bench.servers import Server, sample
from bench.trouble import TROUBLE
from bench.uploads import FILES, puts, synced_puts, uploads
from bench.variants import KINDS

__all__ = ["CONTEST", "GROUPS", "Entry", "Operation", "chosen"]


def chosen(groups: Iterable[str]) -> Sequence[Entry]:
    """Return the entries of some groups, each once, in the order of the table."""
    keys = {key for group in groups for key in GROUPS[group]}
    return [entry for entry in CONTEST if entry.key in keys]


def _nginx(arena: Arena) -> Operation:
    return driving(MANY, arena.nginx, nginx.answers())


def _argon2(arena: Arena) -> Operation:
    hasher = arena.hasher

    def measure(seconds: float) -> Sample:
        hasher.sample(SETTLING)
        return hasher.sample(seconds)

    return measure


def _verify(door: Door, arena: Arena) -> Operation:
    return driving(MANY, arena.watchword, guarded(door, arena.watchword.address))


def _verify_anew(arena: Arena) -> Operation:
    return driving(MANY, arena.watchword, guarded_anew(OZ, arena.watchword.address))


def _introspect(arena: Arena) -> Operation:
    return driving(MANY, arena.with_oauth, introspections(arena.with_oauth.address))


def _asked_of_nginx(arena: Arena) -> Operation:
    return driving(MANY, arena.nginx, asked(OZ, arena.gate[0].address))


def _gate(door: Door, arena: Arena) -> Operation:
    server, gate = arena.gate
    return driving(MANY, gate, asked(door, server.address))


def _gate_anew(arena: Arena) -> Operation:
    server, gate = arena.gate
    return driving(MANY, gate, asked_anew(OZ, server.address))


def _behind(arena: Arena, *, gate: bool) -> Operation:
    return driving(MANY, arena.behind(gate=gate), files(OZ, arena.gate[0].address))


def _password(arena: Arena) -> Operation:
    return driving(FEW, arena.watchword, logins(OZ, PERSON))


def _machine(door: Door, arena: Arena) -> Operation:
    return driving(FEW, arena.watchword, logins(door, STATION))


def _refresh(arena: Arena) -> Operation:
    return driving(FEW, arena.watchword, refreshes(arena.watchword.address))


def _service_token(method: str, arena: Arena) -> Operation:
    return driving(FEW, arena.watchword, service_tokens(arena.watchword.address, method))


def _lists(arena: Arena, count: int = MANY_SESSIONS, query: str = "") -> Operation:
    crowd = arena.crowds.of(count)
    return driving(FEW, crowd.server, findface_lists(crowd.token, query))


def _put(arena: Arena) -> Operation:
    return driving(FEW, arena.nginx, puts())


def _synced_put(arena: Arena) -> Operation:
    # Written once, so that there is each file from the first answer on.
    sample(arena.nginx, puts(), Limits(1, 60, FILES))
    return driving(FEW, arena.nginx, synced_puts(arena.nginx_folder))


def _upload(arena: Arena) -> Operation:
    return driving(FEW, arena.watchword, uploads(arena.watchword.address))


def _postgres_machine(arena: Arena) -> Operation:
    return driving(FEW, arena.on_postgres, logins(OZ, STATION))


def _postgres_refresh(arena: Arena) -> Operation:
    return driving(FEW, arena.on_postgres, refreshes(arena.on_postgres.address))


def _postgres_cold(arena: Arena) -> Operation:
    cold = arena.cold_on_postgres
    return driving(MANY, cold, guarded(OZ, cold.address))


def _postgres_cold_there(arena: Arena) -> Operation:
    cold = arena.cold_on_postgres
    there = Server(arena.postmaster, cold.address)
    return driving(MANY, there, guarded(OZ, cold.address))


def _postgres_machine_there(arena: Arena) -> Operation:
    there = Server(arena.postmaster, arena.on_postgres.address)
    return driving(FEW, there, logins(OZ, STATION))


def _variant(kind: str, arena: Arena) -> Operation:
    server = arena.variant(kind)
    return driving(MANY, server, asked(OZ, server.address))


VARIANTS: Final = tuple(
    Entry(f"variant-{kind}", f"gate, {title}", partial(_variant, kind), "asked-nginx")
    for kind, title in KINDS.items()
)
"""What decision 0172 was weighed against."""

AS_CHEAP: Final = 2 / 3
"""A page may cost half as much again as one out of a few."""
LISTS: Final = (
    ("all", "20 of a million", ""),
    ("user", "20 of one user's thousand", "&user_name_in=person-0042"),
    ("number", "the same by the user's number", "&user_id_in=45"),
    ("online", "20 of ten thousand online", "&status=online"),
    ("offline", "20 of the rest", "&status=offline"),
    ("blocked", "20 of none blocked", "&status=blocked"),
    ("seen", "20 by last use", "&ordering=-last_ping_date"),
    ("names", "20 by user", "&ordering=user__username"),
)

CONTEST: Final = (
    Entry("nginx", "nginx: return 200", _nginx),
    *RIVALS,
    *(
        Entry(
            f"verify-{door.name.lower()}",
            f"verify: {door.guarded}",
            partial(_verify, door),
            "knox-guarded",
            3,
            bars=(AsCheap(PEERS, 3),),
        )
        for door in DOORS
    ),
    *(
        Entry(
            f"cheapest-{door.name.lower()}",
            f"verify, the cheapest: {door.guarded}",
            partial(_verify, door),
            "knox-guarded",
            3,
            bars=(AsCheap(PEERS, 3),),
        )
        for door in CHEAPEST
    ),
    Entry("anew-oz", "verify: Oz, each call with another query", _verify_anew, "knox-guarded"),
    Entry(
        "introspect",
        "introspect: a token of Oz",
        _introspect,
        "knox-guarded",
        3,
        bars=(AsCheap(PEERS, 3),),
    ),
    Entry("asked-nginx", "nginx: return 200 to what gateways ask", _asked_of_nginx),
    *(
        Entry(
            f"gate-{door.name.lower()}",
            f"gate, its own port: {door.guarded}",
            partial(_gate, door),
            "asked-nginx",
            0.6,
            bars=(AsCheap(PEERS, 15),),
        )
        for door in DOORS
    ),
    *VARIANTS,
    Entry("gate-anew", "gate, its own port: each call another path", _gate_anew, "asked-nginx"),
    Entry(
        "behind-200",
        "nginx: file behind auth_request to return 200",
        partial(_behind, gate=False),
    ),
    Entry(
        "behind-gate",
        "nginx: file behind auth_request to the gate",
        partial(_behind, gate=True),
        "behind-200",
        0.9,
    ),
    *TROUBLE,
    *CONNECTIONS,
    *WORKERS,
    *STORES,
    Entry("argon2", "Argon2id alone (19 MiB, 2 passes)", _argon2),
    *LOGINS,
    Entry("password", "login by password: Oz", _password, "argon2", 0.9),
    *(
        Entry(
            f"machine-{door.name.lower()}",
            f"login by machine account: {door.name}",
            partial(_machine, door),
            "argon2",
            30,
        )
        for door in DOORS
    ),
    Entry("refresh", "refresh: Oz", _refresh, None, 500),
    Entry("service-issue", "service token: issue", partial(_service_token, "GET"), None, 500),
    Entry("service-reissue", "service token: re-issue", partial(_service_token, "POST"), None, 500),
    Entry("sessions-few", "sessions: 20 of a few", partial(_lists, count=FEW_SESSIONS)),
    Entry(
        "sessions-none",
        "sessions: 2 of 2, in an empty store",
        partial(_lists, count=NO_SESSIONS),
        "sessions-few",
    ),
    *(
        Entry(
            f"sessions-{name}",
            f"sessions: {title}",
            partial(_lists, query=query),
            "sessions-few",
            AS_CHEAP,
        )
        for name, title, query in LISTS
    ),
    Entry("nginx-put", "nginx: PUT of an upload's megabyte into a file, unsynced", _put),
    Entry("nginx-put-synced", "nginx: the same, each file then synced by the client", _synced_put),
    Entry(
        "upload",
        "upload of a megabyte: IDscan",
        _upload,
        "nginx-put",
        bars=(ByClock("nginx-put", 0.5),),
    ),
    Entry("postgres-machine", "same with PostgreSQL: login, Oz", _postgres_machine, "argon2"),
    Entry("postgres-refresh", "same with PostgreSQL: refresh", _postgres_refresh),
    Entry("postgres-cold", "same with PostgreSQL: verify, Oz, nothing remembered", _postgres_cold),
    Entry("there-machine", "PostgreSQL's part in a login", _postgres_machine_there),
    Entry("there-cold", "PostgreSQL's part in looking a token up", _postgres_cold_there),
)

CHECKS: Final = ("verify-", "cheapest-", "anew-")

GROUPS: Final[Mapping[str, Sequence[str]]] = {
    "verify": [
        "nginx",
        "knox-guarded",
        *(entry.key for entry in CONTEST if entry.key.startswith(CHECKS)),
    ],
    "introspect": ["nginx", "knox-guarded", "verify-oz", "introspect"],
    "peers": [
        "nginx",
        *PEERS,
        "asked-nginx",
        *(entry.key for entry in CONTEST if entry.key.startswith(("gate-", *CHECKS))),
        "introspect",
        "argon2",
        *(entry.key for entry in LOGINS),
        "password",
    ],
    "gate": [
        "asked-nginx",
        *(entry.key for entry in CONTEST if entry.key.startswith(("gate-", "behind-"))),
    ],
    "variant": ["asked-nginx", "gate-oz", *(entry.key for entry in VARIANTS)],
    "trouble": [entry.key for entry in TROUBLE],
    "connections": [entry.key for entry in CONNECTIONS],
    "workers": [entry.key for entry in WORKERS],
    "stores": [entry.key for entry in STORES],
    "password": ["argon2", "knox-login", "password"],
    "machine": ["argon2", *(entry.key for entry in CONTEST if entry.key.startswith("machine-"))],
    "refresh": ["refresh"],
    "sessions": [entry.key for entry in CONTEST if entry.key.startswith("sessions-")],
    "service-token": ["service-issue", "service-reissue"],
    "upload": ["nginx-put", "nginx-put-synced", "upload"],
    "postgres": [
        "argon2",
        *(entry.key for entry in CONTEST if entry.key.startswith(("postgres-", "there-"))),
    ],
}
