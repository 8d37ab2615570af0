"""What a worker and the process that looks say to each other: a line of JSON, and bytes behind it.

Neither trusts the other with more than it must: what comes from the process that looks at what
strangers sent is checked like anything that strangers sent.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final, cast

from watchword.core.faces import Act, FaceBox, FaceFault, FoundFace, Sighting, Template, Tier
from watchword.faces.templates import is_unit

__all__ = [
    "Answer",
    "GarbledError",
    "Task",
    "read_answer",
    "read_greeting",
    "read_task",
    "write_answer",
    "write_greeting",
    "write_task",
]

LONGEST_LINE: Final = 4_194_304
"""Bytes: 50 faces with their thumbnails."""
VECTOR_BYTES: Final = 512
SCORES: Final = frozenset({"motion", "identity", "turn", "blink", "pad"})

Answer = Sequence[FoundFace] | Sighting | FaceFault


class GarbledError(Exception):
    """What was said makes no sense, or the other end is gone."""


@dataclass(frozen=True, slots=True)
class Task:
    """A photo to find faces on, or a clip to watch. ``acts`` None: a photo."""

    content: bytes = field(repr=False)
    acts: Sequence[Act] | None = None


def write_task(stream: IO[bytes], task: Task) -> None:
    """Say what to look at. Raises ``OSError`` if nobody listens."""
    acts = None if task.acts is None else list(task.acts)
    stream.write(json.dumps({"size": len(task.content), "acts": acts}).encode() + b"\n")
    stream.write(task.content)
    stream.flush()


def read_task(stream: IO[bytes]) -> Task | None:
    """Return what to look at next; None once there will be nothing more."""
    line = stream.readline(LONGEST_LINE)
    if not line:
        return None
    head = json.loads(line)
    acts = None if head["acts"] is None else [Act(act) for act in head["acts"]]
    return Task(stream.read(int(head["size"])), acts)


def write_greeting(stream: IO[bytes], problem: str) -> None:
    """Say that one is ready, or what the problem is."""
    stream.write(json.dumps({"problem": problem}).encode() + b"\n")
    stream.flush()


def read_greeting(stream: IO[bytes]) -> str:
    """Return what the problem is; nothing if there is none. Raises `GarbledError`."""
    try:
        return str(json.loads(stream.readline(LONGEST_LINE))["problem"])
    except (ValueError, KeyError, TypeError) as error:
        raise GarbledError from error


def write_answer(stream: IO[bytes], answer: Answer) -> None:
    """Say what was seen."""
    stream.write(json.dumps(_encode(answer)).encode() + b"\n")
    stream.flush()


def read_answer(stream: IO[bytes], model: str) -> Answer:
    """Return what was seen. Raises `GarbledError`."""
    line = stream.readline(LONGEST_LINE)
    try:
        return _decode(json.loads(line), model)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GarbledError from error


def _encode(answer: Answer) -> object:
    match answer:
        case FaceFault():
            return {"fault": answer.value}
        case Sighting():
            return {
                "vector": _text(answer.template.vector),
                "tiers": sorted(answer.tiers),
                "liveness": dict(answer.liveness),
            }
        case _:
            return {"faces": [_encode_face(face) for face in answer]}


def _encode_face(face: FoundFace) -> Mapping[str, object]:
    return {
        "box": asdict(face.box),
        "score": face.score,
        "quality": face.quality,
        "vector": _text(face.template.vector),
        "thumbnail": _text(face.thumbnail),
    }


def _decode(said: Mapping[str, Any], model: str) -> Answer:
    if "fault" in said:
        return FaceFault(said["fault"])
    if "faces" in said:
        return [_decode_face(face, model) for face in said["faces"]]
    liveness = {name: _share(value) for name, value in said["liveness"].items() if name in SCORES}
    tiers = frozenset(Tier(tier) for tier in said["tiers"])
    return Sighting(_template(said, model), tiers, liveness)


def _decode_face(said: Mapping[str, Any], model: str) -> FoundFace:
    box = cast("Mapping[str, int]", said["box"])
    left, top, right, bottom = (int(box[key]) for key in ("left", "top", "right", "bottom"))
    return FoundFace(
        FaceBox(left, top, right, bottom),
        _share(said["score"]),
        _share(said["quality"]),
        _template(said, model),
        b64decode(said["thumbnail"], validate=True),
    )


def _template(said: Mapping[str, Any], model: str) -> Template:
    """Return a template. A longer one than it may be would be like everybody."""
    template = Template(model, b64decode(said["vector"], validate=True))
    if len(template.vector) != VECTOR_BYTES or not is_unit(template):
        raise ValueError("a template has 128 numbers of length one")
    return template


def _share(value: object) -> float:
    """Return a number from 0 to 1. Raises ``ValueError`` for anything else."""
    number = float(cast("float", value))
    if not 0 <= number <= 1:
        raise ValueError("not a number from 0 to 1")
    return number


def _text(content: bytes) -> str:
    return b64encode(content).decode("ascii")
