"""``watchword service-token …``: the flags. What they ask for is `watchword.cli.service_tokens`."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchword.cli.faults import answering
from watchword.cli.options import Config, Database
from watchword.cli.overrides import Overrides, load

__all__ = ["service_token_app"]

service_token_app = App(name="service-token", help="Tokens that machines use for years.")

Login = Annotated[str, Parameter(env_var="WATCHWORD_LOGIN")]
Until = Annotated[str | None, Parameter(env_var="WATCHWORD_UNTIL")]
Networks = Annotated[
    tuple[str, ...], Parameter(name="--network", negative="", env_var="WATCHWORD_NETWORK")
]
AudienceName = Annotated[str | None, Parameter(env_var="WATCHWORD_AUDIENCE")]


@service_token_app.command
def issue(
    *,
    login: Login,
    until: Until = None,
    network: Networks = (),
    audience: AudienceName = None,
    config: Config = None,
    database: Database = None,
) -> int:
    """Issue a further service token and print it, once; what is known of it goes to stderr.

    Args:
        login: any login of the machine account.
        until: the day or the instant at which it ends at the latest.
        network: a network from which it may be used; may be given several times.
        audience: the dialect that it is for, where several have service tokens.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """
    asked = (login, until, network, audience)
    return answering(lambda: _issue(asked, config, database, instead=False))


@service_token_app.command
def reissue(
    *,
    login: Login,
    until: Until = None,
    network: Networks = (),
    audience: AudienceName = None,
    config: Config = None,
    database: Database = None,
) -> int:
    """Issue a service token in the place of all earlier ones, which are refused from now on.

    Args:
        login: any login of the machine account.
        until: the day or the instant at which it ends at the latest.
        network: a network from which it may be used; may be given several times.
        audience: the dialect that it is for, where several have service tokens.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """
    asked = (login, until, network, audience)
    return answering(lambda: _issue(asked, config, database, instead=True))


@service_token_app.command(name="list")
def list_(
    *,
    login: Annotated[str | None, Parameter(env_var="WATCHWORD_LOGIN")] = None,
    as_json: Annotated[
        bool, Parameter(name="--json", negative="", env_var="WATCHWORD_JSON")
    ] = False,
    config: Config = None,
    database: Database = None,
) -> int:
    """List the service tokens that are alive, with when each was last used.

    Args:
        login: list those of one account only.
        as_json: print a JSON array instead of lines.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli.apply import opened_core
        from watchword.cli.service_tokens import list_tokens, show_table, to_json

        with opened_core(load(config, Overrides(database))) as core:
            found = list_tokens(core, login)
        if as_json:
            sys.stdout.write(to_json(found) + "\n")
        else:
            sys.stdout.writelines(f"{line}\n" for line in show_table(found))
        return 0

    return answering(work)


@service_token_app.command
def revoke(token_id: str, *, config: Config = None, database: Database = None) -> int:
    """End a service token; no worker accepts it once this returns.

    Args:
        token_id: the id, as the list shows it.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli.apply import opened_core
        from watchword.cli.service_tokens import read_token_id

        wanted = read_token_id(token_id)
        with opened_core(load(config, Overrides(database))) as core:
            core.service_tokens.revoke(wanted)
        return 0

    return answering(work)


def _issue(
    asked: tuple[str, str | None, tuple[str, ...], str | None],
    config: Path | None,
    database: str | None,
    *,
    instead: bool,
) -> int:
    from watchword.cli import service_tokens
    from watchword.cli.apply import opened_core

    login, until, network, audience = asked
    wanted = service_tokens.Wanted(
        login,
        audience,
        service_tokens.read_date(until),
        service_tokens.read_networks(network),
    )
    with opened_core(load(config, Overrides(database))) as core:
        issued = service_tokens.issue(core, wanted, instead=instead)
    sys.stderr.write(f"{service_tokens.describe(issued)}\n")
    sys.stdout.write(f"{issued.token.secret}\n")
    return 0
