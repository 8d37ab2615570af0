"""The commands that read or change what is there. Each does one thing, and exits with its code.

Heavy parts are imported by the command that needs them.
"""

import json
import secrets
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchword.cli.faults import FAILED, answering
from watchword.cli.lines import placing
from watchword.cli.options import Config, Database
from watchword.cli.overrides import Overrides, load

__all__ = [
    "apply",
    "config_app",
    "demo",
    "doctor",
    "forget_master_key",
    "migrate",
    "recover_admin",
    "rotate_signing_key",
]

config_app = App(name="config", help="Look at the configuration.")


def apply(
    file: Path,
    *,
    config: Config = None,
    database: Database = None,
    dry_run: Annotated[bool, Parameter(negative="", env_var="WATCHWORD_DRY_RUN")] = False,
    prune: Annotated[bool, Parameter(negative="", env_var="WATCHWORD_PRUNE")] = False,
) -> int:
    """Make the directory be as a file says, and print what that changed.

    Args:
        file: the directory file.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
        dry_run: change nothing; print the plan.
        prune: remove the subjects that the file does not name.
    """

    def work() -> int:
        from watchword.cli.apply import apply_file

        configuration = load(config, Overrides(database))
        plan = apply_file(configuration, file, dry_run=dry_run, prune=prune)
        sys.stdout.writelines(f"{line}\n" for line in plan.lines())
        return 0

    return answering(work)


def migrate(
    *,
    source: Annotated[str | None, Parameter(name="--from", env_var="WATCHWORD_FROM")] = None,
    config: Config = None,
    database: Database = None,
) -> int:
    """Bring the database up to date.

    Args:
        source: sqlite:///PATH, whose content is carried over to an empty database on PostgreSQL.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.bootstrap import migrate_store, move_store

        url = load(config, Overrides(database)).database.url
        if source is None:
            migrate_store(url)
        else:
            sys.stdout.write(f"{move_store(source, url)} rows were carried over\n")
        sys.stdout.write("the database is up to date\n")
        return 0

    return answering(work)


def doctor(
    *,
    config: Config = None,
    database: Database = None,
    as_json: Annotated[
        bool, Parameter(name="--json", negative="", env_var="WATCHWORD_JSON")
    ] = False,
) -> int:
    """Say whether this installation is sound, and where it is weaker than it could be.

    Exits with 1 if something is broken.

    Args:
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
        as_json: print a JSON array instead of lines.
    """

    def work() -> int:
        from watchword.cli.doctor import Level, examine

        found = examine(load(config, Overrides(database)))
        if as_json:
            rows = [{"level": f.level, "subject": f.subject, "remark": f.remark} for f in found]
            sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        else:
            sys.stdout.writelines(f"{f.level:<6} {f.subject}: {f.remark}\n" for f in found)
        return FAILED if any(f.level is Level.BROKEN for f in found) else 0

    return answering(work)


@config_app.command
def check(*, config: Config = None, database: Database = None) -> int:
    """Read the configuration, dialects included, and say whether it is good.

    Args:
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.bootstrap import check_gate, open_dialects, open_roster
        from watchword.sight import check_sight

        configuration = load(config, Overrides(database))
        with placing(config):
            opened = open_dialects(configuration)
            open_roster(configuration)
            check_sight(configuration)
            check_gate(configuration, opened)
        sys.stdout.write(f"the configuration is good; dialects: {', '.join(opened) or 'none'}\n")
        return 0

    return answering(work)


def rotate_signing_key(*, config: Config = None, database: Database = None) -> int:
    """Let other keys sign statements from soon on, and print their ids.

    Args:
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli.apply import opened_core
        from watchword.seal import prepare_vault

        configuration = load(config, Overrides(database))
        with opened_core(configuration) as core:
            prepare_vault(configuration)
            for algorithm in core.vouching.algorithms():
                sys.stdout.write(f"{core.vouching.rotate(algorithm)}\n")
        return 0

    return answering(work)


def forget_master_key(*, config: Config = None, database: Database = None) -> int:
    """Go on without the master key, where it is lost for good; what it sealed stays sealed.

    Args:
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword import seal
        from watchword.cli.apply import opened_core

        configuration = load(config, Overrides(database))
        with opened_core(configuration) as core:
            seal.forget_master_key(configuration, core)
        sys.stdout.write("the next start takes the master key that it finds, or makes one\n")
        return 0

    return answering(work)


def recover_admin(
    *,
    login: Annotated[str, Parameter(env_var="WATCHWORD_LOGIN")],
    config: Config = None,
    database: Database = None,
) -> int:
    """Give a subject a new password, printed once; switch it on, unlock it, end its sessions.

    Args:
        login: any login of the subject.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli.apply import opened_core

        password = secrets.token_urlsafe(18)
        with opened_core(load(config, Overrides(database))) as core:
            core.directory.recover(login, password)
        sys.stdout.write(f"{password}\n")
        return 0

    return answering(work)


def demo(
    *,
    folder: Annotated[Path, Parameter(env_var="WATCHWORD_FOLDER")] = Path("var/demo"),
    port: Annotated[int | None, Parameter(env_var="WATCHWORD_PORT")] = None,
) -> int:
    """Serve a demonstration with passwords of its own, and print what to paste.

    Args:
        folder: where the demonstration lives; it is made if it does not exist.
        port: the port to listen on; 0 picks a free one.
    """

    def work() -> int:
        from watchword.cli.demo import run_demo

        return run_demo(folder, port)

    return answering(work)
