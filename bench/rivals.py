"""The peers: what each does that is closest to verifying a token here, and its login."""

from functools import partial
from typing import Final, NamedTuple

from bench.arena import Arena
from bench.entry import FEW, MANY, Entry, Operation, driving
from bench.peers.django_oauth_toolkit import oauth_toolkit
from bench.peers.django_rest_knox import knox
from bench.peers.drf_authtoken import authtoken
from bench.peers.fastapi_users import fastapi_users
from bench.peers.oidc_provider import oidc_provider
from bench.peers.openstack_keystone import keystone
from bench.servers import StartRival

__all__ = ["LOGINS", "PEERS", "RIVALS"]


class _Peer(NamedTuple):
    """A peer in the words of the table."""

    name: str
    title: str
    start: StartRival
    verb: str
    validates: str
    login: str


ALL: Final = (
    _Peer("knox", "django-rest-knox", knox, "guarded", "guarded view", "login, same hash"),
    _Peer("authtoken", "DRF authtoken", authtoken, "guarded", "guarded view", "login, PBKDF2"),
    _Peer(
        "toolkit",
        "django-oauth-toolkit",
        oauth_toolkit,
        "introspect",
        "introspection",
        "password grant, PBKDF2",
    ),
    _Peer(
        "fastapi-users",
        "fastapi-users",
        fastapi_users,
        "guarded",
        "guarded route, database strategy",
        "login, Argon2id of 64 MiB",
    ),
    _Peer(
        "oidc",
        "node oidc-provider",
        oidc_provider,
        "introspect",
        "introspection, tokens in memory",
        "client credentials, no hash",
    ),
    _Peer(
        "keystone",
        "Keystone",
        keystone,
        "validate",
        "validation, cache in memory",
        "login, bcrypt",
    ),
)

PEERS: Final = tuple(f"{peer.name}-{peer.verb}" for peer in ALL)
"""The keys of what every peer does with a token."""


def _validate(peer: _Peer, arena: Arena) -> Operation:
    running = arena.rival(peer.name, peer.start)
    return driving(MANY, running.server, running.validate)


def _login(peer: _Peer, arena: Arena) -> Operation:
    running = arena.rival(peer.name, peer.start)
    return driving(FEW, running.server, running.login)


RIVALS: Final = tuple(
    Entry(key, f"{peer.title}: {peer.validates}", partial(_validate, peer), "nginx")
    for key, peer in zip(PEERS, ALL, strict=True)
)
LOGINS: Final = tuple(
    Entry(f"{peer.name}-login", f"{peer.title}: {peer.login}", partial(_login, peer), "argon2")
    for peer in ALL
)
