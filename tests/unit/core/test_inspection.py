"""Looking at tokens that were shown elsewhere, and revoking them: who may, and what comes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.house import ADDRESS, NORTH, POLICY, SOUTH, House
from tests.support.storages import FailingStorage, WatchedStorage
from watchword.core.errors import (
    InvalidCredentialsError,
    StorageUnavailableError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenUnknownError,
)
from watchword.core.inspection import Look
from watchword.core.networks import parse_network
from watchword.core.service_tokens import Order
from watchword.core.sessions import EndReason, SessionFilter

ASKS_FROM = "192.0.2.9"


@pytest.fixture
def alice(house):
    return house.add("alice", tenant="Acme")


@pytest.fixture
def admitted(house, alice):
    return house.enter(alice.name, device="phone")


@pytest.fixture
def look(house):
    """Return a look of a machine of no tenant at the tokens of the south."""
    return Look(house.add("asker", service=True), NORTH, frozenset({SOUTH}), ASKS_FROM)


def inspect(house, admitted, look, address=""):
    return house.core.inspection.inspect(admitted.token.secret, look, address)


def recall(house, admitted, look, address=""):
    return house.core.inspection.recall(admitted.token.secret, look, address)


def refused(house, admitted, look):
    """Say whether a token is unknown to a look, whether this process knows it or not."""
    known = recall(house, admitted, look)
    with pytest.raises(TokenUnknownError):
        inspect(house, admitted, look)
    return known is None


class TestWhatALookCovers:
    def test_the_tokens_of_its_audiences(self, house, alice, admitted, look):
        assert inspect(house, admitted, look).principal.subject == alice

    def test_no_token_of_another_audience_known_here_or_not(self, house, alice, look):
        admitted = house.enter(alice.name, audience=NORTH)
        assert refused(house, admitted, look)
        house.use(admitted)
        assert refused(house, admitted, look)

    def test_nothing_but_its_own_where_it_names_no_audience(self, house, admitted, look):
        house.use(admitted)
        assert refused(house, admitted, replace(look, audiences=frozenset()))

    def test_its_own_tokens_of_its_own_audience(self, house, look):
        own = house.enter("asker", audience=NORTH)
        assert inspect(house, own, look).principal.subject == look.by

    def test_not_its_own_tokens_of_another(self, house, look):
        own = house.enter("asker", audience=SOUTH)
        assert refused(house, own, replace(look, audiences=frozenset()))

    def test_of_its_own_tenant_alone_where_it_belongs_to_one(self, house, alice, admitted, look):
        at_home = house.add("of acme", service=True, tenant="Acme")
        abroad = house.add("of other", service=True, tenant="Other")

        assert inspect(house, admitted, replace(look, by=at_home)).principal.subject == alice
        assert refused(house, admitted, replace(look, by=abroad))

    def test_nobody_without_a_tenant_where_it_belongs_to_one(self, house, look):
        house.add("nomad")
        of_acme = house.add("of acme", service=True, tenant="Acme")
        assert refused(house, house.enter("nomad"), replace(look, by=of_acme))

    def test_no_token_of_a_door_that_is_closed_by_now(self, house, admitted, look):
        closed = replace(POLICY, audiences={NORTH: POLICY.audiences[NORTH]})
        later = House(closed, house.storage, house.stamps, house.clock)

        with pytest.raises(TokenUnknownError):
            later.core.inspection.inspect(admitted.token.secret, look)
        later.close()


class TestWhatIsGood:
    def test_no_refresh_token(self, house, admitted, look):
        with pytest.raises(TokenUnknownError):
            house.core.inspection.inspect(admitted.refresh.secret, look)

    @pytest.mark.parametrize("secret", ["", "x", "\ud800", "\x00", "x" * 100_000])
    def test_nothing_that_was_never_issued(self, house, look, secret):
        assert house.core.inspection.recall(secret, look) is None
        with pytest.raises(TokenUnknownError):
            house.core.inspection.inspect(secret, look)

    def test_no_token_past_its_time(self, house, admitted, look):
        inspect(house, admitted, look)
        house.clock.advance(minutes=16)

        assert recall(house, admitted, look) is None
        with pytest.raises(TokenExpiredError):
            inspect(house, admitted, look)

    def test_no_token_of_who_was_switched_off(self, house, alice, admitted, look):
        inspect(house, admitted, look)
        house.core.directory.set_active(alice.id, active=False)

        assert recall(house, admitted, look) is None
        with pytest.raises(SubjectDisabledError):
            inspect(house, admitted, look)

    def test_no_token_of_a_tenant_in_deletion(self, house, admitted, look):
        house.close_tenant("Acme")
        with pytest.raises(TenantClosedError):
            inspect(house, admitted, look)

    def test_a_token_for_some_networks_only_with_an_address_of_theirs(self, house, look):
        robot = house.add("robot", service=True)
        order = Order(robot.id, SOUTH, networks=(parse_network("198.51.100.0/24"),))
        secret = house.core.service_tokens.issue(order).token.secret

        for address in ("", ASKS_FROM):
            with pytest.raises(TokenUnknownError):
                house.core.inspection.inspect(secret, look, address)
        seen = house.core.inspection.inspect(secret, look, "198.51.100.7")
        assert seen.principal.subject == robot
        assert seen.expires_at == house.clock() + timedelta(days=365)
        assert house.core.inspection.recall(secret, look) is None
        assert house.core.inspection.recall(secret, look, "198.51.100.7") == seen

    def test_storage_that_does_not_answer_is_told(self, house, admitted, look):
        storage = FailingStorage(house.storage)
        worker = house.worker(storage=storage)

        with storage.outage(), pytest.raises(StorageUnavailableError):
            worker.inspection.inspect(admitted.token.secret, look)


class TestALookIsAUse:
    def test_a_sliding_session_lives_on_from_it(self, house, admitted, look):
        for _ in range(3):
            house.clock.advance(minutes=14)
            seen = inspect(house, admitted, look)
            house.core.access.flush()
            assert seen.expires_at == house.clock() + timedelta(minutes=15)

    def test_the_end_that_is_told_never_lags_behind(self, house, admitted, look):
        inspect(house, admitted, look)
        house.clock.advance(seconds=20)

        seen = recall(house, admitted, look)

        assert seen.expires_at == house.clock() + timedelta(minutes=15)

    def test_it_slides_no_further_than_its_deadline(self, house, admitted, look):
        ends = []
        for _ in range(24 * 6 - 1):
            house.clock.advance(minutes=10)
            ends.append(inspect(house, admitted, look).expires_at)
            house.core.access.flush()

        assert max(ends) == ends[-1] == admitted.session.deadline

    def test_a_strict_session_ends_when_it_would_have(self, house, alice, look):
        strict = house.enter(alice.name, audience=NORTH)
        house.clock.advance(hours=1)

        seen = inspect(house, strict, replace(look, audiences=frozenset({NORTH})))

        assert seen.expires_at == strict.session.expires_at

    def test_it_ends_what_a_refresh_replaced(self, house, admitted, look):
        renewed = house.core.renewal.renew(admitted.token.secret, admitted.refresh.secret, SOUTH)

        inspect(house, renewed, look)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    def test_a_look_that_does_not_cover_it_is_none(self, house, admitted, look):
        house.use(admitted)
        house.clock.advance(minutes=14)
        nothing = replace(look, audiences=frozenset())
        assert refused(house, admitted, nothing)

        house.clock.advance(minutes=2)

        with pytest.raises(TokenExpiredError):
            house.use(admitted)

    def test_of_a_known_token_no_storage_is_asked(self, house, admitted, look):
        storage = WatchedStorage(house.storage)
        worker = house.worker(storage=storage)
        worker.inspection.inspect(admitted.token.secret, look)
        asked: list[str] = []
        storage.seen = asked.append

        assert worker.inspection.inspect(admitted.token.secret, look)
        assert worker.inspection.recall(admitted.token.secret, look)

        assert asked == []


class TestRevoking:
    def revoke(self, house, admitted, look):
        return house.core.inspection.revoke(admitted.token.secret, look)

    def test_it_ends_this_session_and_no_other(self, house, admitted, look):
        other = house.enter(device="desk")

        assert self.revoke(house, admitted, look)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)
        assert house.use(other)

    def test_the_audit_log_says_who_asked_and_from_where(self, house, alice, admitted, look):
        self.revoke(house, admitted, look)

        (entry,) = house.audited("session.end")
        assert (entry.result, entry.subject_id) == (EndReason.REVOKED, alice.id)
        assert (entry.audience, entry.address) == (SOUTH, ASKS_FROM)
        assert entry.details["by"] == str(look.by.id)
        assert entry.details["by_login"] == "asker"

    def test_twice_is_no_error_and_written_down_once(self, house, admitted, look):
        assert self.revoke(house, admitted, look)
        assert self.revoke(house, admitted, look)

        assert len(house.audited("session.end")) == 1

    def test_what_was_committed_before_a_crash_is_seen_after_another_call(
        self, house, admitted, look
    ):
        house.use(admitted)
        with house.storage.write() as transaction:
            found = transaction.standings.find_by_token(admitted.token.digest)
            assert found is not None
            which = SessionFilter(id=found[1].id)
            transaction.sessions.end(which, house.clock(), EndReason.REVOKED)
        assert house.use(admitted)

        self.revoke(house, admitted, look)

        with pytest.raises(TokenUnknownError):
            house.use(admitted)

    def test_a_successor_that_was_never_used_ends_with_what_it_would_have_replaced(
        self, house, admitted, look
    ):
        renewed = house.core.renewal.renew(admitted.token.secret, admitted.refresh.secret, SOUTH)

        self.revoke(house, renewed, look)

        for each in (admitted, renewed):
            with pytest.raises(TokenUnknownError):
                house.use(each)

    def test_who_is_not_covered_stays_and_the_audit_log_alone_is_told(self, house, admitted, look):
        assert not self.revoke(house, admitted, replace(look, audiences=frozenset()))

        assert house.use(admitted)
        assert house.results("token.revoke") == ["not-covered"]

    def test_of_what_was_never_issued_there_is_nothing_to_tell(self, house, look):
        before = len(house.audited())

        assert not house.core.inspection.revoke("never issued", look)

        assert len(house.audited()) == before


class TestMachinesOnly:
    @pytest.fixture
    def house(self):
        """Yield a house whose northern door lets machines in alone."""
        north = replace(POLICY.audiences[NORTH], machines_only=True)
        house = House(replace(POLICY, audiences={**POLICY.audiences, NORTH: north}))
        yield house
        house.close()

    def test_a_person_is_refused_there_and_nowhere_else(self, house, alice):
        with pytest.raises(InvalidCredentialsError):
            house.enter(alice.name, audience=NORTH)
        assert house.enter(alice.name, audience=SOUTH, address=ADDRESS)

    def test_a_machine_is_let_in_until_it_is_none_any_more(self, house):
        house.add("robot", service=True)
        admitted = house.enter("robot", audience=NORTH)
        assert house.use(admitted)

        house.add("robot", service=False)

        with pytest.raises(SubjectDisabledError):
            house.use(admitted)
