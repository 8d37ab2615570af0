"""Running: a supervisor that owns the socket, and worker processes that share it.

The only part that knows uvicorn. It knows no vendor and no command line; nor does it load uvicorn's
own, which its package would bring along with all that a command line needs: 1.2 MB in every worker
(decision 0153). The package of the Prometheus client would bring two HTTP servers and an HTTP
client: 0.7 MB.
"""

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Final

__all__: list[str] = []

_NAMES: Final = ("Server", "main", "run")
"""What uvicorn's package takes from there. We take the server from where it is."""

if "uvicorn" not in sys.modules:
    _nothing = ModuleType("uvicorn.main", "Nothing: see `watchword.server`.")
    vars(_nothing).update(dict.fromkeys(_NAMES))
    sys.modules["uvicorn.main"] = _nothing

_spec = None if "prometheus_client" in sys.modules else find_spec("prometheus_client")
if _spec is not None:
    # Its modules can be loaded from it; what it would load itself stays where it is.
    sys.modules[_spec.name] = module_from_spec(_spec)
