"""Asking an engine over HTTP, and taking from its answer no more than was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from watchword.dialects.oz.engines import Engine, Verdict
from watchword.web.calling import Attachment, CallError, Target, post_form
from watchword.web.errors import BadFieldError, FieldFault, UnreadableBodyError
from watchword.web.fields import Fields, read_object

__all__ = ["Answer", "EngineError", "ask"]


@dataclass(eq=False)
class EngineError(Exception):
    """The engine gave no verdict. ``reason`` says why, without a word of the engine's own."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine found. ``matches`` are the faces that it knows again."""

    verdict: Verdict
    results: dict[str, object]
    matches: list[dict[str, object]]


def ask(
    engine: Engine, boundary: str, parts: Sequence[Attachment], verdicts: frozenset[Verdict]
) -> Answer:
    """Ask an engine; its verdict is one of these. Raises `EngineError`.

    ``boundary`` must be such that no part holds it.
    """
    target = Target(
        engine.url, engine.timeout_seconds, "the engine", engine.ca_file, engine.token_file
    )
    try:
        return _read(post_form(target, boundary, parts), verdicts)
    except CallError as error:
        raise EngineError(error.reason) from error


def _read(body: bytes, verdicts: frozenset[Verdict]) -> Answer:
    """Read ``{"resolution": …, "results": {…}, "results_media": […]}``. Raises `EngineError`."""
    try:
        fields = read_object(body)
        resolution = fields.text("resolution")
        results, matches = _results(fields), _matches(fields)
    except (UnreadableBodyError, BadFieldError) as error:
        raise EngineError("the engine's answer cannot be read") from error
    found = next((verdict for verdict in verdicts if verdict == resolution), None)
    if found is None:
        raise EngineError("the engine's answer is no verdict")
    return Answer(found, results, matches)


def _results(fields: Fields) -> dict[str, object]:
    return dict(fields.nested("results").values) if "results" in fields.values else {}


def _matches(fields: Fields) -> list[dict[str, object]]:
    """Return what the engine says of single media. Raises `BadFieldError`."""
    found = fields.values.get("results_media", [])
    if not isinstance(found, list):
        raise BadFieldError("results_media", FieldFault.WRONG_TYPE)
    matches: list[dict[str, object]] = []
    for each in cast("list[object]", found):
        if not isinstance(each, dict):
            raise BadFieldError("results_media", FieldFault.WRONG_TYPE)
        matches.append(cast("dict[str, object]", each))
    return matches
