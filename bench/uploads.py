"""One megabyte at a time: IDscan's upload, and the same bytes put into a file by nginx.

Written against the vendor's documents, as its clients are; this server's code is not imported.
"""

import base64
import hashlib
import json
from itertools import cycle
from typing import Final

from bench.client import Address, Limits, Load, drive
from bench.doors import JSON, PASSWORD, STATION, idscan_login
from bench.wire import request

__all__ = ["puts", "uploads"]

SIZE: Final = 1_000_000
FILES: Final = 64
"""Names that nginx writes to in turn: a file that is there is replaced, as it would be anyway."""


def uploads(address: Address) -> Load:
    """Log a machine account in for scanning, and return uploads that begin a journey each."""
    tokens: list[str] = []
    login = Load(
        iter([idscan_login(STATION, PASSWORD, "scanning")]),
        lambda body: tokens.append(json.loads(body)["access_token"]),
    )
    drive(address, login, Limits(connections=1, seconds=60, requests=1))
    headers = {**JSON, "Authorization": tokens[0]}
    return Load(cycle([request("POST", "/idscanenterprisesvc/journey/upload", headers, _body())]))


def puts() -> Load:
    """Return the same bodies as files for nginx to keep."""
    body = _body()
    return Load(cycle([request("PUT", f"/put/{n}", JSON, body) for n in range(FILES)]))


def _body() -> bytes:
    """Return an upload of one image; nothing in it can be packed any smaller."""
    image = b"\xff\xd8\xff\xe0" + hashlib.shake_128(b"an image").digest(SIZE)
    data = {"Data": base64.b64encode(image).decode(), "ImageFormat": "jpg", "Name": "WhiteImage"}
    upload = {"InputImages": [data], "IsDocumentExtracted": False, "Source": 2}
    return json.dumps(upload).encode()
