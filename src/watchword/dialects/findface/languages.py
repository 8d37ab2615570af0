"""The languages that this vendor's servers speak, and which of them a request asks for."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

__all__ = ["Language", "choose"]


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


def choose(accepted: str | None, usual: Sequence[Language]) -> Language:
    """Return the language to speak: what an ``Accept-Language`` header wishes for most.

    Where it does not say (RFC 9110 section 12.5.4: ``*`` is any), the first of ``usual``; where it
    names none that is spoken here, that one, too.
    """
    named, any_other = _wishes(accepted)
    wanted = [*named, *usual, *Language]
    best = max(wanted, key=lambda language: named.get(language, any_other))
    return best if named.get(best, any_other) > 0 else usual[0]


def _wishes(accepted: str | None) -> tuple[Mapping[Language, float], float]:
    """Return how much each language is wished for that is named, and how much any other."""
    named: dict[Language, float] = {}
    any_other = 0.0
    if accepted is None or len(accepted) > LONGEST_WISH:
        return named, any_other
    for wish in accepted.split(","):
        tag, _, parameter = wish.partition(";")
        weight = _weight(parameter.strip())
        if tag.strip() == "*":
            any_other = max(any_other, weight)
        language = BY_PRIMARY_TAG.get(tag.strip().lower().partition("-")[0])
        if language is not None:
            named[language] = max(named.get(language, 0.0), weight)
    return named, any_other


def _weight(parameter: str) -> float:
    """Return how much a language is wished for (RFC 9110 section 12.4.2); nonsense is *not*."""
    if not parameter:
        return 1.0
    found = _WEIGHT.fullmatch(parameter)
    return float(found["weight"]) if found else 0.0
