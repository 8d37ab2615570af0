"""Reading the device from a login's headers. Whatever cannot be read is left out.

The header names are those of the vendor's framework (*inferred*), and the same names behind the
prefix of the vendor's own token header (*chosen*); no login is ever refused for them (wire contract
Oz 3.6).
"""

import re
from typing import Final

import msgspec

from watchword.core.sessions import Device
from watchword.dialects.oz.schemas import DeviceInfo
from watchword.web.messages import Request

__all__ = ["read_device"]

# The vendor's own prefix wins where a client sends both.
PREFIXES: Final = (b"x-forensic-", b"x-lamb-")
LONGEST: Final = 256
INTEGER: Final = re.compile(r"[0-9]{1,15}")
LOCALE: Final = re.compile(
    r"([a-z]{2,3})(?:[_-]([a-z]{4}))?(?:[_-]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE
)

_encode = msgspec.json.Encoder().encode


def read_device(request: Request) -> Device:
    """Return the device that the headers describe; it has no key, as Oz knows none."""
    platform = _text(request, b"device-platform")
    info = DeviceInfo(
        device_family=_text(request, b"device-family"),
        device_platform=None if platform is None else platform.lower(),
        device_os=_text(request, b"device-os-version"),
        app_version=_text(request, b"app-version"),
        app_build=_integer(request, b"app-build"),
        device_locale=_locale(request, b"device-locale"),
        sdk_version=_text(request, b"sdk-version"),
        sdk_build=_integer(request, b"sdk-build"),
        bundle_id=_text(request, b"bundle-id"),
    )
    return Device(details=_encode(info))


def _text(request: Request, name: bytes) -> str | None:
    for prefix in PREFIXES:
        value = " ".join((request.header(prefix + name) or "").split())
        if value and len(value) <= LONGEST and value.isprintable():
            return value
    return None


def _integer(request: Request, name: bytes) -> int | None:
    value = _text(request, name)
    return int(value) if value is not None and INTEGER.fullmatch(value) else None


def _locale(request: Request, name: bytes) -> str | None:
    """Return a locale such as ``en_US`` or ``zh_Hans_CN``, in the case that is usual for it."""
    found = LOCALE.fullmatch(_text(request, name) or "")
    if found is None:
        return None
    language, script, region = (part or "" for part in found.groups())
    parts = (language.lower(), script.title(), region.upper())
    return "_".join(part for part in parts if part)
