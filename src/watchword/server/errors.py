"""What keeps a server from starting."""

__all__ = ["StartError"]


class StartError(Exception):
    """The server cannot start; the message says why."""
