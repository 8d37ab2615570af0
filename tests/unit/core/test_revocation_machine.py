"""Two workers over one storage and one table of stamps, driven at random beside a plain model.

The promise: once the call that ended a session has answered, no worker accepts its token. And the
other half: until then, and until its time is over, every worker does.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from tests.support.house import NORTH, PASSWORD, POLICY, SOUTH, House
from watchword.core.admission import Admitted
from watchword.core.errors import CoreError, SubjectDisabledError
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.policy import LockoutPolicy
from watchword.core.sessions import Device, EndReason
from watchword.core.subjects import Audience

PEOPLE = {"alice": "Acme", "bob": "Acme", "carol": "Globex"}
SLIDE, GRACE = timedelta(minutes=15), timedelta(minutes=5)

workers = st.integers(0, 1)
people = st.sampled_from(sorted(PEOPLE))


@dataclass(eq=False)
class Issued:
    """What the model knows of a session whose tokens were handed out."""

    admitted: Admitted
    login: str
    expires_at: datetime
    family: int
    predecessor: "Issued | None" = None
    successor: "Issued | None" = None
    ended: str = ""

    @property
    def audience(self) -> Audience:
        """Return where its tokens are good."""
        return self.admitted.session.audience


class RevocationMachine(RuleBasedStateMachine):
    """What anybody may do, in any order."""

    sessions: Bundle[Issued] = Bundle("sessions")

    @initialize()
    def build(self) -> None:
        self.house = House(replace(POLICY, lockout=LockoutPolicy(enabled=False)))
        for name, tenant in PEOPLE.items():
            self.house.add(name, tenant=tenant)
        self.workers = [self.house.core, self.house.worker()]
        self.active = dict.fromkeys(PEOPLE, True)
        self.issued: list[Issued] = []

    def teardown(self) -> None:
        self.house.close()

    @rule(
        target=sessions,
        login=people,
        audience=st.sampled_from([NORTH, SOUTH]),
        device=st.sampled_from(["", "phone"]),
        worker=workers,
    )
    def login(self, login, audience, device, worker):
        visit = Visit(audience, device=Device(device))
        try:
            admitted = self.workers[worker].login.admit(PasswordGrant(login, PASSWORD), visit)
        except CoreError:
            assert not self.active[login]
            return multiple()
        assert self.active[login]
        if audience == NORTH and device:
            self._end(
                lambda each: (
                    each.login == login
                    and each.audience == NORTH
                    and each.admitted.session.device.key == device
                ),
                "displaced",
            )
        return self._issue(admitted, login)

    @rule(each=sessions, worker=workers)
    def use(self, each, worker):
        access = self.workers[worker].access
        try:
            principal = access.principal(each.admitted.token.secret, each.audience)
        except SubjectDisabledError:
            assert not self.active[each.login]
            return
        except CoreError:
            assert each.ended or each.expires_at < self.house.clock()
            return
        access.flush()
        assert not each.ended
        assert each.expires_at >= self.house.clock()
        assert principal.subject.name == each.login
        self._first_use(each)
        if each.audience == SOUTH:
            deadline = each.admitted.session.deadline
            assert deadline is not None
            each.expires_at = min(self.house.clock() + SLIDE, deadline)

    @rule(target=sessions, each=sessions, worker=workers)
    def refresh(self, each, worker):
        if each.admitted.refresh is None:
            return multiple()
        token, refresh = each.admitted.token.secret, each.admitted.refresh.secret
        try:
            admitted = self.workers[worker].renewal.renew(token, refresh, SOUTH)
        except CoreError:
            assert each.ended or each.expires_at + GRACE < self.house.clock()
            if each.ended == "replaced":
                self._end(lambda other: other.family == each.family, "replayed")
            return multiple()
        assert not each.ended
        self._first_use(each)
        known = each.successor
        if known is not None and not known.ended:
            assert admitted.token.secret == known.admitted.token.secret
            known.expires_at = max(known.expires_at, admitted.session.expires_at)
            return multiple()
        each.successor = self._issue(admitted, each.login)
        each.successor.predecessor = each
        return each.successor

    @rule(each=sessions, worker=workers)
    def leave(self, each, worker):
        self.workers[worker].revocation.end_session(each.admitted.session, EndReason.LEFT)
        self._end(lambda other: other is each, "left")

    @rule(login=people, worker=workers)
    def end_subject(self, login, worker):
        subject_id = self.house.standing(login).subject.id
        self.workers[worker].revocation.end_subject(subject_id, EndReason.REVOKED)
        self._end(lambda each: each.login == login, "revoked")

    @rule(name=st.sampled_from(sorted(set(PEOPLE.values()))), worker=workers)
    def end_tenant(self, name, worker):
        with self.house.storage.read() as transaction:
            tenant = transaction.tenants.find_by_name(name)
        assert tenant is not None
        self.workers[worker].revocation.end_tenant(tenant.id, EndReason.REVOKED)
        self._end(lambda each: PEOPLE[each.login] == name, "revoked")

    @rule(worker=workers)
    def end_device(self, worker):
        self.workers[worker].revocation.end_device("phone", EndReason.REVOKED)
        self._end(lambda each: each.admitted.session.device.key == "phone", "revoked")

    @rule(login=people, worker=workers, active=st.booleans())
    def switch(self, login, worker, active):
        subject_id = self.house.standing(login).subject.id
        self.workers[worker].directory.set_active(subject_id, active=active)
        self.active[login] = active
        if not active:
            self._end(lambda each: each.login == login, "disabled")

    @rule(seconds=st.sampled_from([1, 20, 31, 299, 899, 901]))
    def wait(self, seconds):
        self.house.clock.advance(seconds=seconds)

    @invariant()
    def no_worker_accepts_what_was_ended(self):
        for each in getattr(self, "issued", []):
            if each.ended:
                for worker in self.workers:
                    token = each.admitted.token.secret
                    assert worker.access.recall(token, each.audience) is None

    def _issue(self, admitted: Admitted, login: str) -> Issued:
        session = admitted.session
        issued = Issued(admitted, login, session.expires_at, session.family)
        self.issued.append(issued)
        return issued

    def _first_use(self, each: Issued) -> None:
        if each.predecessor is not None:
            before, each.predecessor = each.predecessor, None
            self._end(lambda other: other is before, "replaced")

    def _end(self, meant, reason: str) -> None:
        for each in self.issued:
            if meant(each) and not each.ended:
                each.ended = reason


TestRevocation = RevocationMachine.TestCase
TestRevocation.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
