"""Numbers that an operator may turn, with the defaults that we stand behind.

Durations are ``timedelta``, memory is in KiB, lengths in bytes of UTF-8.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from watchword.core.faces import PASSWORD_ONLY, EntryPolicy, Tier
from watchword.core.index import Facets, Filter
from watchword.core.roster import Person
from watchword.core.subjects import Audience, Subject
from watchword.core.tokens import TokenForm

__all__ = [
    "AccessPolicy",
    "AudiencePolicy",
    "ChallengePolicy",
    "CostCeilings",
    "CredentialCachePolicy",
    "EnlistPolicy",
    "FacePolicy",
    "Lifetime",
    "LockoutPolicy",
    "PasswordPolicy",
    "Policy",
    "Remember",
    "Reserve",
    "RosterPolicy",
    "ServiceTokenPolicy",
]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives.

    ``length`` from login, or from the last use where it ``slides``. ``at_most`` bounds sliding;
    None is no bound.
    """

    length: timedelta
    slides: bool = False
    at_most: timedelta | None = None

    def reach(
        self, now: datetime, deadline: datetime | None = None
    ) -> tuple[datetime, datetime | None]:
        """Return when a session that begins now ends unused, and the bound of its sliding.

        ``deadline`` is a bound that the session inherits; what does not slide inherits none.
        """
        ends = now + self.length
        if not self.slides:
            return ends, ends
        if deadline is None and self.at_most is not None:
            deadline = now + self.at_most
        return ends if deadline is None else min(ends, deadline), deadline


@dataclass(frozen=True, slots=True)
class ServiceTokenPolicy:
    """The service tokens of one audience: how long they live, and which subjects may have them.

    A subject has at most ``most`` of them alive at once.
    """

    lifetime: Lifetime
    may_hold: Callable[[Subject, object], bool]
    most: int = 20


@dataclass(frozen=True, slots=True)
class Reserve:
    """Subjects of whom one must always be left at an audience, such as its administrators.

    ``counts`` says whether a subject with its profile is one of them, ``filters`` find them in the
    collection ``<audience>/subject`` of the index.
    """

    counts: Callable[[Subject, object], bool]
    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class EnlistPolicy:
    """What an audience makes of people on a roster (`watchword.core.enlisting`).

    ``profile`` returns a person's document, given those of the audience's ``documents`` (a kind;
    empty: none) and the document that the person has had; None: no entry at this audience.
    """

    profile: Callable[[Person, Mapping[str, bytes], bytes | None], bytes | None]
    documents: str = ""


@dataclass(frozen=True, slots=True)
class AudiencePolicy:
    """How sessions and tokens of one audience behave.

    The callables are the dialect's own reading of its profile document: ``read_profile`` turns
    the stored JSON into the dialect's type (raises ``ValueError`` on nonsense), ``lifetime`` and
    ``grantable`` (the scopes that a login may be granted) look at it.
    """

    audience: Audience
    access_form: TokenForm
    read_profile: Callable[[bytes], object]
    lifetime: Callable[[Subject, object], Lifetime]
    grantable: Callable[[object], frozenset[str]] = lambda _profile: frozenset()
    refresh_form: TokenForm | None = None
    refresh_grace: timedelta = timedelta(0)
    """How long after its expiry a session can still be refreshed."""
    entry: EntryPolicy = PASSWORD_ONLY
    tells_of_closed_tenant: bool = False
    """Whether who has the right password is told that the tenant is being deleted. Elsewhere, and
    to everybody who has not, that looks like a wrong password."""
    machines_only: bool = False
    """Whether a machine account alone may be here (`watchword.core.subjects.Subject.service`)."""
    one_session_per_device: bool = False
    lists_sessions: bool = False
    """Whether `watchword.core.ports.SessionLists` show sessions of this audience."""
    service_tokens: ServiceTokenPolicy | None = None
    """None where this audience knows no such thing."""
    facets: Callable[[Subject, object], Facets] | None = None
    """What a subject with this profile says in the collection ``<audience>/subject`` of the index
    (`watchword.core.showing`); None where subjects are not searched."""
    facets_version: int = 0
    """Raised with each change to ``facets``: all subjects are then shown anew at the next start."""
    reserve: Reserve | None = None
    """Of whom one must always be left (`watchword.core.reserves`); None where all may go."""
    enlists: EnlistPolicy | None = None
    """None where people on a roster get no profile of their own accord."""


@dataclass(frozen=True, slots=True)
class CostCeilings:
    """The dearest foreign password hash that is still verified; dearer ones are refused."""

    argon2_memory_kib: int = 262_144
    argon2_passes: int = 16
    argon2_lanes: int = 16
    pbkdf2_iterations: int = 5_000_000
    bcrypt_cost: int = 15
    scrypt_memory_kib: int = 262_144
    scrypt_lanes: int = 16


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """How passwords are hashed and which are refused unread.

    The defaults of the hash are OWASP's floor for Argon2id. ``threads`` 0 means one per core.
    """

    memory_kib: int = 19_456
    passes: int = 2
    lanes: int = 1
    threads: int = 0
    queue: int = 512
    """Verifications that may wait per process; beyond it callers are told to come back."""
    longest: int = 4_096
    ceilings: CostCeilings = CostCeilings()


class Remember(StrEnum):
    """For whom a verified password is remembered for a short while."""

    NOBODY = "nobody"
    SERVICES = "services"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class CredentialCachePolicy:
    """The verified-credential cache: whom it serves, for how long, how large it grows."""

    remember: Remember = Remember.SERVICES
    duration: timedelta = timedelta(minutes=5)
    entries: int = 10_000


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """When guessing is stopped and for how long.

    After ``free_failures`` failures in a row each further one locks for ``first_lock``, doubled
    each time up to ``longest_lock``. Failures are forgotten ``forget_after`` the last one. A
    source (network address) has its own, wider count over all logins.
    """

    enabled: bool = True
    free_failures: int = 5
    free_source_failures: int = 50
    first_lock: timedelta = timedelta(seconds=30)
    longest_lock: timedelta = timedelta(minutes=15)
    forget_after: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """The cache of principals in each worker process.

    ``lease`` is the longest time for which a cached principal is believed without another look at
    the storage: a second line behind revocation, never the first. ``touch_every`` is how often
    the use of a session is noted; sliding sessions always note it at once.
    """

    entries: int = 100_000
    lease: timedelta = timedelta(seconds=30)
    touch_every: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class RosterPolicy:
    """How a roster is asked: by how many threads at once.

    ``refresh_every`` is how often all copies are made to follow their people. ``tenant`` is the
    name of the tenant that these belong to; empty is none.
    """

    at_once: int = 8
    refresh_every: timedelta = timedelta(minutes=5)
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class ChallengePolicy:
    """What a face is asked to do: so many ``acts``, in a clip that has to arrive within ``life``.

    So many challenges of one source, and of all, may be open at once.
    """

    life: timedelta = timedelta(seconds=20)
    acts: int = 2
    of_source: int = 32
    at_most: int = 4_096


@dataclass(frozen=True, slots=True)
class FacePolicy:
    """What faces are kept, and what it takes to know one by them.

    ``require`` are the tiers that a clip has to pass (`Tier.MOTION` always is one). Where nobody
    says who they are, they have to be ``search_likeness`` like their photos, and ``search_margin``
    more than anybody else, among ``largest_gallery`` subjects at most: decision 0710 says why. A
    subject has ``most_faces`` at most. ``retention`` is how long a face is kept, None without end.
    """

    require: frozenset[Tier] = frozenset({Tier.MOTION})
    search_likeness: float = 0.766
    search_margin: float = 0.0416
    largest_gallery: int = 1_000
    most_faces: int = 10
    keep_photos: bool = False
    retention: timedelta | None = None

    @property
    def judges_looks(self) -> bool:
        """Whether every clip has to look alive: NIST SP 800-63B-4 then bears with more failures."""
        return Tier.PAD in self.require


@dataclass(frozen=True, slots=True)
class Policy:
    """All policies of the core."""

    passwords: PasswordPolicy = PasswordPolicy()
    credential_cache: CredentialCachePolicy = CredentialCachePolicy()
    lockout: LockoutPolicy = LockoutPolicy()
    access: AccessPolicy = AccessPolicy()
    roster: RosterPolicy = RosterPolicy()
    challenges: ChallengePolicy = ChallengePolicy()
    faces: FacePolicy = FacePolicy()
    audiences: Mapping[Audience, AudiencePolicy] = field(
        default_factory=dict[Audience, AudiencePolicy]
    )
