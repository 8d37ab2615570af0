"""How many connections each address has in one worker, and how many it may have."""

from collections import Counter
from dataclasses import dataclass, field

from watchword.core.networks import Network, is_within, source_of

__all__ = ["Crowd"]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody who is connected to one worker. Used from its event loop.

    ``most`` of one address, 0 is no bound; ``proxies`` speak for many others, and have none.
    """

    most: int = 0
    proxies: tuple[Network, ...] = ()
    _here: Counter[str] = field(default_factory=Counter[str])

    def enter(self, address: str) -> bool:
        """Let somebody in, or say that this address has enough."""
        if not self.most or is_within(address, self.proxies):
            return True
        source = source_of(address)
        if self._here[source] >= self.most:
            return False
        self._here[source] += 1
        return True

    def leave(self, address: str) -> None:
        """Let somebody out who was let in."""
        if not self.most or is_within(address, self.proxies):
            return
        source = source_of(address)
        self._here[source] -= 1
        # None is kept of whoever was here once.
        if not self._here[source]:
            del self._here[source]
