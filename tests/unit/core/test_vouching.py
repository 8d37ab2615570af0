"""Signed statements: what they say, and that they verify for as long as they live."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest

from tests.support.house import SOUTH, House
from tests.support.statements import read_head, verify
from tests.support.storages import FailingStorage, WatchedStorage
from watchword.core.signing import Algorithm, key_id
from watchword.core.vouching import AHEAD, LONGEST_LIFE, PEN_LIFE
from watchword.storage.signing import make_private_key

LIFE = timedelta(minutes=15)


def vouch(house, life=LIFE, **claims):
    return house.core.vouching.vouch(SOUTH, claims, life)


def kid(statement):
    return read_head(statement)["kid"]


class TestStatements:
    def test_a_stranger_can_verify_one(self, house):
        statement = vouch(house, sub="alice")

        claims = verify(statement, house.core.vouching.published())
        now = int(house.clock().timestamp())
        assert claims is not None
        assert claims.pop("jti")
        assert claims == {
            "sub": "alice",
            "iss": "watchword",
            "aud": "south",
            "iat": now,
            "exp": now + 900,
        }
        assert read_head(statement) == {"alg": "ES384", "kid": kid(statement), "typ": "JWT"}

    def test_none_is_like_another(self, house):
        assert vouch(house) != vouch(house)

    def test_what_is_claimed_does_not_say_who_issued_it(self, house):
        claims = verify(vouch(house, iss="me", aud="you", exp=0), house.core.vouching.published())

        assert claims is not None
        assert (claims["iss"], claims["aud"]) == ("watchword", "south")
        assert claims["exp"] > claims["iat"]

    def test_a_changed_one_does_not_verify(self, house):
        statement = vouch(house, sub="alice")
        head, body, signature = statement.split(".")
        other = vouch(house, sub="mallory").split(".")[1]

        keys = house.core.vouching.published()
        assert verify(f"{head}.{other}.{signature}", keys) is None
        assert verify(f"{head}.{body}.{signature[:-8]}AAAAAAAA", keys) is None

    @pytest.mark.parametrize("life", [timedelta(0), -LIFE, LONGEST_LIFE + timedelta(seconds=1)])
    def test_its_life_has_bounds(self, house, life):
        with pytest.raises(ValueError, match="a day at most"):
            vouch(house, life)

    def test_published_keys_are_public_alone(self, house):
        (key,) = house.core.vouching.published()

        assert set(key) == {"alg", "crv", "kid", "kty", "use", "x", "y"}
        assert (key["alg"], key["use"]) == ("ES384", "sig")


class TestFirstKey:
    def test_it_is_kept(self, house):
        before = vouch(house)
        worker = house.worker()

        assert worker.vouching.published() == house.core.vouching.published()
        assert kid(worker.vouching.vouch(SOUTH, {}, LIFE)) == kid(before)

    def test_looking_makes_it_as_well(self, house):
        (key,) = house.core.vouching.published()

        assert kid(vouch(house)) == key["kid"]

    def test_parallel_first_statements_are_signed_by_one_key(self, house):
        workers = [house.worker() for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda w: w.vouching.vouch(SOUTH, {}, LIFE), workers))

        assert len({kid(each) for each in found}) == 1

    def test_a_clock_that_is_behind_signs_all_the_same(self, house):
        vouch(house)
        house.clock.advance(minutes=-3)

        assert verify(vouch(house), house.core.vouching.published())


class TestForgettingKeys:
    def test_the_next_statement_is_signed_by_a_new_one(self, house):
        before = vouch(house)
        house.core.vouching.rotate(Algorithm.ES256)

        house.core.vouching.forget()

        published = house.core.vouching.published()
        assert [key["kid"] for key in published] == [kid(vouch(house))] != [kid(before)]
        assert verify(before, published) is None


class TestChangingKeys:
    def test_a_new_key_is_published_before_it_signs(self, house):
        first = kid(vouch(house))
        fresh = house.core.vouching.rotate()

        assert {key["kid"] for key in house.core.vouching.published()} == {first, fresh}
        assert kid(vouch(house)) == first
        house.clock.advance(seconds=AHEAD.total_seconds())
        assert kid(vouch(house)) == fresh

    def test_no_validation_fails_whoever_keeps_the_published_keys_for_half_that_time(self, house):
        """Every statement verifies with keys fetched at any moment up to five minutes before."""
        fetched = [(house.clock(), house.core.vouching.published())]
        for minute in range(60):
            if minute in {7, 12, 30}:
                house.core.vouching.rotate()
            kept = [keys for at, keys in fetched if house.clock() - at <= AHEAD / 2]
            statement = vouch(house)
            assert all(verify(statement, keys) for keys in kept)
            fetched.append((house.clock(), house.core.vouching.published()))
            house.clock.advance(minutes=1)

    def test_what_lives_can_be_verified_long_after_its_key_was_changed(self, house):
        house.core.vouching.rotate()
        statement = vouch(house, LONGEST_LIFE)
        house.core.vouching.rotate()
        house.clock.advance(seconds=LONGEST_LIFE.total_seconds())

        assert verify(statement, house.core.vouching.published())

    def test_what_nobody_needs_is_published_no_longer(self, house):
        first = kid(vouch(house))
        fresh = house.core.vouching.rotate()
        house.clock.advance(days=2)

        assert [key["kid"] for key in house.core.vouching.published()] == [fresh]
        last = house.core.vouching.rotate()
        assert [key["kid"] for key in house.core.vouching.published()] == [last, fresh]
        assert first not in {key["kid"] for key in house.core.vouching.published()}

    def test_the_trail_tells_of_it(self, house):
        vouch(house)
        house.core.vouching.rotate()

        entries = house.audited("document.change")
        assert [entry.details["kind"] for entry in entries] == ["signing-key"] * 2


class TestOperatorsKey:
    @pytest.fixture
    def keys(self):
        """Make two keys as an operator would."""
        return make_private_key(), make_private_key()

    def test_it_takes_over_and_taking_over_again_changes_nothing(self, house, keys):
        made = kid(vouch(house))
        house.vault.own_key = keys[0]

        own = house.core.vouching.rotate()
        assert own != made
        assert house.core.vouching.rotate() == own
        assert len(house.audited("document.change")) == 2

    def test_two_workers_that_start_at_once_take_it_once(self, house, keys):
        house.vault.own_key = keys[0]
        watched = WatchedStorage(house.storage)
        worker = house.worker(storage=watched)
        watched.once("read", house.core.vouching.rotate)

        assert worker.vouching.rotate() == kid(vouch(house))
        assert len(house.core.vouching.published()) == 1

    def test_one_that_was_used_before_can_come_back(self, house, keys):
        found = []
        for key in (keys[0], keys[1], keys[0]):
            house.vault.own_key = key
            found.append(house.core.vouching.rotate())
            house.clock.advance(hours=1)

        assert found[0] == found[2] != found[1]
        assert kid(vouch(house)) == found[0]

    def test_one_that_is_about_to_go_can_stay(self, house, keys):
        found = []
        for key in (keys[0], keys[1], keys[0]):
            house.vault.own_key = key
            found.append(house.core.vouching.rotate())
            assert verify(vouch(house), house.core.vouching.published())

        for _ in range(30):
            assert kid(vouch(house)) == found[0] == found[2]
            house.clock.advance(minutes=1)


class TestPens:
    def test_a_pen_signs_without_the_storage(self, house):
        storage = FailingStorage(house.storage)
        pen = house.worker(storage=storage).vouching.pen(Algorithm.ES256)
        keys = house.core.vouching.published()
        storage.down = True

        statement = pen.write("a back-end", {"sub": "alice"}, LIFE, house.clock())

        jwk = next(key for key in keys if key["alg"] == "ES256")
        said = jwt.decode(
            statement,
            jwt.PyJWK(dict(jwk)),
            algorithms=["ES256"],
            audience="a back-end",
            issuer="watchword",
            options={"verify_exp": False, "verify_iat": False},
        )
        assert (said["sub"], said["exp"] - said["iat"]) == ("alice", 900)
        assert read_head(statement)["kid"] == jwk["kid"]

    def test_it_is_to_be_put_away_before_long(self, house):
        assert house.core.vouching.pen().until == house.clock() + PEN_LIFE

    def test_a_pen_that_is_kept_too_long_still_signs_what_verifies(self, house):
        pen = house.core.vouching.pen()
        house.core.vouching.rotate()
        house.clock.advance(seconds=AHEAD.total_seconds() + PEN_LIFE.total_seconds())
        statement = pen.write("south", {}, LONGEST_LIFE, house.clock())
        house.clock.advance(seconds=LONGEST_LIFE.total_seconds())

        assert verify(statement, house.core.vouching.published())

    @pytest.mark.parametrize("life", [timedelta(0), LONGEST_LIFE + timedelta(seconds=1)])
    def test_its_statements_have_the_same_bounds(self, house, life):
        with pytest.raises(ValueError, match="a day at most"):
            house.core.vouching.pen().write("south", {}, life, house.clock())


class TestAlgorithms:
    def test_each_has_a_key_of_its_own(self, house):
        vouch(house)
        pen = house.core.vouching.pen(Algorithm.ES256)

        published = house.core.vouching.published()
        assert sorted((key["alg"], key["crv"]) for key in published) == [
            ("ES256", "P-256"),
            ("ES384", "P-384"),
        ]
        assert pen.key.algorithm is Algorithm.ES256
        assert read_head(vouch(house))["alg"] == "ES384"

    def test_to_change_one_leaves_the_other(self, house):
        first = kid(vouch(house))
        before = house.core.vouching.pen(Algorithm.ES256).key
        fresh = house.core.vouching.rotate(Algorithm.ES256)
        house.clock.advance(seconds=AHEAD.total_seconds())

        assert kid(vouch(house)) == first
        after = house.core.vouching.pen(Algorithm.ES256).key
        assert key_id(after.public) == fresh != key_id(before.public)

    def test_the_operators_key_signs_with_its_own_algorithm_alone(self, house):
        house.vault.own_key = make_private_key()
        own = house.core.vouching.rotate()
        other = house.core.vouching.pen(Algorithm.ES256).key

        assert other.algorithm is Algorithm.ES256
        assert kid(vouch(house)) == own

    def test_those_in_use_are_known(self, house):
        assert house.core.vouching.algorithms() == [Algorithm.ES384]
        house.core.vouching.pen(Algorithm.ES256)
        assert house.core.vouching.algorithms() == [Algorithm.ES384, Algorithm.ES256]

    def test_parallel_first_pens_hold_one_key(self, house):
        workers = [house.worker() for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda w: w.vouching.pen(Algorithm.ES256), workers))

        assert len({key_id(each.key.public) for each in found}) == 1


def test_a_house_of_its_own_has_keys_of_its_own(house):
    other = House()

    assert verify(vouch(house), other.core.vouching.published()) is None
    other.close()
