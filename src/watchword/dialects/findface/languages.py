"""The languages that this vendor's servers speak, and which of them a request asks for."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

__all__ = ["Language", "preferred"]


class Language(StrEnum):
    """A language of messages. *Documented* (seed 002): exactly these three, in this spelling."""

    ENGLISH = "en-us"
    SPANISH = "es"
    RUSSIAN = "ru"


# *Observed* (wire contract FindFace 1): the vendor's client sends ``en-US`` and bare ``en``, so the
# part before the hyphen decides.
BY_PRIMARY_TAG: Final[Mapping[str, Language]] = {
    "en": Language.ENGLISH,
    "es": Language.SPANISH,
    "ru": Language.RUSSIAN,
}

LONGEST_WISH: Final = 500
"""Characters of a header that is looked at; a longer one is nobody's list of languages."""

_WEIGHT: Final = re.compile(r"q=(?P<weight>[01](?:\.[0-9]{0,3})?)", re.IGNORECASE)


def preferred(accepted: str | None) -> Language | None:
    """Return the language of an ``Accept-Language`` header, or None if it names none of ours."""
    if accepted is None or len(accepted) > LONGEST_WISH:
        return None
    best: Language | None = None
    best_weight = 0.0
    for wish in accepted.split(","):
        tag, _, parameter = wish.partition(";")
        language = BY_PRIMARY_TAG.get(tag.strip().lower().partition("-")[0])
        weight = _weight(parameter.strip())
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    """Return how much a language is wished for (RFC 9110 section 12.4.2); nonsense is *not*."""
    if not parameter:
        return 1.0
    found = _WEIGHT.fullmatch(parameter)
    return float(found["weight"]) if found else 0.0
