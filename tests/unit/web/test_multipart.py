"""Taking a form apart: what real clients send, and every way in which it can be wrong."""

import logging

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from watchword.web.errors import BodyTooLargeError, UnreadableBodyError
from watchword.web.multipart import Part, is_form, read_form

TYPE = "multipart/form-data; boundary=b"
HEAD = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n"


def part(content: bytes, disposition: str = 'form-data; name="a"', *more: str) -> bytes:
    headers = [f"Content-Disposition: {disposition}", *more]
    return b"--b\r\n" + "\r\n".join(headers).encode() + b"\r\n\r\n" + content + b"\r\n"


def read(*parts: bytes, content_type: str = TYPE, most: int = 10):
    return read_form(content_type, b"".join(parts) + b"--b--\r\n", most_parts=most)


def told(parts):
    return [(each.name, each.file_name, each.content, each.size) for each in parts]


class TestParts:
    def test_they_come_in_their_order_with_names_and_content(self):
        found = read(part(b"1"), part(b"\0\r\n--c\r\n", 'form-data; name="f"; filename="x.mp4"'))

        assert told(found) == [("a", None, b"1", 1), ("f", "x.mp4", b"\0\r\n--c\r\n", 8)]

    def test_an_empty_part_is_one(self):
        assert told(read(part(b""))) == [("a", None, b"", 0)]

    def test_an_empty_form_has_none(self):
        assert read() == []

    def test_a_part_without_a_name_has_an_empty_one(self):
        assert [each.name for each in read(part(b"", "form-data"))] == [""]

    def test_headers_are_found_in_any_case_and_order(self):
        body = b"--b\r\ncontent-TYPE: text/plain\r\nCONTENT-disposition: Form-Data; NAME=a\r\n\r\n"

        assert told(read(body + b"x\r\n")) == [("a", None, b"x", 1)]

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ('"видео.mp4"', "видео.mp4"),
            ('"a;b.mp4"', "a;b.mp4"),
            (r'"a\"b.mp4"', 'a"b.mp4'),
            ("plain.mp4", "plain.mp4"),
            ('""', ""),
        ],
    )
    def test_a_files_name_is_read_as_clients_write_it(self, written, meant):
        [found] = read(part(b"", f"form-data; name=f; filename={written}"))

        assert found.file_name == meant

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("filename*=utf-8''%D0%B2%D0%B8%D0%B4%D0%B5%D0%BE.mp4", "видео.mp4"),
            ("FileName* = UTF-8'ru'%D0%B2.mp4; x=y", "в.mp4"),
            ("filename*=\"utf-8''a.mp4\"", "a.mp4"),
            ("filename*=utf-8''", ""),
            ("filename*=iso-8859-1''%FF.mp4", "\ufffd.mp4"),
            ("filename=a.mp4; filename*=utf-8''b.mp4", "a.mp4"),
            ("filename*=rubbish", None),
        ],
    )
    def test_older_clients_write_it_as_no_form_should(self, written, meant):
        [found] = read(part(b"", f"form-data; name=f; {written}"))

        assert (found.name, found.file_name) == ("f", meant)

    def test_a_name_that_is_not_utf_8_is_still_a_name(self):
        body = b"--b\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\r\n"

        assert [each.name for each in read(body)] == ["\ufffd"]

    def test_content_is_not_copied_before_it_is_asked_for(self):
        body = part(b"x" * 100) + b"--b--\r\n"
        [found] = read_form(TYPE, body, most_parts=1)

        assert found.size == 100
        assert found.content is not found.content

    def test_a_beginning_is_what_the_content_begins_with(self):
        [found] = read(part(b"\r\n--bx\r\n--by"))

        for length in range(20):
            assert found.head(length) == found.content[:length]

    def test_a_part_does_not_print_what_it_holds(self):
        found = Part("a")
        found.add(b"secret", 0, 6)

        assert "secret" not in repr(found)


class TestContentType:
    @pytest.mark.parametrize(
        "content_type", ["multipart/form-data", "Multipart/Form-Data ; boundary=x"]
    )
    def test_a_form_is_announced_in_any_case(self, content_type):
        assert is_form(content_type)

    @pytest.mark.parametrize(
        "content_type", ["", "multipart/form-data2", "multipart/mixed", "application/json"]
    )
    def test_anything_else_is_no_form(self, content_type):
        assert not is_form(content_type)

    @pytest.mark.parametrize("rest", ["", ";", "; boundary=", '; boundary=""', "; charset=x"])
    def test_without_a_boundary_nobody_can_tell_parts(self, rest):
        with pytest.raises(UnreadableBodyError):
            read_form("multipart/form-data" + rest, part(b"x"), most_parts=1)

    def test_without_a_boundary_and_a_body_there_are_none(self):
        assert read_form("multipart/form-data", b"", most_parts=1) == ()

    def test_a_boundary_may_be_quoted_and_stand_anywhere(self):
        assert read(part(b"x"), content_type='multipart/form-data; x=y; boundary="b"; z=1')

    def test_an_endless_boundary_is_refused(self):
        with pytest.raises(UnreadableBodyError):
            read(content_type="multipart/form-data; boundary=" + "b" * 5_000)


class TestRefusals:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"x",
            b"--b",
            b"--b\r\n",
            HEAD + b"cut off",
            HEAD + b"cut off\r\n--b",
            b"--other\r\n\r\n\r\n--other--\r\n",
            b"--b\r\n: empty name\r\n\r\n\r\n--b--\r\n",
            b"--b\r\nno colon\r\n\r\n\r\n--b--\r\n",
            b"--b\r\nA: b\rc\r\n\r\n\r\n--b--\r\n",
            b"--b\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--b--\r\n",
        ],
    )
    def test_what_is_not_well_formed_or_ends_too_early_is_unreadable(self, body):
        with pytest.raises(UnreadableBodyError):
            read_form(TYPE, body, most_parts=10)

    def test_the_number_of_parts_is_bounded(self):
        assert len(read(*[part(b"")] * 3, most=3)) == 3
        with pytest.raises(BodyTooLargeError):
            read(*[part(b"")] * 4, most=3)

    def test_so_is_that_of_what_only_looks_like_the_end_of_one(self):
        assert read(part(b"\r\n--bx" * 3), most=3)
        with pytest.raises(BodyTooLargeError):
            read(part(b"\r\n--bx" * 4), most=3)

    def test_the_number_of_a_parts_headers_is_bounded(self):
        assert read(part(b"", "form-data; name=a", *["X: y"] * 7))
        with pytest.raises(UnreadableBodyError):
            read(part(b"", "form-data; name=a", *["X: y"] * 8))

    def test_the_length_of_a_header_is_bounded(self):
        assert read(part(b"", "form-data; name=a", "X: " + "y" * 4_000))
        with pytest.raises(UnreadableBodyError):
            read(part(b"", "form-data; name=a", "X: " + "y" * 5_000))

    def test_nobody_can_fill_the_log(self, caplog):
        with caplog.at_level(logging.DEBUG), pytest.raises(UnreadableBodyError):
            read(b"--b\r\n\x01: x\r\n\r\n")

        assert caplog.records == []


PIECES = st.sampled_from(
    [b"--b", b"\r\n", b"--", b"b", b"Content-Disposition: form-data; name=a", b":", b"\r", b"x"]
)


@settings(deadline=None)
@given(body=st.binary(max_size=200) | st.lists(PIECES, max_size=30).map(b"".join))
@example(b"--b\r\n\r\n\r\n--b--")
def test_any_bytes_are_parts_or_a_refusal(body):
    try:
        found = read_form(TYPE, body, most_parts=5)
    except (BodyTooLargeError, UnreadableBodyError):
        return
    assert sum(each.size for each in found) <= len(body)


@settings(deadline=None)
@given(rest=st.binary(max_size=60) | st.lists(PIECES, max_size=9).map(b"; boundary=".join))
@example(b"; boundary=\xd1\x8b")
def test_any_content_type_is_read_or_refused(rest):
    content_type = "multipart/form-data;" + rest.decode("latin-1")
    try:
        read_form(content_type, part(b"x"), most_parts=5)
    except UnreadableBodyError:
        return


@settings(deadline=None)
@given(contents=st.lists(st.binary(max_size=100).filter(lambda c: b"\r\n--b" not in c), max_size=4))
def test_what_was_put_in_comes_out(contents):
    assert [each.content for each in read(*map(part, contents))] == contents
