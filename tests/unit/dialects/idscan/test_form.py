"""Reading a form: total, and the same as what a client's encoder wrote."""

from urllib.parse import quote, urlencode

from hypothesis import example, given
from hypothesis import strategies as st

from watchword.dialects.idscan.form import read_form

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.sampled_from("abcxyz_-.0123456789 €é"), min_size=1)


@given(st.binary())
@example(b"%")
@example(b"%f\xff=%G0&=&==&a=%E4%BD")
def test_any_bytes_can_be_read(body: bytes) -> None:
    found = read_form(body)

    assert all(key == key.lower() for key in found)


@given(st.dictionaries(KEYS, TEXT))
def test_what_an_encoder_wrote_is_read_back(fields: dict[str, str]) -> None:
    assert read_form(urlencode(fields).encode()) == fields
    assert read_form(urlencode(fields, quote_via=quote).encode()) == fields


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_values_of_one_key_are_joined_whatever_its_case(values: list[str]) -> None:
    keys = ["area", "Area", "AREA", "aReA"]
    body = "&".join(urlencode({key: value}) for key, value in zip(keys, values, strict=False))

    assert read_form(body.encode()) == {"area": ",".join(values)}


@given(st.binary(min_size=1).filter(lambda raw: not _is_utf_8(raw)))
def test_bytes_that_are_no_utf_8_never_read_as_text_that_could_be_stored(raw: bytes) -> None:
    for body in (b"a=" + quote(raw).encode(), b"a=" + raw.replace(b"&", b"").replace(b"+", b"")):
        value = read_form(body).get("a", "")
        assert any("\ud800" <= each <= "\udfff" for each in value) or _is_utf_8(body)


def _is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
