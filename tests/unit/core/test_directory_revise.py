"""Making of a subject what a function makes of it, a new password in the same unit of work."""

from dataclasses import replace

import pytest

from tests.support.house import NORTH, PASSWORD, SOUTH
from watchword.core.directory import NewPassword
from watchword.core.errors import AlreadyExistsError, ForbiddenError, TokenUnknownError

NEW = "another horse"


def unchanged(picture):
    return picture


def named(name):
    return lambda picture: replace(picture, subject=replace(picture.subject, full_name=name))


@pytest.fixture
def alice(house):
    return house.add("alice@acme.example", "alice")


def test_a_new_password_ends_the_other_sessions(house, alice):
    kept, other, elsewhere = house.enter(), house.enter(), house.enter(audience=NORTH)

    house.core.directory.revise(alice.id, unchanged, NewPassword(NEW, keep=kept.session.id))

    assert house.use(kept)
    for ended in (other, elsewhere):
        with pytest.raises(TokenUnknownError):
            house.use(ended)
    assert house.enter(password=NEW)


def test_both_are_one_change_in_the_trail(house, alice):
    house.core.directory.revise(alice.id, named("Alice"), NewPassword(NEW))

    assert house.audited("subject.update")[-1].details["fields"] == "full_name,password"


def refused(_picture):
    raise ForbiddenError


def taken(house):
    house.add("bob")
    return lambda picture: replace(picture, subject=replace(picture.subject, logins=("bob",)))


def test_what_refuses_the_change_refuses_the_password(house, alice):
    admitted = house.enter()
    guard_error = {"guard": lambda _transaction, _before: refused(None)}
    for work, error, options in (
        (refused, ForbiddenError, {}),
        (taken(house), AlreadyExistsError, {}),
        (unchanged, ForbiddenError, guard_error),
    ):
        with pytest.raises(error):
            house.core.directory.revise(alice.id, work, NewPassword(NEW), **options)

    assert house.use(admitted)
    assert house.enter(password=PASSWORD, audience=SOUTH)


@pytest.mark.parametrize("password", ["", "x" * 5000])
def test_an_unusable_password_changes_nothing(house, alice, password):
    with pytest.raises(ValueError, match="bytes"):
        house.core.directory.revise(alice.id, named("Alice"), NewPassword(password))

    assert house.standing().subject.full_name == ""


def test_without_a_password_and_without_a_change_nothing_ends(house, alice):
    admitted = house.enter()
    before = len(house.audited())

    house.core.directory.revise(alice.id, unchanged)

    assert house.use(admitted)
    assert len(house.audited()) == before
