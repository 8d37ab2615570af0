"""Room for open connections among the files that a process may have open."""

import resource
from typing import Final

__all__ = ["most_connections"]

RESERVE: Final = 1_024
"""Descriptors that are for everything else: requests, the database, what is kept in files."""


def most_connections(wanted: int) -> int:
    """Return how many connections may be kept open at once, at most as many as are wanted.

    What this process may open is raised as far as it is allowed to and as it needs. Where that is
    not enough, half of it stays for everything else: a client that cannot stay is told so, one
    that cannot even connect is told nothing.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = max(soft, min(wanted + RESERVE, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
    return min(wanted, max(enough - RESERVE, enough // 2))
