"""Journeys for taking away: a table as CSV, and reports in an archive. Pure.

*Observed* of the table (wire contract IDscan 2.3): what columns 0, 8, 9, 10, 12 and 18 hold, and
three headings. The rest is *chosen*. Of reports nothing is known but that they are a stream of
bytes: here a ZIP archive with each journey as retrieval shows it.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from watchword.dialects.idscan.dates import csv_time
from watchword.dialects.idscan.journeys.records import Finding, Journey
from watchword.dialects.idscan.journeys.schemas import JourneyResponse
from watchword.dialects.idscan.journeys.steps import is_finished, required_action, result_of
from watchword.dialects.idscan.journeys.translate import full_name, person_as_told
from watchword.web.errors import BadFieldError, FieldFault

__all__ = ["COLUMNS", "to_csv", "to_reports"]

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""
EPOCH_OF_ZIP: Final = (1980, 1, 1, 0, 0, 0)
LONGEST_TABLE: Final = 33_554_432
"""Characters of a table (*chosen*): ten thousand journeys are usually two millions."""

Tell: TypeAlias = Callable[[Journey, Mapping[str, str]], str]
"""What a cell says of a journey, and of the person whom it checks."""


def _user(journey: Journey) -> str:
    return journey.scans[0].user_name if journey.scans else ""


def _found(tell: Callable[[Finding], str]) -> Tell:
    """Return a cell with what the first engine that answered said of a document."""

    def told(journey: Journey, _person: Mapping[str, str]) -> str:
        finding = next((s.finding for s in journey.scans if s.finding is not None), None)
        return tell(finding) if finding else ""

    return told


def _said(name: str) -> Tell:
    """Return a cell with what a client said under a name."""
    return lambda journey, _: journey.said(name)


def _of_person(name: str) -> Tell:
    return lambda _, person: person.get(name, "")


COLUMNS: Final[Sequence[tuple[str, Tell]]] = (
    ("Journey Id", lambda journey, _: str(journey.id)),
    ("Reference Number", lambda journey, _: journey.reference),
    ("User Name", lambda journey, _: _user(journey)),
    ("Branch Code", _said("BranchCode")),
    ("Platform", _said("Platform")),
    ("Journey Definition", lambda journey, _: journey.definition_name),
    ("Customer Number", _said("CustomerNumber")),
    ("Authentication Level", lambda journey, _: journey.tolerance),
    ("Created", lambda journey, _: csv_time(journey.created_at)),
    ("Full Name", lambda _, person: full_name(person)),
    ("Birth Date", _of_person("BirthDate")),
    ("Document Type", _found(lambda finding: finding.type)),
    ("Document Number", _of_person("DocumentNumber")),
    ("Issuing Country", _found(lambda finding: finding.country_code)),
    ("Document Name", _found(lambda finding: finding.name)),
    ("Expiry Date", _of_person("ExpiryDate")),
    ("Required Action", lambda journey, _: required_action(journey)),
    ("Finished", lambda journey, _: str(is_finished(journey)).lower()),
    ("Journey Outcome", lambda journey, _: result_of(journey)),
)
# *Observed* (wire contract IDscan 2.3): a client asks for it as for metadata. Who captures without
# saying so is known all the same.
KNOWN: Final[Mapping[str, Callable[[Journey], str]]] = {"username": _user}


def to_csv(journeys: Iterable[Journey], names: Sequence[str], *, cross_checks: bool) -> bytes:
    """Return the table, with a column more for each of the names of metadata.

    Raises `BadFieldError` for one that is too long.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*(title for title, _ in COLUMNS), *map(_plain, names)])
    for journey in journeys:
        person = person_as_told(journey, cross_checks=cross_checks)
        row = [tell(journey, person) for _, tell in COLUMNS]
        writer.writerow(map(_plain, [*row, *(_asked(journey, name) for name in names)]))
        if text.tell() > LONGEST_TABLE:
            raise BadFieldError("searchrequest", FieldFault.TOO_LONG, str(LONGEST_TABLE))
    return text.getvalue().encode()


def _asked(journey: Journey, name: str) -> str:
    known = KNOWN.get(name.lower())
    return journey.said(name) or (known(journey) if known else "")


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
