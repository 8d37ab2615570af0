"""``watchword gate …``: what the gate would say, and why."""

import sys
from dataclasses import dataclass
from typing import Annotated, Final

from cyclopts import App, Parameter

from watchword.cli.faults import FAILED, answering
from watchword.cli.options import Config, Database
from watchword.cli.overrides import Overrides, load

__all__ = ["gate_app"]

gate_app = App(name="gate", help="What gateways are told.")

Token = Annotated[str | None, Parameter(env_var="WATCHWORD_TOKEN")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Ends:
    """Between whom a call is: the host that is asked for, and who asks."""

    host: Annotated[str, Parameter(env_var="WATCHWORD_ASKED_HOST")] = "localhost"
    "the host that is asked for."
    client: Annotated[str, Parameter(env_var="WATCHWORD_ASKED_CLIENT")] = ""
    "the address of the client; without it a token that is bound to networks is not good."


USUAL: Final = Ends()


@gate_app.command
def explain(
    method: str,
    path: str,
    *,
    token: Token = None,
    ends: Ends = USUAL,
    config: Config = None,
    database: Database = None,
) -> int:
    """Say which rule is about a call, what it needs, and whether this token may make it.

    Exits with 1 if it may not.

    Args:
        method: the method of the call.
        path: its path, as a client writes it.
        token: the token; rather in its variable, which other users of this host cannot read.
        ends: between whom the call is.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.bootstrap import build_doors, build_gate, open_dialects
        from watchword.cli.apply import opened_core
        from watchword.gate.asking import Asked
        from watchword.gate.explaining import explain as explain_call

        configuration = load(config, Overrides(database))
        with opened_core(configuration) as core:
            gate = build_gate(configuration, core, build_doors(core, open_dialects(configuration)))
            asked = Asked(method.upper(), path.encode(), ends.host.lower(), ends.client, ())
            found = explain_call(gate, core.access, asked, token)
        sys.stdout.writelines(f"{line}\n" for line in found.lines)
        return 0 if found.passes else FAILED

    return answering(work)
