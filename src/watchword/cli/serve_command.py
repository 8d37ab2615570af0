"""``watchword serve``: reads its flags, and begins again as the server, which reads none.

What reads flags would stay with each worker for its whole life, 3 MB of it. So the flags become
the variables that they stand for, and the process begins again without it, under the same number.
What is wrong with them, or with the file, is for the server to tell.
"""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from watchword.cli.options import NOWHERE, Config, Database, Places

__all__ = ["serve"]

SERVER: Final = "watchword.cli.serving"


def serve(
    *,
    config: Config = None,
    places: Places = NOWHERE,
    database: Database = None,
    directory: Annotated[Path | None, Parameter(env_var="WATCHWORD_DIRECTORY")] = None,
) -> None:
    """Serve until stopped.

    Args:
        config: the configuration file (watchword.toml).
        places: where to listen.
        database: sqlite:///PATH or postgresql://…
        directory: a directory file that is applied at start.
    """
    variables: dict[str, object] = {
        "WATCHWORD_CONFIG": config,
        "WATCHWORD_DATABASE_URL": database,
        "WATCHWORD_DIRECTORY": directory,
        **{f"WATCHWORD_{name.upper()}": each for name, each in asdict(places).items()},
    }
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = str(value)
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: what lies in the folder that it is started in is not ours to run.
    os.execv(sys.executable, [sys.executable, "-P", "-m", SERVER])  # noqa: S606 - ourselves
