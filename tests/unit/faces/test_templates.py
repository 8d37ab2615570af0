"""Templates are compared on the scale that operators and clients know."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.faces import Template
from watchword.faces.templates import blend, likeness_of, likenesses

MODEL = "a" * 64


def template(*numbers: float, model: str = MODEL) -> Template:
    length = math.sqrt(sum(number**2 for number in numbers))
    return Template(model, struct.pack(f"<{len(numbers)}f", *(n / length for n in numbers)))


def at(cosine: float) -> Template:
    """Return what has so much in common with ``template(1, 0)``."""
    return template(cosine, math.sqrt(1 - cosine**2))


VECTORS = st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8).filter(
    lambda numbers: sum(number**2 for number in numbers) > 0.01
)


class TestLikeness:
    @pytest.mark.parametrize(
        ("cosine", "likeness"),
        [(1, 1), (0.55, 0.766), (0.5, 0.74), (0.45, 0.714), (0, 0.48), (-1, 0)],
    )
    def test_a_cosine_has_its_place_on_the_vendors_scale(
        self, cosine: float, likeness: float
    ) -> None:
        assert likenesses(MODEL, template(1, 0), [at(cosine)]) == pytest.approx(
            [likeness], abs=1e-6
        )

    def test_a_margin_of_cosines_is_as_wide_everywhere(self) -> None:
        assert likeness_of(0.63) - likeness_of(0.55) == pytest.approx(0.0416)
        assert likeness_of(0.43) - likeness_of(0.35) == pytest.approx(0.0416)

    @given(st.lists(VECTORS, min_size=2, max_size=5))
    def test_it_is_what_numpy_says(self, vectors: list[list[float]]) -> None:
        one, *others = [template(*vector) for vector in vectors]
        arrays = [np.frombuffer(each.vector, "<f4").astype(float) for each in (one, *others)]

        found = likenesses(MODEL, one, others)

        expected = [likeness_of(float(arrays[0] @ other)) for other in arrays[1:]]
        assert found == pytest.approx(expected, abs=1e-6)

    @given(VECTORS, VECTORS)
    def test_it_is_the_same_both_ways_and_within_its_bounds(
        self, one: list[float], other: list[float]
    ) -> None:
        (way,) = likenesses(MODEL, template(*one), [template(*other)])
        (back,) = likenesses(MODEL, template(*other), [template(*one)])

        assert way == back
        assert 0 <= way <= 1

    def test_vectors_of_two_sizes_are_not_compared(self) -> None:
        with pytest.raises(ValueError, match="one size"):
            likenesses(MODEL, template(1, 0), [template(1, 0, 0)])

    def test_what_is_no_vector_is_not_compared(self) -> None:
        with pytest.raises(ValueError, match="bytes length"):
            likenesses(MODEL, template(1, 0), [Template(MODEL, b"abc")])


class TestBlend:
    def test_it_lies_in_the_middle_and_is_as_long(self) -> None:
        middle = blend(MODEL, [template(1, 0), template(0, 1)])

        x, y = struct.unpack("<2f", middle.vector)
        assert (x, y) == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)))

    def test_what_cancels_itself_out_has_no_middle(self) -> None:
        with pytest.raises(ValueError, match="cancel"):
            blend(MODEL, [template(1, 0), template(-1, 0)])

    def test_vectors_of_two_sizes_have_no_middle(self) -> None:
        with pytest.raises(ValueError, match="argument"):
            blend(MODEL, [template(1, 0), template(1, 0, 0)])


class TestBytes:
    def test_they_are_turned_around_where_a_machine_counts_from_the_other_end(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        turned = [
            Template(MODEL, struct.pack(">2f", *struct.unpack("<2f", each.vector)))
            for each in (template(1, 0), at(0.5))
        ]
        monkeypatch.setattr("watchword.faces.templates.sys.byteorder", "big")

        assert likenesses(MODEL, turned[0], turned[1:]) == pytest.approx([0.74])
        assert blend(MODEL, [turned[0]]) == turned[0]
