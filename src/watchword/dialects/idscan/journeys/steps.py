"""How far a journey has come and what its client has to capture next. Pure.

Rules of this file:

1. An engine that wants a capture again has the first word (``FRONTSIDE:SECONDSCAN``).
2. Then the steps of the journey's definition are asked for, in the order in which it lists them:
   the vendor's ``Order`` and ``IsOptional`` do nothing (*documented*, wire contract IDscan 2.4).
3. Without a definition nothing is asked for, and every upload may be the last (*chosen*, 4.3).
4. No upload goes through liveness or reads a chip. A journey that wants that stays unfinished
   here, which is the truth.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from watchword.dialects.idscan.engines import CaptureKind
from watchword.dialects.idscan.journeys.records import (
    Action,
    HighLevelResult,
    Journey,
    Role,
    Scan,
)
from watchword.dialects.idscan.schemas import EntryType, JourneyDefinition

__all__ = [
    "action_of",
    "attempt_of",
    "details_of",
    "is_finished",
    "latest",
    "required_action",
    "result_of",
    "result_of_scan",
    "steps_of",
]

# The one type without an action compares what other steps captured: nothing is asked for.
ACTIONS: Final[Mapping[EntryType, Action]] = {
    EntryType.FRONTSIDE: Action.FRONTSIDE,
    EntryType.BACKSIDE: Action.BACKSIDE,
    EntryType.SELFIE: Action.SELFIE,
    EntryType.ADDRESSDOCUMENT: Action.ADDRESSDOCUMENT,
    EntryType.LIVENESS: Action.LIVENESS,
    EntryType.NFC: Action.NFC,
    EntryType.PASSIVE_LIVENESS: Action.PASSIVE_LIVENESS,
}

# *Documented* names (wire contract IDscan 2.2). Nobody has judged any of them without an engine.
RULES: Final[Mapping[CaptureKind, tuple[str, ...]]] = {
    "identity": (
        "UNDERAGERULE",
        "DOCUMENTBACKSIDECHECK",
        "DOCUMENTBLOCKINGPOLICY",
        "DOCUMENTEXPIRY",
        "DOCUMENTSUPPORT",
        "DOCUMENTPROOFPOLICY",
        "DOCUMENTVALIDATION",
        "DOCUMENTOVERALLVALIDATION",
    ),
    "address": ("DOCUMENTSUPPORT", "DOCUMENTPROOFPOLICY", "DOCUMENTVALIDATION"),
    "selfie": ("FACEMATCHVALIDATION",),
}
WORST_FIRST: Final = tuple(HighLevelResult)


def steps_of(definition: JourneyDefinition) -> tuple[Action, ...]:
    """Return what a definition has captured."""
    return tuple(
        ACTIONS[entry.type] for entry in definition.entry_definitions if entry.type in ACTIONS
    )


def action_of(journey: Journey | None, kind: CaptureKind, means_id: UUID | None) -> Action:
    """Return which step an upload is about.

    A page that is added to an identity document is its back, unless its front is to be captured
    again (*chosen*: the wire does not say which page one is).
    """
    if kind == "selfie":
        return Action.SELFIE
    if kind == "address":
        return Action.ADDRESSDOCUMENT
    pages = [scan for scan in journey.scans if scan.means_id == means_id] if journey else []
    if journey is None or not pages:
        return Action.FRONTSIDE
    again = required_action(journey).partition(":")
    if again[2] and again[0] == Action.FRONTSIDE:
        return Action.FRONTSIDE
    return Action.BACKSIDE


def attempt_of(journey: Journey | None, action: Action, means_id: UUID) -> int:
    """Return the number of a capture among those of the same side of the same document."""
    scans = journey.scans if journey else ()
    return 1 + sum(scan.action is action and scan.means_id == means_id for scan in scans)


def required_action(journey: Journey) -> str:
    """Return what is asked of the client next, in the vendor's words."""
    finding = journey.scans[-1].finding if journey.scans else None
    if finding is not None and finding.required_action not in {"", Action.NONE}:
        return finding.required_action
    done = {action for scan in journey.scans for action in _done_by(scan)}
    return next((step for step in journey.steps if step not in done), Action.NONE)


def is_finished(journey: Journey) -> bool:
    """Say whether nothing more is asked for."""
    return required_action(journey) == Action.NONE


def latest(scans: Iterable[Scan]) -> list[Scan]:
    """Return the scans that count: of each side of each document the last one."""
    return list({(scan.means_id, scan.action): scan for scan in scans}.values())


def result_of_scan(scan: Scan) -> HighLevelResult:
    """Return what came of a scan."""
    return HighLevelResult.UNDEFINED if scan.finding is None else scan.finding.result


def result_of(journey: Journey) -> HighLevelResult:
    """Return what came of a journey so far."""
    results = {result_of_scan(scan) for scan in latest(journey.scans)}
    return next((each for each in WORST_FIRST if each in results), HighLevelResult.UNDEFINED)


def details_of(scan: Scan) -> tuple[str, ...]:
    """Return the rules that a scan was judged by, each with its result."""
    if scan.finding is not None:
        return scan.finding.details

    return tuple(f"{rule}:SKIPPED" for rule in RULES[scan.kind])


def _done_by(scan: Scan) -> Iterable[Action]:
    yield scan.action
    if any(image.role == Role.SELFIE for image in scan.images):
        yield Action.SELFIE
