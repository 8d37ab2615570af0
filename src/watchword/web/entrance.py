"""How people come in at a dialect's door by way of a page, if its dialect has them do so.

A dialect says that its door may be offered there, and how its API page keeps a token; the page
itself is `watchword.console`'s, and takes every door alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Final, Generic, TypeVar

__all__ = ["CONSOLE", "SIGN_IN", "Entrance", "invite"]

S = TypeVar("S")

CONSOLE: Final = "/console/"
"""Where the console's pages are."""
SIGN_IN: Final = f"{CONSOLE}login"

# Opened as a window of its own, to which the script listens; without it a link like any other.
INVITATION: Final = """\
<script type="module" src="{console}assets/api-page.mjs"></script>
"""
LINK: Final = """\
<p slot="nav-logo" style="margin:0;padding:12px"><a href="{sign_in}?door={door}" data-sign-in
 style="font:600 15px/1.4 system-ui,sans-serif;color:#fff;background:#2a5db0;border-radius:6px;
padding:8px 16px;text-decoration:none">Sign in</a></p>
"""


@dataclass(frozen=True, slots=True)
class Entrance(Generic[S]):
    """A door that people may sign in at.

    ``door`` is the name of its dialect, ``title`` what people call it. ``scheme`` is the security
    scheme under which its API page keeps a token, with ``prefix`` before it. Where ``when`` says no
    to the settings, the door is not offered.
    """

    door: str
    title: str
    scheme: str
    when: Callable[[S], bool]
    prefix: str = ""


def invite(entrance: Entrance[S] | None, settings: S) -> tuple[str, str]:
    """Return what an API page says of an entrance: in its head, and beside its navigation."""
    if entrance is None or not entrance.when(settings):
        return "", ""
    door = escape(entrance.door)
    return INVITATION.format(console=CONSOLE), LINK.format(sign_in=SIGN_IN, door=door)
