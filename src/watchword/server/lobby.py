"""Where a worker keeps its pages for people: nothing until a browser asks for one.

What the console consists of is loaded then, so that a worker that nobody looks at stays as small as
it was.
"""

from functools import cached_property

from starlette.types import ASGIApp, Receive, Scope, Send

from watchword.server.gatehouse import Hands
from watchword.web.door import Observe
from watchword.web.entrance import CONSOLE
from watchword.web.live import Live
from watchword.web.site import Site

__all__ = ["Lobby"]


class Lobby:
    """The console of one worker. Used from its event loop."""

    def __init__(self, hands: Hands, observe: Observe) -> None:
        """Keep what the console will be made of."""
        self._hands = hands
        self._observe = observe

    def in_front_of(self, site: ASGIApp) -> ASGIApp:
        """Return an application that shows pages, too; what offers no door has none to show."""
        offered = any(
            each.dialect.entrance is not None and each.dialect.entrance.when(each.settings)
            for each in self._hands.opened.values()
        )
        if not offered:
            return site

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            """Give what is the console's to the console."""
            if scope["type"] == "http" and scope["path"].startswith(CONSOLE):
                await self._site(scope, receive, send)
            else:
                await site(scope, receive, send)

        return serve

    @cached_property
    def _site(self) -> ASGIApp:
        from watchword.console import build_console

        core, lanes = self._hands.core, self._hands.lanes
        opened = self._hands.opened.values()
        console = build_console(core, [(o.dialect, o.settings, o.host) for o in opened])
        limits = self._hands.limits
        return Site([console], lanes, _nothing, self._observe, Live(core, lanes), limits)


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer nothing: the console's one door takes all paths that come here."""
