"""What an ``Accept-Language`` header wishes for (RFC 9110 section 12.5.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.web.languages import weigh_languages

KNOWN = {"en": "English", "es": "Spanish"}


@pytest.mark.parametrize(
    ("accepted", "named", "any_other"),
    [
        (None, {}, 0.0),
        ("", {}, 0.0),
        ("en", {"English": 1.0}, 0.0),
        ("EN-gb, es;q=0.5", {"English": 1.0, "Spanish": 0.5}, 0.0),
        ("en;q=0.2, en-US;q=0.7", {"English": 0.7}, 0.0),
        ("fr, *;q=0.1", {}, 0.1),
        ("en;q=nonsense", {"English": 0.0}, 0.0),
        ("en;q=2", {"English": 0.0}, 0.0),
        ("en," * 200, {}, 0.0),
    ],
)
def test_each_language_has_a_weight(
    accepted: str | None, named: dict[str, float], any_other: float
) -> None:
    assert weigh_languages(accepted, KNOWN) == (named, any_other)


@given(accepted=st.text(max_size=60))
def test_weights_are_between_none_and_all(accepted: str) -> None:
    named, any_other = weigh_languages(accepted, KNOWN)

    assert all(0.0 <= weight <= 1.0 for weight in (*named.values(), any_other))
