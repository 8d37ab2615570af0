"""From what is kept to what is shown. Pure and total; nothing is decided here."""

from collections.abc import Sequence

from msgspec import UNSET

from watchword.dialects.oz.archive.records import Analysis, Folder, Media
from watchword.dialects.oz.archive.schemas import AnalysisBody, FolderBody, MediaBody
from watchword.dialects.oz.archive.statuses import status_of
from watchword.dialects.oz.profile import AnalysisType

__all__ = ["to_analyses", "to_analysis", "to_folder", "to_media", "to_medium"]


def to_folder(
    folder: Folder,
    media: Sequence[Media],
    analyses: Sequence[Analysis] | None,
    origin: str,
) -> FolderBody:
    """Show a folder with its media, and with its analyses unless they are None."""
    return FolderBody(
        meta_data=folder.meta_data,
        time_created=folder.created_at.timestamp(),
        time_updated=folder.modified_at.timestamp(),
        folder_id=folder.id,
        user_id=folder.owner_id,
        company_id=folder.company_id,
        resolution_status=folder.resolution_status,
        system_resolution=folder.system_resolution,
        media=to_media(media, origin),
        analyses=UNSET if analyses is None else to_analyses(analyses),
    )


def to_medium(medium: Media, origin: str) -> MediaBody:
    """Show one file. Where its content is to be had follows from its id."""
    return MediaBody(
        meta_data=medium.meta_data,
        time_created=medium.created_at.timestamp(),
        time_updated=medium.modified_at.timestamp(),
        media_id=medium.id,
        folder_id=medium.folder_id,
        media_type=medium.media_type,
        tags=medium.tags,
        original_name=medium.original_name,
        original_url=f"{origin}/api/media/{medium.id}/original",
    )


def to_media(media: Sequence[Media], origin: str) -> Sequence[MediaBody]:
    """Show several files."""
    return [to_medium(medium, origin) for medium in media]


def to_analysis(analysis: Analysis) -> AnalysisBody:
    """Show one analysis."""
    status, searches = status_of(analysis), analysis.type is AnalysisType.COLLECTION
    return AnalysisBody(
        meta_data=analysis.meta_data,
        time_created=analysis.created_at.timestamp(),
        time_updated=analysis.modified_at.timestamp(),
        analyse_id=analysis.id,
        folder_id=analysis.folder_id,
        type=analysis.type,
        state=analysis.state,
        resolution=status,
        resolution_status=status,
        source_media=analysis.source_media,
        params=analysis.params,
        results_data=analysis.results,
        results_media=analysis.matches,
        error_message=analysis.reason,
        collection_id=analysis.collection_id if searches else UNSET,
    )


def to_analyses(analyses: Sequence[Analysis]) -> Sequence[AnalysisBody]:
    """Show several analyses."""
    return [to_analysis(analysis) for analysis in analyses]
