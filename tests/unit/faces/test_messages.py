"""A worker and the process that looks understand each other, and trust no more than they must."""

import json
import struct
from base64 import b64encode
from hashlib import sha256
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.faces import Act, FaceBox, FaceFault, FoundFace, Sighting, Template, Tier
from watchword.faces.messages import (
    Answer,
    GarbledError,
    Task,
    read_answer,
    read_greeting,
    read_task,
    write_answer,
    write_greeting,
    write_task,
)

MODEL = "c" * 64


def unit(at: int, length: float = 1.0) -> bytes:
    """Return a vector along one axis."""
    return struct.pack("<128f", *(length if i == at else 0.0 for i in range(128)))


def text(vector: bytes) -> str:
    return b64encode(vector).decode()


SHARES = st.floats(0, 1)
TEMPLATES = st.integers(0, 127).map(lambda at: Template(MODEL, unit(at)))
PIXELS = st.integers(-100, 10_000)
FACES = st.builds(
    FoundFace, st.builds(FaceBox, PIXELS, PIXELS, PIXELS, PIXELS), SHARES, SHARES, TEMPLATES
)
SIGHTINGS = st.builds(
    Sighting,
    TEMPLATES,
    st.frozensets(st.sampled_from(Tier)),
    st.dictionaries(st.sampled_from(["motion", "identity", "turn", "blink", "pad"]), SHARES),
)
ANSWERS = st.lists(FACES, max_size=3) | SIGHTINGS | st.sampled_from(FaceFault)
TASKS = st.builds(
    Task, st.binary(), st.none() | st.lists(st.sampled_from(Act), max_size=3).map(list)
)


def heard(said: object) -> Answer:
    return read_answer(BytesIO(json.dumps(said).encode() + b"\n"), MODEL)


class TestWhatIsSaid:
    @given(st.lists(TASKS, max_size=3))
    def test_tasks_arrive_as_they_were_given(self, tasks: list[Task]) -> None:
        pipe = BytesIO()
        for task in tasks:
            write_task(pipe, task)
        pipe.seek(0)

        assert [read_task(pipe) for _ in tasks] == tasks
        assert read_task(pipe) is None

    @given(ANSWERS)
    def test_answers_arrive_as_they_were_given(self, answer: Answer) -> None:
        pipe = BytesIO()
        write_answer(pipe, answer)
        pipe.seek(0)

        assert read_answer(pipe, MODEL) == answer

    @pytest.mark.parametrize("problem", ["", "a file is not there"])
    def test_so_do_greetings(self, problem: str) -> None:
        pipe = BytesIO()
        write_greeting(pipe, problem)
        pipe.seek(0)

        assert read_greeting(pipe) == problem

    def test_a_task_does_not_show_what_is_in_it(self) -> None:
        assert "secret" not in repr(Task(b"secret"))


GOOD = {"vector": text(unit(0)), "tiers": ["motion"], "liveness": {"motion": 0.5}}
BOX = {"left": 1, "top": 1, "right": 2, "bottom": 2}
FACE = {"box": BOX, "score": 1, "quality": 1, "vector": text(unit(0)), "thumbnail": ""}


class TestWhatIsNotBelieved:
    @pytest.mark.parametrize(
        "said",
        [
            None,
            [],
            "fault",
            7,
            {},
            {"fault": "nothing"},
            {"fault": []},
            {"faces": 3},
            {"faces": [{}]},
            {"faces": [{**FACE, "vector": "AAAA"}]},
            {"faces": [{**FACE, "score": 2}]},
            {"faces": [{**FACE, "quality": "NaN"}]},
            {"faces": [{**FACE, "thumbnail": "no base64"}]},
            {"faces": [{**FACE, "box": {}}]},
            {**GOOD, "vector": "AAAA"},
            {**GOOD, "vector": 5},
            {**GOOD, "vector": text(bytes(512))},
            {**GOOD, "vector": text(unit(0, 1.1))},
            {**GOOD, "vector": text(unit(0, float("nan")))},
            {**GOOD, "vector": text(unit(0, float("inf")))},
            {**GOOD, "tiers": ["all"]},
            {**GOOD, "tiers": 1},
            {**GOOD, "liveness": {"motion": 1.5}},
            {**GOOD, "liveness": {"motion": -0.1}},
            {**GOOD, "liveness": {"motion": "much"}},
            {**GOOD, "liveness": []},
        ],
        ids=lambda said: sha256(repr(said).encode()).hexdigest()[:8],
    )
    def test_what_makes_no_sense_is_no_answer(self, said: object) -> None:
        with pytest.raises(GarbledError):
            heard(said)

    def test_what_the_garbled_ones_vary_is_good(self) -> None:
        assert isinstance(heard(GOOD), Sighting)
        assert len([heard({"faces": [FACE]})]) == 1

    def test_scores_of_unknown_names_are_passed_over(self) -> None:
        answer = heard({**GOOD, "liveness": {"motion": 0.5, "a secret": 0.1}})

        assert isinstance(answer, Sighting)
        assert answer.liveness == {"motion": 0.5}

    @pytest.mark.parametrize("line", [b"", b"\n", b"{", b"\xff\xfe\n", b"[" * 100_000 + b"\n"])
    def test_neither_is_what_cannot_be_read(self, line: bytes) -> None:
        with pytest.raises(GarbledError):
            read_answer(BytesIO(line), MODEL)

    @pytest.mark.parametrize("line", [b"", b"no\n", b"[]\n", b"{}\n", b"3\n"])
    def test_nor_a_greeting_that_is_none(self, line: bytes) -> None:
        with pytest.raises(GarbledError):
            read_greeting(BytesIO(line))

    @given(st.binary(max_size=200))
    def test_any_bytes_are_an_answer_or_garbled(self, line: bytes) -> None:
        try:
            read_answer(BytesIO(line), MODEL)
        except GarbledError:
            garbled = True
        else:
            garbled = False

        assert garbled
