"""What is measured of faces becomes lines of a table and a picture."""

import struct
from pathlib import Path

import pytest

from bench.face_curve import draw_curve
from bench.face_rows import face_rows
from bench.faces import Costs, FaceFigures, Meanwhile, Scores, rates, scores_of
from watchword.core.faces import FaceBox, FaceFault, FoundFace, Template
from watchword.faces.engine import Engine
from watchword.faces.weights import EMBEDDING_MODEL

SCORES = Scores(genuine=[0.7, 0.8, 0.9, 0.95], impostor=[0.4, 0.5, 0.6, 0.75, 0.75], people=3)
FIGURES = FaceFigures(
    Costs(photo_ms=40.0, clip_ms=200.0, acts_ms=500.0),
    SCORES,
    Meanwhile(
        login_ms=230.0,
        alone_ms=1.0,
        beside_ms=2.0,
        seconds=8.0,
        looker=180_000_000,
        worker=59_000_000,
    ),
)


class Reader(Engine):
    """Finds on each photo the face of whoever its first byte is; nobody on an empty one."""

    def __init__(self) -> None:
        self.box = FaceBox(0, 0, 9, 9)

    def find(self, image: bytes) -> list[FoundFace] | FaceFault:
        if not image:
            return FaceFault.UNREADABLE
        vector = [0.0] * 128
        vector[image[0]] = 1.0
        template = Template(EMBEDDING_MODEL, struct.pack("<128f", *vector))
        return [FoundFace(self.box, 1.0, 1.0, template)] if image != b"0" else []


class TestScores:
    def test_every_photo_is_compared_with_every_other(self) -> None:
        photos = [("ann", b"\1"), ("ann", b"\1"), ("bob", b"\2"), ("nobody", b"0"), ("no", b"")]

        scores = scores_of(Reader(), photos)

        assert scores.genuine == [1.0]
        assert scores.impostor == pytest.approx([0.48, 0.48])
        assert scores.people == 2

    def test_a_threshold_errs_both_ways(self) -> None:
        assert rates(SCORES, 0.74) == {"refused": 0.25, "let in": 0.4}
        assert rates(SCORES, 0.0) == {"refused": 0.0, "let in": 1.0}


class TestLines:
    def test_they_say_what_was_measured(self) -> None:
        told = {row.title: row for row in face_rows(FIGURES)}

        assert told["face: logins by 1.5 s, of one core"].figure == "5.0/s"
        assert told["face: at 0.74 wrongly refused, wrongly let in"].figure == "25.0%, 40.0%"
        assert told["face: a login by 1.5 s, on the clock"].figure == "230 ms"
        assert told["face: the process that looks"].figure == "180 MB"
        assert told["face: 4 pairs of one person, the least alike"].figure == "0.700"

    @pytest.mark.parametrize(("beside_ms", "passed"), [(19.9, True), (20.1, False)])
    def test_the_gate_is_held_to_its_bar(self, beside_ms: float, *, passed: bool) -> None:
        meanwhile = Meanwhile(230.0, 1.0, beside_ms, 8.0, 1, 1)

        (*_, last) = face_rows(FaceFigures(FIGURES.costs, SCORES, meanwhile))

        assert last.passed is passed


class TestThePicture:
    def test_the_same_scores_make_the_same_bytes(self, tmp_path: Path) -> None:
        for name in ("one.png", "other.png"):
            draw_curve(SCORES, tmp_path / name)

        content = (tmp_path / "one.png").read_bytes()
        assert content.startswith(b"\x89PNG")
        assert (tmp_path / "other.png").read_bytes() == content
