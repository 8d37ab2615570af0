"""Hashes that other systems left behind: right answers, and no cost beyond the ceilings."""

import base64
import hashlib
import time

import argon2
import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.hashes import LONGEST_ENCODED, parse_hash
from watchword.core.policy import CostCeilings

CEILINGS = CostCeilings()
PASSWORD = "pässwörd"
SALT = b"0123456789abcdef"


def pbkdf2(function: str, iterations: int, length: int = 32) -> bytes:
    return hashlib.pbkdf2_hmac(function, PASSWORD.encode(), SALT, iterations, length)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def django_pbkdf2(function="sha256", iterations: object = 1_000, expected: str = "") -> str:
    return f"pbkdf2_{function}${iterations}${SALT.decode()}$" + (
        expected or b64(pbkdf2(function, 1_000))
    )


def aspnet_v2(marker: bytes = b"\x00") -> str:
    """Build what PasswordHasher of ASP.NET Identity 2 stores: marker, salt, PBKDF2-HMAC-SHA1."""
    return b64(marker + SALT + pbkdf2("sha1", 1_000))


def aspnet_v3(function: int = 1, iterations: int = 1_000, salt_length: int = 16) -> str:
    """Build what PasswordHasher of ASP.NET Core Identity stores: a header, the salt, the hash."""
    name = {0: "sha1", 1: "sha256", 2: "sha512"}.get(function, "sha256")
    head = b"\x01" + number(function) + number(iterations) + number(salt_length)
    return b64(head + SALT + pbkdf2(name, 1_000))


def django_scrypt(n: object = 16, r: object = 8, p: object = 1, expected: str = "") -> str:
    made = hashlib.scrypt(PASSWORD.encode(), salt=SALT, n=16, r=8, p=1, dklen=64)
    return f"scrypt${n}${SALT.decode()}${r}${p}${expected or b64(made)}"


def our_argon2(kind: argon2.Type = argon2.Type.ID) -> str:
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=kind)
    return hasher.hash(PASSWORD)


def our_bcrypt(prefix: bytes = b"2b") -> str:
    return (
        bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4, b"2b"))
        .decode()
        .replace("$2b$", f"${prefix.decode()}$")
    )


GOOD = {
    "django pbkdf2_sha256": django_pbkdf2(),
    "django pbkdf2_sha1": django_pbkdf2("sha1"),
    "django pbkdf2_sha512": django_pbkdf2("sha512"),
    "django argon2": "argon2" + our_argon2(),
    "django scrypt": django_scrypt(),
    "aspnet v2": aspnet_v2(),
    "aspnet v3 sha1": aspnet_v3(0),
    "aspnet v3 sha256": aspnet_v3(1),
    "aspnet v3 sha512": aspnet_v3(2),
    "bcrypt 2a": our_bcrypt(b"2a"),
    "bcrypt 2b": our_bcrypt(b"2b"),
    "bcrypt 2y": our_bcrypt(b"2y"),
    "django bcrypt": "bcrypt$" + our_bcrypt(),
    "django bcrypt of sha256": "bcrypt_sha256$"
    + bcrypt.hashpw(
        hashlib.sha256(PASSWORD.encode()).hexdigest().encode(), bcrypt.gensalt(4)
    ).decode(),
    "argon2id": our_argon2(),
    "argon2i": our_argon2(argon2.Type.I),
    "argon2d": our_argon2(argon2.Type.D),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_right_password_fits_and_no_other(name):
    verify = parse_hash(GOOD[name], CEILINGS)

    assert verify(PASSWORD.encode())
    for other in (b"", b"x", PASSWORD.encode() + b"x", PASSWORD.upper().encode()):
        assert not verify(other)


class TestDjango:
    """Against what Django itself makes, where it is installed (it is with the bench group)."""

    @pytest.mark.parametrize(
        "hasher", ["PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "ScryptPasswordHasher"]
    )
    def test_a_hash_made_by_django_is_read(self, hasher):
        hashers = pytest.importorskip("django.contrib.auth.hashers")
        cheap = type("Cheap", (getattr(hashers, hasher),), {"iterations": 100, "work_factor": 16})
        encoded = cheap().encode(PASSWORD, "seasalt")

        verify = parse_hash(encoded, CEILINGS)

        assert verify(PASSWORD.encode())
        assert not verify(b"x")

    def test_an_argon2_hash_made_by_django_is_read(self):
        hashers = pytest.importorskip("django.contrib.auth.hashers")
        cheap = type(
            "Cheap",
            (hashers.Argon2PasswordHasher,),
            {"memory_cost": 8, "time_cost": 1, "parallelism": 1},
        )

        assert parse_hash(cheap().encode(PASSWORD, "seasalt8"), CEILINGS)(PASSWORD.encode())

    def test_djangos_own_defaults_are_below_the_ceilings(self):
        parse_hash(django_pbkdf2(iterations=1_200_000), CEILINGS)
        parse_hash(django_scrypt(n=2**14, r=8, p=5), CEILINGS)


class TestKnownAnswers:
    def test_the_vector_of_rfc_7914_fits(self):
        answer = bytes.fromhex(
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        )

        assert parse_hash(f"scrypt$1024$NaCl$8$16${b64(answer)}", CEILINGS)(b"password")

    def test_the_vector_of_rfc_6070_fits_once_it_is_long_enough(self):
        answer = bytes.fromhex("4b007901b765489abead49d926f721d065a429c1")

        assert parse_hash(f"pbkdf2_sha1$4096$salt${b64(answer)}", CEILINGS)(b"password")

    def test_the_vector_of_openwall_fits(self):
        encoded = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

        assert parse_hash(encoded, CEILINGS)(b"U*U")

    def test_bcrypt_reads_72_bytes_and_takes_longer_passwords(self):
        encoded = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()

        verify = parse_hash(encoded, CEILINGS)

        assert verify(b"x" * 100)
        assert not verify(b"x" * 71)


BAD = {
    "nothing": "",
    "no known form": "plain text",
    "not even ASCII": "pässwörd",
    "base64 of nothing we know": b64(b"\x02" * 49),
    "too long": "$2b$04$" + "a" * LONGEST_ENCODED,
    "django: a field too few": "pbkdf2_sha256$1000$salt",
    "django: a field too many": "pbkdf2_sha256$1000$sa$lt$aGFzaA==",
    "django: unknown function": django_pbkdf2("sha256").replace("sha256", "md5"),
    "django: no iterations": django_pbkdf2(iterations=0),
    "django: negative iterations": django_pbkdf2(iterations=-1_000),
    "django: iterations are no number": django_pbkdf2(iterations="many"),
    "django: more digits than Python reads": django_pbkdf2(iterations="9" * 900),
    "django: iterations above the ceiling": django_pbkdf2(iterations=5_000_001),
    "django: the hash is no base64": django_pbkdf2(expected="!!!!"),
    "django: the hash is short": django_pbkdf2(expected=b64(b"x" * 15)),
    "django: the hash is long": django_pbkdf2(expected=b64(b"x" * 65)),
    "django: no argon2 behind the name": "argon2$bcrypt$",
    "scrypt: a field too few": "scrypt$16$salt$8$1",
    "scrypt: n is no power of two": django_scrypt(n=17),
    "scrypt: n is one": django_scrypt(n=1),
    "scrypt: n is negative": django_scrypt(n=-16),
    "scrypt: r is nothing": django_scrypt(r=0),
    "scrypt: p is negative": django_scrypt(p=-1),
    "scrypt: n is no number": django_scrypt(n="x"),
    "scrypt: memory above the ceiling by n": django_scrypt(n=2**21),
    "scrypt: memory above the ceiling by r": django_scrypt(n=2, r=1_000_000),
    "scrypt: memory above the ceiling by p": django_scrypt(n=2, r=200_000, p=16),
    "scrypt: lanes above the ceiling": django_scrypt(p=17),
    "scrypt: the hash is empty": django_scrypt(expected="=")[:-1],
    "scrypt: the hash is long": django_scrypt(expected=b64(b"x" * 65)),
    "aspnet: v2 cut off": b64(base64.b64decode(aspnet_v2())[:-1]),
    "aspnet: v3 is a header only": b64(base64.b64decode(aspnet_v3())[:13]),
    "aspnet: v3 unknown function": aspnet_v3(3),
    "aspnet: v3 no iterations": aspnet_v3(iterations=0),
    "aspnet: v3 iterations above the ceiling": aspnet_v3(iterations=2**32 - 1),
    "aspnet: v3 the salt goes beyond the end": aspnet_v3(salt_length=2**32 - 1),
    "aspnet: v3 the salt leaves no hash": aspnet_v3(salt_length=48),
    "aspnet: v3 the salt leaves a short hash": aspnet_v3(salt_length=40),
    "bcrypt: a field too few": "$2b$04",
    "bcrypt: cost above the ceiling": our_bcrypt().replace("$04$", "$16$"),
    "bcrypt: cost is no number": our_bcrypt().replace("$04$", "$xx$"),
    "bcrypt: cut off": our_bcrypt()[:-1],
    "argon2: parameters are missing": "$argon2id$v=19$m=8$c2FsdHNhbHQ$aGFzaGhhc2g",
    "argon2: no such kind": "$argon2x$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
    "argon2: memory above the ceiling": our_argon2().replace("m=8", "m=262145"),
    "argon2: passes above the ceiling": our_argon2().replace("t=1", "t=17"),
    "argon2: lanes above the ceiling": our_argon2().replace("p=1", "p=17"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_malformed_or_too_dear_is_refused_before_any_work(name):
    begun = time.process_time()

    with pytest.raises(ValueError, match=r"\w"):
        parse_hash(BAD[name], CEILINGS)

    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    "encoded",
    [
        our_argon2().replace("m=8", "m=-8"),
        our_argon2().replace("t=1", "t=0"),
        our_argon2()[:-3] + "!!!",
        "$argon2id$v=19$m=8,t=1,p=1$*$!!",
    ],
    ids=["memory", "passes", "hash", "salt"],
)
def test_an_argon2_hash_with_nonsense_inside_fits_nothing(encoded):
    assert not parse_hash(encoded, CEILINGS)(PASSWORD.encode())


@pytest.mark.parametrize("cost", ["-1", "99", "00", " 4", "1_"])
def test_a_bcrypt_hash_with_a_nonsensical_cost_fits_nothing(cost):
    encoded = our_bcrypt().replace("$04$", f"${cost}$")

    with pytest.raises(ValueError, match=r"\w"):
        parse_hash(encoded, CostCeilings(bcrypt_cost=100))(PASSWORD.encode())


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_a_damaged_hash_is_judged_or_refused_and_nothing_else_happens(name, data):
    encoded = GOOD[name]
    at = data.draw(st.integers(0, len(encoded) - 1))
    damaged = encoded[:at] + data.draw(st.characters()) + encoded[at + 1 :]
    low = CostCeilings(64, 2, 2, 10_000, 5, 64, 2)

    try:
        fits = parse_hash(damaged, low)(b"another password")
    except ValueError:
        return
    assert not fits


@given(st.text(max_size=200))
def test_no_text_makes_reading_fail_in_another_way(encoded):
    try:
        parse_hash(encoded, CEILINGS)
    except ValueError:
        return
    raise AssertionError(encoded)
