"""What the sign-in page offers of this door (*chosen*: the vendor has a page of its own)."""

from typing import Final

from watchword.dialects.findface.outline import TOKEN
from watchword.dialects.findface.settings import Settings
from watchword.web.entrance import Entrance

__all__ = ["ENTRANCE"]


def is_offered(settings: Settings) -> bool:
    """Say whether the settings want people to sign in there."""
    return settings.sign_in_page


ENTRANCE: Final = Entrance("findface", "FindFace", TOKEN, is_offered, prefix="Token ")
