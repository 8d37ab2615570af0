"""``watchword faces …``: the flags. What they ask for is `watchword.cli.face_records`."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchword.cli.faults import FAILED, answering
from watchword.cli.options import Config, Database
from watchword.cli.overrides import Overrides, load

__all__ = ["faces_app"]

faces_app = App(name="faces", help="Whose faces are kept, and what of them.")

Login = Annotated[str, Parameter(env_var="WATCHWORD_LOGIN")]
AnyLogin = Annotated[str | None, Parameter(env_var="WATCHWORD_LOGIN")]
Out = Annotated[Path, Parameter(env_var="WATCHWORD_OUT")]
AudienceName = Annotated[str | None, Parameter(env_var="WATCHWORD_AUDIENCE")]
FaceName = Annotated[str | None, Parameter(env_var="WATCHWORD_FACE")]
Also = Annotated[tuple[Path, ...], Parameter(name="--also", negative="", env_var="WATCHWORD_ALSO")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", env_var="WATCHWORD_JSON")]


@faces_app.command
def enrol(
    *photo: Path,
    login: Login,
    audience: AudienceName = None,
    config: Config = None,
    database: Database = None,
) -> int:
    """Let a subject be known by the one face on each photo.

    Args:
        photo: a photo; three are a good number.
        login: any login of the subject.
        audience: the dialect that it is for, where several take faces, or none does yet.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli import face_enrolling
        from watchword.cli.apply import opened_core
        from watchword.seal import prepare_vault

        configuration = load(config, Overrides(database))
        with opened_core(configuration) as core:
            prepare_vault(configuration)
            faces = face_enrolling.enrol(core, configuration, login, audience, photo)
        sys.stdout.writelines(f"{face.id}\n" for face in faces)
        return 0

    return answering(work)


@faces_app.command(name="list")
def list_(
    *,
    login: AnyLogin = None,
    as_json: AsJson = False,
    config: Config = None,
    database: Database = None,
) -> int:
    """List who is enrolled, since when, and with whose consent.

    Args:
        login: list the faces of one subject only.
        as_json: print a JSON array instead of lines.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli.apply import opened_core
        from watchword.cli.face_records import current_model, list_enrolled, show_table, to_json

        configuration = load(config, Overrides(database))
        with opened_core(configuration) as core:
            rows = list_enrolled(core, login, current_model(configuration))
        lines = [to_json(rows)] if as_json else show_table(rows)
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return 0

    return answering(work)


@faces_app.command
def export(*, login: Login, out: Out, config: Config = None, database: Database = None) -> int:
    """Write all that is kept of a subject's faces, in clear, to a new file, for its owner.

    Args:
        login: any login of the subject.
        out: the file; nobody but you can read it.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli import face_records
        from watchword.cli.apply import opened_core

        configuration = load(config, Overrides(database))
        with opened_core(configuration) as core:
            record = face_records.export(core, configuration, login)
        face_records.write_record(record, out)
        sys.stdout.write(f"{len(record['faces'])} faces are in {out}\n")
        return 0

    return answering(work)


@faces_app.command
def delete(
    *, login: Login, face: FaceName = None, config: Config = None, database: Database = None
) -> int:
    """Remove the faces of a subject, and with the last of them the key that they were sealed with.

    Args:
        login: any login of the subject.
        face: remove this one alone; its id, as the list shows it.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli.apply import opened_core
        from watchword.cli.face_records import remove

        with opened_core(load(config, Overrides(database))) as core:
            removed = remove(core, login, face)
        sys.stdout.write(f"{removed} faces removed\n")
        return 0

    return answering(work)


@faces_app.command
def prove_deleted(
    record: Path, *, also: Also = (), config: Config = None, database: Database = None
) -> int:
    """Look for what an exported record says was kept, everywhere, and write down what came of it.

    Prints a report as JSON, and exits with 1 if anything was found.

    Args:
        record: the file that was exported before the faces were removed.
        also: a further file or folder to look into, such as a backup; may be given several times.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli import face_proof
        from watchword.cli.apply import opened_core, tidy_store

        configuration, wanted = load(config, Overrides(database)), face_proof.read_record(record)
        tidy_store(configuration)
        with opened_core(configuration) as core:
            proof = face_proof.prove_deleted(core, configuration, wanted, also)
        sys.stdout.write(json.dumps(proof.report, indent=2) + "\n")
        return 0 if proof.holds else FAILED

    return answering(work)
