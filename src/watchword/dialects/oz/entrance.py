"""What the sign-in page offers of this door (*chosen*: the vendor has a page of its own)."""

from typing import Final

from watchword.dialects.oz.outline import OUTLINE
from watchword.dialects.oz.settings import Settings
from watchword.web.entrance import Entrance

__all__ = ["ENTRANCE"]


def is_offered(settings: Settings) -> bool:
    """Say whether the settings want people to sign in there."""
    return settings.sign_in_page


ENTRANCE: Final = Entrance("oz", OUTLINE.title, "access_token", is_offered)
"""The key is set as it is, without a word in front (seed 000)."""
