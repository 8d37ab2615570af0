"""From a clip to a subject: what an engine saw, whether it is alive, and whose face it is.

All of this happens outside of any unit of work, since an engine takes its time. What comes of it is
a look, which `watchword.core.recognition` judges; nothing here admits anybody.

Rules of this file:

1. A challenge is used up before the clip is looked at, and then the clip has to meet it, whatever
   else the policy requires.
2. Where nobody says who they are, the whole gallery is looked through; who does is compared with
   that one alone, and with nobody if there is no such subject.
3. The audit trail is told scores and reasons; neither an image nor a template leaves this file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from watchword.core.challenging import Challenging
from watchword.core.faces import Act, FaceFault, Sighting, Tier
from watchword.core.grants import FaceGrant, Visit
from watchword.core.matching import Comparison, MatchFault, Matching
from watchword.core.policy import FacePolicy
from watchword.core.ports import FaceEngine
from watchword.core.subjects import SubjectId

__all__ = ["ANYBODY", "Claim", "Look", "Looking"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are. ``named`` and no subject: somebody whom nobody knows."""

    named: bool = False
    subject_id: SubjectId | None = None


ANYBODY: Final = Claim()
NO_TIERS: Final[frozenset[Tier]] = frozenset()

AnyFault: TypeAlias = FaceFault | MatchFault


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in a clip, and with whom it was compared.

    ``subject_id`` is who it is about: who was named, or who was found. ``counts`` says whether a
    fault is an attempt to pass for somebody; ``told`` is for the audit trail.
    """

    subject_id: SubjectId | None = None
    found: Comparison = field(default_factory=Comparison)
    fault: AnyFault | None = None
    counts: bool = False
    told: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks at clips. One instance a process, shared by its threads."""

    engine: FaceEngine
    matching: Matching
    challenging: Challenging
    policy: FacePolicy

    def look(self, grant: FaceGrant, visit: Visit, claim: Claim, least: float) -> Look:
        """Return what is seen in a clip; faces are the same from ``least`` likeness on.

        Raises `ChallengeRefusedError`, `OverloadedError` or `StorageUnavailableError`.
        """
        acts: Sequence[Act] = ()
        if grant.challenge:
            acts = self.challenging.redeem(grant.challenge, visit, grant.waited)
        elif Tier.CHALLENGE in self.policy.require:
            told = {"lacking": Tier.CHALLENGE.value}
            return Look(claim.subject_id, fault=FaceFault.NOT_LIVE, told=told)
        seen = self.engine.watch(grant.clip, acts)
        if isinstance(seen, FaceFault):
            return Look(claim.subject_id, fault=seen, counts=seen.is_attempt)
        asked = frozenset({Tier.CHALLENGE}) if acts else NO_TIERS
        lacking = seen.lacks(self.policy.require | asked)
        if lacking:
            told = {**_scores(seen), "lacking": " ".join(sorted(lacking))}
            return Look(claim.subject_id, fault=FaceFault.NOT_LIVE, counts=True, told=told)
        return self._compare(seen, visit, claim, least)

    def _compare(self, seen: Sighting, visit: Visit, claim: Claim, least: float) -> Look:
        if not claim.named:
            found = self.matching.identify(self.engine, seen.template, visit.audience, least)
        elif claim.subject_id is None:
            found = Comparison(fault=MatchFault.UNKNOWN)
        else:
            found = self.matching.verify(
                self.engine, seen.template, claim.subject_id, visit.audience, least
            )
        told = {**_scores(seen), **_likenesses(found)}
        fault = found.fault
        about = claim.subject_id if claim.named or fault is not None else found.subject_id
        return Look(about, found, fault, fault is not None and fault.is_attempt, told)


def _scores(seen: Sighting) -> Mapping[str, str]:
    """Return by what a clip was judged to be alive."""
    scores = {name: f"{score:.3f}" for name, score in sorted(seen.liveness.items())}
    return {"tiers": " ".join(sorted(seen.tiers)), **scores}


def _likenesses(found: Comparison) -> Mapping[str, str]:
    told: dict[str, str] = {}
    if found.subject_id is not None:
        told["likeness"] = f"{found.likeness:.3f}"
    if found.runner_up is not None:
        told["next_likeness"] = f"{found.runner_up:.3f}"
    return told
