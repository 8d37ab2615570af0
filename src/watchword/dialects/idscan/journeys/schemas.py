"""Journeys in the vendor's spelling, keys in the order of the vendor's tables.

Where a page and a client disagree the spelling of each endpoint is kept: retrieval has
``HighLevelresult`` in its steps, validation results have ``HighLevelResult`` (wire contract 6.6).
"""

from uuid import UUID

import msgspec

__all__ = [
    "DocumentImage",
    "ExtractedField",
    "JourneyImage",
    "JourneyResponse",
    "JourneyStep",
    "NameValue",
    "OutputImage",
    "ProcessedDocument",
    "ProcessedLiveness",
    "Progress",
    "QualityCheck",
    "SearchEntry",
    "SearchResponse",
    "UploadResponse",
    "ValidationDetail",
    "ValidationResponse",
    "ValidationStep",
]


class _Pascal(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """What every document of this wire has in common."""


class NameValue(_Pascal, frozen=True):
    """One name with its value."""

    name: str
    value: str


class OutputImage(_Pascal, frozen=True):
    """An image that an engine made. *Chosen* shape (wire contract IDscan 2.1)."""

    name: str
    data: bytes
    image_format: str


class UploadResponse(_Pascal, frozen=True):
    """The answer to an upload. *Observed* (wire contract IDscan 2.1)."""

    person_entry_id: UUID
    journey_id: UUID
    identity_means_id: UUID
    request_id: UUID
    entry_date_time: str
    required_action: str
    current_result: str
    high_level_result: str
    result_details: tuple[str, ...]
    entry_data: dict[str, str]
    entry_images: tuple[OutputImage, ...]
    is_finished: bool
    has_error: bool


class ExtractedField(msgspec.Struct, frozen=True):
    """One field that an engine read. *Documented*: all text, empty where there is none."""

    name: str = msgspec.field(name="Name")
    value: str = msgspec.field(name="Value")
    ocr_value: str = msgspec.field(name="OCRValue")
    local_value: str = msgspec.field(name="LocalValue")
    ocr_local_value: str = msgspec.field(name="OCRLocalValue")


class DocumentImage(_Pascal, frozen=True):
    """Where one image of a document is."""

    role: str
    url: str


class ProcessedDocument(_Pascal, frozen=True):
    """One page of a document. *Documented* but for the last three (wire contract IDscan 2.2).

    What a digital tampering validator says has no known shape, and there is none here to say it.
    """

    issuing_country_code: str
    issuing_country_name: str
    issuing_state_name: str
    document_category: str
    document_type: str
    document_name: str
    document_side: str
    is_validated: str
    scan_date_time: str
    high_level_result: str
    extracted_fields: tuple[ExtractedField, ...]
    document_images: tuple[DocumentImage, ...]
    digital_tampering_validator: None
    face_match_confidence_score: float | None


class JourneyStep(msgspec.Struct, frozen=True):
    """One step that was gone through. *Observed*, the lower-case ``r`` too."""

    type: str = msgspec.field(name="Type")
    high_level_result: str = msgspec.field(name="HighLevelresult")
    validation_checks: tuple[str, ...] = msgspec.field(name="ValidationChecks")
    attempts: str | msgspec.UnsetType = msgspec.field(
        name="TripleScanAttempts", default=msgspec.UNSET
    )


class JourneyImage(_Pascal, frozen=True):
    """Where one image of a journey is. *Observed*."""

    step_name: str
    image_role: str
    attempt: int
    image_url: str


class ProcessedLiveness(_Pascal, frozen=True):
    """What came of liveness checks. Always nothing here: no call brings any."""

    liveness_actions: tuple[str, ...] = ()


class JourneyResponse(_Pascal, frozen=True):
    """A journey as retrieval shows it. *Documented* and *observed* (wire contract IDscan 2.2)."""

    journey_id: UUID
    high_level_result: str
    high_level_result_details: tuple[str, ...]
    initiated_date_time: str
    processed_documents: tuple[ProcessedDocument, ...]
    reference_number: str
    authentication_tolerance_level: str
    last_decision: None
    additional_data: tuple[NameValue, ...]
    processed_liveness: ProcessedLiveness
    journey_steps: tuple[JourneyStep, ...]
    journey_images: tuple[JourneyImage, ...]
    meta_data: tuple[NameValue, ...] | msgspec.UnsetType
    required_action: str


class Progress(msgspec.Struct, frozen=True, rename="pascal"):
    """What a webhook is told before the end. *Documented* keys (wire contract IDscan 2.4)."""

    journey_id: UUID
    event: str


class ValidationStep(_Pascal, frozen=True):
    """One step. *Observed*, with the capital ``R`` of this endpoint."""

    type: str
    high_level_result: str


class ValidationDetail(_Pascal, frozen=True):
    """One rule that a document was judged by. ``result`` 2 is flagged (*observed*)."""

    name: str
    description: str
    result: int
    identity_means_scan_id: UUID


class QualityCheck(_Pascal, frozen=True):
    """One look at an image's quality. None are made here."""

    id: str
    name: str
    description: str
    state: int
    identity_means_scan_id: UUID


class ValidationResponse(_Pascal, frozen=True):
    """What was found of a journey, in short. *Observed* (wire contract IDscan 2.3)."""

    evaluated_person_entry_id: UUID
    high_level_result: str
    first_name: str
    middle_name: str
    last_name: str
    birth_date: str
    age: int | None
    document_number: str
    issue_date: str
    expiry_date: str
    document_name: str
    document_category: str
    document_type: str
    meta_data: tuple[NameValue, ...] | msgspec.UnsetType
    additional_data: tuple[NameValue, ...]
    journey_steps: tuple[ValidationStep, ...]
    validation_details: tuple[ValidationDetail, ...]
    quality_check_details: tuple[QualityCheck, ...] = ()
    liveness_actions_details: tuple[str, ...] = ()


class SearchEntry(_Pascal, frozen=True):
    """One line of the JSON list. *Chosen*: an addition of ours."""

    journey_id: UUID
    reference_number: str
    created_date_time: str
    full_name: str
    birth_date: str
    document_number: str
    high_level_result: str
    required_action: str
    additional_data: tuple[NameValue, ...]


class SearchResponse(_Pascal, frozen=True):
    """A part of what a search found. *Chosen*: an addition of ours."""

    total_count: int
    entries: tuple[SearchEntry, ...]
