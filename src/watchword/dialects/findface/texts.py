"""What the server says: every sentence, in English. The translations are in ``locale``.

The English sentences are the vendor's, or those of the framework that its server shows to be built
on (wire contract FindFace 1.2). What stands in ``Text(...)`` and ``counted(...)`` the catalogues
are made from, so no sentence stands anywhere else (``docs/how-to/translate-refusals.md``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from watchword.dialects.findface.catalogues import catalogue_of
from watchword.dialects.findface.languages import Language

__all__ = ["Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence. ``{names}`` in it stand for facts, of which some are texts themselves.

    ``several`` is the sentence where ``{limit}`` is not one (`counted`).
    """

    one: str
    several: str = ""
    facts: Mapping[str, object] = field(default_factory=dict[str, object])

    def about(self, **facts: object) -> "Text":
        """Return the sentence with facts in their places."""
        return replace(self, facts={**self.facts, **facts})

    def said_in(self, language: Language) -> str:
        """Return the sentence in one language."""
        catalogue = catalogue_of(language)
        facts = {
            name: fact.said_in(language) if isinstance(fact, Text) else fact
            for name, fact in self.facts.items()
        }
        if self.several:
            limit = int(str(facts["limit"]))
            return catalogue.ngettext(self.one, self.several, limit).format(**facts)
        return catalogue.gettext(self.one).format(**facts)


def counted(one: str, several: str) -> Text:
    """Return a sentence with a ``{limit}``, in English for one and for several.

    A language may have more forms; its catalogue has them all.
    """
    return Text(one, several)


# --- who is calling ------------------------------------------------------------------------------

NOT_PROVIDED: Final = Text("Authentication credentials were not provided.")
WRONG_PASSWORD: Final = Text("Invalid username/password.")
UNKNOWN_FACE: Final = Text("Face not recognized.")
INVALID_TOKEN: Final = Text("Invalid token.")
INACTIVE: Final = Text("User inactive or deleted.")
EMPTY_BASIC: Final = Text("Invalid basic header. No credentials provided.")
SPACED_BASIC: Final = Text("Invalid basic header. Credentials string should not contain spaces.")
MISCODED_BASIC: Final = Text("Invalid basic header. Credentials not correctly base64 encoded.")
EMPTY_TOKEN: Final = Text("Invalid token header. No credentials provided.")
SPACED_TOKEN: Final = Text("Invalid token header. Token string should not contain spaces.")

# --- what is wrong with a field -------------------------------------------------------------------

REQUIRED: Final = Text("This field is required.")
NULL: Final = Text("This field may not be null.")
BLANK: Final = Text("This field may not be blank.")
TOO_LONG: Final = counted(
    "Ensure this field has no more than {limit} characters.",
    "Ensure this field has no more than {limit} characters.",
)
NOT_A_STRING: Final = Text("Not a valid string.")
NOT_A_BOOLEAN: Final = Text("Must be a valid boolean.")
NOT_AN_INTEGER: Final = Text("A valid integer is required.")
NOT_A_UUID: Final = Text("Must be a valid UUID.")
NOT_A_DICTIONARY: Final = Text('Expected a dictionary of items but got type "{found}".')
NOT_A_DATE: Final = Text(
    "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)
NOT_A_LIST: Final = Text('Expected a list of items but got type "{found}".')
NOT_AN_ADDRESS: Final = Text("Enter a valid IPv4 or IPv6 address.")
NO_OBJECT: Final = Text('Invalid pk "{found}" - object does not exist.')
BUILT_IN_ROLE: Final = Text("A built-in role cannot be changed in this way.")
ROLE_IN_USE: Final = Text("This role is somebody's primary role.")
NO_PHOTOS: Final = Text("This server keeps no photos of users.")
NO_SOURCE: Final = Text("source_photo must be provided")
SEVERAL_FACES: Final = Text("Expected one object, found {found}")
POOR_PHOTO: Final = Text("All objects on a photo are of low quality or no objects found")
NO_IMAGE: Final = Text(
    "Upload a valid image. The file you uploaded was either not an image or a corrupted image."
)
OTHER_FACE: Final = Text("This face is not like the one on the user's other photos.")
ENOUGH_PHOTOS: Final = Text("This user has as many photos as a user may have.")
NO_FILE: Final = Text("No file was submitted.")
NOT_A_FILE: Final = Text("The submitted data was not a file. Check the encoding type on the form.")
EMPTY_FILE: Final = Text("The submitted file is empty.")
NO_VIDEO: Final = Text("The submitted file is not a video that can be read.")
CHALLENGE_OVER: Final = Text("This challenge is over. Ask for another one.")
NOT_A_CHOICE: Final = Text('"{found}" is not a valid choice.')
NULL_CHARACTERS: Final = Text("Null characters are not allowed.")
NOT_UNIQUE: Final = Text("This field must be unique.")
NO_COLON: Final = Text("A name cannot hold a colon: HTTP Basic would end it there.")
ONE_ADDRESS: Final = Text("This user has an e-mail address; its name cannot be another one.")
MALFORMED: Final = Text("Malformed request.")

# --- what is wrong with a password ----------------------------------------------------------------

TOO_SHORT: Final = counted(
    "This password is too short. It must contain at least {limit} character.",
    "This password is too short. It must contain at least {limit} characters.",
)
ONLY_DIGITS: Final = Text("This password is entirely numeric.")
TOO_COMMON: Final = Text("This password is too common.")
TOO_SIMILAR: Final = Text("The password is too similar to the {found}.")
KEPT_ELSEWHERE: Final = Text("The directory keeps this of its users; it is changed there.")
NOT_ASCII: Final = Text("The password may contain ASCII characters only.")

# --- everything else ------------------------------------------------------------------------------

DENIED: Final = Text("Permission denied")
DEVICE_BLOCKED: Final = Text("This device is blocked.")
NOT_FOUND: Final = Text("Not found.")
NO_SUCH: Final = Text("No {model} matches the given query.")
NOT_ALLOWED: Final = Text('Method "{method}" not allowed.')
TOO_LARGE: Final = Text("The request body is too large.")
BUSY: Final = Text("The service is temporarily unavailable, try again later.")
THROTTLED: Final = counted(
    "Request was throttled. Expected available in {limit} second.",
    "Request was throttled. Expected available in {limit} seconds.",
)
BROKEN: Final = Text("A server error occurred.")

# --- what a user's own data are called --------------------------------------------------

USER_NAME: Final = Text("username")
REAL_NAME: Final = Text("real name")
