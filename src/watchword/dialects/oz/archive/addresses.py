"""What stands in front of the paths in ``original_url`` (the name is *inferred*, contract Oz 8).

*Chosen*: what the settings say; else the host that the client itself named, under the scheme by
which it came, so that a link leads back to where the answer came from.
"""

from watchword.dialects.oz.settings import Settings
from watchword.web.messages import Request
from watchword.web.operation import Desk

__all__ = ["origin_of", "public_origin"]


def origin_of(desk: Desk[Settings], request: Request) -> str:
    """Return where this server is; empty if nobody said, which leaves a bare path."""
    return public_origin(desk.settings) or request.origin


def public_origin(settings: Settings) -> str:
    """Return where the settings say that this server is; empty if they do not."""
    return settings.public_url.rstrip("/")
