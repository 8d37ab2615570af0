"""Clips made from photos of faces: heads that turn, eyes that close, prints that are waved about.

They are synthetic. A photo is bent over a rough model of a head and turned, so that what the engine
measures moves as it does when heads turn; how well it tells people from pictures of them, such
clips do not show.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import cv2
import numpy as np
import pytest

from tests.support.checkout import ROOT
from watchword.core.faces import Act
from watchword.faces.arrays import Pixels
from watchword.faces.detection import Detector, Face
from watchword.faces.weights import find_weights, read_weights

__all__ = [
    "Actor",
    "Pose",
    "Script",
    "encode",
    "hold",
    "jpeg",
    "looks",
    "perform",
    "photo",
    "record",
    "scenery",
]

PHOTOS: Final = ROOT / "tests/data/faces"

FPS: Final = 15
BEND: Final = 0.7
"""How far the nose moves, in distances of the eyes, at a yaw of one and in each of two steps."""
SIDE: Final = 360
"""Pixels of a picture; a face is a third as wide."""
GRAIN: Final = np.random.default_rng(7).normal(0, 1.5, (SIDE, SIDE, 3)).astype(np.float32)
"""Of a camera, in steps of brightness: without any, frames would be like none of a camera's."""


def photo(name: str) -> bytes:
    """Return one of the photos that ``scripts/fetch-photos`` fetches; skip where they are not."""
    path = PHOTOS / f"{name}.jpg"
    if not path.is_file():
        pytest.skip("there are no photos here; run scripts/fetch-photos")
    return path.read_bytes()


@dataclass(frozen=True)
class Pose:
    """How somebody looks for one frame.

    ``yaw`` and ``pitch`` are 1 for a head that is turned well aside, ``shut`` for closed eyes;
    ``shift`` is in pixels.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    shut: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0


Script = Sequence[Pose]


@dataclass
class Actor:
    """Somebody on a photo, scaled to the size of a webcam's picture, who can be told to move."""

    image: Pixels
    face: Face
    taken: int = 0

    @classmethod
    def named(cls, name: str, face_width: int = 130) -> "Actor":
        """Return who is on one of our photos, so large before a webcam."""
        content = photo(name)
        image = cast("Pixels", cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR))
        detector = Detector(read_weights(find_weights().detector))
        (face, *_) = detector.find(image, 640)
        scale = face_width / face.width
        x, y = (value * scale for value in face.centre)
        move = np.array([[scale, 0, SIDE / 2 - x], [0, scale, SIDE / 2 - y]], np.float32)
        framed = cv2.warpAffine(image, move, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        (face, *_) = detector.find(cast("Pixels", framed), 640)
        return cls(cast("Pixels", framed), face)

    def frame(self, pose: Pose, *, flat: bool = False) -> Pixels:
        """Return a picture of them; a ``flat`` one is of a print of them that is moved so."""
        image = self._blink(pose.shut) if pose.shut else self.image
        image = _tilt(image, self.face, pose) if flat else _turn(image, self.face, pose)
        rows, columns = image.shape[:2]
        move = np.array([[1, 0, pose.shift[0]], [0, 1, pose.shift[1]]], np.float32) * pose.zoom
        move[:, 2] += np.array([columns, rows]) * (1 - pose.zoom) / 2
        moved = cv2.warpAffine(image, move, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
        self.taken += 1
        grain = np.roll(GRAIN, 5 * self.taken, axis=self.taken % 2)
        return cast("Pixels", cv2.add(moved, grain, dtype=cv2.CV_8U))

    def _blink(self, shut: float) -> Pixels:
        """Let lids of the colour of the skin below the eyes come down over them."""
        image = self.image.astype(np.float32)
        rows, columns = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
        reach = self.face.eye_distance
        for x, y in self.face.landmarks[:2]:
            below = image[
                int(y + 0.22 * reach) : int(y + 0.3 * reach),
                int(x - 0.1 * reach) : int(x + 0.1 * reach),
            ]
            skin = below.reshape(-1, 3).mean(axis=0)
            lid = ((columns - x) / (0.3 * reach)) ** 2 + ((rows - y) / (0.17 * reach)) ** 2
            weight = np.clip((1.25 - lid) * 4, 0, 1) * shut
            lash = y + 0.07 * reach - ((columns - x) / reach) ** 2 * 0.6
            dark = np.exp(-(((rows - lash) / (0.02 * reach)) ** 2)) * (lid < 1) * 0.6 * shut
            closed = skin[None, None] * (1 - dark[..., None])
            image = image * (1 - weight[..., None]) + closed * weight[..., None]
        return image.astype(np.uint8)


def _turn(image: Pixels, face: Face, pose: Pose) -> Pixels:
    """Bend a photo as a head looks that is turned: one half of it narrow, the other wide.

    Twice, since bent any further at once it would fold.
    """
    for _ in range(2):
        image = _bend(image, face, pose.yaw * BEND, axis=0)
    return _bend(image, face, pose.pitch * BEND, axis=1) if pose.pitch else image


def _bend(image: Pixels, face: Face, amount: float, axis: int) -> Pixels:
    size = (image.shape[1], image.shape[0])
    # Smooth as it is, a quarter of the places will do.
    rows, columns = np.mgrid[0 : size[1] : 4, 0 : size[0] : 4].astype(np.float32)
    reach = face.eye_distance
    middle = face.landmarks[[0, 1, 3, 4]].mean(axis=0)
    x, y = (columns - middle[0]) / reach, (rows - middle[1]) / reach
    along, across = (x, y) if axis == 0 else (y, x)
    push = amount * np.clip(1 - ((across - 0.25) / 2.2) ** 4, 0, 1)
    moved = along.copy()
    for _ in range(40):
        near = np.clip(1 - (moved / 1.5) ** 2, 0, None) ** 2
        moved = 0.6 * moved + 0.4 * (along - push * near)
    away = cv2.resize(((moved - along) * reach).astype(np.float32), size)
    rows, columns = np.mgrid[: size[1], : size[0]].astype(np.float32)
    maps = (columns + away, rows) if axis == 0 else (columns, rows + away)
    return cast(
        "Pixels", cv2.remap(image, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def _tilt(image: Pixels, face: Face, pose: Pose) -> Pixels:
    """Turn a print: a plane in perspective."""
    x, y = face.centre
    corners = np.array([[-200, -200], [200, -200], [200, 200], [-200, 200]], np.float32)
    sines = np.sin([pose.yaw, pose.pitch])
    cosines = np.cos([pose.yaw, pose.pitch])
    depth = 1 + (corners[:, 0] * sines[0] + corners[:, 1] * sines[1]) / 900
    seen = (corners * cosines / depth[:, None] + np.array([x, y])).astype(np.float32)
    moved = cv2.getPerspectiveTransform(corners + np.array([x, y], np.float32), seen)
    size = (image.shape[1], image.shape[0])
    return cast("Pixels", cv2.warpPerspective(image, moved, size, borderMode=cv2.BORDER_REPLICATE))


def hold(seconds: float, seed: int = 1, liveliness: float = 1.0) -> Script:
    """Sit before a camera: nobody holds their head quite still, and everybody blinks."""
    random = np.random.default_rng(seed)
    phases = random.uniform(0, 6.28, 4)
    times = np.arange(round(seconds * FPS)) / FPS
    return [
        Pose(
            yaw=0.07 * liveliness * float(np.sin(1.9 * t + phases[0])),
            pitch=0.06 * liveliness * float(np.sin(1.3 * t + phases[1])),
            shift=(
                3 * liveliness * float(np.sin(0.9 * t + phases[2])),
                2 * liveliness * float(np.sin(1.1 * t + phases[3])),
            ),
        )
        for t in times
    ]


def looks(name: str) -> list[bytes]:
    """Return three photos of somebody: one as it is, and two more looks at it."""
    actor = Actor.named(name)
    return [photo(name), *(jpeg(actor.frame(pose)) for pose in hold(0.2)[:2])]


def perform(acts: Iterable[Act], pause: float = 0.6) -> Script:
    """Do as one was asked, with a pause before, between and after."""
    script = [*hold(pause)]
    for number, act in enumerate(acts):
        script += _act(act)
        script += hold(pause, number + 2)
    return script


def _act(act: Act) -> Script:
    if act is Act.BLINK:
        return [Pose(shut=shut) for shut in (0.5, 1.0, 1.0, 1.0, 0.5)]
    way = 1 if act is Act.TURN_LEFT else -1
    swing = np.sin(np.linspace(0, np.pi, round(1.2 * FPS)))
    return [Pose(yaw=float(0.9 * way * each)) for each in swing]


def record(actor: Actor, script: Script, *, flat: bool = False, form: str = "mp4") -> bytes:
    """Return a clip of somebody who follows a script."""
    return encode((actor.frame(pose, flat=flat) for pose in script), form)


CODECS: Final = {"webm": "VP80", "vp9": "VP90", "mp4": "mp4v"}
SUFFIXES: Final = {"webm": "webm", "vp9": "webm", "mp4": "mp4"}


def encode(frames: Iterable[Pixels], form: str = "mp4", fps: float = FPS) -> bytes:
    """Return frames as a clip."""
    with TemporaryDirectory(prefix="watchword-clips-") as folder:
        path = Path(folder) / f"clip.{SUFFIXES[form]}"
        writer: cv2.VideoWriter | None = None
        for frame in frames:
            if writer is None:
                size = (frame.shape[1], frame.shape[0])
                codec = cv2.VideoWriter.fourcc(*CODECS[form])
                writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, codec, fps, size)
            writer.write(frame)
        assert writer is not None
        writer.release()
        return path.read_bytes()


def scenery() -> Pixels:
    """Return a picture of nobody."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    waves = (
        np.stack([rows, columns, SIDE - rows], axis=-1) / 2 + 10 * np.sin(columns / 9)[..., None]
    )
    return cast("Pixels", np.clip(waves, 0, 255).astype(np.uint8))


def jpeg(image: Pixels) -> bytes:
    """Return a picture as a photo."""
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return content.tobytes()
