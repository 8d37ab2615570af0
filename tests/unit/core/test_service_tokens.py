"""Service tokens: who gets one, what it is good for, and what ends it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.support.house import EVERYWHERE, NORTH, POLICY, SOUTH, House
from watchword.core.errors import (
    NotFoundError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenUnknownError,
)
from watchword.core.networks import parse_network
from watchword.core.policy import Lifetime, ServiceTokenPolicy
from watchword.core.service_tokens import Order
from watchword.core.sessions import EndReason, ServiceTokenId, SessionFilter
from watchword.core.subjects import Audience, SubjectId

YEAR = timedelta(days=365)
INSIDE, OUTSIDE = "10.1.2.3", "192.0.2.1"


@pytest.fixture
def robot(house):
    return house.add("robot", service=True, tenant="Acme")


@pytest.fixture
def order(robot):
    return Order(robot.id, SOUTH)


@pytest.fixture
def issued(house, order):
    return house.core.service_tokens.issue(order)


def use(core, issued, address=""):
    return core.access.principal(issued.token.secret, SOUTH, address)


def is_good(core, issued, address=""):
    try:
        return use(core, issued, address).session.service_token == issued.service_token.id
    except TokenUnknownError:
        return False


def fixed_life(house, **lifetime):
    """Return a worker whose service tokens live otherwise."""
    south = POLICY.audiences[SOUTH]
    tokens = ServiceTokenPolicy(Lifetime(**lifetime), lambda _subject, _profile: True)
    audiences = {**POLICY.audiences, SOUTH: replace(south, service_tokens=tokens)}
    other = House(replace(POLICY, audiences=audiences), house.storage, house.stamps, house.clock)
    other.random = house.random
    return other.worker()


class TestTooMany:
    MOST = ServiceTokenPolicy(Lifetime(YEAR), lambda _subject, _profile: True).most

    def fill(self, house, order):
        """Issue as many as there may be, a minute apart."""
        issued = []
        for _ in range(self.MOST):
            issued.append(house.core.service_tokens.issue(order))
            house.clock.advance(minutes=1)
        return issued

    def good(self, house, issued):
        return [is_good(house.core, each) for each in issued]

    def touch(self, house, *issued):
        for each in issued:
            use(house.core, each)
        house.core.access.flush()
        house.clock.advance(minutes=1)

    def test_as_many_as_there_may_be_are_good(self, house, order):
        assert all(self.good(house, self.fill(house, order)))

    def test_of_those_that_nobody_used_the_oldest_goes(self, house, order):
        issued = self.fill(house, order)
        issued.append(house.core.service_tokens.issue(order))

        assert self.good(house, issued) == [False, *[True] * self.MOST]

    def test_one_that_is_in_use_outlives_any_number_that_are_not(self, house, order):
        first, *others = self.fill(house, order)
        self.touch(house, first)
        later = [house.core.service_tokens.issue(order) for _ in range(2 * self.MOST)]

        assert self.good(house, [first, others[-1], later[-1]]) == [True, False, True]

    def test_of_those_in_use_the_one_longest_out_of_use_goes(self, house, order):
        issued = self.fill(house, order)
        self.touch(house, *issued[1:])
        self.touch(house, issued[0])
        house.core.service_tokens.issue(order)

        assert not is_good(house.core, issued[1])
        assert is_good(house.core, issued[0])

    def test_no_worker_takes_it_once_the_answer_is_there(self, house, order):
        other = house.worker()
        issued = self.fill(house, order)
        for each in issued:
            use(other, each)
        house.core.service_tokens.issue(order)

        assert not is_good(other, issued[0])

    def test_nobody_elses_go(self, house, order):
        stranger = house.add("stranger", service=True, tenant="Acme")
        its = house.core.service_tokens.issue(Order(stranger.id, SOUTH))
        self.fill(house, order)
        house.core.service_tokens.issue(order)

        assert is_good(house.core, its)

    def test_the_trail_tells_how_many_went(self, house, order):
        self.fill(house, order)
        house.core.service_tokens.issue(order)

        details = [dict(entry.details) for entry in house.audited("service-token.issue")]
        assert [each.get("ended") for each in details] == [*[None] * self.MOST, "1"]


class TestIssuing:
    def test_it_vouches_for_its_subject(self, house, robot, issued):
        principal = use(house.core, issued)

        assert principal.subject == robot == issued.subject
        assert principal.session.service_token == issued.service_token.id

    def test_it_looks_like_every_token_of_its_audience(self, issued):
        assert len(issued.token.secret) == 128
        assert set(issued.token.secret) <= set("0123456789abcdef")

    def test_its_secret_is_told_once_and_kept_nowhere(self, house, issued):
        assert issued.token.secret not in repr(issued)
        with house.storage.read() as transaction:
            found = transaction.standings.find_by_token(issued.token.digest)
        assert found is not None
        assert issued.token.secret not in repr(found)

    def test_it_lives_for_as_long_as_the_policy_has_it(self, house, issued):
        assert issued.service_token.expires_at == house.clock() + YEAR
        assert issued.service_token.deadline is None

    def test_its_id_is_a_uuid_of_its_own(self, house, order, issued):
        other = house.core.service_tokens.issue(order)

        assert issued.service_token.id.version == 4
        assert other.service_token.id != issued.service_token.id

    def test_issuing_again_gives_a_further_one(self, house, order, issued):
        second = house.core.service_tokens.issue(order)

        assert is_good(house.core, issued)
        assert is_good(house.core, second)

    def test_it_is_good_at_its_own_audience_only(self, house, issued):
        with pytest.raises(TokenUnknownError):
            house.core.access.principal(issued.token.secret, NORTH)

    def test_it_cannot_be_refreshed_nor_vouch_for_a_refresh(self, house, issued):
        admitted = house.enter("robot")
        assert admitted.refresh is not None

        with pytest.raises(TokenUnknownError):
            house.core.renewal.renew(issued.token.secret, admitted.refresh.secret, SOUTH)

    def test_it_displaces_nobody_and_is_displaced_by_nobody(self, house, issued):
        admitted = house.enter("robot")

        assert house.use(admitted)
        assert is_good(house.core, issued)

    def test_the_audit_log_tells_who_had_it_issued(self, house, robot, order):
        house.add("alice")
        admin = house.use(house.enter("alice"))
        networks = (parse_network("10.1.0.0/16"),)
        issued = house.core.service_tokens.issue(replace(order, by=admin, networks=networks))

        (entry,) = house.audited("service-token.issue")
        assert (entry.subject_id, entry.login) == (robot.id, "robot")
        assert entry.tenant_id == robot.tenant_id
        assert entry.details == {
            "by": str(admin.subject.id),
            "networks": "10.1.0.0/16",
            "service-token": str(issued.service_token.id),
        }

    def test_who_asks_by_a_service_token_gives_away_no_more_than_that(self, house, order):
        until, networks = house.clock() + timedelta(days=7), (parse_network("10.1.0.0/16"),)
        bound = house.core.service_tokens.issue(replace(order, until=until, networks=networks))
        by = use(house.core, bound, INSIDE)

        second = house.core.service_tokens.issue(replace(order, by=by)).service_token
        late = replace(order, by=by, until=until + YEAR, networks=(parse_network("0.0.0.0/0"),))
        third = house.core.service_tokens.issue(late).service_token
        soon = replace(order, by=by, until=until - timedelta(days=1))
        fourth = house.core.service_tokens.issue(soon).service_token

        assert {second.networks, third.networks, fourth.networks} == {networks}
        assert (second.deadline, third.deadline) == (until, until)
        assert fourth.deadline == soon.until


class TestRefusals:
    def test_nobody_gets_none(self, house):
        with pytest.raises(NotFoundError, match="subject"):
            house.core.service_tokens.issue(Order(SubjectId(uuid4()), SOUTH))

    def test_a_subject_without_a_profile_is_nobody_there(self, house):
        stranger = house.add("stranger", service=True, profiles={NORTH: EVERYWHERE[NORTH]})

        with pytest.raises(NotFoundError, match="subject"):
            house.core.service_tokens.issue(Order(stranger.id, SOUTH))

    def test_a_person_is_no_service_account(self, house):
        person = house.add("alice")

        with pytest.raises(NotFoundError, match="service account"):
            house.core.service_tokens.issue(Order(person.id, SOUTH))

    @pytest.mark.parametrize("audience", [NORTH, Audience("nowhere")])
    def test_an_audience_may_know_no_service_tokens(self, house, robot, audience):
        with pytest.raises(NotFoundError, match="audience"):
            house.core.service_tokens.issue(Order(robot.id, audience))

    def test_a_disabled_subject_gets_none(self, house, robot, order):
        house.core.directory.set_active(robot.id, active=False)

        with pytest.raises(SubjectDisabledError):
            house.core.service_tokens.issue(order)

    def test_a_subject_of_a_closed_tenant_gets_none(self, house, order):
        house.close_tenant("Acme")

        with pytest.raises(TenantClosedError):
            house.core.service_tokens.issue(order)

    def test_a_refused_reissue_ends_nothing(self, house, order, issued):
        with pytest.raises(ValueError, match="has passed"):
            house.core.service_tokens.reissue(replace(order, until=house.clock()))

        assert is_good(house.core, issued)
        assert house.audited("service-token.reissue") == []


class TestLife:
    def test_each_use_begins_it_anew_where_the_policy_slides(self, house, issued):
        house.clock.advance(days=364)
        use(house.core, issued)
        house.core.access.flush()
        house.clock.advance(days=364)

        assert is_good(house.core, issued)

    def test_it_ends_unused(self, house, issued):
        house.clock.advance(days=366)

        with pytest.raises(TokenExpiredError):
            use(house.core, issued)

    def test_it_does_not_slide_where_the_policy_does_not(self, house, order):
        core = fixed_life(house, length=YEAR)
        issued = core.service_tokens.issue(order)
        house.clock.advance(days=364)
        use(core, issued)
        house.clock.advance(days=2)

        with pytest.raises(TokenExpiredError):
            use(core, issued)

    def test_an_expiry_date_is_a_bound_however_often_it_is_used(self, house, order):
        until = house.clock() + timedelta(days=500)
        issued = house.core.service_tokens.issue(replace(order, until=until))
        assert issued.service_token.expires_at == house.clock() + YEAR
        for _ in range(4):
            house.clock.advance(days=124)
            use(house.core, issued)
            house.core.access.flush()
        house.clock.advance(days=5)

        with pytest.raises(TokenExpiredError):
            use(house.core, issued)

    @pytest.mark.parametrize("lifetime", [{"slides": True, "at_most": 2 * YEAR}, {}])
    def test_an_expiry_date_only_ever_shortens(self, house, order, lifetime):
        core = fixed_life(house, length=YEAR, **lifetime)
        bound = house.clock() + lifetime.get("at_most", YEAR)
        soon, late = house.clock() + timedelta(days=7), house.clock() + timedelta(days=9_999)

        short = core.service_tokens.issue(replace(order, until=soon)).service_token
        long = core.service_tokens.issue(replace(order, until=late)).service_token

        assert (short.expires_at, short.deadline) == (soon, soon)
        assert (long.expires_at, long.deadline) == (house.clock() + YEAR, bound)

    def test_its_last_use_is_known(self, house, robot, issued):
        def used_at():
            (found,) = house.core.service_tokens.list_living(robot.id)
            return found.used_at

        assert used_at() is None
        house.clock.advance(minutes=5)
        use(house.core, issued)
        house.core.access.flush()
        assert used_at() == house.clock()


class TestNetworks:
    @pytest.fixture
    def bound(self, house, order):
        return house.core.service_tokens.issue(
            replace(order, networks=(parse_network("10.1.0.0/16"), parse_network("2001:db8::1")))
        )

    @pytest.mark.parametrize("address", [INSIDE, "2001:db8::1", "::ffff:10.1.2.3"])
    def test_from_inside_it_is_good(self, house, bound, address):
        assert is_good(house.core, bound, address)
        assert house.core.access.recall(bound.token.secret, SOUTH, address) is not None

    @pytest.mark.parametrize("address", [OUTSIDE, "2001:db8::2", "", "unix:"])
    def test_from_elsewhere_it_is_unknown(self, house, bound, address):
        assert not is_good(house.core, bound, address)

    def test_from_elsewhere_it_is_unknown_even_while_it_is_in_use(self, house, bound):
        use(house.core, bound, INSIDE)

        assert house.core.access.recall(bound.token.secret, SOUTH, OUTSIDE) is None
        assert not is_good(house.core, bound, OUTSIDE)
        assert house.core.access.recall(bound.token.secret, SOUTH, INSIDE) is not None

    def test_a_use_from_elsewhere_is_no_use(self, house, robot, bound):
        house.clock.advance(minutes=5)
        assert not is_good(house.core, bound, OUTSIDE)
        house.core.access.flush()

        (found,) = house.core.service_tokens.list_living(robot.id)
        assert found.used_at is None

    def test_the_audit_log_is_told_once_a_minute(self, house, bound):
        for _ in range(5):
            assert not is_good(house.core, bound, OUTSIDE)
        house.clock.advance(minutes=1)
        assert not is_good(house.core, bound, "192.0.2.2")

        first, second = house.audited("access")
        assert (first.result, first.address) == ("wrong-network", OUTSIDE)
        assert second.address == "192.0.2.2"
        assert first.details["service-token"] == str(bound.service_token.id)

    def test_what_was_told_is_forgotten_in_time(self, house, order, bound, monkeypatch):
        monkeypatch.setattr("watchword.core.access.MOST_TOLD", 1)
        other = house.core.service_tokens.issue(
            replace(order, networks=(parse_network("10.1.0.0/16"),))
        )
        for issued in (bound, other, bound):
            assert not is_good(house.core, issued, OUTSIDE)

        assert len(house.audited("access")) == 3


class TestEnds:
    def test_reissuing_ends_all_earlier_ones_in_every_worker(self, house, order, issued):
        second, worker = house.core.service_tokens.issue(order), house.worker()
        assert is_good(worker, issued)
        assert is_good(worker, second)

        third = house.core.service_tokens.reissue(order)

        assert not is_good(worker, issued)
        assert not is_good(worker, second)
        assert is_good(worker, third)
        (entry,) = house.audited("service-token.reissue")
        assert entry.details["ended"] == "2"

    def test_reissuing_ends_no_login_and_nobody_elses(self, house, order, issued):
        other = house.add("other", service=True)
        others = house.core.service_tokens.issue(Order(other.id, SOUTH))
        admitted = house.enter("robot")

        house.core.service_tokens.reissue(order)

        assert not is_good(house.core, issued)
        assert is_good(house.core, others)
        assert house.use(admitted)

    def test_parallel_reissues_leave_one(self, house, robot, order):
        with ThreadPoolExecutor(8) as threads:
            all_issued = list(threads.map(house.core.service_tokens.reissue, [order] * 16))

        assert sum(is_good(house.core, each) for each in all_issued) == 1
        assert len(house.core.service_tokens.list_living(robot.id)) == 1

    def test_revoking_ends_one_in_every_worker(self, house, order, issued):
        second, worker = house.core.service_tokens.issue(order), house.worker()
        assert is_good(worker, issued)

        revoked = house.core.service_tokens.revoke(issued.service_token.id, by=order.subject_id)

        assert revoked.id == issued.service_token.id
        assert not is_good(worker, issued)
        assert is_good(worker, second)
        (entry,) = house.audited("service-token.revoke")
        assert entry.details["by"] == str(order.subject_id)

    def test_what_is_not_there_cannot_be_revoked(self, house, issued):
        house.core.service_tokens.revoke(issued.service_token.id)

        for token_id in (issued.service_token.id, ServiceTokenId(uuid4())):
            with pytest.raises(NotFoundError, match="service token"):
                house.core.service_tokens.revoke(token_id)

    def test_switching_its_subject_off_ends_it(self, house, robot, issued):
        house.core.directory.set_active(robot.id, active=False)
        with pytest.raises(SubjectDisabledError):
            use(house.core, issued)

        house.core.directory.set_active(robot.id, active=True)
        assert not is_good(house.core, issued)

    def test_removing_its_subject_ends_it(self, house, robot, issued):
        assert is_good(house.core, issued)
        house.core.directory.remove_subject(robot.id)

        assert not is_good(house.core, issued)

    def test_closing_its_tenant_ends_it(self, house, robot, issued):
        assert robot.tenant_id is not None
        house.core.revocation.end_tenant(robot.tenant_id, EndReason.DISABLED)

        assert not is_good(house.core, issued)

    def test_a_new_password_of_its_subject_ends_it(self, house, robot, issued):
        house.core.directory.set_password(robot.id, "another horse")

        assert not is_good(house.core, issued)


class TestLists:
    def test_living_ones_are_listed_oldest_first(self, house, robot, order, issued):
        second = house.core.service_tokens.issue(order)
        ended = house.core.service_tokens.issue(order)
        house.core.service_tokens.revoke(ended.service_token.id)
        house.enter("robot")
        other = house.add("other", service=True)
        others = house.core.service_tokens.issue(Order(other.id, SOUTH))

        own = house.core.service_tokens.list_living(robot.id)
        everybodys = house.core.service_tokens.list_living()

        assert own == [issued.service_token, second.service_token]
        assert everybodys == [*own, others.service_token]
        assert house.core.service_tokens.list_living(limit=1) == own[:1]

    def test_people_and_services_are_told_apart(self, house, issued):
        admitted = house.enter("robot")

        with house.storage.read() as transaction:
            people = transaction.sessions.list_living(
                SessionFilter(of_service=False), house.clock(), 10
            )

        assert [each.id for each in people] == [admitted.session.id]
        assert issued.service_token.networks == ()
