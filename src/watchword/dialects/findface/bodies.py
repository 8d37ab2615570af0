"""What the bodies of requests may hold, as the interface describes it itself.

Bodies are read field by field (`watchword.dialects.findface.reading`), because a refusal names the
field; these shapes are for the description alone. What the reading takes beyond them, a number
where text should be for one, is leniency and no promise.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from watchword.dialects.findface.profile import LONGEST_COMMENT, LONGEST_GROUP_NAME
from watchword.dialects.findface.schemas import LONGEST_UUID, Date, Text

__all__ = [
    "AdLogin",
    "BlockPatch",
    "ChallengeRequest",
    "CloseRequest",
    "DetectForm",
    "Form",
    "GroupPatch",
    "Login",
    "NewBlock",
    "NewGroup",
    "NewUser",
    "PhotoForm",
    "PhotoPatch",
    "RightsPatch",
    "SettingsPatch",
    "UserPatch",
    "ValueBody",
    "VideoForm",
    "VideoLoginForm",
]

Form: Final = "multipart/form-data"

# A sign that no reader of expressions takes for white space.
SIGN: Final = r"[^\s\x00-\x20\x7f-\x9f\ufeff]"
WORD: Final = rf"^[^\x00]*{SIGN}[^\x00]*$"
# One without a colon.
LOGIN: Final = r"^[^:\x00]*[^:\s\x00-\x20\x7f-\x9f\ufeff][^:\x00]*$"

DeviceKey = Annotated[str, Meta(min_length=1, max_length=LONGEST_UUID, pattern=WORD)]
LoginName = Annotated[str, Meta(min_length=1, max_length=80, pattern=LOGIN)]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=WORD)]
Reason = Annotated[str, Meta(min_length=1, max_length=512, pattern=WORD)]
RoleName = Annotated[str, Meta(min_length=1, max_length=LONGEST_GROUP_NAME, pattern=WORD)]
Comment = Annotated[str, Meta(max_length=LONGEST_COMMENT, pattern=r"^[^\x00]*$")]
Cover = Annotated[str, Meta(min_length=1, max_length=32)]
Proof = Annotated[str, Meta(min_length=1, pattern=WORD)]
File = Annotated[str, Meta(extra_json_schema={"format": "binary"})]
Pixels = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
RoleNumber = Annotated[int, Meta(ge=1, lt=10**18)]
LanguageCode = Literal["en-us", "es", "ru"]


class _Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all have in common: a field that may be left out has no value."""


class AdLogin(_Body, frozen=True, kw_only=True):
    """Which device asks to be let in."""

    uuid: DeviceKey
    mobile: bool = False
    device_info: dict[str, object] = {}


class Login(AdLogin, frozen=True, kw_only=True):
    """Which device asks to be let in, and the token of a face login where one is needed."""

    video_auth_token: Proof | UnsetType = UNSET


class ChallengeRequest(_Body, frozen=True, kw_only=True):
    """Which device is about to film a face."""

    uuid: DeviceKey


class VideoForm(_Body, frozen=True, kw_only=True):
    """A short recording of a face, and the nonce of the challenge that it meets, if any."""

    video: File
    challenge: Annotated[str, Meta(max_length=256)] | UnsetType = UNSET


class VideoLoginForm(VideoForm, frozen=True, kw_only=True):
    """A short recording of a face, which device asks to be let in, and whose face it may be."""

    uuid: DeviceKey
    mobile: bool = False
    device_info: dict[str, object] = {}
    name: Text | UnsetType = UNSET


class DetectForm(_Body, frozen=True, kw_only=True):
    """A photo to look for faces in."""

    photo: File


class CloseRequest(_Body, frozen=True, kw_only=True):
    """Which sessions to close."""

    id_in: list[Annotated[str, Meta(min_length=1, pattern=WORD)]]


class BlockPatch(_Body, frozen=True, kw_only=True):
    """What may change of a block."""

    reason: Reason | UnsetType = UNSET
    expire_date: Date | UnsetType | None = UNSET


class NewBlock(_Body, frozen=True, kw_only=True):
    """A device to keep out, why, and until when."""

    uuid: DeviceKey
    reason: Reason
    expire_date: Date | UnsetType | None = UNSET


class UserPatch(_Body, frozen=True, kw_only=True):
    """What is to change of a user."""

    active: bool | UnsetType = UNSET
    name: LoginName | UnsetType = UNSET
    password: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    primary_group: RoleNumber | UnsetType = UNSET
    groups: list[RoleNumber] | UnsetType = UNSET
    real_name: Name | UnsetType = UNSET
    comment: Comment | UnsetType = UNSET
    language: LanguageCode | UnsetType = UNSET
    face_cover: Cover | UnsetType | None = UNSET


class NewUser(_Body, frozen=True, kw_only=True):
    """A new user."""

    active: bool
    name: LoginName
    password: Annotated[str, Meta(min_length=1)]
    primary_group: RoleNumber
    real_name: Name
    groups: list[RoleNumber] | UnsetType = UNSET
    comment: Comment | UnsetType = UNSET
    language: LanguageCode | UnsetType = UNSET
    face_cover: Cover | UnsetType | None = UNSET


class DirectoryGroup(_Body, frozen=True, kw_only=True):
    """A group of a directory; null is none."""

    group_guid: UUID | None


class GroupPatch(_Body, frozen=True, kw_only=True):
    """What is to change of a role."""

    name: RoleName | UnsetType = UNSET
    permissions: list[str] | UnsetType = UNSET
    ad_group: DirectoryGroup | UnsetType | None = UNSET


class NewGroup(_Body, frozen=True, kw_only=True):
    """A role."""

    name: RoleName
    permissions: list[str] | UnsetType = UNSET
    ad_group: DirectoryGroup | UnsetType | None = UNSET


class RightsPatch(_Body, frozen=True, kw_only=True):
    """The right of each role to an object, by the role's number; null takes it away."""

    permissions: Mapping[str, Literal["view", "edit"] | None]


class ValueBody(_Body, frozen=True, kw_only=True):
    """A value to keep."""

    value: Text
    key: Text | UnsetType = UNSET


class PhotoPatch(_Body, frozen=True, kw_only=True):
    """What is to change of a photo."""

    user: RoleNumber | UnsetType = UNSET
    frame_coords_left: Pixels | UnsetType = UNSET
    frame_coords_top: Pixels | UnsetType = UNSET
    frame_coords_right: Pixels | UnsetType = UNSET
    frame_coords_bottom: Pixels | UnsetType = UNSET


class PhotoForm(_Body, frozen=True, kw_only=True):
    """A photo of a user."""

    user: RoleNumber
    source_photo: File | UnsetType = UNSET
    create_from: str | UnsetType = UNSET
    mf_selector: Literal["reject", "biggest"] | UnsetType = UNSET
    frame_coords_left: Pixels | UnsetType = UNSET
    frame_coords_top: Pixels | UnsetType = UNSET
    frame_coords_right: Pixels | UnsetType = UNSET
    frame_coords_bottom: Pixels | UnsetType = UNSET


class SettingsPatch(_Body, frozen=True, kw_only=True):
    """What is to change of the run-time settings."""
