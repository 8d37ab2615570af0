"""Running: a supervisor that owns the socket, and worker processes that share it.

The only part that knows uvicorn. It knows no vendor and no command line; nor does it load uvicorn's
own, which its package would bring along with all that a command line needs: 1.2 MB in every worker
(decision 0153).
"""

import sys
from types import ModuleType
from typing import Final

__all__: list[str] = []

_NAMES: Final = ("Server", "main", "run")
"""What uvicorn's package takes from there. We take the server from where it is."""

if "uvicorn" not in sys.modules:
    _nothing = ModuleType("uvicorn.main", "Nothing: see `watchword.server`.")
    vars(_nothing).update(dict.fromkeys(_NAMES))
    sys.modules["uvicorn.main"] = _nothing
