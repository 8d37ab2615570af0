"""One megabyte at a time: IDscan's upload, and the same bytes put into a file by nginx.

Written against the vendor's documents, as its clients are; this server's code is not imported.
"""

import base64
import hashlib
import json
import os
from itertools import cycle
from pathlib import Path
from typing import Final

from bench.client import Address, Limits, Load, drive
from bench.doors import JSON, PASSWORD, STATION, idscan_login
from bench.wire import request

__all__ = ["FILES", "puts", "synced_puts", "uploads"]

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


def synced_puts(folder: Path) -> Load:
    """Return the same; with each answer a file is flushed, and its folder, as an upload's are.

    nginx has no way of doing so, so the client does, one file after the other. Answers come in the
    order of the requests, or nearly: in each round of the names each file is flushed once.
    """
    written = cycle(folder / "put" / str(n) for n in range(FILES))

    def flush(_body: bytes) -> None:
        path = next(written)
        for each in (path, path.parent):
            descriptor = os.open(each, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)

    return Load(puts().requests, flush)


def _body() -> bytes:
    """Return an upload of one image; nothing in it can be packed any smaller."""
    image = b"\xff\xd8\xff\xe0" + hashlib.shake_128(b"an image").digest(SIZE)
    data = {"Data": base64.b64encode(image).decode(), "ImageFormat": "jpg", "Name": "WhiteImage"}
    upload = {"InputImages": [data], "IsDocumentExtracted": False, "Source": 2}
    return json.dumps(upload).encode()
