"""The matrix of rights, cell by cell: wire contract Oz 6.3."""

import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from watchword.core.access import Principal
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.sessions import Session
from watchword.core.subjects import Subject, SubjectId, TenantId
from watchword.dialects.oz.profile import AnalysisType, Profile, UserType
from watchword.dialects.oz.rights import (
    FLAGGED,
    MATRIX,
    Action,
    Reach,
    Whose,
    can_give_role,
    covers,
    require,
    require_flags,
    require_over,
    require_sight,
)
from watchword.dialects.oz.settings import AUDIENCE

# The contract's own table, row by row; its splits and its additions are those of the page.
CONTRACT = """
| action | ADMIN | OPERATOR | CLIENT_ADMIN | CLIENT_OPERATOR | CLIENT | CLIENT_SERVICE |
| company-create | all | - | - | - | - | - |
| company-read | all | all | own co. | own co. | own co. | own co. |
| company-update | all | - | own co. | - | - | - |
| company-delete | all | - | - | - | - | - |
| user-create | all | - | own co. | - | - | - |
| user-read | all | all | own co. | own co. | self | self |
| user-update | all | - | own co. | - | - | - |
| user-names | all | - | own co. | - | self | - |
| user-password | all | self | own co. | self | self | self |
| user-delete | all | - | own co. | - | - | - |
| service-token-issue | all | - | - | - | - | - |
| session-token | self | - | self | - | self | self |
| folder-create | all | - | own co. | - | self | self |
| folder-read | all | all | own co. | own co. | self | self |
| folder-delete | all | - | own co. | - | - | - |
| analysis-start | all | - | own co. by flag | - | self by flag | self by flag |
| analysis-resolve | - | all | - | own co. | - | - |
| collection-create | all | - | own co. | - | - | - |
| collection-read | all | all | own co. | own co. | own co. | own co. |
| person-read | all | all | own co. | own co. | - | - |
"""
WORDS = {"-": "-", "all": "all", "own co.": "own-co.", "self": "own"}
NOW = datetime(2025, 3, 4, tzinfo=UTC)
ACME, OTHER = (TenantId(UUID(int=number)) for number in (1, 2))
ME, SOMEBODY = (SubjectId(UUID(int=number)) for number in (3, 4))
MINE = Whose(ME, ACME)
COLLEAGUES = Whose(SOMEBODY, ACME)
STRANGERS = Whose(SOMEBODY, OTHER)
NOBODYS = Whose(None, None)
ALONE = Whose(ME, None)
LEFT_BEHIND = Whose(ME, OTHER)


def rows():
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in CONTRACT.strip().splitlines()
    ]
    return lines[0][1:], [(line[0], line[1:]) for line in lines[1:]]


def cells():
    roles, body = rows()
    return [
        (action, role, cell)
        for action, line in body
        for role, cell in zip(roles, line, strict=True)
    ]


def a_principal(role, company=ACME, **profile):
    subject = Subject(ME, ("me@acme.example",), "", NOW, NOW, tenant_id=company)
    session = Session(ME, AUDIENCE, NOW, NOW, NOW + timedelta(hours=1))
    return Principal(subject, None, Profile(user_type=role, **profile), session)


def outcome(act):
    try:
        act()
    except (ForbiddenError, NotFoundError) as error:
        return type(error)
    return None


@pytest.mark.parametrize(("action", "role", "cell"), cells())
def test_each_cell_is_the_contracts(action, role, cell):
    reach = WORDS[cell.removesuffix(" by flag")]
    assert MATRIX[Action(action), UserType(role)] == reach
    assert ((Action(action), UserType(role)) in FLAGGED) == cell.endswith(" by flag")


def test_no_cell_is_left_out(capsys):
    roles, body = rows()
    with capsys.disabled():
        for action, line in [("", roles), *body]:
            sys.stdout.write(f"\n{action:22}" + "".join(f"{cell:16}" for cell in line))
    assert {(Action(action), UserType(role)) for action, role, _ in cells()} == set(MATRIX)
    assert len(MATRIX) == len(Action) * len(UserType)


@pytest.mark.parametrize(("action", "role"), list(MATRIX))
def test_a_right_reaches_as_far_as_its_cell_says(action, role):
    principal = a_principal(role)
    reach = MATRIX[action, role]
    everything = [ALONE, MINE, LEFT_BEHIND, COLLEAGUES, STRANGERS, NOBODYS]
    within = {
        Reach.NOTHING: [],
        Reach.OWN: [ALONE] if role in {"ADMIN", "OPERATOR"} else [ALONE, MINE],
        Reach.COMPANY: [ALONE, MINE, COLLEAGUES],
        Reach.ALL: everything,
    }[reach]
    for whose in everything:
        beyond = None if whose in within else ForbiddenError
        unseen = ForbiddenError if reach is Reach.NOTHING else NotFoundError
        assert covers(principal, reach, whose) == (whose in within)
        assert outcome(lambda w=whose: require_over(principal, action, w, "x")) == beyond
        assert outcome(lambda w=whose: require_sight(principal, action, w, "x")) == (
            None if whose in within else unseen
        )


@pytest.mark.parametrize(("action", "role"), list(MATRIX))
def test_what_is_beyond_a_reach_answers_like_what_does_not_exist(action, role):
    principal = a_principal(role)
    if MATRIX[action, role] is Reach.ALL:
        with pytest.raises(NotFoundError):
            require_over(principal, action, None, "x")
    else:
        for require_it in (require_over, require_sight):
            unknown = outcome(lambda r=require_it: r(principal, action, None, "x"))
            foreign = outcome(lambda r=require_it: r(principal, action, STRANGERS, "x"))
            assert unknown == foreign is not None


@pytest.mark.parametrize(("action", "role"), list(MATRIX))
def test_a_right_that_reaches_nothing_is_none(action, role):
    refused = MATRIX[action, role] is Reach.NOTHING
    found = outcome(lambda: require(a_principal(role), action))
    assert found == (ForbiddenError if refused else None)


def test_without_a_company_nobody_elses_record_is_ones_own_companys():
    for whose in (COLLEAGUES, NOBODYS, Whose(SOMEBODY, None)):
        assert not covers(a_principal(UserType.CLIENT_ADMIN, None), Reach.COMPANY, whose)
    assert covers(a_principal(UserType.CLIENT_ADMIN, None), Reach.COMPANY, Whose(ME, None))


@pytest.mark.parametrize("role", list(UserType))
def test_only_an_admin_makes_accounts_that_reach_beyond_a_company(role):
    for given in UserType:
        beyond = given in {"ADMIN", "OPERATOR"}
        assert can_give_role(a_principal(role), given) == (role == "ADMIN" or not beyond)


@pytest.mark.parametrize("kind", list(AnalysisType))
@pytest.mark.parametrize("role", list(UserType))
def test_a_flag_that_is_off_refuses_its_kind_to_every_role_of_a_company(role, kind):
    off = a_principal(role, **{f"can_start_analysis_{kind.lower()}": False})
    starts = MATRIX[Action.ANALYSIS_START, role] is not Reach.NOTHING
    allowed = role == "ADMIN"
    assert (outcome(lambda: require_flags(off, [kind])) is None) == allowed
    assert (outcome(lambda: require_flags(off, AnalysisType)) is None) == allowed
    others = [other for other in AnalysisType if other is not kind]
    assert (outcome(lambda: require_flags(off, others)) is None) == starts


def test_kinds_of_analysis_are_compared_without_regard_to_case():
    assert AnalysisType("quality") is AnalysisType.QUALITY
    for odd in ("", "liveness", "QUALITY "):
        with pytest.raises(ValueError, match="not a valid"):
            AnalysisType(odd)
