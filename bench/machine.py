"""Facts about the machine and the programs, without which no figure means anything."""

import os
import platform
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.processes import CLIENT_CORE, SERVER_CORE

__all__ = ["facts", "parse_model"]

PACKAGES: Final = (
    "watchword",
    "uvicorn",
    "uvloop",
    "httptools",
    "argon2-cffi",
    "django",
    "django-rest-knox",
    "djangorestframework",
    "gunicorn",
)


def facts() -> dict[str, object]:
    """Return what the report says of where it was made."""
    return {
        "cpu": parse_model(Path("/proc/cpuinfo").read_text()),
        "cores": os.cpu_count(),
        "server_core": SERVER_CORE,
        "client_core": CLIENT_CORE,
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
        "python": sys.version,
        # A build without --enable-optimizations may still be an optimized one: Debian's is.
        "python_configured_with": sysconfig.get_config_var("CONFIG_ARGS"),
        "packages": {name: version(name) for name in PACKAGES},
    }


def parse_model(cpuinfo: str) -> str:
    """Return the processor's name."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
