"""One dialect, opened: what is asked of it finds its operation, and what went wrong its answer."""

import logging
from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar, cast

from watchword.core.errors import CoreError
from watchword.web.errors import AnyRefusal, RouteUnknownError, UnexpectedError, WebError
from watchword.web.feeds import Feed
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Dialect
from watchword.web.routes import RouteTable

__all__ = ["Door", "Observe"]

S = TypeVar("S")

Observe: TypeAlias = Callable[[str, str, int], None]
"""Told of every answer: the dialect, the operation's path as in its table, the status."""

log = logging.getLogger(__name__)


class Door(Generic[S]):
    """One dialect, opened: its routes, its desk, and the host it is bound to (empty: any)."""

    def __init__(self, dialect: Dialect[S], desk: Desk[S], host: str = "") -> None:
        """Arrange the dialect's routes."""
        self.dialect = dialect
        self.desk = desk
        self.host = host
        offered = (each for each in dialect.operations if each.when(desk.settings))
        self.routes = RouteTable(dialect.paths, offered)
        self._feeds = {self.routes.key(feed.path): feed for feed in dialect.feeds}

    def find_feed(self, path: str) -> Feed:
        """Return what a websocket at this path is for. Raises `RouteUnknownError`."""
        feed = self._feeds.get(self.routes.key(path))
        if feed is None:
            raise RouteUnknownError
        return feed

    def refuse(self, request: Request, error: Exception) -> Reply:
        """Answer a refusal, or a fault of ours, in the vendor's shape."""
        if not isinstance(error, CoreError | WebError):
            facts = {"dialect": self.dialect.name, "path": request.path}
            log.error("fault", exc_info=error, extra=facts)
            error = UnexpectedError()
        return self.dialect.refuse(self.desk, request, cast("AnyRefusal", error))
