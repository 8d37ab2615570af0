"""What heads Oz's OpenAPI document, and the shapes that depend on the settings."""

from typing import Final
from uuid import UUID

from watchword.dialects.oz.schemas import (
    ErrorBody,
    SessionBodyInApi5,
    SessionBodyInApi6,
    UserBody,
    UserBody5,
    UserPage,
    UserPage5,
)
from watchword.dialects.oz.settings import Settings, is_api_5
from watchword.web.about import Outline

__all__ = ["OUTLINE", "session_shape", "user_page_shape", "user_shape"]

OUTLINE: Final = Outline(
    title="Oz API",
    summary="""\
Accounts, companies, tokens, folders, media and analyses, as Oz Forensics has them.

1. Try `POST /api/authorize/auth` with your e-mail address and password, and copy the
   `access_token` of its answer.
2. Under **Authentication**, set `X-Forensic-Access-Token` to it. Every other call works now, as far
   as your role goes.
""",
    openapi="3.1.0",
    security={
        "access_token": {"type": "apiKey", "in": "header", "name": "X-Forensic-Access-Token"}
    },
    refusal=ErrorBody,
    names={
        "user_id": UUID,
        "company_id": UUID,
        "folder_id": UUID,
        "media_id": UUID,
        "analyse_id": UUID,
        "collection_id": UUID,
        "person_id": UUID,
        "person_image_id": UUID,
    },
)


def session_shape(settings: Settings) -> type[SessionBodyInApi5 | SessionBodyInApi6]:
    """Return the shape of a session in the generation that answers are written in."""
    return SessionBodyInApi5 if is_api_5(settings) else SessionBodyInApi6


def user_shape(settings: Settings) -> type[UserBody | UserBody5]:
    """Return the shape of a user in the generation that answers are written in."""
    return UserBody5 if is_api_5(settings) else UserBody


def user_page_shape(settings: Settings) -> type[UserPage | UserPage5]:
    """Return the shape of a page of users in the generation that answers are written in."""
    return UserPage5 if is_api_5(settings) else UserPage
