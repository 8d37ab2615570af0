"""What the pages say: every sentence, by its name, in English. Translations are in ``locale``.

What stands in ``_(...)`` the catalogues are made from (``docs/how-to/translate-refusals.md``);
templates and scripts know the sentences by their names.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from types import MappingProxyType
from typing import Final

from watchword.web.catalogues import parse_catalogue
from watchword.web.languages import weigh_languages

__all__ = ["OWN_NAMES", "SENTENCES", "Language", "choose", "said_in"]

FOLDER: Final = Path(__file__).with_name("locale")


class Language(StrEnum):
    """A language of the pages."""

    ENGLISH = "en"
    SPANISH = "es"
    RUSSIAN = "ru"


OWN_NAMES: Final[Mapping[Language, str]] = {
    Language.ENGLISH: "English",
    Language.SPANISH: "Español",
    Language.RUSSIAN: "Русский",
}
"""Each in itself: who looks for a language cannot read the others."""


def _(sentence: str) -> str:
    """Mark a sentence for translators."""
    return sentence


SENTENCES: Final[Mapping[str, str]] = {
    "title": _("Sign in"),
    "skip": _("Skip to the form"),
    "language": _("Language"),
    "where": _("Where to"),
    "switch": _("Go there"),
    "no_script": _("This page needs JavaScript: it films you only while you look at it."),
    # --- the form -------------------------------------------------------------------------------
    "how": _("How do you want to sign in?"),
    "by_password": _("Password"),
    "by_face": _("Face"),
    "step_face": _("Step 1 of 2: your face"),
    "step_password": _("Step 2 of 2: your password"),
    "user_name": _("User name"),
    "user_name_hint": _("You may leave this empty. With your name you are found more surely."),
    "password": _("Password"),
    "show_password": _("Show the password"),
    "submit": _("Sign in"),
    "signing_in": _("Signing in…"),
    "need_user_name": _("Enter your user name."),
    "need_password": _("Enter your password."),
    # --- the camera -----------------------------------------------------------------------------
    "face_intro": _(
        "You will be told what to do before the camera. It takes some seconds."
        " Nothing is kept of the recording."
    ),
    "preview": _("What your camera sees, as in a mirror"),
    "start": _("Turn on the camera"),
    "record": _("I am ready"),
    "cancel": _("Cancel"),
    "again": _("Try again"),
    "progress": _("Recording"),
    "look_ahead": _("Look straight into the camera."),
    "turn_left": _("Turn your head to your left."),
    "turn_right": _("Turn your head to your right."),
    "blink": _("Close your eyes for a moment, and open them."),
    "hold_still": _("Look straight ahead again."),
    "sending": _("Looking…"),
    "camera_on": _("The camera is on. Place your face in the oval."),
    "face_done": _("Your face was recognised. Now enter your password."),
    # --- what can be wrong ------------------------------------------------------------------------
    "insecure": _("The camera works only over https. Ask whoever runs this server."),
    "no_camera": _("No camera was found."),
    "denied": _("This page may not use the camera. Allow it in the browser, and try again."),
    "camera_busy": _("The camera cannot be used. Another program may be using it."),
    "no_recorder": _("This browser cannot record video."),
    "use_password": _("Sign in with your password instead."),
    "face_needed": _("Here nobody is let in without showing a face."),
    "faces_off": _("Faces cannot be recognised on this server now."),
    "refused": _("The user name or the password is wrong."),
    "half_refused": _(
        "The user name or the password is wrong, or they are not those of the face that was shown."
    ),
    "face_refused": _(
        "You were not recognised. See that your face is well lit and alone in the picture, and do"
        " what you are asked for."
    ),
    "challenge_over": _("That took too long. Try again."),
    "proof_over": _("Too much time has passed since your face was shown. Show it again."),
    "unreadable": _("The recording could not be read. Try again."),
    "device_blocked": _("This device is blocked."),
    "forbidden": _("You may not sign in here."),
    "busy": _("The server is busy. Try again in a moment."),
    "offline": _("The server cannot be reached."),
    "fault": _("Something went wrong. Try again."),
    "signed_out": _("You were signed out."),
    # --- who is in --------------------------------------------------------------------------------
    "welcome": _("You are signed in"),
    "name": _("Name"),
    "until": _("Until"),
    "handed_over": _("The API page has your key now. You can close this window."),
    "sign_out": _("Sign out"),
    "gone": _("You are signed out."),
}


@cache
def _catalogue_of(language: Language) -> NullTranslations:
    if language is Language.ENGLISH:
        return NullTranslations()
    return parse_catalogue((FOLDER / f"{language}.po").read_text(encoding="utf-8"))


@cache
def said_in(language: Language) -> Mapping[str, str]:
    """Return every sentence in one language, by its name."""
    catalogue = _catalogue_of(language)
    said = {name: catalogue.gettext(sentence) for name, sentence in SENTENCES.items()}
    return MappingProxyType(said)


def choose(asked: str | None, accepted: str | None) -> Language:
    """Return the language to speak: what the reader picked, or else what the browser wishes for."""
    if asked in set(Language):
        return Language(asked)
    named, any_other = weigh_languages(accepted, {each.value: each for each in Language})
    best = max([*named, *Language], key=lambda language: named.get(language, any_other))
    return best if named.get(best, any_other) > 0 else Language.ENGLISH
