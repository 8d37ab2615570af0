"""Paths that are let through mean to every reader what they say."""

import posixpath
import string
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.gate.paths import AmbiguousPathError, plain_path

PLAIN = string.ascii_letters + string.digits + "._~!$&'()*+,=:@-"


def is_refused(written: bytes) -> bool:
    try:
        plain_path(written)
    except AmbiguousPathError:
        return True
    return False


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"/", "/"),
        (b"/api/folders/", "/api/folders/"),
        (b"/a%65", "/ae"),
        (b"/a%20b", "/a b"),
        (b"/.well-known/x", "/.well-known/x"),
        (b"/a.b/c", "/a.b/c"),
    ],
)
def test_what_means_one_thing_is_read(written, read):
    assert plain_path(written) == read


@pytest.mark.parametrize(
    "written",
    [b"", b"a", b"*", b"http://host/x", b"//", b"/a//b", b"/a/", b"/..", b"/.", b"/a/..", b"/a/./b",
     b"/%2e", b"/%2E%2e/", b"/a%2fb", b"/a%5cb", b"/a\\b", b"/a;b", b"/a%3bb", b"/a%3fb", b"/a%23b",
     b"/a#b", b"/a%25b", b"/a%", b"/a%4", b"/a%4g", b"/a%00", b"/a%0d%0a", b"/a%7f", b"/a b",
     b"/a\tb", b"/a\xc3\xbc", b"/a%c3%bc", b"/a%ff", b"/a.", b"/a%2e", b"/a%20", b"/...",
     b"/" + b"a" * 4_096, b"/a|b", b'/a"b', b"/{a}"],
)  # fmt: skip
def test_what_may_mean_two_things_is_refused(written):
    assert is_refused(written) is (written != b"/a/")


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(tail):
    written = b"/" + tail
    if not is_refused(written):
        path = plain_path(written)
        assert path.isascii()
        assert path.isprintable()
        assert not set(path) & set("\\%?#;")


@given(st.lists(st.text(PLAIN + "% /;.\\\u00fc", min_size=1, max_size=6), min_size=1, max_size=5))
def test_whoever_decodes_again_or_resolves_dots_reads_the_same(segments):
    written = ("/" + "/".join(quote(each, safe=PLAIN) for each in segments)).encode()
    if not is_refused(written):
        path = plain_path(written)
        assert unquote(path) == path
        assert posixpath.normpath(path) == path.rstrip("/")
        assert path.split("/")[1:] == segments
