"""``watchword import``: the flags. What they ask for is `watchword.cli.importing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from watchword.cli.faults import answering
from watchword.cli.options import Config, Database
from watchword.cli.overrides import Overrides, load

__all__ = ["import_"]


def _as_it_is(_type: object, value: str, **_: object) -> Sequence[str]:
    """Take a variable for one value: there are spaces in ``DIALECT.key = value``."""
    return [value]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class ImportFlags:
    """What is imported from the file, and how."""

    format: Annotated[
        Literal["django", "aspnet", "csv", "json"] | None, Parameter(env_var="WATCHWORD_FORMAT")
    ] = None
    """whose table it is; told by its columns if it is not said."""

    map: Annotated[Path | None, Parameter(env_var="WATCHWORD_MAP")] = None
    """a TOML file that says which columns to read and what people are."""

    profile: Annotated[
        tuple[str, ...],
        Parameter(
            name="--profile", negative="", env_var="WATCHWORD_PROFILE", env_var_split=_as_it_is
        ),
    ] = ()
    """DIALECT, or DIALECT.key = value: what people are there; may be given several times."""

    tenant: Annotated[str | None, Parameter(env_var="WATCHWORD_TENANT")] = None
    """the tenant of those who are new; it is made if there is none."""

    skip_bad: Annotated[bool, Parameter(negative="", env_var="WATCHWORD_SKIP_BAD")] = False
    """leave out rows that cannot come in, instead of importing nothing."""

    dry_run: Annotated[bool, Parameter(negative="", env_var="WATCHWORD_DRY_RUN")] = False
    """change nothing; print the plan."""


USUAL = ImportFlags()


def import_(
    file: Path, *, flags: ImportFlags = USUAL, config: Config = None, database: Database = None
) -> int:
    """Take in people from another system, with the hashes of their passwords.

    Args:
        file: the export: JSON, CSV, or a PostgreSQL dump in plain text.
        flags: what is imported from it, and how.
        config: the configuration file (watchword.toml).
        database: sqlite:///PATH or postgresql://…
    """

    def work() -> int:
        from watchword.cli.importing.run import Asked, import_file

        asked = Asked(
            flags.format, flags.map, flags.profile, flags.tenant, flags.skip_bad, flags.dry_run
        )
        import_file(load(config, Overrides(database)), file, asked)
        return 0

    return answering(work)
