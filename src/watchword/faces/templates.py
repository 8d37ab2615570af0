"""Comparing templates. Without numpy: a worker that never looks at a pixel needs none.

A comparison takes a few microseconds, so this is for one against one, or against a small gallery.
"""

import math
import sys
from array import array
from collections.abc import Sequence
from operator import mul
from typing import Final

from watchword.core.faces import Template

__all__ = ["blend", "is_unit", "likeness_of", "likenesses"]

AT_NOUGHT: Final = 0.48
A_COSINE: Final = 0.52
"""Both decide what a cosine is as a likeness (decision 0700): 0.74 for 0.50, and 1 for 1."""

FLOAT: Final = "f"
SLACK: Final = 1e-3
"""What 32-bit floats may miss of a length, many times over."""


def likenesses(model: str, template: Template, others: Sequence[Template]) -> Sequence[float]:
    """Return how alike a face is to each of others. Raises ``ValueError`` for another model's."""
    _require(model, [template, *others])
    own = _unpack(template)
    return [likeness_of(_cosine(own, _unpack(other))) for other in others]


def blend(model: str, templates: Sequence[Template]) -> Template:
    """Return the mean of templates, as long as each of them. Raises ``ValueError``."""
    if not templates:
        raise ValueError("there is nothing to blend")
    _require(model, templates)
    sums = [math.fsum(values) for values in zip(*map(_unpack, templates), strict=True)]
    length = math.sqrt(math.fsum(map(mul, sums, sums)))
    if length == 0:
        raise ValueError("there is nothing to blend: the templates cancel each other out")
    return Template(model, _pack([value / length for value in sums]))


def likeness_of(cosine: float) -> float:
    """Return a cosine on the scale that operators and clients know."""
    return min(1.0, max(0.0, AT_NOUGHT + A_COSINE * cosine))


def is_unit(template: Template) -> bool:
    """Say whether a template is as long as it must be; one that holds no numbers is not."""
    numbers = _unpack(template)
    return abs(math.fsum(map(mul, numbers, numbers)) - 1) < SLACK


def _require(model: str, templates: Sequence[Template]) -> None:
    if any(template.model != model for template in templates):
        raise ValueError("templates of another model are not compared")


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the cosine of two vectors of length one. Raises ``ValueError`` for unequal ones."""
    if len(one) != len(other):
        raise ValueError("templates of a model have one size")
    return math.fsum(map(mul, one, other))


def _unpack(template: Template) -> "array[float]":
    """Return the numbers of a template. Raises ``ValueError`` if these are no numbers."""
    numbers = array(FLOAT)
    numbers.frombytes(template.vector)
    return _in_our_order(numbers)


def _pack(numbers: Sequence[float]) -> bytes:
    return _in_our_order(array(FLOAT, numbers)).tobytes()


def _in_our_order(numbers: "array[float]") -> "array[float]":
    """Turn little-endian numbers into this machine's, and back."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
