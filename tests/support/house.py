"""A core without vendors: two audiences of our own making, and as many workers as a test wants.

``NORTH`` is strict: ten hours, one session a device, scopes as the profile says. ``SOUTH`` slides
a quarter of an hour at a time up to a day, and hands out refresh tokens; its machine accounts may
have service tokens, which slide a year at a time.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from tests.support.world import CHEAPEST, FixedClock, FixedRandomness
from watchword.core.access import Principal
from watchword.core.admission import Admitted
from watchword.core.audit import Entry
from watchword.core.core import Core, assemble
from watchword.core.faces import EntryPolicy, Factors
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.policy import AudiencePolicy, Lifetime, Policy, ServiceTokenPolicy
from watchword.core.ports import FaceEngine, Roster, Stamps, Storage
from watchword.core.seeding import SubjectDraft
from watchword.core.sessions import Device
from watchword.core.subjects import Audience, Standing, Subject
from watchword.core.tokens import Alphabet, TokenForm
from watchword.storage.memory import MemoryStorage, MemoryVault
from watchword.storage.stamps import LocalStamps

__all__ = ["ADDRESS", "EVERYWHERE", "NORTH", "PASSWORD", "POLICY", "SOUTH", "House", "entering"]

NORTH: Final = Audience("north")
SOUTH: Final = Audience("south")
PASSWORD: Final = "correct horse"
ADDRESS: Final = "192.0.2.7"

EVERYWHERE: Final[Mapping[Audience, bytes]] = {NORTH: b'{"scopes":["read"]}', SOUTH: b"{}"}
"""Profiles that open both doors."""


def _read(document: bytes) -> Mapping[str, list[str]]:
    read: Mapping[str, list[str]] = json.loads(document)
    return read


def _scopes(profile: Any) -> frozenset[str]:
    return frozenset(profile.get("scopes", ()))


POLICY: Final = Policy(
    passwords=CHEAPEST,
    audiences={
        NORTH: AudiencePolicy(
            NORTH,
            TokenForm(Alphabet.BASE64URL, 48),
            _read,
            lambda _subject, _profile: Lifetime(timedelta(hours=10)),
            grantable=_scopes,
            one_session_per_device=True,
        ),
        SOUTH: AudiencePolicy(
            SOUTH,
            TokenForm(Alphabet.HEX, 64),
            _read,
            lambda _subject, _profile: Lifetime(
                timedelta(minutes=15), slides=True, at_most=timedelta(days=1)
            ),
            refresh_form=TokenForm(Alphabet.HEX, 64),
            refresh_grace=timedelta(minutes=5),
            service_tokens=ServiceTokenPolicy(
                Lifetime(timedelta(days=365), slides=True),
                lambda subject, _profile: subject.service,
            ),
        ),
    },
)


def entering(audience: Audience, factors: Factors) -> Policy:
    """Return the policy of a house whose one door takes these factors."""
    entry = EntryPolicy(factors, least_likeness=0.8)
    here = replace(POLICY.audiences[audience], entry=entry)
    return replace(POLICY, audiences={**POLICY.audiences, audience: here})


@dataclass
class House:
    """One storage, one table of stamps, one clock; ``core`` is the first worker."""

    policy: Policy = POLICY
    storage: Storage = field(default_factory=MemoryStorage)
    stamps: Stamps = field(default_factory=LocalStamps)
    clock: FixedClock = field(default_factory=FixedClock)
    engine: FaceEngine | None = None
    roster: Roster | None = None

    def __post_init__(self) -> None:
        self.random = FixedRandomness()
        self.vault = MemoryVault(self.clock)
        self._workers: list[Core] = []
        self.core = self.worker()

    def worker(self, **parts: Any) -> Core:
        """Start one more worker; ``parts`` (``storage``, ``stamps``) differ from the others'."""
        storage, stamps = parts.get("storage", self.storage), parts.get("stamps", self.stamps)
        parts_of_world = (storage, stamps, self.vault, self.policy, self.clock, self.random)
        worker = assemble(*parts_of_world, roster=self.roster)
        if self.engine is not None:
            worker = worker.seeing(self.engine)
        self._workers.append(worker)
        return worker

    def add(self, *logins: str, **draft: Any) -> Subject:
        """Put a subject with a password and both profiles, where the draft says nothing else."""
        if draft.get("tenant"):
            self.core.seeding.put_tenant(draft["tenant"])
        usual: dict[str, Any] = {"profiles": EVERYWHERE}
        if "password_hash" not in draft:
            usual["password"] = PASSWORD
        self.core.seeding.put_subject(SubjectDraft(logins, **{**usual, **draft}))
        with self.storage.read() as transaction:
            subject = transaction.subjects.find_by_login(logins[0])
        assert subject is not None
        return subject

    def enter(
        self,
        login: str = "alice",
        password: str = PASSWORD,
        *,
        audience: Audience = SOUTH,
        scopes: Iterable[str] = (),
        device: str = "",
        address: str = ADDRESS,
    ) -> Admitted:
        """Log in."""
        visit = Visit(audience, frozenset(scopes), Device(device), address)
        return self.core.login.admit(PasswordGrant(login, password), visit)

    def use(self, admitted: Admitted) -> Principal:
        """Use the access token that was handed out."""
        return self.core.access.principal(admitted.token.secret, admitted.session.audience)

    def standing(self, login: str = "alice", audience: Audience = SOUTH) -> Standing:
        """Return how a subject stands now."""
        with self.storage.read() as transaction:
            standing = transaction.standings.find_by_login(login, audience)
        assert standing is not None
        return standing

    def close_tenant(self, name: str) -> None:
        """Put a tenant in deletion, without a word to any worker."""
        with self.storage.write() as transaction:
            tenant = transaction.tenants.find_by_name(name)
            assert tenant is not None
            transaction.tenants.replace(replace(tenant, in_deletion=True))

    def audited(self, action: str = "") -> list[Entry]:
        """Return the audit entries of an action, or all, oldest first."""
        with self.storage.read() as transaction:
            links = [link for _, link in transaction.audit.list_page(0, 10_000)]
        return [link.entry for link in links if action in {"", link.entry.action}]

    def results(self, action: str = "login") -> list[str]:
        """Return how the audited actions of this name ended, oldest first."""
        return [entry.result for entry in self.audited(action)]

    def close(self) -> None:
        """Stop every worker."""
        for worker in self._workers:
            worker.close()
