"""What a caller presents to be let in (RFC 6749 section 1.3), and where it comes from."""

from dataclasses import dataclass, field
from datetime import timedelta

from watchword.core.sessions import NO_DEVICE, Device
from watchword.core.subjects import Audience

__all__ = ["FaceGrant", "PasswordGrant", "Visit"]


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    """A login with its password, and a proof where the audience wants a face as well."""

    login: str
    password: str = field(repr=False)
    proof: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FaceGrant:
    """A clip of a face, as bytes that only an engine understands.

    ``challenge`` is the nonce of the challenge that the clip meets, if there was one; ``login`` is
    whose face it is said to be, None where nobody says. ``waited`` is how long it has been here.
    """

    clip: bytes = field(repr=False)
    challenge: str = field(default="", repr=False)
    login: str | None = None
    waited: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Visit:
    """A knock at one door: which audience, which scopes are asked for, from where.

    ``address`` is the network address of the caller as the server trusts it.
    """

    audience: Audience
    scopes: frozenset[str] = frozenset()
    device: Device = NO_DEVICE
    address: str = ""
