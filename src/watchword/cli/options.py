"""Flags that several commands share.

A flag wins over its ``WATCHWORD_…`` variable, that over the file, that over the default
(`watchword.cli.overrides`).
"""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

__all__ = ["Config", "Database"]

Config = Annotated[Path | None, Parameter(env_var="WATCHWORD_CONFIG")]
Database = Annotated[str | None, Parameter(env_var="WATCHWORD_DATABASE_URL")]
