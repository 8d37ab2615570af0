"""A whole Watchword in this process: memory storage, a clock that tests turn, cheap hashes."""

import hashlib
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.applications import Starlette
from starlette.testclient import TestClient

from watchword.bootstrap import Opened, build_policy, build_site
from watchword.config import Configuration, read_table
from watchword.core.core import Core, assemble
from watchword.core.policy import FacePolicy, PasswordPolicy, Policy
from watchword.core.ports import FaceEngine, Roster, Storage
from watchword.core.seeding import SubjectDraft
from watchword.core.subjects import Audience, Subject
from watchword.dialects import find_dialects
from watchword.storage.memory import MemoryStorage, MemoryVault
from watchword.storage.stamps import LocalStamps
from watchword.web.lanes import Lanes, ThreadLane
from watchword.web.site import Site

__all__ = ["CHEAPEST", "FixedClock", "FixedRandomness", "World"]

CHEAPEST: Final = PasswordPolicy(memory_kib=8, passes=1, lanes=1, threads=2)
"""Only for tests: a hash that costs nothing."""

START: Final = datetime(2025, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)


@dataclass
class FixedClock:
    """A clock that stands still until a test moves it."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        """Move on by that much, in the words of ``timedelta``."""
        self.time += timedelta(**by)


class FixedRandomness:
    """Bytes that never repeat within a test and are the same in every run.

    Written in any alphabet they have letters, so that a token in the other case is another token.
    """

    def __init__(self) -> None:
        self._counter = itertools.count(0xABCDEF_00_00_00_00_01)

    def __call__(self, count: int) -> bytes:
        # Spread, so that a token in hexadecimal has letters to change the case of.
        return hashlib.shake_128(next(self._counter).to_bytes(8, "big")).digest(count)


@dataclass
class World:
    """Everything a test of a dialect needs. ``settings`` is ``[dialects.NAME]`` by name."""

    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    passwords: PasswordPolicy = CHEAPEST
    storage: Storage = field(default_factory=MemoryStorage)
    clock: FixedClock = field(default_factory=FixedClock)
    engine: FaceEngine | None = None
    faces: FacePolicy = field(default_factory=FacePolicy)
    roster: Roster | None = None

    def __post_init__(self) -> None:
        self.random = FixedRandomness()
        self.vault = MemoryVault(self.clock)
        self.opened: dict[str, Opened] = {}
        for name, dialect in find_dialects().items():
            settings: Any = read_table(dialect.settings, self.settings.get(name, {}))
            self.opened[name] = Opened(dialect, settings)
        policy: Policy = replace(
            build_policy(Configuration(), self.opened),
            passwords=self.passwords,
            faces=self.faces,
        )
        self.core: Core = assemble(
            self.storage,
            LocalStamps(),
            self.vault,
            policy,
            self.clock,
            self.random,
            roster=self.roster,
        )
        if self.engine is not None:
            self.core = self.core.seeing(self.engine)
        self.lanes = Lanes(ThreadLane("store", 2, 64), ThreadLane("login", 4, 256))
        self.answers: list[tuple[str, str, int]] = []
        self.site: Site = build_site(self.core, self.opened, self.lanes, Starlette(), self.observe)

    def client(self, **options: Any) -> TestClient:
        """Return an HTTP client in front of all doors."""
        return TestClient(self.site, follow_redirects=False, **options)

    def add(
        self,
        *logins: str,
        password: str = "correct horse",
        profiles: Mapping[str, Mapping[str, object]],
        **draft: Any,
    ) -> Subject:
        """Put a subject with ``[subjects.NAME]`` tables and return it."""
        documents = {
            Audience(self.opened[name].dialect.audience): self.opened[name].dialect.read_profile(
                table
            )
            for name, table in profiles.items()
        }
        if draft.get("tenant"):
            self.core.seeding.put_tenant(draft["tenant"])
        self.core.seeding.put_subject(
            SubjectDraft(logins, password=password, profiles=documents, **draft)
        )
        with self.storage.read() as transaction:
            subject = transaction.subjects.find_by_login(logins[0])
        assert subject is not None
        return subject

    def audited(self) -> Iterable[tuple[str, str]]:
        """Return the action and the result of every audit entry, oldest first."""
        with self.storage.read() as transaction:
            return [
                (link.entry.action, link.entry.result)
                for _, link in transaction.audit.list_page(0, 1_000)
            ]

    def close(self) -> None:
        """Stop the threads."""
        self.lanes.close()
        self.core.close()

    def observe(self, dialect: str, path: str, status: int) -> None:
        """Note an answer."""
        self.answers.append((dialect, path, status))
