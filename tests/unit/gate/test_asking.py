"""What proxies say of somebody's request, and what of it is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.gate.asking import FORWARDED, ORIGINAL, VERIFY, UntoldError, dialect_of, read

TOLD = [
    (b"x-original-method", b"PATCH"),
    (b"x-original-uri", b"/a?b"),
    (b"x-original-host", b"API.example:443"),
    (b"x-original-client", b"192.0.2.7"),
]


def told(*more: tuple[bytes, bytes], but: bytes = b""):
    return [*(pair for pair in TOLD if pair[0] != but), *more]


def test_all_of_it_is_read():
    asked = read(b"GET", VERIFY, told())
    assert (asked.method, asked.target, asked.host) == ("PATCH", b"/a?b", "api.example")
    assert asked.address == "192.0.2.7"


def test_the_client_of_a_forwarding_proxy_is_the_last_address():
    headers = [
        (b"x-forwarded-method", b"GET"),
        (b"x-forwarded-uri", b"/"),
        (b"x-forwarded-host", b"[2001:db8::1]:80"),
        (b"x-forwarded-for", b"10.0.0.1, 192.0.2.7"),
    ]
    asked = read(b"GET", VERIFY, headers)
    assert (asked.address, asked.host) == ("192.0.2.7", "[2001:db8::1]")


def test_envoy_puts_the_path_behind_ours_and_keeps_the_method():
    asked = read(b"DELETE", VERIFY + b"/a?b", [(b"host", b"api.example")])
    assert (asked.method, asked.target, asked.address) == ("DELETE", b"/a?b", "")


@pytest.mark.parametrize("name", [name for name, _ in TOLD[:3]])
def test_what_is_left_out_or_said_twice_is_not_told(name):
    with pytest.raises(UntoldError):
        read(b"GET", VERIFY, told(but=name))
    with pytest.raises(UntoldError):
        read(b"GET", VERIFY, told((name, b"/x")))


def test_a_client_whose_address_is_not_told_has_none():
    assert read(b"GET", VERIFY, told(but=b"x-original-client")).address == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x-original-method", b"get"),
        (b"x-original-method", b"GET "),
        (b"x-original-method", b"G" * 33),
        (b"x-original-uri", b"*"),
        (b"x-original-uri", b""),
        (b"x-original-uri", b"http://host/"),
        (b"x-original-host", b""),
        (b"x-original-host", b"a/b"),
        (b"x-original-host", b"\xff"),
    ],
)
def test_what_is_no_request_is_not_told(name, value):
    with pytest.raises(UntoldError):
        read(b"GET", VERIFY, told((name, value), but=name))


def test_one_dialect_does_not_go_with_another():
    with pytest.raises(UntoldError):
        read(b"GET", VERIFY, told((b"x-forwarded-uri", b"/")))
    with pytest.raises(UntoldError):
        read(b"GET", VERIFY + b"/a", told())


def test_hosts_and_clients_are_told_by_proxies_of_every_kind():
    names = [name for name, _ in told((b"x-forwarded-for", b"x"), (b"x-forwarded-host", b"y"))]
    assert dialect_of(names) is ORIGINAL
    assert dialect_of([b"x-forwarded-for", b"host"]) is None
    assert dialect_of([FORWARDED.method, FORWARDED.uri]) is FORWARDED


@pytest.mark.parametrize("seam", [b"-", b"_", b"."])
def test_no_spelling_of_an_identity_header_is_taken(seam):
    with pytest.raises(UntoldError):
        dialect_of([b"x" + seam + b"watchword" + seam + b"subject"])


@given(
    st.sampled_from([VERIFY, VERIFY + b"/x", b"/"]),
    st.lists(
        st.tuples(
            st.sampled_from([*(name for name, _ in TOLD), b"x-forwarded-uri", b"host", b"a"]),
            st.binary(max_size=6),
        ),
        max_size=8,
    ),
)
def test_whatever_comes_is_told_or_not(target, headers):
    try:
        asked = read(b"GET", target, headers)
    except UntoldError:
        return
    assert asked.target.startswith(b"/")
    assert asked.host
