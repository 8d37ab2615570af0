"""What ``watchword doctor`` finds."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Finding", "Level"]


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WEAK = "weak"
    """It works, but current norms ask for more."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    subject: str
    remark: str
