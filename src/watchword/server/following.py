"""The follower: one process of a host that hears of what other hosts change.

Only where hosts can share the database. A process of its own, so that nothing a worker does keeps
it from going its rounds (`watchword.core.nodes`). While it is gone or hears nothing, trust runs out
and the workers ask the database each time.
"""

import logging
import os
import secrets
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

from watchword.bootstrap import open_news
from watchword.config import Configuration
from watchword.core.errors import StorageUnavailableError
from watchword.core.nodes import BEAT, SECOND, ForgottenError, Member, perform
from watchword.core.ports import NOBODY, Instant, Monotonic, NodeId, Roll, Stamps, Trust
from watchword.server.logs import configure_logs

__all__ = ["Follower", "HeldTrust", "News", "follow", "tell_to_stop"]

PAUSE_SECONDS: Final = 0.25
"""Before another try, where the database does not answer or another process follows."""
GIVE_UP_SECONDS: Final = 3
"""For taking leave: whoever waits for us finds out by itself that we are gone."""
LONGEST_ROUND_SECONDS: Final = 10
"""A connection on which nothing comes any more, but which is not closed either, is left by dying:
the supervisor starts another follower, which makes another connection."""

log = logging.getLogger(__name__)


class News(Roll, Protocol):
    """The roll, and how to be woken by what is written into the journal."""

    def listen(self) -> int:
        """Be told of new entries. Returns what becomes readable when something came."""
        ...

    def heed(self) -> bool:
        """Take note of what came. Says whether anything did."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class HeldTrust(Trust, Protocol):
    """A trust that one process at a time writes to."""

    def hold(self) -> bool:
        """Become that process; False while another one is."""
        ...


@dataclass(slots=True)
class Follower:
    """Goes one host's rounds. ``stop`` become readable when it is over.

    ``alarm`` is set anew before each round: when it goes off, a round has taken too long.
    """

    news: News
    stamps: Stamps
    trust: HeldTrust
    clock: Monotonic
    number: Callable[[], NodeId]
    stop: tuple[int, ...]
    alarm: Callable[[], object] = lambda: None
    _well: bool = field(default=True, init=False)

    def run(self) -> None:
        """Follow until told to stop."""
        while not self.trust.hold():
            if self._waits(PAUSE_SECONDS):
                return
        while not self._waits(0):
            try:
                self._stay()
            except ForgottenError:
                log.warning("taken off the roll of nodes; coming anew")
            except StorageUnavailableError as error:
                # Nothing is lost by it: what was missed is unknown, so nothing may be believed.
                self.trust.begin(NOBODY)
                self._tell_of(error)
                self._waits(PAUSE_SECONDS)
        self.trust.begin(NOBODY)

    def _stay(self) -> None:
        """Come, go round after round, and leave when told to."""
        self.alarm()
        member = Member(self.number(), socket.gethostname(), self.stamps, self.trust, self.clock)
        readable = self.news.listen()
        perform(member.enter(), self.news)
        log.info("on the roll of nodes", extra={"node": f"{member.node:x}"})
        self._well = True
        while not self._waits(0):
            self.alarm()
            due = Instant(self.clock() + BEAT)
            perform(member.go_round(), self.news)
            for each in member.silent:
                log.warning("took a silent node off the roll", extra={"name_of_node": each.name})
            self._hear(member, readable, due)
        perform(member.leave(), self.news)
        self.news.close()

    def _hear(self, member: Member, readable: int, due: Instant) -> None:
        """Take in what comes, until the next round is due."""
        while (left := due - self.clock()) > 0:
            # What came along with an answer is at hand already.
            if not self.news.heed():
                woken = select.select([readable, *self.stop], [], [], left / SECOND)[0]
                if readable not in woken:
                    return
            perform(member.catch_up(), self.news)

    def _waits(self, seconds: float) -> bool:
        """Wait, and say whether it is over."""
        return bool(select.select(self.stop, [], [], seconds)[0])

    def _tell_of(self, error: StorageUnavailableError) -> None:
        if self._well:
            cause = str(error.__cause__ or "")
            log.warning("cannot hear of other nodes; asking the database", extra={"cause": cause})
        self._well = False


def follow(configuration: Configuration, stamps: Path, lifeline: int) -> None:
    """Follow until told to stop, or until the ``lifeline`` ends: the supervisor is gone."""
    configure_logs()
    news, shared, trust = open_news(stamps, configuration.database.url)
    stop = (tell_to_stop(), lifeline)
    alarm = partial(signal.alarm, LONGEST_ROUND_SECONDS)
    Follower(news, shared, trust, trust.clock, _new_number, stop, alarm).run()


def _new_number() -> NodeId:
    return NodeId(secrets.randbits(63) or 1)


def tell_to_stop() -> int:
    """Make SIGTERM and SIGINT end a follower. Returns what they make readable."""
    readable, writable = os.pipe()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.alarm(GIVE_UP_SECONDS)
        os.write(writable, b".")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return readable
