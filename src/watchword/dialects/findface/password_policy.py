"""Which passwords users may have here (*documented*, wire contract FindFace 2.7).

At least eight characters, not digits alone, none of the common ones, not like the user's own data,
ASCII only. The first that is wrong is told, in the order of the vendor's framework.

Common passwords: the vendor refuses a list of 20,000, and so do we. *Chosen* beside it: how such
lists come about. Most of what is on them is one of a few words or rows of keys, with capitals,
digits in the place of letters, and digits or marks behind.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from watchword.dialects.findface.common_passwords import is_listed
from watchword.web.errors import BadFieldError, FieldFault

__all__ = ["SHORTEST_PASSWORD", "require_good"]

SHORTEST_PASSWORD: Final = 8

SIMILAR: Final = 0.7
"""*Inferred*: the framework's bound, of `difflib`'s quick ratio."""

WORDS: Final = """
    abc abcd abcde abcdef abcdefg abcdefgh access admin administrator alexander amanda america
    andrea andrew angel angels anthony apple arsenal asdf asdfgh asdfghjk asdfghjkl ashley
    austin baby babygirl bailey banana barcelona baseball basketball batman beautiful benjamin
    blink bond brandon buster butterfly camaro carlos changeme charlie cheese chelsea chester
    chicken chocolate chris christian computer contrasena cookie corvette cowboy cowboys crystal
    daniel darkness default demo diamond dolphin donald dragon eagles elizabeth enter everton
    falcon ferrari flower football forever freedom friend friends gateway gfhjkm george ginger
    google guest guitar hammer hannah happy harley heather hello hockey hunter ihateyou iloveyou
    inter internet iwantu jackson jasmine jasper jennifer jessica jesus jordan joseph joshua
    justin killer klaster knight lakers letmein liverpool login london love loveme lovely maggie
    manager marina marlboro martin master matrix matthew maverick mercedes merlin michael
    michelle mickey midnight monica monkey monster morgan mustang myspace naruto natasha
    nicholas nicole nikita ninja nothing oliver operator orange parola parol pass passw password
    passwort patrick peanut pepper phoenix playboy please pokemon princess qazwsx qazwsxedc
    qwaszx qwe qweasd qweasdzxc qwer qwert qwerty qwertyu qwertyui qwertyuiop qwertz rachel
    rainbow ranger raiders robert root samantha samsung scooter secret senha server shadow
    silver smokey snoopy soccer sophie spiderman starwars steelers summer sunshine superman
    superstar support sweet system taylor temp tequiero test tester thomas thunder tiger tigger
    toor trustno trustnoone tweety user vanessa victoria welcome whatever william winner winter
    yankees yellow zaq zxc zxcv zxcvb zxcvbn zxcvbnm
"""
COMMON_WORDS: Final = frozenset(WORDS.split())

ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "zaqxswcdevfrbgtnhymju",
)
"""Keys and letters in a row, forwards or backwards, however far."""

LETTERS: Final = str.maketrans("013457@$!", "oieastasi")
EDGES: Final = "0123456789!?.,@#$%^&*()-_=+ *"


def require_good(password: str, own: Mapping[str, str]) -> None:
    """Raise `BadFieldError` for a password that nobody may have, or not the user of this data.

    ``own`` are the user's other data, by what they are called when they are told.
    """
    for fault, found in _faults(password, own):
        raise BadFieldError("password", FieldFault.BAD_VALUE, fault, found)


def _faults(password: str, own: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, in the framework's order: likeness, length, commonness, digits."""
    for name, value in own.items():
        if _is_like(password.lower(), value.lower()):
            yield "dissimilar", name
    if len(password) < SHORTEST_PASSWORD:
        yield "longer", ""
    if is_listed(password) or _is_common(password.lower()):
        yield "rarer", ""
    if password.isdecimal():
        yield "more than digits", ""
    if not password.isascii():
        yield "ascii", ""


def _is_like(password: str, value: str) -> bool:
    """Compare with the whole of a value and with its words, as the framework does."""
    parts = [part for part in [*re.split(r"\W+", value), value] if part]
    # For those few calls that set a password.
    from difflib import SequenceMatcher

    return any(
        # A password ten times as long says more than the value.
        len(password) < 10 * len(part)
        and SequenceMatcher(a=password, b=part).quick_ratio() >= SIMILAR
        for part in parts
    )


def _is_common(password: str) -> bool:
    stems = {password, password.translate(LETTERS)}
    stems |= {stem.strip(EDGES) for stem in stems} | {password.strip(EDGES).translate(LETTERS)}
    if any(stem in COMMON_WORDS for stem in stems):
        return True
    return _is_in_a_row(password) or _repeats(password)


def _is_in_a_row(password: str) -> bool:
    rows = [each for row in ROWS for each in (row * 2, row[::-1] * 2)]
    return any(password in row for row in rows)


def _repeats(password: str) -> bool:
    """Say whether a password is a few characters over and over."""
    return any(
        password == (password[:length] * len(password))[: len(password)] for length in (1, 2, 3, 4)
    )
