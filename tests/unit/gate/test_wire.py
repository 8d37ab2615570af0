"""Requests out of bytes: what is taken, what is refused, and that cuts make no difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.gate.wire import LONGEST_HEAD, MalformedError, Reader

PLAIN = b"GET /gate/verify?x HTTP/1.1\r\nHost: a\r\nX-Original-URI: /b\r\n\r\n"
WITH_BODY = b"POST /gate/verify/c HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


def requests(chunks):
    """Return every request in these chunks, as a connection would read them."""
    reader, found = Reader(), []
    for chunk in chunks:
        reader.receive(chunk)
        while True:
            if reader.awaits:
                if not reader.read_body():
                    break
            else:
                head = reader.take_head()
                if head is None:
                    break
                if not reader.read_head(head):
                    continue
            found.append((reader.method, reader.target, tuple(reader.headers), reader.body))
    return found


def status(sent: bytes) -> int:
    with pytest.raises(MalformedError) as caught:
        requests([sent])
    return caught.value.answer.status


def test_a_request_is_read():
    assert requests([PLAIN]) == [
        (b"GET", b"/gate/verify?x", ((b"host", b"a"), (b"x-original-uri", b"/b")), b"")
    ]


def test_a_body_is_read_with_its_request():
    [(method, target, _, body)] = requests([WITH_BODY])
    assert (method, target, body) == (b"POST", b"/gate/verify/c", b"abc")


@given(st.lists(st.sampled_from([PLAIN, WITH_BODY]), max_size=5), st.data())
def test_cuts_make_no_difference(sent, data):
    whole = b"".join(sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert requests(chunks) == requests(sent)
    assert len(requests(chunks)) == len(sent)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(sent):
    refused = 0
    try:
        requests([sent + b"\r\n\r\n"])
    except MalformedError as error:
        refused = error.answer.status
    assert refused in {0, 400, 413, 431}


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 3",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: identity",
        b"Content-Length: 3\r\nContent-Length: 3",
        b"Content-Length: 0\r\nContent-Length: 0",
        b"Content-Length: +3",
        b"Content-Length: 3, 3",
        b"Content-Length: x",
        b"X: a\r\n b",
        b"X: a\r\n\tb",
        b"X: a\nY: b",
        b"X: a\rY: b",
        b"X: a\0b",
        b"X : a",
        b": a",
        b"X\xff: a",
    ],
)
def test_what_two_parsers_may_read_in_two_ways_is_refused(head):
    assert status(b"GET /gate/verify HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n\r\n") == 400


@pytest.mark.parametrize(
    "line",
    [
        b"GET /gate/verify",
        b"GET /gate/verify HTTP/0.9",
        b"GET /gate/verify HTTP/2.0",
        b"PRI * HTTP/2.0",
        b"get /gate/verify HTTP/1.1",
        b"GET /gate\xff HTTP/1.1",
        b"",
        b"\r\n",
    ],
)
def test_what_is_no_request_line_is_refused(line):
    assert status(line + b"\r\nHost: a\r\n\r\n") == 400


def test_what_is_too_large_is_refused():
    assert status(b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n") == 431
    assert status(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n") == 431
    assert status(b"GET / HTTP/1.1\r\nA: " + b"b" * LONGEST_HEAD) == 431
    for length, refused in ((b"65537", 413), (b"999999", 413), (b"9" * 40, 400)):
        head = b"POST / HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\n"
        assert status(head) == refused


def test_a_head_that_comes_whole_is_no_longer_than_one_that_does_not():
    fitting = b"GET / HTTP/1.1\r\nA: " + b"b" * (LONGEST_HEAD - 23) + b"\r\n\r\n"
    assert len(fitting) == LONGEST_HEAD
    assert len(requests([fitting])) == 1
    assert status(fitting.replace(b"A: ", b"A: b")) == 431


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01", b"\0", b"{", b"get / HTTP/1.1", b" GET", b"\xff"]
)
def test_what_can_be_no_request_is_refused_with_its_first_byte(sent):
    assert status(sent[:1]) == 400


def test_a_long_one_may_come_byte_by_byte():
    sent = b"GET / HTTP/1.1\r\nA: " + b"b" * 9_000 + b"\r\n\r\n" + PLAIN
    assert requests([bytes([each]) for each in sent]) == requests([sent])


def test_who_says_so_sends_no_other_request():
    for line in (b"GET /a HTTP/1.0\r\n", b"GET /a HTTP/1.1\r\nConnection: close\r\n"):
        reader = Reader()
        assert reader.read_head(line + b"\r\n")
        assert not reader.keeps


def test_another_protocol_is_nothing_to_us():
    reader = Reader()
    asked = b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert reader.read_head(asked)
    assert (reader.method, reader.target, reader.keeps) == (b"GET", b"/a", False)
