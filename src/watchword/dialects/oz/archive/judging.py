"""What comes of an analysis at once: without an engine, or by a stand-in's script. Pure.

Also the words in which an analysis that failed says why, and how an answer is entered.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from watchword.dialects.oz.archive.records import Analysis, Media, State
from watchword.dialects.oz.engines import Engine, Scripted, Verdict

__all__ = ["NO_ENGINE", "SCRIPTED", "fail", "finish", "judge_at_once"]

NO_ENGINE: Final = "no engine is configured for this kind of analysis"
NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
SCRIPTED: Final = "the stand-in was told to fail"


def judge_at_once(
    analysis: Analysis, engine: Engine | None, media: Mapping[UUID, Media], now: datetime
) -> Analysis:
    """Return the analysis as it stands when it was asked for.

    It is still `State.PROCESSING` where there is an engine to be asked.
    """
    if engine is None:
        return fail(analysis, NO_ENGINE, now)
    if engine.stand_in is None:
        return analysis
    tags = _tags_of(media[each] for each in analysis.source_media)
    scripted = engine.stand_in.judge(tags)
    if scripted is Scripted.FAILED:
        return fail(analysis, SCRIPTED, now)
    return finish(analysis, Verdict(scripted), now)


def finish(
    analysis: Analysis,
    verdict: Verdict,
    now: datetime,
    results: Mapping[str, object] = NOTHING,
    matches: Sequence[Mapping[str, object]] = (),
) -> Analysis:
    """Return the analysis with an engine's answer."""
    return msgspec.structs.replace(
        analysis,
        state=State.FINISHED,
        verdict=verdict,
        results=dict(results),
        matches=[dict(each) for each in matches],
        modified_at=now,
    )


def fail(analysis: Analysis, reason: str, now: datetime) -> Analysis:
    """Return the analysis as one that will have no answer."""
    return msgspec.structs.replace(analysis, state=State.FAILED, reason=reason, modified_at=now)


def _tags_of(media: Iterable[Media]) -> Iterable[str]:
    return (tag for medium in media for tag in medium.tags)
