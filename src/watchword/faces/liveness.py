"""Judging what was seen in a clip: what was done, in which order, and whether anybody was there.

Numbers in, numbers out: this module looks at no image. The figures are those of decision 0705.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from watchword.core.faces import Act

__all__ = [
    "CLOSED",
    "FRONTAL",
    "TURNED",
    "Glance",
    "baseline",
    "blink_score",
    "events",
    "obeyed",
    "passes_pad",
    "seams",
    "turn_score",
]

TURNED: Final = 0.28
"""A head that is turned aside. A flat photo that is turned by 45 degrees reaches 0.25."""
BACK: Final = 0.14
"""From here on it faces the camera again."""
UNDER_WAY: Final = 0.07
"""More than a head that is held still; on a synthetic head one look may be all between the two."""
SELDOM: Final = 0.2
"""Seconds between two looks in which a head may have turned unseen."""
FRONTAL: Final = 0.2
"""At most, for eyes to be believed, and for a look to say where straight ahead is."""
CLOSED: Final = 0.55
"""Eyes are closed below this share of how far this person's are open."""
OPEN: Final = 0.75
LONGEST_BLINK: Final = 2.0
"""Seconds. Whoever keeps their eyes shut for longer does not blink."""
LOOKS: Final = 2
"""How many looks in a row have to agree on a turn: the eyes and nose jump about by themselves."""

LEAP: Final = 0.6
"""Widths of the face that it may move between two looks before it may be another's."""
GROWTH: Final = 1.5
PAUSE: Final = 0.5
"""Seconds without a face, after which it may be another's."""

PAD_USUAL: Final = 0.5
PAD_LEAST: Final = 0.1


@dataclass(frozen=True, slots=True)
class Glance:
    """What one look at a face has measured. ``openness`` is None where the eyes were not asked."""

    at: float
    yaw: float
    width: float
    centre: tuple[float, float]
    openness: float | None = None


def baseline(glances: Sequence[Glance]) -> float | None:
    """Return the yaw of straight ahead: nobody's camera stands quite in front of them."""
    ahead = [glance.yaw for glance in glances if abs(glance.yaw) <= FRONTAL]
    return median(ahead) if ahead else None


def events(glances: Sequence[Glance]) -> Sequence[tuple[float, Act]]:
    """Return what was done, each with when it began, in order."""
    ahead = baseline(glances)
    if ahead is None:
        return []
    return sorted([*_turns(glances, ahead), *_blinks(glances, ahead)])


def obeyed(done: Sequence[Act], asked: Sequence[Act]) -> bool:
    """Say whether just what was asked for was done.

    Everybody blinks; who turns otherwise than asked may be a recording for all occasions.
    """
    left = list(asked)
    for act in done:
        if left and act is left[0]:
            left.pop(0)
        elif act is not Act.BLINK:
            return False
    return bool(asked) and not left


def turn_score(glances: Sequence[Glance]) -> float:
    """Return how far the head was turned: from 0 to 1, and 0.5 just enough."""
    ahead = baseline(glances)
    if ahead is None:
        return 0.0
    return min(1.0, max(abs(glance.yaw - ahead) for glance in glances) / (2 * TURNED))


def blink_score(glances: Sequence[Glance]) -> float:
    """Return how far the eyes were closed: from 0 to 1, and 0.5 just enough."""
    ahead = baseline(glances)
    if ahead is None:
        return 0.0
    usual, seen = _eyes(glances, ahead)
    if usual <= 0:
        return 0.0
    shut = 1 - min(openness for _, openness in seen) / usual
    return min(1.0, max(0.0, shut / (2 * (1 - CLOSED))))


def seams(glances: Sequence[Glance]) -> Iterator[int]:
    """Return after which glances the face may be another's: it leapt, grew, or was gone."""
    for index, (one, other) in enumerate(pairwise(glances)):
        wide, narrow = max(one.width, other.width), min(one.width, other.width)
        way = max(abs(a - b) for a, b in zip(one.centre, other.centre, strict=True))
        leapt = way > LEAP * narrow or wide > GROWTH * narrow
        if leapt or other.at - one.at > PAUSE:
            yield index


def passes_pad(scores: Sequence[float]) -> bool:
    """Say whether frames look like those of a person: most of them, and none not at all."""
    return bool(scores) and median(scores) >= PAD_USUAL and min(scores) >= PAD_LEAST


def _turns(glances: Sequence[Glance], ahead: float) -> Iterator[tuple[float, Act]]:
    """Return each turn with when it began; the next one begins after the head was back."""
    turned, run, side, last = False, 0, 0.0, 0.0
    for glance in glances:
        away = glance.yaw - ahead
        if glance.at - last > SELDOM:
            # A slow camera may miss what lies between; who chooses how slow it is needs no camera.
            side = away
        last = glance.at
        if abs(away) < BACK:
            turned, run = False, 0
        if abs(away) < TURNED:
            # On its way, as a head is and a photo of a turned head is not that is put in its place.
            side = away if abs(away) >= UNDER_WAY else 0.0
        else:
            run = run + 1 if side * away > 0 else 0
            if run >= LOOKS and not turned:
                turned = True
                yield glance.at, Act.TURN_LEFT if away > 0 else Act.TURN_RIGHT


def _blinks(glances: Sequence[Glance], ahead: float) -> Iterator[tuple[float, Act]]:
    """Return each blink with when it began: open, closed, and soon open again."""
    usual, seen = _eyes(glances, ahead)
    opened, closed_at = False, None
    for at, openness in seen:
        if openness >= OPEN * usual:
            if closed_at is not None and at - closed_at <= LONGEST_BLINK:
                yield closed_at, Act.BLINK
            opened, closed_at = True, None
        elif openness < CLOSED * usual and opened and closed_at is None:
            closed_at = at


def _eyes(glances: Sequence[Glance], ahead: float) -> tuple[float, Sequence[tuple[float, float]]]:
    """Return how far this person's eyes are usually open, and how far they were when."""
    seen = [
        (glance.at, glance.openness)
        for glance in glances
        if glance.openness is not None and abs(glance.yaw - ahead) <= FRONTAL
    ]
    return (median(openness for _, openness in seen) if seen else 0.0), seen
