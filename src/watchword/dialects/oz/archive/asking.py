"""Asking an engine over HTTP, and taking from its answer no more than was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from watchword.dialects.oz.engines import Engine, Verdict
from watchword.web.calling import Attachment, CallError, Target, post_form
from watchword.web.errors import BadFieldError, UnreadableBodyError
from watchword.web.fields import Fields, read_object

__all__ = ["Answer", "EngineError", "ask"]


@dataclass(eq=False)
class EngineError(Exception):
    """The engine gave no verdict. ``reason`` says why, without a word of the engine's own."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine found."""

    verdict: Verdict
    results: dict[str, object]


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
    """Read ``{"resolution": …, "results": {…}}``. Raises `EngineError`."""
    try:
        fields = read_object(body)
        resolution = fields.text("resolution")
        results = _results(fields)
    except (UnreadableBodyError, BadFieldError) as error:
        raise EngineError("the engine's answer cannot be read") from error
    found = next((verdict for verdict in verdicts if verdict == resolution), None)
    if found is None:
        raise EngineError("the engine's answer is no verdict")
    return Answer(found, results)


def _results(fields: Fields) -> dict[str, object]:
    return dict(fields.nested("results").values) if "results" in fields.values else {}
