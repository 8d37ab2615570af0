"""What a dialect says of the connections that its clients keep open: paths, and words in frames.

Who may stay, for how long, and who is told what is the same for all: `watchword.web.live`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Feed"]


@dataclass(frozen=True, slots=True)
class Feed:
    """A path at which a websocket may be opened, and how this vendor's frames are read.

    A client's first frame shows its token: ``read_token`` returns it. After that the server asks
    with ``write_ping``, given the time, whether the client is still there, and ``is_pong`` says
    whether a frame answers that; frames about anything else mean nothing here. Both readers raise
    `watchword.web.errors.UnreadableBodyError` for a frame that is none. ``ended`` is the frame that
    tells the client that its token is good no more.
    """

    path: str
    read_token: Callable[[str], str]
    is_pong: Callable[[str], bool]
    write_ping: Callable[[datetime], str]
    ended: str
    ping_every: timedelta = timedelta(seconds=15)
    gone_after: timedelta = timedelta(seconds=60)
    """How long a client may owe an answer."""
