"""Looking at photos and clips with all models loaded. For one thread, in a process of its own.

It says what it sees; which tiers are enough, and whose face it is, is nobody's business here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from statistics import median
from typing import Final, cast

import cv2
import numpy as np

from watchword.core.faces import (
    Act,
    FaceBox,
    FaceFault,
    FoundFace,
    Sighting,
    Template,
    Tier,
)
from watchword.faces.arrays import Numbers, Pixels
from watchword.faces.clips import Frame, open_clip
from watchword.faces.detection import Detector, Face
from watchword.faces.embedding import Embedder, align
from watchword.faces.eyes import Eyes
from watchword.faces.liveness import (
    FRONTAL,
    TURNED,
    Glance,
    baseline,
    blink_score,
    events,
    obeyed,
    passes_pad,
    seams,
    turn_score,
)
from watchword.faces.motion import ENOUGH, motion_of, patch_of
from watchword.faces.pad import Pad
from watchword.faces.stills import read_still
from watchword.faces.weights import EMBEDDING_MODEL, Weights, read_weights

__all__ = ["Engine"]

PHOTO_SIDE: Final = 640
CLIP_SIDE: Final = 320
"""Pixels that are looked at: more find no more faces, but cost their square."""

GOOD_WIDTH: Final = 100
"""Pixels. Half of it is the least that FindFace's documentation takes."""
GOOD_SHARPNESS: Final = 60.0
"""Of an aligned face, blurred until its cosine with the sharp one is 0.95; half of it is at 0.9."""
GOOD_YAW: Final = 0.25
"""A face that is turned further is half hidden."""
THUMBNAIL: Final = 160
AROUND: Final = 0.25
"""How much of its width a thumbnail shows around a face."""

LEAST_WIDTH: Final = 80
"""Pixels of a face in a clip: smaller ones are too coarse to tell anybody apart by."""
LEAST_LOOKS: Final = 6
LEAST_SECONDS: Final = 0.6
LEAST_SHARE: Final = 0.75
"""Of the frames on which there is a face."""
BESIDE: Final = 0.5
"""A second face counts from this share of the first one's width: who is far behind does not."""
SAME: Final = 0.45
"""The cosine from which on two looks are at the same person: none of 13,800 pairs of two were."""
SAME_TURNED: Final = 0.4
"""Likewise, of a look from ahead and one at a head that turns: of one person 0.53 and more."""
MOST_SEAMS: Final = 6
BLINK_SECONDS: Final = 0.4
"""After as long eyes are open again, and a face is known again."""
PAD_EVERY: Final = 5
"""Of so many looks one is shown to the models that know paper and screens."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One frame's face: what was measured of it, and what later steps need of its pixels."""

    glance: Glance
    aligned: Pixels
    patch: Numbers
    sharpness: float


@dataclass(slots=True)
class _Watch:
    """What is gathered while a clip runs."""

    frames: int = 0
    crowded: int = 0
    looks: list[_Look] = field(default_factory=list[_Look])
    pad: list[float] = field(default_factory=list[float])

    def fault(self) -> FaceFault | None:
        """Say why nothing can be said of anybody."""
        if self.crowded > 1:
            return FaceFault.SEVERAL
        if not self.looks:
            return FaceFault.NO_FACE if self.frames else FaceFault.UNREADABLE
        seconds = self.looks[-1].glance.at - self.looks[0].glance.at
        widths = sorted(look.glance.width for look in self.looks)
        enough = len(self.looks) >= max(LEAST_LOOKS, LEAST_SHARE * self.frames)
        if not enough or seconds < LEAST_SECONDS or widths[len(widths) // 2] < LEAST_WIDTH:
            return FaceFault.POOR
        return None


class Engine:
    """All models of one process."""

    def __init__(self, weights: Weights) -> None:
        """Load them. Raises `WeightsError`."""
        self._detector = Detector(read_weights(weights.detector))
        self._embedder = Embedder(read_weights(weights.embedder))
        self._eyes = Eyes(read_weights(weights.eyes)) if weights.eyes else None
        self._pad = Pad([read_weights(path) for path in weights.pad]) if weights.pad else None

    def find(self, image: bytes) -> Sequence[FoundFace] | FaceFault:
        """Return the faces on a photo."""
        pixels = read_still(image)
        if isinstance(pixels, FaceFault):
            return pixels
        return [self._found(pixels, face) for face in self._detector.find(pixels, PHOTO_SIDE)]

    def watch(self, clip: bytes, acts: Sequence[Act] = ()) -> Sighting | FaceFault:
        """Return who is seen in a clip."""
        watch = _Watch()
        with open_clip(clip) as reel:
            if isinstance(reel, FaceFault):
                return reel
            for frame in reel.frames():
                self._look(watch, frame, eyes=Act.BLINK in acts)
        fault = reel.fault or watch.fault()
        return fault or self._judge(watch, acts)

    def _found(self, image: Pixels, face: Face) -> FoundFace:
        aligned = align(image, face)
        quality = min(
            face.width / GOOD_WIDTH,
            _sharpness(aligned) / GOOD_SHARPNESS,
            1 - abs(face.yaw) / (2 * GOOD_YAW),
            1.0,
        )
        template = _template(self._embedder.embed(aligned))
        box = _box(image, face)
        return FoundFace(box, face.score, max(0.0, quality), template, _thumbnail(image, face))

    def _look(self, watch: _Watch, frame: Frame, *, eyes: bool) -> None:
        watch.frames += 1
        faces = self._detector.find(frame.image, CLIP_SIDE)
        if not faces:
            return
        face = faces[0]
        watch.crowded += any(other.width >= BESIDE * face.width for other in faces[1:])
        openness = self._eyes.openness(frame.image, face) if self._eyes and eyes else None
        if self._pad and len(watch.looks) % PAD_EVERY == 0:
            watch.pad.append(self._pad.live(frame.image, face))
        aligned = align(frame.image, face)
        glance = Glance(frame.at, face.yaw, face.width, face.centre, openness)
        patch = patch_of(frame.image, face)
        watch.looks.append(_Look(glance, aligned, patch, _sharpness(aligned)))

    def _judge(self, watch: _Watch, acts: Sequence[Act]) -> Sighting | FaceFault:
        @cache
        def embed(look: _Look) -> Numbers:
            # Dear, and one look may have to be compared for several reasons.
            return self._embedder.embed(look.aligned)

        glances = [look.glance for look in watch.looks]
        vectors = [embed(look) for look in _best(watch.looks)]
        done = events(glances)
        others = [embed(look) for look in _doubtful(watch.looks, done)]
        turns = [_least_cosine(list(map(embed, pair))) for pair in _turning(watch.looks, done)]
        identity = _least_cosine([*vectors, *others])
        if identity < SAME or min(turns, default=1.0) < SAME_TURNED:
            return FaceFault.CHANGED
        motion = motion_of([look.patch for look in watch.looks])
        liveness = {"motion": min(1.0, motion / (2 * ENOUGH)), "identity": min(1.0, identity)}
        if acts:
            liveness["turn"] = turn_score(glances)
        if Act.BLINK in acts:
            liveness["blink"] = blink_score(glances)
        if watch.pad:
            liveness["pad"] = median(watch.pad)
        passed = {
            Tier.MOTION: motion >= ENOUGH,
            Tier.CHALLENGE: obeyed([act for _, act in done], acts),
            Tier.PAD: passes_pad(watch.pad),
        }
        tiers = frozenset(tier for tier, is_passed in passed.items() if is_passed)
        return Sighting(_template(_mean(vectors)), tiers, liveness)


def _best(looks: Sequence[_Look]) -> Sequence[_Look]:
    """Choose three looks to know somebody by: frontal, open-eyed, sharp, of the whole clip."""
    third = max(1, -(-len(looks) // 3))
    ahead = baseline([look.glance for look in looks]) or 0.0
    open_eyed = max((look.glance.openness or 0.0 for look in looks), default=0.0)

    def worth(look: _Look) -> float:
        glance = look.glance
        straight = max(0.0, 1 - abs(glance.yaw - ahead) / TURNED)
        eyes = 1.0 if glance.openness is None else glance.openness / max(open_eyed, 1e-6)
        return straight * eyes * min(1.0, look.sharpness / GOOD_SHARPNESS)

    return [max(looks[at : at + third], key=worth) for at in range(0, len(looks), third)]


def _doubtful(looks: Sequence[_Look], done: Sequence[tuple[float, Act]]) -> Sequence[_Look]:
    """Choose looks that might be at somebody else: the ends, both sides of seams and of acts."""
    glances = [look.glance for look in looks]
    chosen = {0, len(looks) - 1}
    for index in islice(seams(glances), MOST_SEAMS):
        chosen |= {index, index + 1}
    ahead = baseline(glances) or 0.0
    # On its way to a turn a head is still turned little enough to be known.
    frontal = [i for i, glance in enumerate(glances) if abs(glance.yaw - ahead) < FRONTAL]
    # Turns first: of blinks there may be any number.
    for at, _ in sorted(done, key=lambda event: event[1] is Act.BLINK)[:MOST_SEAMS]:
        chosen.update([i for i in frontal if glances[i].at < at][-1:])
        chosen.update([i for i in frontal if glances[i].at > at + BLINK_SECONDS][:1])
    return [looks[index] for index in sorted(chosen)]


def _turning(
    looks: Sequence[_Look], done: Sequence[tuple[float, Act]]
) -> Iterator[tuple[_Look, _Look]]:
    """Choose of each turn the last look from ahead, and the one by which the head was turned."""
    ahead = baseline([look.glance for look in looks]) or 0.0
    frontal = [look for look in looks if abs(look.glance.yaw - ahead) < FRONTAL]
    turns = [at for at, act in done if act is not Act.BLINK]
    for at in turns[:MOST_SEAMS]:
        before = [look for look in frontal if look.glance.at < at]
        yield from ((before[-1], look) for look in looks if before and look.glance.at == at)


def _least_cosine(vectors: Sequence[Numbers]) -> float:
    """Return how alike the two are that are least alike: to a mean of two people both would be."""
    stack = np.stack(vectors)
    return float((stack @ stack.T).min())


def _mean(vectors: Sequence[Numbers]) -> Numbers:
    total = np.stack(vectors).sum(axis=0)
    return cast("Numbers", total / max(float(np.linalg.norm(total)), 1e-6))


def _template(vector: Numbers) -> Template:
    return Template(EMBEDDING_MODEL, vector.astype("<f4").tobytes())


def _sharpness(aligned: Pixels) -> float:
    grey = cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def _box(image: Pixels, face: Face) -> FaceBox:
    """Return where a face is, as far as it is on the photo."""
    rows, columns = image.shape[:2]
    return FaceBox(
        max(0, round(face.left)),
        max(0, round(face.top)),
        min(columns, round(face.left + face.width)),
        min(rows, round(face.top + face.height)),
    )


def _thumbnail(image: Pixels, face: Face) -> bytes:
    box, margin = _box(image, face), round(AROUND * face.width)
    crop = image[
        max(0, box.top - margin) : box.bottom + margin,
        max(0, box.left - margin) : box.right + margin,
    ]
    scale = min(1.0, THUMBNAIL / max(crop.shape[:2]))
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, content = cv2.imencode(".jpg", small)
    return content.tobytes()
