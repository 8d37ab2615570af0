"""What was done before a camera, judged by numbers alone."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.faces import Act
from watchword.faces import liveness
from watchword.faces.liveness import (
    CLOSED,
    TURNED,
    Glance,
    baseline,
    blink_score,
    obeyed,
    passes_pad,
    seams,
    turn_score,
)

LEFT, RIGHT, BLINK = Act.TURN_LEFT, Act.TURN_RIGHT, Act.BLINK
STEP = 1 / 12
OPEN = 0.26
SHUT = 0.08


def glances(*yaws: float, openness: Sequence[float] | None = None) -> list[Glance]:
    """Return looks at a head that is turned so, one after the other."""
    eyes = openness or [OPEN] * len(yaws)
    pairs = zip(yaws, eyes, strict=True)
    return [Glance(i * STEP, yaw, 100.0, (50.0, 50.0), eye) for i, (yaw, eye) in enumerate(pairs)]


def events(seen: Sequence[Glance]) -> list[Act]:
    """Return what was done, in order."""
    return [act for _, act in liveness.events(seen)]


def eyes(*openness: float) -> list[Glance]:
    """Return looks at eyes that are so far open."""
    return glances(*[0.0] * len(openness), openness=openness)


AHEAD = [0.0] * 6
TO_LEFT = [0.1, 0.2, 0.3, 0.35, 0.3, 0.2, 0.1]
TO_RIGHT = [-yaw for yaw in TO_LEFT]


class TestTurns:
    def test_the_left_is_the_persons_own(self) -> None:
        assert events(glances(*AHEAD, *TO_LEFT, *AHEAD)) == [LEFT]
        assert events(glances(*AHEAD, *TO_RIGHT, *AHEAD)) == [RIGHT]

    def test_one_after_the_other(self) -> None:
        assert events(glances(*AHEAD, *TO_LEFT, *AHEAD, *TO_RIGHT, *AHEAD)) == [LEFT, RIGHT]
        assert events(glances(*AHEAD, *TO_RIGHT, *TO_LEFT, *AHEAD)) == [RIGHT, LEFT]

    def test_a_turned_flat_photo_does_not_turn_far_enough(self) -> None:
        # Measured: at 45 degrees it reaches 0.25.
        assert events(glances(*AHEAD, 0.1, 0.25, 0.25, 0.25, 0.1, *AHEAD)) == []

    def test_how_far_counts_from_straight_ahead_wherever_the_camera_stands(self) -> None:
        aside = [yaw + 0.15 for yaw in (*AHEAD, *TO_LEFT, *AHEAD)]

        assert events(glances(*aside)) == [LEFT]
        assert events(glances(*[0.15] * 6, 0.3, 0.35, 0.35, 0.3, *[0.15] * 6)) == []

    def test_a_single_look_may_be_wrong(self) -> None:
        assert events(glances(*AHEAD, 0.1, 0.4, 0.1, *AHEAD)) == []
        assert events(glances(*AHEAD, 0.4, -0.4, 0.4, -0.4, *AHEAD)) == []

    def test_a_turned_head_that_was_not_seen_turning_is_another_photo(self) -> None:
        assert events(glances(*AHEAD, 0.4, 0.4, 0.4, *AHEAD)) == []
        assert events(glances(*AHEAD, -0.2, 0.4, 0.4, 0.4, *AHEAD)) == []

    def test_before_a_slow_camera_it_may_not_be_seen_turning(self) -> None:
        seen = glances(*AHEAD, 0.4, 0.4, 0.4, *AHEAD)
        slow = [replace(each, at=3 * each.at) for each in seen]

        assert events(slow) == [LEFT]

    def test_to_stay_turned_is_one_turn(self) -> None:
        held = [0.35, 0.25, 0.35, 0.27, 0.35, 0.35]

        assert events(glances(*AHEAD, *TO_LEFT[:3], *held, *TO_LEFT[4:], *AHEAD)) == [LEFT]

    def test_from_one_side_to_the_other_the_head_comes_by_the_middle(self) -> None:
        assert events(glances(*AHEAD, 0.2, 0.3, 0.3, -0.3, -0.3, *AHEAD)) == [LEFT]

    def test_who_never_faces_the_camera_did_nothing(self) -> None:
        away = glances(*[0.4] * 12)

        assert baseline(away) is None
        assert events(away) == []
        assert turn_score(away) == 0
        assert blink_score(away) == 0

    def test_the_score_is_a_half_where_it_is_just_enough(self) -> None:
        assert turn_score(glances(*AHEAD, TURNED, *AHEAD)) == pytest.approx(0.5)
        assert turn_score(glances(*AHEAD, -0.9, *AHEAD)) == 1
        assert turn_score(glances(*AHEAD)) == 0


class TestBlinks:
    def test_open_closed_and_open_again(self) -> None:
        assert events(eyes(*[OPEN] * 6, 0.2, SHUT, SHUT, 0.18, *[OPEN] * 6)) == [BLINK]

    def test_twice(self) -> None:
        assert events(eyes(*[OPEN] * 4, SHUT, *[OPEN] * 4, SHUT, *[OPEN] * 4)) == [BLINK, BLINK]

    def test_narrow_eyes_have_a_measure_of_their_own(self) -> None:
        assert events(eyes(*[0.16] * 6, *[0.05] * 2, *[0.16] * 6)) == [BLINK]
        assert events(eyes(*[0.16] * 6, *[0.1] * 2, *[0.16] * 6)) == []

    def test_eyes_that_were_never_open_before_do_not_blink(self) -> None:
        assert events(eyes(SHUT, SHUT, *[OPEN] * 8)) == []

    def test_eyes_that_stay_closed_do_not_blink(self) -> None:
        assert events(eyes(*[OPEN] * 8, SHUT, SHUT)) == []
        assert events(eyes(*[OPEN] * 40, *[SHUT] * 30, *[OPEN] * 8)) == []

    def test_eyes_of_a_turned_head_are_not_believed(self) -> None:
        turned = [*AHEAD, 0.1, *[0.3] * 4, *AHEAD]
        openness = [*[OPEN] * 7, OPEN, SHUT, SHUT, OPEN, *[OPEN] * 6]

        assert events(glances(*turned, openness=openness)) == [LEFT]

    def test_nobody_blinks_whose_eyes_were_not_looked_at(self) -> None:
        blind = [replace(each, openness=None) for each in glances(*AHEAD)]

        assert events(blind) == []
        assert blink_score(blind) == 0

    def test_the_score_is_a_half_where_it_is_just_enough(self) -> None:
        assert blink_score(eyes(*[OPEN] * 6, CLOSED * OPEN, *[OPEN] * 6)) == pytest.approx(0.5)
        assert blink_score(eyes(*[OPEN] * 6, 0.0, *[OPEN] * 6)) == 1
        assert blink_score(eyes(*[OPEN] * 6)) == 0
        assert blink_score(eyes(*[0.0] * 6)) == 0


class TestWhatWasAskedFor:
    @pytest.mark.parametrize(
        ("done", "asked"),
        [
            ([LEFT, RIGHT], [LEFT, RIGHT]),
            ([BLINK, LEFT], [BLINK, LEFT]),
            ([BLINK, LEFT, BLINK, RIGHT, BLINK], [LEFT, RIGHT]),
            ([BLINK, BLINK, LEFT, BLINK], [BLINK, LEFT]),
            ([LEFT, LEFT], [LEFT, LEFT]),
            ([BLINK], [BLINK]),
        ],
    )
    def test_it_was_done(self, done: list[Act], asked: list[Act]) -> None:
        assert obeyed(done, asked)

    @pytest.mark.parametrize(
        ("done", "asked"),
        [
            ([], []),
            ([LEFT], []),
            ([], [LEFT]),
            ([LEFT], [LEFT, RIGHT]),
            ([RIGHT, LEFT], [LEFT, RIGHT]),
            ([LEFT, BLINK], [BLINK, LEFT]),
            # A recording of everything, for whatever may be asked.
            ([LEFT, RIGHT, LEFT, RIGHT], [LEFT, RIGHT]),
            ([RIGHT, LEFT, RIGHT], [LEFT, RIGHT]),
            ([LEFT, LEFT, RIGHT], [LEFT, RIGHT]),
        ],
    )
    def test_it_was_not_done(self, done: list[Act], asked: list[Act]) -> None:
        assert not obeyed(done, asked)

    @given(st.lists(st.sampled_from(Act), min_size=1, max_size=5))
    def test_whatever_is_asked_can_be_done(self, asked: list[Act]) -> None:
        assert obeyed(asked, asked)

    def test_blinks_and_turns_are_told_in_the_order_in_which_they_began(self) -> None:
        yaws = [*AHEAD, *AHEAD, *TO_LEFT, *AHEAD]
        openness = [*[OPEN] * 6, SHUT, SHUT, *[OPEN] * (len(yaws) - 8)]

        assert events(glances(*yaws, openness=openness)) == [BLINK, LEFT]


class TestSeams:
    def test_a_face_that_moves_on_has_none(self) -> None:
        moving = [replace(each, centre=(50 + 8 * i, 50)) for i, each in enumerate(glances(*AHEAD))]

        assert list(seams(moving)) == []

    @pytest.mark.parametrize(
        "change",
        [
            lambda each: replace(each, centre=(130.0, 50.0)),
            lambda each: replace(each, centre=(50.0, 130.0)),
            lambda each: replace(each, width=160.0),
            lambda each: replace(each, width=60.0),
        ],
        ids=["aside", "down", "nearer", "farther"],
    )
    def test_one_that_leaps_or_grows_may_be_anothers(
        self, change: Callable[[Glance], Glance]
    ) -> None:
        seen = glances(*AHEAD)

        assert list(seams([*seen[:3], *map(change, seen[3:])])) == [2]

    def test_one_that_was_gone_for_a_while_may_be_anothers(self) -> None:
        seen = glances(*AHEAD)
        seen[3:] = [replace(each, at=each.at + 0.6) for each in seen[3:]]

        assert list(seams(seen)) == [2]


class TestAttacks:
    @pytest.mark.parametrize("scores", [[0.5], [0.9, 0.1, 0.9], [0.5, 0.5, 0.2, 0.9]])
    def test_frames_of_a_person_pass(self, scores: list[float]) -> None:
        assert passes_pad(scores)

    @pytest.mark.parametrize("scores", [[], [0.49], [0.9, 0.09, 0.9], [0.4, 0.4, 0.9]])
    def test_frames_of_anything_else_do_not(self, scores: list[float]) -> None:
        assert not passes_pad(scores)


class TestAnyNumbers:
    @given(
        st.lists(
            st.builds(
                Glance,
                at=st.floats(0, 15),
                yaw=st.floats(-2, 2),
                width=st.floats(1, 1_000),
                centre=st.tuples(st.floats(0, 2_000), st.floats(0, 2_000)),
                openness=st.none() | st.floats(0, 2),
            ),
            max_size=40,
        )
    )
    def test_there_is_a_judgement(self, seen: list[Glance]) -> None:
        seen.sort(key=lambda each: each.at)

        assert set(events(seen)) <= set(Act)
        assert all(0 <= index < len(seen) - 1 for index in seams(seen))
        for score in (turn_score(seen), blink_score(seen)):
            assert 0 <= score <= 1
            assert not math.isnan(score)
