"""What the dialect suite needs to know of a vendor, and where each vendor says it.

Each dialect keeps its driver beside its wire tests, in ``tests/wire/NAME/driver.py`` as ``DRIVER``.
"""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.checkout import ROOT

__all__ = ["DRIVERS", "Call", "Driver", "Gated"]

Call = tuple[str, str]
"""A method and a path."""


@dataclass(frozen=True)
class Gated:
    """One vendor's calls as a gateway sees them.

    ``headers`` present a token. Anybody may make the ``open`` call; whoever has the driver's
    profile may make ``allowed``; with ``lesser``, another profile, one may not make ``denied``,
    which the driver's may. The ``missing`` call is none of the vendor's.
    """

    headers: Callable[[str], Mapping[str, str]]
    open: Call
    allowed: Call
    denied: Call
    lesser: Mapping[str, object]
    missing: Call


@dataclass(frozen=True)
class Driver:
    """One vendor, as far as the shared suite goes.

    ``login`` logs in with a subject's login and password; ``token`` takes the token out of a good
    answer; ``guarded`` makes the vendor's who-am-I-like call with a token (None: with none);
    ``leave`` logs out, None where the vendor has no such call. ``shaped`` says whether an answer
    is a well-formed refusal of this vendor. ``send_body`` posts raw bytes to the login. ``machine``
    says that machine accounts alone may enter, ``closed`` with which status whoever has the right
    password hears that the tenant is being deleted (None: not at all). ``gated`` are calls that
    gateways ask about.
    """

    name: str
    profile: Mapping[str, object]
    login_name: str
    login: Callable[[TestClient, str, str], Response]
    token: Callable[[Response], str]
    guarded: Callable[[TestClient, str | None, str], Response]
    leave: Callable[[TestClient, str], Response] | None
    shaped: Callable[[Response], bool]
    send_body: Callable[[TestClient, bytes], Response]
    machine: bool = False
    closed: int | None = None
    gated: Gated | None = None


def _load() -> dict[str, Driver]:
    found: dict[str, Driver] = {}
    for path in sorted(ROOT.glob("tests/wire/*/driver.py")):
        spec = importlib.util.spec_from_file_location(f"driver_{path.parent.name}", path)
        assert spec is not None
        assert spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found[module.DRIVER.name] = module.DRIVER
    return found


DRIVERS = _load()
