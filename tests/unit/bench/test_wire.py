"""Where an answer ends, and which answers are none."""

import pytest

from bench.wire import AnswerError, basic, body_of, is_complete, request

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"


def test_a_request_tells_the_length_of_its_body() -> None:
    sent = request("POST", "/login", {"Accept-Language": "en"}, b"hello")

    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /login HTTP/1.1\r\nHost: ")
    assert b"\r\nAccept-Language: en\r\n" in head
    assert head.endswith(b"\r\nContent-Length: 5")
    assert body == b"hello"


def test_a_request_without_a_body_tells_no_length() -> None:
    assert b"Content-Length" not in request("GET", "/", {})


def test_basic_credentials() -> None:
    assert basic("a", "b") == {"Authorization": "Basic YTpi"}


@pytest.mark.parametrize(
    "whole",
    [
        HEAD + b"Content-Length: 2\r\n\r\nok",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
    ids=["length", "chunked"],
)
def test_an_answer_is_complete_with_its_last_byte_and_not_before(whole: bytes) -> None:
    assert [end for end in range(len(whole) + 1) if is_complete(whole[:end])] == [len(whole)]


def test_an_answer_without_a_body_ends_with_its_head() -> None:
    assert is_complete(b"HTTP/1.1 204 No Content\r\ndate: today\r\n\r\n")


def test_a_refusal_is_no_answer_to_be_measured() -> None:
    with pytest.raises(AnswerError, match="401 Unauthorized"):
        is_complete(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")


def test_the_body_stands_behind_the_head() -> None:
    assert body_of(HEAD + b"content-length: 2\r\n\r\nok") == b"ok"
