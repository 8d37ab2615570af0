"""In which form the OpenAPI document is given: by what the reader accepts (wire contract 6)."""

import re
from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta

from watchword.dialects.findface.asking import read_asked
from watchword.dialects.findface.outline import ANYBODY
from watchword.dialects.findface.settings import Settings
from watchword.web.about import About, Parameter
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.handbook import Handbook
from watchword.web.messages import Reply, Request

__all__ = ["DESCRIBE", "give_description"]

JSON: Final = ("application/json", "application/vnd.oai.openapi+json")
YAML: Final = ("application/vnd.oai.openapi", "application/yaml")
"""*Documented*, but for the last, which became YAML's own name after the vendor's release."""

QUALITY: Final = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
CODE: Final = "[A-Za-z]{2,3}(-[A-Za-z]{2,8})*"
MOST_RANGES: Final = 100


def give_description(handbook: Handbook[Settings], settings: Settings, request: Request) -> Reply:
    """Answer with the document. Raises `BadFieldError` for what is no language.

    *Documented*: ``lang`` takes any language's code. *Chosen*: there is one document, in English.
    """
    wished = read_asked(request).text("lang")
    if wished is not None and not re.fullmatch(CODE, wished):
        raise BadFieldError("lang", FieldFault.BAD_VALUE, "choice", wished)
    media = _preferred(request.header(b"accept") or "*/*")
    body = handbook.yaml(settings) if media in YAML else handbook.text(settings)
    headers = (
        (b"content-type", media.encode()),
        (b"cache-control", b"no-store"),
        (b"content-language", b"en"),
        (b"vary", b"accept"),
    )
    return Reply(200, body, headers)


def _preferred(accept: str) -> str:
    """Return the type that is accepted most, of several the first that we have.

    *Chosen*: where all are welcome it is JSON, as the path says; and it is where none is.
    """
    ranges = dict(_ranges(accept))
    return max((*JSON, *YAML), key=lambda media: _quality(media, ranges))


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for each in accept.split(",")[:MOST_RANGES]:
        media, *parameters = each.split(";")
        found = [match for match in map(QUALITY.fullmatch, parameters) if match]
        yield media.strip().lower(), float(found[0][1]) if found else 1.0


def _quality(media: str, ranges: dict[str, float]) -> float:
    """Return how welcome a type is: the most specific range says so (RFC 9110 section 12.5.1)."""
    for written in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if written in ranges:
            return ranges[written]
    return 0.0


DESCRIBE: Final = About(
    "Describe this interface",
    gives=dict[str, object],
    query=(
        Parameter(
            "lang",
            "A language's code; the texts are in English in any case",
            Annotated[str, Meta(pattern=f"^{CODE}$")],
        ),
    ),
    security=ANYBODY,
    answers=(*JSON, *YAML),
)
