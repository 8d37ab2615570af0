"""What whatever a dialect brings works with: the core, and the settings of that dialect."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from watchword.core.core import Core

__all__ = ["Desk"]

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Desk(Generic[S]):
    """What an endpoint works with: the core and its dialect's settings."""

    core: Core
    settings: S
