"""Journeys in the vendor's words. Pure and total: nothing is decided here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from watchword.dialects.idscan.dates import local_time, zulu_time
from watchword.dialects.idscan.journeys.keeping import NAME_PARTS, person_of
from watchword.dialects.idscan.journeys.records import (
    Action,
    Finding,
    HighLevelResult,
    Image,
    Journey,
    Pair,
    Reading,
    Scan,
)
from watchword.dialects.idscan.journeys.schemas import (
    DocumentImage,
    ExtractedField,
    JourneyImage,
    JourneyResponse,
    JourneyStep,
    NameValue,
    OutputImage,
    ProcessedDocument,
    ProcessedLiveness,
    SearchEntry,
    UploadResponse,
    ValidationDetail,
    ValidationResponse,
    ValidationStep,
)
from watchword.dialects.idscan.journeys.steps import (
    details_of,
    is_finished,
    latest,
    required_action,
    result_of,
    result_of_scan,
)

__all__ = [
    "IMAGE_PATH",
    "full_name",
    "person_as_told",
    "to_entry",
    "to_journey",
    "to_not_found",
    "to_upload",
    "to_validation",
]

IMAGE_PATH: Final = "/idscanenterprisesvc/Journey/GetImage"
NOWHERE: Final = UUID(int=0)
"""What the vendor shows where there is no id (*observed*, wire contract IDscan 2.1)."""
SIDES: Final[Mapping[Action, str]] = {Action.BACKSIDE: "Back"}
# *Observed* for documents (wire contract IDscan 2.2); the face's is *chosen*.
STEP_NAMES: Final[Mapping[str, str]] = {
    "identity": "ID Document",
    "address": "Address Document",
    "selfie": "Selfie",
}
STEP_TYPES: Final[Mapping[Action, str]] = {Action.ADDRESSDOCUMENT: "ADDRESS_DOCUMENT"}
"""*Observed*: how validation results spell what uploads spell otherwise (wire contract 2.3)."""
NO_STATE: Final = "Not available"
"""*Documented*: what is said where a country has no states."""
FLAGS: Final[Mapping[str, int]] = {"PASSED": 1, "FAILED": 2}
"""*Observed* is 2 for what is flagged; 1 and 0 for the rest are *chosen*."""
BY_HAND: Final[Mapping[str, str]] = {
    "FirstName": "ManualFirstName",
    "LastName": "ManualLastName",
    "BirthDate": "ManualBirthDate",
}
"""What a client may say of a person itself. *Documented* names (wire contract IDscan 2.1)."""


def to_upload(
    journey: Journey, scan: Scan, request_id: UUID, outputs: Sequence[OutputImage]
) -> UploadResponse:
    """Return the answer to an upload."""
    failed = scan.reading in {Reading.ASKED, Reading.FAILED}
    return UploadResponse(
        person_entry_id=journey.id,
        journey_id=journey.id,
        identity_means_id=scan.means_id,
        request_id=request_id,
        entry_date_time=zulu_time(scan.at),
        required_action=required_action(journey),
        # *Chosen*: an engine that did not answer, and will be asked again.
        current_result="CommunicationError" if failed else "Pass",
        high_level_result=result_of_scan(scan),
        result_details=details_of(scan),
        entry_data=_entry_data(journey, scan),
        entry_images=tuple(outputs),
        is_finished=is_finished(journey),
        has_error=failed,
    )


def to_not_found(
    journey_id: UUID | None, means_id: UUID | None, request_id: UUID, at: datetime
) -> UploadResponse:
    """Return the answer to an upload to what is not there. Nothing was kept."""
    return UploadResponse(
        person_entry_id=journey_id or NOWHERE,
        journey_id=journey_id or NOWHERE,
        identity_means_id=means_id or NOWHERE,
        request_id=request_id,
        entry_date_time=zulu_time(at),
        required_action="INITIAL",
        current_result="SpecifiedEntryNotFound",
        high_level_result=HighLevelResult.UNDEFINED,
        result_details=(),
        entry_data={},
        entry_images=(),
        is_finished=False,
        has_error=True,
    )


def to_journey(journey: Journey, base: str, *, with_technical: bool) -> JourneyResponse:
    """Return a journey as retrieval shows it. ``base`` stands before the paths of images."""
    documents = [scan for scan in journey.scans if scan.kind != "selfie"]
    return JourneyResponse(
        journey_id=journey.id,
        high_level_result=result_of(journey),
        high_level_result_details=tuple(_details(journey)),
        initiated_date_time=local_time(journey.created_at),
        processed_documents=tuple(_document(scan, base) for scan in documents),
        reference_number=journey.reference,
        authentication_tolerance_level=journey.tolerance,
        last_decision=None,
        additional_data=_pairs(journey.additional),
        processed_liveness=ProcessedLiveness(),
        journey_steps=tuple(_step(scan) for scan in latest(journey.scans)),
        journey_images=tuple(_images(journey, base)),
        meta_data=_pairs(journey.technical) if with_technical else msgspec.UNSET,
        required_action=required_action(journey),
    )


def to_validation(
    journey: Journey, today: date, *, cross_checks: bool, with_technical: bool
) -> ValidationResponse:
    """Return what was found of a journey, in short."""
    person = person_as_told(journey, cross_checks=cross_checks)
    scans = latest(journey.scans)
    finding = next((scan.finding for scan in scans if scan.finding is not None), None)
    name = Pair("journeyDefinitionName", journey.definition_name)
    return ValidationResponse(
        evaluated_person_entry_id=journey.id,
        high_level_result=result_of(journey),
        first_name=person.get("FirstName", ""),
        middle_name=person.get("MiddleName", ""),
        last_name=person.get("LastName", ""),
        birth_date=person.get("BirthDate", ""),
        age=_age(person.get("BirthDate", ""), today),
        document_number=person.get("DocumentNumber", ""),
        issue_date=person.get("IssueDate", ""),
        expiry_date=person.get("ExpiryDate", ""),
        document_name=finding.name if finding else "",
        document_category=finding.category if finding else "",
        document_type=finding.type if finding else "",
        meta_data=_pairs(journey.technical) if with_technical else msgspec.UNSET,
        additional_data=_pairs((*journey.additional, name)),
        journey_steps=tuple(
            ValidationStep(
                type=STEP_TYPES.get(scan.action, scan.action),
                high_level_result=result_of_scan(scan),
            )
            for scan in scans
        ),
        validation_details=tuple(each for scan in scans for each in _validations(scan)),
    )


def to_entry(journey: Journey, *, cross_checks: bool) -> SearchEntry:
    """Return a journey as one line of a list."""
    person = person_as_told(journey, cross_checks=cross_checks)
    return SearchEntry(
        journey_id=journey.id,
        reference_number=journey.reference,
        created_date_time=zulu_time(journey.created_at),
        full_name=full_name(person),
        birth_date=person.get("BirthDate", ""),
        document_number=person.get("DocumentNumber", ""),
        high_level_result=result_of(journey),
        required_action=required_action(journey),
        additional_data=_pairs(journey.additional),
    )


def person_as_told(journey: Journey, *, cross_checks: bool) -> Mapping[str, str]:
    """Return what is known of a person: what engines read.

    What they did not read is as the client said, where that counts.
    """
    read = person_of(journey)
    typed = {name: journey.said(said) for name, said in BY_HAND.items()} if cross_checks else {}
    return {**{name: value for name, value in typed.items() if value}, **read}


def full_name(person: Mapping[str, str]) -> str:
    """Return a person's name."""
    parts = " ".join(person[name] for name in NAME_PARTS if name in person)
    return person.get("FullName") or parts


def _entry_data(journey: Journey, scan: Scan) -> dict[str, str]:
    """Return what the vendor calls entry data: facts of ours, an engine's, then the client's own.

    No name of a client's takes the place of a fact.
    """
    facts = {
        "UserName": scan.user_name,
        "RequiredJourneySteps": ",".join(journey.steps),
        "AuthenticationLevel": journey.tolerance,
        "ScanReference": journey.reference,
    }
    if scan.finding is not None:
        facts |= {"DocumentType": scan.finding.type, "CountryCode": scan.finding.country_code}
        facts |= {f"ExtractedFields.{each.name}": each.value for each in scan.finding.fields}
    return {**{pair.name: pair.value for pair in journey.additional}, **facts}


def _details(journey: Journey) -> Iterator[str]:
    for scan in journey.scans:
        yield from details_of(scan)


def _document(scan: Scan, base: str) -> ProcessedDocument:
    found = scan.finding
    told = found or Finding(result=HighLevelResult.UNDEFINED)
    return ProcessedDocument(
        issuing_country_code=told.country_code,
        issuing_country_name=told.country_name,
        issuing_state_name=told.state_name or NO_STATE,
        document_category=told.category,
        document_type=told.type,
        document_name=told.name,
        document_side=told.side or SIDES.get(scan.action, "Front"),
        is_validated="true" if found is not None else "false",
        scan_date_time=local_time(scan.at),
        high_level_result=told.result,
        extracted_fields=tuple(
            ExtractedField(
                each.name, each.value, each.ocr_value, each.local_value, each.ocr_local_value
            )
            for each in told.fields
        ),
        document_images=tuple(
            DocumentImage(role=image.role, url=_url(scan, image, base))
            for image in (*scan.images, *scan.outputs)
        ),
        digital_tampering_validator=None,
        face_match_confidence_score=told.face_match,
    )


def _step(scan: Scan) -> JourneyStep:
    attempts = str(scan.attempt) if scan.attempt > 1 else msgspec.UNSET
    return JourneyStep(scan.action, result_of_scan(scan), details_of(scan), attempts)


def _images(journey: Journey, base: str) -> Iterator[JourneyImage]:
    for scan in journey.scans:
        for image in (*scan.images, *scan.outputs):
            yield JourneyImage(
                step_name=STEP_NAMES[scan.kind],
                image_role=image.role,
                attempt=scan.attempt,
                image_url=_url(scan, image, base),
            )


def _url(scan: Scan, image: Image, base: str) -> str:
    return f"{base}{IMAGE_PATH}?{urlencode({'id': str(scan.id), 'role': image.role})}"


def _validations(scan: Scan) -> Iterator[ValidationDetail]:
    for line in details_of(scan):
        rule, _, result = line.partition(":")
        yield ValidationDetail(
            name=rule,
            description=line,
            result=FLAGS.get(result.upper(), 0),
            identity_means_scan_id=scan.id,
        )


def _pairs(pairs: Sequence[Pair]) -> tuple[NameValue, ...]:
    return tuple(NameValue(name=pair.name, value=pair.value) for pair in pairs)


def _age(birth_date: str, today: date) -> int | None:
    """Return how old somebody is who was born then, None where that cannot be told."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
