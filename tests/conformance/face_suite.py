"""What every face engine must keep, as a class that an engine's test file subclasses.

The engine is shown clips that its test file has: of people who enrolled, of a stranger, of nobody.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchword.core.faces import FaceFault, Recognised
from watchword.core.ports import FaceEngine
from watchword.core.subjects import Audience, SubjectId

__all__ = ["FaceEngineConformance", "Gallery"]


@dataclass(frozen=True)
class Gallery:
    """An engine with people in front of it.

    ``people`` enrolled at ``here`` and at no other audience: a clip of each, and one of a print of
    the same face. ``faults`` are clips of what nobody is recognised in.
    """

    engine: FaceEngine
    here: Audience
    people: Mapping[SubjectId, tuple[bytes, bytes]]
    stranger: bytes
    faults: Mapping[FaceFault, bytes]


class FaceEngineConformance:
    """Who is recognised, and what is said of whom nobody knows."""

    @pytest.fixture
    def gallery(self) -> Any:
        """Return an engine that two people enrolled with."""
        raise NotImplementedError

    def test_everybody_is_recognised_by_their_own_face(self, gallery: Gallery) -> None:
        for subject_id, (clip, _) in gallery.people.items():
            seen = gallery.engine.recognise(clip, gallery.here)

            assert isinstance(seen, Recognised)
            assert seen.subject_id == subject_id
            assert 0 <= seen.likeness <= 1

    def test_a_claim_that_is_true_is_found_true(self, gallery: Gallery) -> None:
        for subject_id, (clip, _) in gallery.people.items():
            seen = gallery.engine.recognise(clip, gallery.here, subject_id)

            assert isinstance(seen, Recognised)
            assert seen.subject_id == subject_id

    def test_a_claim_that_is_false_is_never_as_like_as_a_true_one(self, gallery: Gallery) -> None:
        (one, (clip, _)), (other, _) = gallery.people.items()
        right = gallery.engine.recognise(clip, gallery.here, one)
        wrong = gallery.engine.recognise(clip, gallery.here, other)

        assert isinstance(right, Recognised)
        assert _likeness(wrong, other) < right.likeness

    def test_a_stranger_is_less_like_anybody_than_they_are(self, gallery: Gallery) -> None:
        stranger = gallery.engine.recognise(gallery.stranger, gallery.here)

        for subject_id, (clip, _) in gallery.people.items():
            own = gallery.engine.recognise(clip, gallery.here)
            assert isinstance(own, Recognised)
            assert _likeness(stranger, subject_id) < own.likeness

    def test_a_print_of_a_face_is_not_alive(self, gallery: Gallery) -> None:
        for _, picture in gallery.people.values():
            assert gallery.engine.recognise(picture, gallery.here) is FaceFault.NOT_LIVE

    @pytest.mark.parametrize(
        "fault", [FaceFault.UNREADABLE, FaceFault.NO_FACE, FaceFault.SEVERAL], ids=str
    )
    def test_what_nobody_can_be_recognised_in_is_told_apart(
        self, gallery: Gallery, fault: FaceFault
    ) -> None:
        assert gallery.engine.recognise(gallery.faults[fault], gallery.here) is fault

    def test_who_enrolled_elsewhere_is_a_stranger_here(self, gallery: Gallery) -> None:
        elsewhere = Audience("elsewhere")

        for subject_id, (clip, _) in gallery.people.items():
            assert gallery.engine.recognise(clip, elsewhere) is FaceFault.NO_MATCH
            assert gallery.engine.recognise(clip, elsewhere, subject_id) is FaceFault.NO_MATCH

    def test_a_claim_to_be_somebody_who_never_enrolled_is_no_match(self, gallery: Gallery) -> None:
        clip, _ = next(iter(gallery.people.values()))
        nobody = SubjectId(UUID(int=0))

        assert gallery.engine.recognise(clip, gallery.here, nobody) is FaceFault.NO_MATCH

    def test_it_says_who_enrolled(self, gallery: Gallery) -> None:
        one, other = gallery.people

        assert gallery.engine.enrolled(gallery.here) == {one, other}
        assert gallery.engine.enrolled(gallery.here, [one]) == {one}
        assert gallery.engine.enrolled(gallery.here, []) == frozenset()
        assert gallery.engine.enrolled(Audience("elsewhere")) == frozenset()
        assert gallery.engine.enrolled(Audience("elsewhere"), [one]) == frozenset()

    def test_several_threads_see_what_one_sees(self, gallery: Gallery) -> None:
        clips = [clip for clip, _ in gallery.people.values()] * 4
        alone = [gallery.engine.recognise(clip, gallery.here) for clip in clips]

        with ThreadPoolExecutor(4) as pool:
            together = list(
                pool.map(lambda clip: gallery.engine.recognise(clip, gallery.here), clips)
            )

        assert together == alone

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
    @given(clip=st.binary(max_size=200))
    def test_whatever_the_bytes_are_there_is_an_answer(self, gallery: Gallery, clip: bytes) -> None:
        assert isinstance(gallery.engine.recognise(clip, gallery.here), FaceFault)


def _likeness(seen: Recognised | FaceFault, of: SubjectId) -> float:
    """Return how alike a face was found to somebody's; less than anything if it was not."""
    return seen.likeness if isinstance(seen, Recognised) and seen.subject_id == of else -1.0
