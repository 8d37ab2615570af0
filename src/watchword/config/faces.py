"""``[face]``: what it takes to know somebody by a face, and what is kept of it."""

from datetime import timedelta
from typing import Annotated, Final, Literal

import msgspec

from watchword.core.faces import Tier
from watchword.core.policy import ChallengePolicy, FacePolicy

__all__ = ["FaceTable"]

SECONDS_FOR_ONE: Final = 5
"""To read what to do, to do it, to look ahead again, and to send the clip."""

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]
People = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Photos = Annotated[int, msgspec.Meta(ge=1, le=100)]
Processes = Annotated[int, msgspec.Meta(ge=1, le=64)]
Places = Annotated[int, msgspec.Meta(ge=0, le=1_024)]


class FaceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[face]``: faces are looked at where the extra is installed, unless it is not ``enabled``.

    ``model_dir`` has the models in place of the package's, ``pad_dir`` those that tell skin from
    paper. ``require`` is what every clip has to pass. A challenge is so many acts, for which there
    are so many seconds. Where nobody says whose face it is, it has to be ``search_confidence`` like
    somebody's, and ``search_margin`` more than anybody else's, among ``largest_gallery`` people. A
    user has ``most_photos``; images are kept if ``keep_photos``, and
    everything for ``retention_days`` (0 is without end). Each worker has so many ``processes``
    that look, and ``queue`` more clips may wait for them.
    """

    enabled: bool = True
    model_dir: str = ""
    pad_dir: str = ""
    require: tuple[Literal["motion", "challenge", "pad"], ...] = ("motion",)
    challenge_acts: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2
    challenge_seconds: Annotated[int, msgspec.Meta(ge=10, le=120)] = 20
    search_confidence: Share = 0.766
    search_margin: Share = 0.0416
    largest_gallery: People = 1_000
    most_photos: Photos = 10
    keep_photos: bool = False
    retention_days: Days = 0
    processes: Processes = 1
    queue: Places = 16

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for what nobody could pass."""
        if "pad" in self.require and not self.pad_dir:
            raise ValueError("require: pad needs the models in pad_dir")
        if self.challenge_seconds < SECONDS_FOR_ONE * self.challenge_acts:
            raise ValueError(f"challenge_seconds: each act takes {SECONDS_FOR_ONE}")

    def policy(self) -> FacePolicy:
        """Return the core's policy. That a face has moved is always required."""
        return FacePolicy(
            require=frozenset({Tier.MOTION, *map(Tier, self.require)}),
            search_likeness=self.search_confidence,
            search_margin=self.search_margin,
            largest_gallery=self.largest_gallery,
            most_faces=self.most_photos,
            keep_photos=self.keep_photos,
            retention=timedelta(days=self.retention_days) if self.retention_days else None,
        )

    def challenges(self) -> ChallengePolicy:
        """Return the core's policy of what faces are asked to do."""
        life = timedelta(seconds=self.challenge_seconds)
        return ChallengePolicy(life=life, acts=self.challenge_acts)
