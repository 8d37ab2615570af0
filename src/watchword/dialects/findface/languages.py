"""The languages that this vendor's servers speak, and which of them a request asks for."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from watchword.web.languages import weigh_languages

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


def choose(accepted: str | None, usual: Sequence[Language]) -> Language:
    """Return the language to speak: what an ``Accept-Language`` header wishes for most.

    Where it does not say (RFC 9110 section 12.5.4: ``*`` is any), the first of ``usual``; where it
    names none that is spoken here, that one, too.
    """
    named, any_other = weigh_languages(accepted, BY_PRIMARY_TAG)
    wanted = [*named, *usual, *Language]
    best = max(wanted, key=lambda language: named.get(language, any_other))
    return best if named.get(best, any_other) > 0 else usual[0]
