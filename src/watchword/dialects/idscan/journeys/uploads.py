"""The call of the area ``scanning``: taking in what was captured (wire contract IDscan 2.1)."""

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

from watchword.core.access import Principal
from watchword.core.subjects import printable
from watchword.dialects.idscan.bodies import CaptureUpload
from watchword.dialects.idscan.journeys.drafts import UploadDraft, longest_upload, read_upload
from watchword.dialects.idscan.journeys.filing import file_upload
from watchword.dialects.idscan.journeys.reach import caller_of
from watchword.dialects.idscan.journeys.reading import try_now
from watchword.dialects.idscan.journeys.records import Journey, Pair, Scan
from watchword.dialects.idscan.journeys.schemas import OutputImage, UploadResponse
from watchword.dialects.idscan.journeys.translate import to_not_found, to_upload
from watchword.dialects.idscan.replies import api_reply
from watchword.dialects.idscan.rights import SCAN, entitled
from watchword.dialects.idscan.settings import Settings
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["UPLOAD_OPERATIONS"]


def upload(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST journey/upload``: an engine's answer is told if it comes in time."""
    caller = caller_of(desk, request, principal)
    draft = read_upload(request.body, desk.settings)
    filed = file_upload(desk, caller, draft, tuple(_technical(request, draft)))
    if filed is None:
        at = desk.core.clock()
        return api_reply(200, to_not_found(draft.journey_id, draft.means_id, uuid4(), at))
    journey = try_now(desk, filed.journey, filed.scan)
    scan = journey.scan(filed.scan.id) or filed.scan
    outputs = () if draft.without_outputs else tuple(_outputs(desk, journey, scan))
    return api_reply(200, to_upload(journey, scan, uuid4(), outputs))


def _technical(request: Request, draft: UploadDraft) -> Iterator[Pair]:
    """Yield what is known of the client itself. *Documented* are the two names (2.2)."""
    platform, browser = draft.said("Platform"), request.header(b"user-agent")
    if platform:
        yield Pair("Platform", platform)
    if browser:
        yield Pair("Browser", printable(browser))


def _outputs(desk: Desk[Settings], journey: Journey, scan: Scan) -> Iterator[OutputImage]:
    for image in scan.outputs:
        content = desk.core.vault.get(journey.key, image.blob_id)
        yield OutputImage(name=image.role, data=content, image_format=image.format)


UPLOAD: Final = About("Upload what was captured", CaptureUpload, UploadResponse, refuses=(413,))

UPLOAD_OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Guarded(
        "POST",
        "/idscanenterprisesvc/journey/upload",
        entitled(SCAN, upload),
        Lane.BULK,
        longest_upload,
        about=UPLOAD,
    ),
)
