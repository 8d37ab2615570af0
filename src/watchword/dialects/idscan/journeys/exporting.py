"""Journeys for taking away: a table as CSV, and reports in an archive. Pure.

*Observed* of the table (wire contract IDscan 2.3): what columns 0, 8, 9, 10, 12 and 18 hold, and
three headings. The rest is *chosen*. Of reports nothing is known but that they are a stream of
bytes: here a ZIP archive with each journey as retrieval shows it.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from watchword.dialects.idscan.dates import csv_time
from watchword.dialects.idscan.journeys.keeping import person_of
from watchword.dialects.idscan.journeys.records import Finding, Journey
from watchword.dialects.idscan.journeys.schemas import JourneyResponse
from watchword.dialects.idscan.journeys.steps import is_finished, required_action, result_of
from watchword.dialects.idscan.journeys.translate import full_name

__all__ = ["COLUMNS", "to_csv", "to_reports"]

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""
EPOCH_OF_ZIP: Final = (1980, 1, 1, 0, 0, 0)


def _user(journey: Journey) -> str:
    return journey.scans[0].user_name if journey.scans else ""


def _finding(journey: Journey) -> Finding | None:
    return next((s.finding for s in journey.scans if s.finding is not None), None)


def _type(journey: Journey) -> str:
    finding = _finding(journey)
    return finding.type if finding else ""


def _name(journey: Journey) -> str:
    finding = _finding(journey)
    return finding.name if finding else ""


def _country(journey: Journey) -> str:
    finding = _finding(journey)
    return finding.country_code if finding else ""


COLUMNS: Final[Sequence[tuple[str, Callable[[Journey], str]]]] = (
    ("Journey Id", lambda journey: str(journey.id)),
    ("Reference Number", lambda journey: journey.reference),
    ("User Name", _user),
    ("Branch Code", lambda journey: journey.said("BranchCode")),
    ("Platform", lambda journey: journey.said("Platform")),
    ("Journey Definition", lambda journey: journey.definition_name),
    ("Customer Number", lambda journey: journey.said("CustomerNumber")),
    ("Authentication Level", lambda journey: journey.tolerance),
    ("Created", lambda journey: csv_time(journey.created_at)),
    ("Full Name", lambda journey: full_name(journey, cross_checks=False)),
    ("Birth Date", lambda journey: person_of(journey).get("BirthDate", "")),
    ("Document Type", _type),
    ("Document Number", lambda journey: person_of(journey).get("DocumentNumber", "")),
    ("Issuing Country", _country),
    ("Document Name", _name),
    ("Expiry Date", lambda journey: person_of(journey).get("ExpiryDate", "")),
    ("Required Action", required_action),
    ("Finished", lambda journey: str(is_finished(journey)).lower()),
    ("Journey Outcome", result_of),
)


def to_csv(journeys: Iterable[Journey], names: Sequence[str], *, cross_checks: bool) -> bytes:
    """Return the table, with a column more for each of the names of metadata."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*(title for title, _ in COLUMNS), *map(_plain, names)])
    for journey in journeys:
        row = [tell(journey) for _, tell in COLUMNS]
        row[NAME_COLUMN] = full_name(journey, cross_checks=cross_checks)
        writer.writerow(map(_plain, [*row, *(journey.said(name) for name in names)]))
    return text.getvalue().encode()


def to_reports(reports: Iterable[tuple[str, JourneyResponse]]) -> bytes:
    """Return an archive with a report for each journey, named by its number."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for reference, report in reports:
            name = zipfile.ZipInfo(f"{reference}.json", EPOCH_OF_ZIP)
            name.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(name, msgspec.json.format(msgspec.json.encode(report)))
    return archive.getvalue()


def _plain(cell: str) -> str:
    """Return a cell that no spreadsheet runs: what looks like a formula gets a quote before it."""
    return f"'{cell}" if cell.startswith(FORMULAS) else cell


NAME_COLUMN: Final = [title for title, _ in COLUMNS].index("Full Name")
