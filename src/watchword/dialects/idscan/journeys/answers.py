"""What an engine answers, read strictly: no more is taken than the question asked for.

The shape is ours (*chosen*): the vendor's own words for what the vendor's own engine finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec

from watchword.core.subjects import is_storable
from watchword.dialects.idscan.journeys.formats import tell_format
from watchword.dialects.idscan.journeys.records import Field, Finding, Format, HighLevelResult

__all__ = ["Answer", "Output", "read_answer"]

Text = Annotated[str, msgspec.Meta(max_length=4_096)]
Rule = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9_]{1,64}:[A-Za-z]{1,32}\Z")]
"""*Documented* form (wire contract IDscan 2.2)."""
AGAIN: Final = "(FRONTSIDE|BACKSIDE|SELFIE|ADDRESSDOCUMENT|PASSIVE_LIVENESS)"
Next = Annotated[
    str,
    msgspec.Meta(pattern=rf"^(|{AGAIN}(:(SECONDSCAN|THIRDSCAN))?|LIVENESS|NFC|NONE)\Z"),
]
"""*Documented* words (2.1)."""
OutputRole = Annotated[str, msgspec.Meta(pattern=r"^Output[A-Za-z0-9]{1,58}\Z")]
MOST: Final = 200
MOST_OUTPUTS: Final = 8


class _Pascal(msgspec.Struct, frozen=True, rename="pascal"):
    """What every part of an answer has in common."""


class _Field(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_]{1,64}\Z")] = msgspec.field(
        name="Name"
    )
    value: Text = msgspec.field(name="Value", default="")
    ocr_value: Text = msgspec.field(name="OCRValue", default="")
    local_value: Text = msgspec.field(name="LocalValue", default="")
    ocr_local_value: Text = msgspec.field(name="OCRLocalValue", default="")


class _Output(_Pascal, frozen=True):
    name: OutputRole
    data: bytes


class _Answer(_Pascal, frozen=True):
    high_level_result: HighLevelResult
    result_details: Annotated[tuple[Rule, ...], msgspec.Meta(max_length=MOST)] = ()
    required_action: Next = ""
    issuing_country_code: Text = ""
    issuing_country_name: Text = ""
    issuing_state_name: Text = ""
    document_category: Text = ""
    document_type: Text = ""
    document_name: Text = ""
    document_side: Text = ""
    face_match_confidence_score: float | None = None
    extracted_fields: Annotated[tuple[_Field, ...], msgspec.Meta(max_length=MOST)] = ()
    output_images: Annotated[tuple[_Output, ...], msgspec.Meta(max_length=MOST_OUTPUTS)] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """An image that an engine made."""

    role: str
    format: Format
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine found, and the images that it made."""

    finding: Finding
    outputs: Sequence[Output] = ()


_decode = msgspec.json.Decoder(_Answer).decode


def read_answer(body: bytes) -> Answer:
    """Read an answer. Raises ``ValueError``."""
    try:
        said = _decode(body)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    _require_storable(said)
    outputs = [_output(each) for each in said.output_images]
    if len({output.role for output in outputs}) < len(outputs):
        raise ValueError("two images of one name")
    return Answer(_finding(said), outputs)


def _finding(said: _Answer) -> Finding:
    return Finding(
        result=said.high_level_result,
        details=said.result_details,
        required_action=said.required_action,
        country_code=said.issuing_country_code,
        country_name=said.issuing_country_name,
        state_name=said.issuing_state_name,
        category=said.document_category,
        type=said.document_type,
        name=said.document_name,
        side=said.document_side,
        face_match=said.face_match_confidence_score,
        fields=tuple(
            Field(each.name, each.value, each.ocr_value, each.local_value, each.ocr_local_value)
            for each in said.extracted_fields
        ),
    )


def _output(said: _Output) -> Output:
    told = tell_format(said.data)
    if told is None:
        raise ValueError("no image that is known")
    return Output(said.name, told, said.data)


def _require_storable(said: _Answer) -> None:
    """Refuse texts that not every back-end can hold."""
    texts = [value for value in msgspec.structs.astuple(said) if isinstance(value, str)]
    for each in said.extracted_fields:
        texts += msgspec.structs.astuple(each)
    if not all(is_storable(text) for text in texts):
        raise ValueError("a text that cannot be kept")
