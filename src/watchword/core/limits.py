"""Bounding what anybody may ask for, before it costs anything.

Rules of this file:

1. Whoever has not been vouched for is counted by *source* (`source_of`), everybody else by session:
   behind one gateway all share an address, and none there may keep out the others.
2. A call that is refused counts for nothing, so whoever goes on asking waits no longer for it.
3. Nothing here asks the storage. What the audit log is told of refusals waits for `keep_up`: each
   source's first, and one more every few minutes while it goes on; and few in all, so that
   a crowd cannot flood it.
4. Where a limit is generous, a process takes several calls' worth at once (`Rate.chunk`) and uses
   them up within a second. So may each process, and no more than that can a source exceed
   its limit by.

How many failures lock a login is `watchword.core.lockout`'s, and no less true for what is let
through here.
"""

from collections import Counter, OrderedDict
from datetime import timedelta
from functools import lru_cache
from typing import Final

from watchword.core.access import Principal
from watchword.core.audit import Entry
from watchword.core.errors import TooManyRequestsError
from watchword.core.networks import is_within, source_of
from watchword.core.ports import Clock, Meter, Storage
from watchword.core.rates import MINUTE, LimitPolicy, Rate, Traffic, per_minute
from watchword.core.revocation import record
from watchword.core.subjects import Audience

__all__ = ["ADMITTED", "REFUSED", "Limits"]

ADMITTED: Final = "admitted"
REFUSED: Final = "refused"

SECOND: Final = MINUTE // 60
PLACES: Final = 4_096
"""Addresses whose keys are at hand, and holders of calls that were taken together."""

TELL_AGAIN: Final = Rate(4 * MINUTE, 1)
"""How often the audit log is told of one source, or one session."""
TELL_IN_ALL: Final = per_minute(60, 60)
MOST_UNTOLD: Final = 256


class _Held:
    """Calls that this process took together and has not used yet."""

    __slots__ = ("left", "until")

    def __init__(self, left: int, until: int) -> None:
        self.left = left
        self.until = until


class Limits:
    """The limits of one process. Used from its event loop, but for `keep_up`."""

    def __init__(self, meter: Meter, policy: LimitPolicy, clock: Clock) -> None:
        """Start with nobody refused."""
        self._meter = meter
        self._rates = policy.rates
        self._exempt = policy.exempt
        self._clock = clock
        self._key = lru_cache(PLACES)(self._find_key)
        self._held: OrderedDict[bytes, _Held] = OrderedDict()
        self._untold: list[Entry] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        """How many calls of each kind were let through and refused; only ever more."""

    def require(self, traffic: Traffic, address: str, audience: Audience) -> None:
        """Count a call by its source. Raises `TooManyRequestsError`."""
        rate = self._rates.get(traffic)
        if rate is None:
            return
        key = self._key(traffic, address)
        wait = self._take(key, rate) if key else 0
        if wait:
            raise self._refused(traffic, key, wait, self._about(traffic, address, audience))
        self.counts[traffic, ADMITTED] += 1

    def require_of(self, traffic: Traffic, principal: Principal, address: str) -> None:
        """Count a call by its session. Raises `TooManyRequestsError`."""
        rate = self._rates.get(traffic)
        if rate is None:
            return
        session = principal.session
        key = b"%s#%d" % (traffic.encode(), session.id)
        exempt = self._exempt and is_within(address, self._exempt)
        wait = 0 if exempt else self._take(key, rate)
        if wait:
            entry = self._about(traffic, address, session.audience, principal)
            raise self._refused(traffic, key, wait, entry)
        self.counts[traffic, ADMITTED] += 1

    def keep_up(self, storage: Storage, *, leading: bool) -> int:
        """Do what is due every second: talk to other hosts, and tell the audit log what is new.

        One process of each host is ``leading``. Returns how much the audit log was told. Raises
        `StorageUnavailableError`; then it is told the next time.
        """
        self._meter.keep_up(leading=leading)
        untold, self._untold = self._untold, []
        if untold:
            try:
                with storage.write() as transaction:
                    for entry in untold:
                        record(transaction, entry)
            except BaseException:
                self._untold = untold + self._untold
                raise
        return len(untold)

    def _take(self, key: bytes, rate: Rate) -> int:
        """Take a call, or one of those that were taken together before."""
        if rate.chunk == 1:
            return self._meter.take(key, rate)
        held, now = self._held.get(key), self._meter.ticks()
        if held is not None and held.left and now < held.until:
            held.left -= 1
            return 0
        if self._meter.take(key, rate, rate.chunk):
            return self._meter.take(key, rate)
        self._held[key] = _Held(rate.chunk - 1, now + SECOND)
        if len(self._held) > PLACES:
            self._held.popitem(last=False)
        return 0

    def _find_key(self, traffic: Traffic, address: str) -> bytes:
        """Return what a source is counted by; nothing if it is not."""
        if not address or is_within(address, self._exempt):
            return b""
        return traffic.encode() + source_of(address).encode("utf-8", "surrogatepass")

    def _refused(
        self, traffic: Traffic, key: bytes, wait: int, entry: Entry
    ) -> TooManyRequestsError:
        """Return the refusal, and note it."""
        self.counts[traffic, REFUSED] += 1
        if self._is_news(key) and len(self._untold) < MOST_UNTOLD:
            self._untold.append(entry)
        return TooManyRequestsError(timedelta(microseconds=-(-wait // 1_000)))

    def _is_news(self, key: bytes) -> bool:
        """Say whether the audit log has not been told lately, by any process."""
        if self._meter.take(b"told\0" + key, TELL_AGAIN):
            return False
        return not self._meter.take(b"told", TELL_IN_ALL)

    def _about(
        self, traffic: Traffic, address: str, audience: Audience, by: Principal | None = None
    ) -> Entry:
        return Entry(
            self._clock(),
            "limit",
            REFUSED,
            audience=audience,
            subject_id=None if by is None else by.subject.id,
            login="" if by is None else by.subject.name,
            tenant_id=None if by is None else by.subject.tenant_id,
            address=address,
            device_key="" if by is None else by.session.device.key,
            details={"traffic": traffic.value},
        )
