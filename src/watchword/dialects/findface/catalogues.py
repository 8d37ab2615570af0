"""The translations of what the server says: ``locale/*.po``, each read when it is first needed."""

from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Final

from watchword.dialects.findface.languages import Language
from watchword.web.catalogues import parse_catalogue

__all__ = ["catalogue_of"]

FOLDER: Final = Path(__file__).with_name("locale")


@cache
def catalogue_of(language: Language) -> NullTranslations:
    """Return the translations into a language. The sentences themselves are in English."""
    if language is Language.ENGLISH:
        return NullTranslations()
    return parse_catalogue((FOLDER / f"{language}.po").read_text(encoding="utf-8"))
