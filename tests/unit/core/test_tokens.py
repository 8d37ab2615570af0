"""Opaque tokens: forms, derivation, and what never shows."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.world import FixedRandomness
from watchword.core.sessions import SessionId
from watchword.core.tokens import (
    Alphabet,
    Token,
    TokenForm,
    TokenRecord,
    Use,
    derive,
    digest,
    mint,
)

FORMS = [
    TokenForm(Alphabet.HEX, 32),
    TokenForm(Alphabet.HEX, 64),
    TokenForm(Alphabet.BASE64URL, 432),
]
forms = st.sampled_from(FORMS)
nonces = st.binary(min_size=32, max_size=32)
parents = st.text("0123456789abcdef", min_size=64, max_size=128)


@pytest.mark.parametrize(("form", "length"), [*zip(FORMS, (64, 128, 576), strict=True)])
def test_a_token_has_the_length_and_the_letters_of_its_form(form, length):
    for token in (mint(form, FixedRandomness()), derive(form, "parent", b"nonce", b"access")):
        letters = "[0-9a-f]" if form.alphabet is Alphabet.HEX else "[0-9A-Za-z_-]"
        assert re.fullmatch(f"{letters}{{{length}}}", token.secret)


def test_base64_is_not_padded():
    assert TokenForm(Alphabet.BASE64URL, 32).render(b"\xfb\xff") == "-_8"


@pytest.mark.parametrize("count", [31, 16, 0, -1])
def test_a_form_that_could_be_guessed_is_refused(count):
    with pytest.raises(ValueError, match="at least 32 random bytes"):
        TokenForm(Alphabet.HEX, count)


@given(forms, parents, nonces)
def test_deriving_twice_gives_the_same(form, parent, nonce):
    once, again = (derive(form, parent, nonce, b"access") for _ in range(2))

    assert once == again


@given(forms, parents, parents, nonces, nonces)
def test_another_parent_nonce_or_label_gives_another_token(form, parent, other, nonce, another):
    token = derive(form, parent, nonce, b"access")

    assert derive(form, parent, nonce, b"refresh") != token
    assert (derive(form, other, nonce, b"access") == token) is (other == parent)
    assert (derive(form, parent, another, b"access") == token) is (another == nonce)


def test_a_derived_token_stays_as_it_is():
    """A change of this value breaks every refresh that is retried across an upgrade."""
    token = derive(TokenForm(Alphabet.HEX, 64), "ab" * 64, b"n" * 32, b"access")

    assert hashlib.sha256(token.secret.encode()).hexdigest() == (
        "b26a03c04e49ffa7af08d5eb803d668484bbdaac154fb5c7338f674a35aab988"
    )


def test_a_digest_is_sha_512_of_the_text():
    assert digest("abc") == hashlib.sha512(b"abc").digest() == Token("abc").digest


def test_odd_bytes_of_a_header_have_a_digest_like_any_other():
    assert digest("\ud800") != digest("\ud801")


def test_neither_a_token_nor_its_digest_is_ever_printed():
    token = Token("secret")
    record = TokenRecord(token.digest, SessionId(7), Use.ACCESS)

    assert "secret" not in repr(token)
    assert "secret" not in f"{token}"
    assert repr(token.digest) not in repr(record)


def test_minting_asks_for_as_many_bytes_as_the_form_says():
    asked = []

    def random(count):
        asked.append(count)
        return bytes(count)

    assert mint(TokenForm(Alphabet.HEX, 48), random).secret == "00" * 48
    assert asked == [48]
