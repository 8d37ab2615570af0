"""Translating what the core admitted: total, and the dates agree with each other."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.admission import Admitted
from watchword.core.sessions import Session
from watchword.core.subjects import Subject, SubjectId, Tenant, TenantId
from watchword.core.tokens import Token
from watchword.dialects.idscan.profile import AUDIENCE, Profile
from watchword.dialects.idscan.translate import to_token_response

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WHEN = st.datetimes(datetime(1970, 1, 1), datetime(9_000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
ID = SubjectId(UUID(int=1))


@st.composite
def admissions(draw: st.DrawFn) -> Admitted:
    opened = draw(WHEN)
    ends = opened + timedelta(hours=draw(st.integers(1, 8_760)))
    slides = draw(st.booleans())
    session = Session(
        subject_id=ID,
        audience=AUDIENCE,
        opened_at=opened,
        seen_at=opened,
        expires_at=opened + timedelta(minutes=15) if slides else ends,
        deadline=ends,
    )
    profile = Profile(
        "User",
        frozenset({"scanning"}),
        tuple(draw(st.lists(TEXT))),
        draw(TEXT),
        draw(TEXT),
        draw(TEXT),
    )
    tenant = Tenant(TenantId(UUID(int=2)), draw(TEXT), opened) if draw(st.booleans()) else None
    subject = Subject(ID, (draw(TEXT) or "x",), draw(TEXT), opened, opened)
    return Admitted(subject, tenant, profile, session, Token("t"))


@given(admissions(), st.integers(1, 1_440))
def test_any_admission_has_an_answer_whose_times_agree(admitted: Admitted, idle: int) -> None:
    answer = msgspec.json.decode(
        msgspec.json.encode(to_token_response(admitted, admitted.tenant, idle))
    )

    issued, expires = (parsedate_to_datetime(answer[key]) for key in (".issued", ".expires"))
    assert (expires - issued).total_seconds() == answer["expires_in"] + 1
    assert issued <= admitted.session.opened_at < issued + timedelta(seconds=1)
    assert answer["IdleSessionTimeout"] == str(idle)
    assert answer["tenant"] == (admitted.tenant.name if admitted.tenant else "")
