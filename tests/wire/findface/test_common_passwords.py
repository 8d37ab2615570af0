"""The vendor's list of common passwords (wire contract FindFace 2.7; decision 0409)."""

import gzip
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.dialects.findface.common_passwords import (
    FINGERPRINTS,
    WIDTH,
    fingerprint,
    is_listed,
)
from watchword.dialects.findface.password_policy import SHORTEST_PASSWORD


@pytest.fixture(scope="module")
def listed():
    """Return the passwords of the framework's list that are long enough to be taken otherwise."""
    framework = find_spec("django")
    assert framework is not None
    assert framework.origin is not None
    path = Path(framework.origin).parent / "contrib/auth/common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        words = {line.strip() for line in lines}
    assert len(words) > 19_000
    return {word for word in words if len(word) >= SHORTEST_PASSWORD}


def test_every_password_of_the_frameworks_list_is_known(listed):
    assert [word for word in listed if not is_listed(word)] == []


def test_nothing_else_is_kept(listed):
    kept = FINGERPRINTS.read_bytes()

    assert kept == b"".join(sorted({fingerprint(word) for word in listed}))
    assert len(kept) % WIDTH == 0


@pytest.mark.parametrize("password", ["swordfish", "Q1w2E3r4", "zaq12wsx", " startrek "])
def test_case_and_space_around_it_make_no_other_password(visitor, password):
    token = visitor.enter()

    answer = visitor.call("PATCH", "/users/1/", token, json={"password": password})
    assert (answer.status_code, answer.json()["desc"]) == (400, "This password is too common.")


@given(st.text(st.characters(), max_size=40))
def test_any_text_is_looked_up(listed, password):
    assert is_listed(password) is (password.strip().lower() in listed)
