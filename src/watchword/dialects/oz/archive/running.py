"""Having an engine judge an analysis, at least once and until it does or time is up.

Rules of this file:

1. Nothing is held open while an engine is asked: what it is asked about is read first, and its
   answer is entered in a unit of work of its own, which keeps the first answer that came.
2. Who gives up does so by the analysis's age, so that neither a restart nor another worker makes
   an engine's time any longer.
"""

import logging
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from watchword.core.audit import Entry
from watchword.core.errands import NotYetError
from watchword.core.errors import NotFoundError
from watchword.core.revocation import record
from watchword.dialects.oz.archive.asking import Answer, EngineError, ask
from watchword.dialects.oz.archive.collections.handing import (
    EMPTY_HANDED,
    Gallery,
    GalleryError,
    Photo,
    gallery_of,
)
from watchword.dialects.oz.archive.filing import AnalyseJob
from watchword.dialects.oz.archive.judging import NO_ENGINE, fail, finish
from watchword.dialects.oz.archive.keeping import ANALYSES, FOLDERS, MEDIA, refresh
from watchword.dialects.oz.archive.notifying import announce
from watchword.dialects.oz.archive.records import Analysis, File, Folder, Media, State
from watchword.dialects.oz.engines import Engine, Verdict
from watchword.dialects.oz.profile import AnalysisType
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.web.calling import Attachment
from watchword.web.operation import Desk

__all__ = ["analyse", "asking_time", "try_now"]

FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=10)
MARGIN: Final = timedelta(seconds=15)
REMOVED: Final = "media of this analysis were removed before it was judged"
DAMAGED: Final = "media of this analysis can no longer be opened"
CHANGED: Final = "a collection changed while the engine was asked"

# Documented (wire contract Oz 8): a liveness check is never left to an operator.
LIVENESS: Final = frozenset({Verdict.SUCCESS, Verdict.DECLINED})


log = logging.getLogger(__name__)


@dataclass(eq=False)
class _SilentError(Exception):
    """An engine gave no verdict, and is to be asked again."""

    analysis: Analysis
    reason: str


@dataclass(eq=False)
class _LostError(Exception):
    """There is nothing left that an engine could be asked about."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Matter:
    """What an analysis is about."""

    folder: Folder
    media: Sequence[Media]


def analyse(desk: Desk[Settings], document: bytes) -> None:
    """Ask an engine about the analysis of a job, and enter what came of it.

    Raises `NotYetError` where the engine is to be asked again later.
    """
    analysis_id = msgspec.json.decode(document, type=AnalyseJob).analysis_id
    try:
        _judge(desk, analysis_id)
    except _SilentError as error:
        what = {"engine": error.analysis.type, "reason": error.reason}
        log.warning("an engine gave no verdict", extra=what)
        raise NotYetError(_next_try(desk, error.analysis)) from error


def try_now(desk: Desk[Settings], analyses: Iterable[Analysis]) -> None:
    """Ask about new analyses at once; those whose engine fails are left to their jobs."""
    for analysis in analyses:
        if analysis.state is not State.PROCESSING:
            continue
        try:
            _judge(desk, analysis.id)
        except _SilentError:
            continue


def asking_time(settings: Settings, kinds: Iterable[AnalysisType]) -> timedelta:
    """Return how long asking the engines of all these kinds can take."""
    asked = (settings.engines[kind] for kind in kinds if kind in settings.engines)
    seconds = sum(engine.timeout_seconds for engine in asked if engine.url)
    return timedelta(seconds=seconds) + MARGIN


def _judge(desk: Desk[Settings], analysis_id: UUID) -> None:
    with desk.core.storage.read() as transaction:
        analysis = ANALYSES.find(transaction, analysis_id)
        if analysis is None or analysis.state is not State.PROCESSING:
            return
        folder = FOLDERS.get(transaction, analysis.folder_id)
        media = MEDIA.find_many(transaction, analysis.source_media)
    engine = desk.settings.engines.get(analysis.type)
    if engine is None or not engine.url:
        _enter(desk, analysis_id, NO_ENGINE)
    elif len(media) < len(analysis.source_media):
        _enter(desk, analysis_id, REMOVED)
    else:
        _enter(desk, analysis_id, _ask(desk, engine, analysis, _Matter(folder, media)))


def _ask(desk: Desk[Settings], engine: Engine, analysis: Analysis, matter: _Matter) -> Answer | str:
    """Return an engine's answer, or why there will be none. Raises `_SilentError`."""
    verdicts = LIVENESS if analysis.type is AnalysisType.QUALITY else frozenset(Verdict)
    try:
        gallery = _gallery(desk, engine, analysis)
        parts = list(_parts(desk, analysis, matter, gallery))
        # 122 random bits: no content holds it by accident, and nobody can know it beforehand.
        return ask(engine, uuid4().hex, parts, verdicts)
    except EngineError as error:
        if desk.core.clock() < _deadline(engine, analysis):
            raise _SilentError(analysis, error.reason) from error
        return error.reason
    except (_LostError, GalleryError) as error:
        return error.reason


def _gallery(desk: Desk[Settings], engine: Engine, analysis: Analysis) -> Gallery:
    """Return what an engine is handed of collections. Raises `GalleryError`."""
    if analysis.type is not AnalysisType.COLLECTION:
        return EMPTY_HANDED
    with desk.core.storage.read() as transaction:
        return gallery_of(transaction, analysis, photos=not engine.gallery)


def _deadline(engine: Engine, analysis: Analysis) -> datetime:
    return analysis.created_at + timedelta(seconds=engine.patience_seconds)


def _next_try(desk: Desk[Settings], analysis: Analysis) -> datetime:
    """Wait longer the older the question is, and once more at the very end."""
    now, engine = desk.core.clock(), desk.settings.engines[analysis.type]
    pause = max(FIRST_PAUSE, min(LONGEST_PAUSE, (now - analysis.created_at) / 2))
    return min(now + pause, max(now, _deadline(engine, analysis)))


def _parts(
    desk: Desk[Settings], analysis: Analysis, matter: _Matter, gallery: Gallery
) -> Generator[Attachment]:
    asked: dict[str, object] = {
        "analyse_id": analysis.id,
        "folder_id": analysis.folder_id,
        "type": analysis.type,
        "params": analysis.params,
        "media": [_told(medium) for medium in matter.media],
    }
    if gallery.told:
        asked["collections"] = gallery.told
    question = msgspec.json.encode(asked)
    yield Attachment("analysis", "application/json", len(question), [question])
    for medium in matter.media:
        yield _attach(medium, _content(desk, matter.folder, medium))
    for photo in gallery.photos:
        yield _attach(photo.image, _photo(desk, photo))


def _attach(file: File, content: Iterable[bytes]) -> Attachment:
    return Attachment(str(file.id), file.content_type, file.size, content)


def _content(desk: Desk[Settings], folder: Folder, medium: Media) -> Generator[bytes]:
    """Yield a file's content when it is asked for: one file at a time is in memory."""
    try:
        yield desk.core.vault.get(folder.key, medium.blob_id)
    except NotFoundError as error:
        raise _LostError(REMOVED) from error
    except ValueError as error:
        raise _LostError(DAMAGED) from error


def _photo(desk: Desk[Settings], photo: Photo) -> Generator[bytes]:
    """Yield a photo's content. One that is gone by now has the engine asked anew, without it."""
    try:
        yield desk.core.vault.get(photo.key, photo.image.blob_id)
    except (NotFoundError, ValueError) as error:
        raise EngineError(CHANGED) from error


def _told(medium: Media) -> dict[str, object]:
    return {
        "media_id": medium.id,
        "media_type": medium.media_type,
        "content_type": medium.content_type,
        "tags": medium.tags,
        "meta_data": medium.meta_data,
        "size": medium.size,
        "sha256": medium.sha256,
    }


def _enter(desk: Desk[Settings], analysis_id: UUID, found: Answer | str) -> None:
    """Keep an answer, or a reason for there being none, unless somebody was first."""
    now = desk.core.clock()
    with desk.core.storage.write() as transaction:
        analysis = ANALYSES.find(transaction, analysis_id)
        if analysis is None or analysis.state is not State.PROCESSING:
            return
        if isinstance(found, str):
            judged = fail(analysis, found, now)
        else:
            judged = finish(analysis, found.verdict, now, found.results, found.matches)
        ANALYSES.put(transaction, judged)
        folder = FOLDERS.get(transaction, analysis.folder_id)
        announce(transaction, refresh(transaction, folder, now), now)
        details = {"folder": str(analysis.folder_id), "analysis": str(analysis.id)}
        result = judged.verdict or judged.state
        entry = Entry(now, "analysis.finish", result, audience=AUDIENCE, details=details)
        record(transaction, entry)
