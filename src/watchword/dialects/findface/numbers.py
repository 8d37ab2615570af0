"""Numbers in paths: what is none names nothing, so it is not found rather than malformed."""

import re
from typing import Final

from watchword.core.errors import NotFoundError
from watchword.web.messages import Request

__all__ = ["number_in"]

# *Inferred*: the framework's own routes take digits. -1 names two built-in objects (*observed*).
NUMBER: Final = re.compile(r"-?[0-9]{1,18}")


def number_in(request: Request, kind: str) -> int:
    """Return the number that a path names. Raises `NotFoundError`."""
    written = request.parameters["id"]
    if not NUMBER.fullmatch(written):
        raise NotFoundError(kind)
    return int(written)
