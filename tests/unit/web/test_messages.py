"""A request and a reply as values."""

import time
from datetime import timedelta

import pytest

from watchword.web.errors import BadCredentialError, CredentialFault
from watchword.web.messages import LONGEST_CREDENTIAL, Reply, Request


def test_a_request_needs_no_more_than_a_method_and_a_path():
    request = Request("GET", "/")

    assert request.parameters == {}
    assert request.header(b"x-token") is None
    assert request.credential(b"x-token") is None


def test_the_first_header_of_a_name_counts():
    request = Request("GET", "/", headers=[(b"a", b"1"), (b"b", b"\xe9"), (b"b", b"2")])

    assert request.header(b"b") == "\u00e9"


def test_a_credential_that_is_given_twice_is_refused():
    request = Request("GET", "/", headers=[(b"a", b"1"), (b"a", b"1")])

    with pytest.raises(BadCredentialError) as refused:
        request.credential(b"a")

    assert refused.value.fault is CredentialFault.REPEATED


def test_a_credential_has_a_longest_length():
    fits = Request("GET", "/", headers=[(b"a", b"x" * LONGEST_CREDENTIAL)])
    bursts = Request("GET", "/", headers=[(b"a", b"x" * (LONGEST_CREDENTIAL + 1))])

    assert fits.credential(b"a") == "x" * LONGEST_CREDENTIAL
    with pytest.raises(BadCredentialError) as refused:
        bursts.credential(b"a")
    assert refused.value.fault is CredentialFault.TOO_LONG


def test_headers_are_added_behind_those_that_are_there():
    reply = Reply(200, headers=[(b"a", b"1")])

    assert reply.adding((b"b", b"2")).headers == ((b"a", b"1"), (b"b", b"2"))


class TestHost:
    @pytest.mark.parametrize(
        ("headers", "host"),
        [
            ([], ""),
            ([(b"host", b"Door.example")], "door.example"),
            ([(b"host", b"door.example:8420")], "door.example"),
            ([(b"host", b"one.example"), (b"host", b"other.example")], ""),
            ([(b"x-host", b"door.example")], ""),
        ],
    )
    def test_it_is_the_name_that_was_called_if_there_is_one(self, headers, host: str) -> None:
        assert Request("GET", "/", headers).host == host


class TestOrigin:
    @pytest.mark.parametrize(
        "host", ["door.example", "door.example:8420", "10.1.2.3", "[::1]", "[::1]:80"]
    )
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_it_is_what_the_client_called(self, host: str, scheme: str) -> None:
        request = Request("GET", "/", [(b"host", host.encode())], secure=scheme == "https")

        assert request.origin == f"{scheme}://{host}"

    @pytest.mark.parametrize("host", ["", "a b", "x/y", 'x"', "\xe9", "x:y", "a" * 256, "[x]"])
    def test_what_is_no_host_is_not_repeated(self, host: str) -> None:
        assert Request("GET", "/", [(b"host", host.encode("latin-1"))]).origin == ""

    def test_without_one_there_is_none(self) -> None:
        assert Request("GET", "/").origin == ""


class TestWaiting:
    def test_it_is_how_long_a_request_has_been_here_as_a_whole(self) -> None:
        waited = Request("POST", "/", arrived=time.monotonic() - 5).waited

        assert timedelta(seconds=5) <= waited < timedelta(seconds=65)

    def test_one_without_a_body_has_not_waited(self) -> None:
        assert Request("GET", "/").waited == timedelta(0)
