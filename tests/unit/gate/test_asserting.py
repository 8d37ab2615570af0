"""When a statement is made, and when the one before is given again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.house import House
from tests.support.statements import read_head
from watchword.core.shelf import ColdError
from watchword.core.vouching import PEN_LIFE
from watchword.gate.asserting import Assertions, Terms, usual_audience
from watchword.web.gating import Identity

TERMS = Terms(b"x-watchword-identity", timedelta(seconds=60), "us", {"north": "n"})
ALICE = Identity("alice", ("ADMIN",), ("one",))


@pytest.fixture
def house():
    house = House()
    yield house
    house.close()


@pytest.fixture
def principal(house):
    house.add("alice")
    return house.use(house.enter())


@pytest.fixture
def assertions(house):
    return Assertions(house.core.vouching, TERMS)


@pytest.fixture
def sign(assertions, principal):
    """Return what signs, and takes a pen first where there is none."""

    def made(told=ALICE, before=None, whose=principal):
        while True:
            try:
                return assertions.sign("south", whose, told, before)
            except ColdError as cold:
                cold.warm()

    return made


def test_without_a_pen_nothing_is_signed(assertions, principal):
    with pytest.raises(ColdError):
        assertions.sign("south", principal, ALICE)


def test_a_pen_is_put_away_in_time(assertions, principal, sign, house):
    sign()
    house.clock.advance(seconds=PEN_LIFE.total_seconds())

    with pytest.raises(ColdError):
        assertions.sign("south", principal, ALICE)


def test_what_is_still_so_is_not_signed_again(sign, house):
    before = sign()
    house.clock.advance(seconds=29.9)

    assert sign(before=before) is before


def test_what_is_still_so_needs_no_pen(principal, sign, house):
    before = sign()
    without = Assertions(house.core.vouching, TERMS)

    assert without.sign("south", principal, ALICE, before) is before


@pytest.mark.parametrize(
    "told",
    [
        replace(ALICE, login="bob"),
        replace(ALICE, roles=()),
        replace(ALICE, scopes=("two",)),
        replace(ALICE, tenant="t"),
    ],
)
def test_what_is_no_longer_so_is_not_said_again(sign, told):
    before = sign()
    after = sign(told, before)

    assert after.claims != before.claims
    assert after.header != before.header


def test_what_was_said_of_another_is_not_said_again(sign, principal, house):
    house.add("bob")
    before = sign()

    assert sign(ALICE, before, house.use(house.enter("bob"))).claims != before.claims
    other = replace(principal, session=replace(principal.session, id=999_999))
    assert sign(ALICE, before, other).claims["sid"] == "999999"


def test_half_of_its_life_later_another_is_made(sign, assertions, house):
    before = sign()
    house.clock.advance(seconds=30)

    assert assertions.is_over(before.until)
    after = sign(before=before)
    assert after.until - before.until == timedelta(seconds=30)
    assert after.claims == before.claims
    assert read_head(after.header[1].decode())["alg"] == "ES256"


def test_no_back_end_is_called_as_a_dialect_is():
    assert usual_audience("oz") == "oz-back-end"
