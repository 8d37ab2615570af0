"""Kinds of numbers that several tables have."""

from typing import Annotated

import msgspec

__all__ = ["Natural", "Positive"]

Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Natural = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
