"""Which of a few languages a request asks for: ``Accept-Language`` (RFC 9110 section 12.5.4)."""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

__all__ = ["weigh_languages"]

L = TypeVar("L")

LONGEST_WISH: Final = 500
"""Characters of a header that is looked at; a longer one is nobody's list of languages."""

_WEIGHT: Final = re.compile(r"q=(?P<weight>[01](?:\.[0-9]{0,3})?)", re.IGNORECASE)


def weigh_languages(
    accepted: str | None, by_primary_tag: Mapping[str, L]
) -> tuple[dict[L, float], float]:
    """Return how much each language is wished for that is named, and how much any other.

    What stands before the first hyphen decides which language is meant.
    """
    named: dict[L, float] = {}
    any_other = 0.0
    if accepted is None or len(accepted) > LONGEST_WISH:
        return named, any_other
    for wish in accepted.split(","):
        tag, _, parameter = wish.partition(";")
        weight = _weight(parameter.strip())
        if tag.strip() == "*":
            any_other = max(any_other, weight)
        language = by_primary_tag.get(tag.strip().lower().partition("-")[0])
        if language is not None:
            named[language] = max(named.get(language, 0.0), weight)
    return named, any_other


def _weight(parameter: str) -> float:
    """Return how much a language is wished for (RFC 9110 section 12.4.2); nonsense is *not*."""
    if not parameter:
        return 1.0
    found = _WEIGHT.fullmatch(parameter)
    return float(found["weight"]) if found else 0.0
