"""The core as one thing: its services, wired for one process."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import Final, Self

from watchword.core.access import Access
from watchword.core.blocklist import Blocklist
from watchword.core.challenging import Challenging
from watchword.core.directory import Directory
from watchword.core.enlisting import Asking, Enlisting
from watchword.core.enrolment import Enrolment
from watchword.core.errands import Errands
from watchword.core.inspection import Inspection
from watchword.core.listing import Listing
from watchword.core.login import Login
from watchword.core.looking import Looking
from watchword.core.matching import Matching
from watchword.core.passwords import Passwords
from watchword.core.policy import Policy
from watchword.core.ports import Clock, FaceEngine, Roster, Stamps, Storage, Vault
from watchword.core.recognition import Recognition
from watchword.core.reindexing import Reindexing
from watchword.core.renewal import Renewal
from watchword.core.revocation import Revocation
from watchword.core.seeding import Seeding
from watchword.core.service_tokens import ServiceTokens
from watchword.core.shelf import Shelf
from watchword.core.showing import Showing
from watchword.core.tenancy import Tenancy
from watchword.core.tokens import Randomness
from watchword.core.verified import VerifiedCredentials
from watchword.core.vouching import Vouching
from watchword.core.watching import Watching

__all__ = ["Core", "assemble"]

KEEP_DEAD_SESSIONS: Final = timedelta(days=30)
KEEP_LOST_PROOFS: Final = timedelta(hours=1)
KEEP_CHALLENGES: Final = timedelta(minutes=10)
KEEP_DEVICES: Final = timedelta(days=180)
KEEP_UNKNOWN_BLOBS: Final = timedelta(hours=1)
PURGE_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Core:
    """Every service of the core."""

    storage: Storage
    clock: Clock
    policy: Policy
    passwords: Passwords
    login: Login
    recognition: Recognition
    enrolment: Enrolment
    access: Access
    inspection: Inspection
    renewal: Renewal
    service_tokens: ServiceTokens
    revocation: Revocation
    directory: Directory
    tenancy: Tenancy
    reindexing: Reindexing
    seeding: Seeding
    shelf: Shelf
    blocklist: Blocklist
    vault: Vault
    vouching: Vouching
    watching: Watching

    @property
    def enlisting(self) -> Enlisting:
        """What brings people from the roster on."""
        return self.login.enlisting

    @property
    def listing(self) -> Listing:
        """What looks through sessions."""
        return Listing(self.storage, self.revocation, self.clock)

    @property
    def errands(self) -> Errands:
        """What runs jobs."""
        return Errands(self.storage, self.clock)

    @property
    def challenging(self) -> Challenging:
        """What asks faces to do something: what the engine can tell, or nothing without one."""
        engine, random = self.recognition.engine, self.recognition.random
        acts = () if engine is None else sorted(engine.acts)
        return Challenging(self.storage, self.policy.challenges, self.clock, random, acts)

    def purge(self) -> Mapping[str, int]:
        """Remove one batch of what nobody needs any more. Returns how much of each went.

        Sessions stay for a month after their end, so that a replayed refresh token is recognised,
        and proofs and challenges for a while, so that the audit log can tell a late one from one
        that never was.
        """
        now = self.clock()
        lockout = self.policy.lockout
        forgotten = now - max(lockout.forget_after, lockout.longest_lock)
        with self.storage.write() as transaction:
            purged = {
                "sessions": transaction.tokens.purge(now - KEEP_DEAD_SESSIONS, PURGE_BATCH),
                "proofs": transaction.tokens.purge_proofs(now - KEEP_LOST_PROOFS, PURGE_BATCH),
                "challenges": transaction.challenges.purge(now - KEEP_CHALLENGES, PURGE_BATCH),
                "attempts": transaction.attempts.purge(forgotten),
                "devices": transaction.devices.purge(now - KEEP_DEVICES),
            }
        return {**purged, "faces": self.enrolment.sweep()}

    def sweep(self) -> int:
        """Remove content of the vault that no record refers to. Returns how much.

        Content is put before the unit of work that refers to it, so what is young is left alone.
        """
        removed = 0
        old = iter(self.vault.list_older(self.clock() - KEEP_UNKNOWN_BLOBS))
        while batch := list(islice(old, PURGE_BATCH)):
            with self.storage.read() as transaction:
                known = transaction.blobs.known(batch)
            for blob_id in set(batch) - known:
                self.vault.remove(blob_id)
                removed += 1
        return removed

    def seeing(self, engine: FaceEngine) -> Self:
        """Return this core with an engine that knows faces; without one nobody is recognised."""
        enrolment = replace(self.enrolment, engine=engine)
        challenging = replace(self.challenging, acts=sorted(engine.acts))
        looking = Looking(engine, enrolment.matching, challenging, self.policy.faces)
        recognition = replace(self.recognition, looking=looking)
        return replace(self, recognition=recognition, enrolment=enrolment)

    def close(self) -> None:
        """Write behind what is pending and stop the hashing threads."""
        self.access.flush()
        self.passwords.close()
        self.enlisting.close()


def assemble(  # noqa: PLR0913, PLR0917 - one for each thing that is demanded of the world
    storage: Storage,
    stamps: Stamps,
    vault: Vault,
    policy: Policy,
    clock: Clock,
    random: Randomness,
    roster: Roster | None = None,
) -> Core:
    """Wire the services of one process."""
    revocation, showing = Revocation(storage, stamps, clock), Showing(policy.audiences)
    shelf, passwords = Shelf(storage, stamps, clock), Passwords(policy.passwords, random)
    verified = VerifiedCredentials(policy.credential_cache, random)
    access = Access(storage, stamps, clock, policy.access, policy.audiences)
    enrolment = _enrolment(revocation, vault, policy)
    directory = Directory(storage, revocation, passwords, showing, clock, random, enrolment.unlink)
    enlisting = Enlisting(directory, policy, Asking(roster, policy.roster.at_once))
    return Core(
        storage=storage,
        clock=clock,
        policy=policy,
        passwords=passwords,
        login=Login(storage, revocation, passwords, verified, enlisting, policy, clock, random),
        recognition=Recognition(storage, revocation, policy, clock, random),
        enrolment=enrolment,
        access=access,
        inspection=Inspection(storage, access, revocation, policy, clock),
        renewal=Renewal(storage, revocation, policy, clock, random),
        service_tokens=ServiceTokens(storage, revocation, policy, clock, random),
        revocation=revocation,
        directory=directory,
        tenancy=Tenancy(storage, revocation, showing, clock, random),
        reindexing=Reindexing(storage, showing),
        seeding=Seeding(storage, revocation, passwords, showing, clock, random, enrolment.unlink),
        shelf=shelf,
        blocklist=Blocklist(storage, revocation, clock),
        vault=vault,
        vouching=Vouching(shelf, vault, clock, random),
        watching=Watching(storage, stamps, clock, access),
    )


def _enrolment(revocation: Revocation, vault: Vault, policy: Policy) -> Enrolment:
    storage, clock = revocation.storage, revocation.clock
    least = {audience: each.entry.least_likeness for audience, each in policy.audiences.items()}
    matching = Matching(storage, vault, policy.faces)
    return Enrolment(storage, revocation, vault, matching, policy.faces, clock, least)
