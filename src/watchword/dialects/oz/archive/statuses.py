"""Which status follows from which (wire contract Oz 8, *documented* names). Pure and total.

How several analyses make one status of their folder is not documented; *chosen*: what is still
running comes first, then what went wrong, then the worst verdict.
"""

from collections.abc import Sequence

import msgspec

from watchword.dialects.oz.archive.records import Analysis, AnyCase, Folder

__all__ = ["AnalysisStatus", "FolderStatus", "SystemResolution", "status_of", "with_statuses"]


class FolderStatus(AnyCase):
    """``resolution_status`` of a folder, what is told first in front."""

    PROCESSING = "PROCESSING"
    FAILED = "FAILED"
    FINISHED = "FINISHED"
    INITIAL = "INITIAL"


class SystemResolution(AnyCase):
    """``system_resolution`` of a folder, what is told first in front."""

    PROCESSING = "PROCESSING"
    FAILED = "FAILED"
    DECLINED = "DECLINED"
    OPERATOR_REQUIRED = "OPERATOR_REQUIRED"
    SUCCESS = "SUCCESS"
    INITIAL = "INITIAL"


class AnalysisStatus(AnyCase):
    """``resolution_status`` of an analysis."""

    PROCESSING = "PROCESSING"
    FAILED = "FAILED"
    DECLINED = "DECLINED"
    OPERATOR_REQUIRED = "OPERATOR_REQUIRED"
    SUCCESS = "SUCCESS"


def status_of(analysis: Analysis) -> AnalysisStatus:
    """Return an analysis's status: its state while there is no verdict, then the last verdict."""
    return AnalysisStatus(analysis.decision or analysis.verdict or analysis.state)


def with_statuses(folder: Folder, analyses: Sequence[Analysis]) -> Folder:
    """Return a folder with the statuses that follow from its analyses."""
    states = {FolderStatus(each.state) for each in analyses} or {FolderStatus.INITIAL}
    resolutions = {SystemResolution(each.verdict or each.state) for each in analyses} or {
        SystemResolution.INITIAL
    }
    return msgspec.structs.replace(
        folder,
        resolution_status=next(each for each in FolderStatus if each in states),
        system_resolution=next(each for each in SystemResolution if each in resolutions),
    )
