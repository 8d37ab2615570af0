"""What every face engine must keep, as a class that an engine's test file subclasses.

The engine is shown what its test file has: photos and clips of two people, of a crowd, of nobody.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchword.core.faces import Act, FaceFault, FoundFace, Sighting, Template, Tier
from watchword.core.ports import FaceEngine

__all__ = ["FaceEngineConformance", "Person", "Scene"]

ALIKE = 0.74
"""Two faces of one person are at least so much alike, those of two people less."""
ANYTHING = settings(
    # One process may run this suite on several engines; no example is played on two of them.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    max_examples=40,
    deadline=None,
)


@dataclass(frozen=True)
class Person:
    """Somebody in front of the engine.

    ``clip`` shows them moving, ``still`` a picture of them held still. In ``obeying`` they do
    ``acts``, in that order.
    """

    photos: Sequence[bytes]
    clip: bytes
    still: bytes
    obeying: bytes
    acts: Sequence[Act]


@dataclass(frozen=True)
class Scene:
    """An engine, two people, a photo of both of them, one of nobody, and clips with a fault."""

    engine: FaceEngine
    people: Sequence[Person]
    together: bytes
    nobody: bytes
    faults: Mapping[FaceFault, bytes]


class FaceEngineConformance:
    """What is seen on photos and in clips, and how faces compare."""

    @pytest.fixture
    def scene(self) -> Any:
        """Return an engine and what it can be shown."""
        raise NotImplementedError

    def test_a_photo_of_one_shows_one_good_face(self, scene: Scene) -> None:
        for person in scene.people:
            for photo in person.photos:
                face = _only(scene.engine, photo)

                assert face.is_good
                assert 0.5 <= face.quality <= 1
                assert 0 < face.score <= 1
                assert face.template.model == scene.engine.model
                assert face.box.width > 0
                assert face.box.area > 0
                assert face.thumbnail

    def test_of_several_faces_the_biggest_comes_first(self, scene: Scene) -> None:
        found = scene.engine.find(scene.together)

        assert not isinstance(found, FaceFault)
        assert len(found) == 2
        assert found[0].box.area > found[1].box.area

    def test_a_photo_of_nobody_shows_no_face(self, scene: Scene) -> None:
        assert scene.engine.find(scene.nobody) == []

    def test_one_persons_photos_are_alike_and_those_of_two_are_not(self, scene: Scene) -> None:
        one, other = ([_template(scene.engine, p) for p in x.photos] for x in scene.people)

        for mine, its in ((one, other), (other, one)):
            likenesses = scene.engine.likenesses(mine[0], [*mine[1:], *its])
            own, foreign = likenesses[: len(mine) - 1], likenesses[len(mine) - 1 :]
            assert own
            assert foreign
            assert all(ALIKE <= likeness <= 1 for likeness in own)
            assert all(0 <= likeness < ALIKE for likeness in foreign)

    def test_a_face_is_entirely_like_itself(self, scene: Scene) -> None:
        template = _template(scene.engine, scene.people[0].photos[0])

        assert scene.engine.likenesses(template, [template]) == pytest.approx([1.0])

    def test_a_face_is_compared_with_nobody_at_no_cost(self, scene: Scene) -> None:
        template = _template(scene.engine, scene.people[0].photos[0])

        assert list(scene.engine.likenesses(template, [])) == []

    def test_templates_of_two_models_are_never_compared(self, scene: Scene) -> None:
        own = _template(scene.engine, scene.people[0].photos[0])
        foreign = Template("0" * 64, own.vector)

        for one, others in ((own, [own, foreign]), (foreign, [own]), (foreign, [foreign])):
            with pytest.raises(ValueError, match="model"):
                scene.engine.likenesses(one, others)

    def test_a_blend_is_like_all_that_it_was_made_of(self, scene: Scene) -> None:
        for person in scene.people:
            templates = [_template(scene.engine, photo) for photo in person.photos]
            blend = scene.engine.blend(templates)

            assert blend.model == scene.engine.model
            assert all(each >= ALIKE for each in scene.engine.likenesses(blend, templates))

    def test_a_blend_of_one_is_that_one(self, scene: Scene) -> None:
        template = _template(scene.engine, scene.people[0].photos[0])

        blend = scene.engine.blend([template])

        assert scene.engine.likenesses(blend, [template]) == pytest.approx([1.0])

    def test_there_is_no_blend_of_nothing_nor_of_two_models(self, scene: Scene) -> None:
        own = _template(scene.engine, scene.people[0].photos[0])

        with pytest.raises(ValueError, match="nothing"):
            scene.engine.blend([])
        with pytest.raises(ValueError, match="model"):
            scene.engine.blend([own, Template("0" * 64, own.vector)])

    def test_who_moves_is_seen_and_is_like_their_photos(self, scene: Scene) -> None:
        for person in scene.people:
            seen = _sighting(scene.engine, person.clip)
            templates = [_template(scene.engine, photo) for photo in person.photos]

            assert not seen.lacks(frozenset())
            assert all(0 <= score <= 1 for score in seen.liveness.values())
            assert max(scene.engine.likenesses(seen.template, templates)) >= ALIKE

    def test_who_moves_is_not_like_anybody_else(self, scene: Scene) -> None:
        one, other = scene.people
        seen = _sighting(scene.engine, one.clip)
        templates = [_template(scene.engine, photo) for photo in other.photos]

        assert max(scene.engine.likenesses(seen.template, templates)) < ALIKE

    def test_a_picture_held_still_lacks_motion(self, scene: Scene) -> None:
        for person in scene.people:
            seen = _sighting(scene.engine, person.still)

            assert Tier.MOTION not in seen.tiers
            assert seen.lacks(frozenset()) == {Tier.MOTION}

    def test_who_does_as_asked_meets_the_challenge(self, scene: Scene) -> None:
        for person in scene.people:
            seen = _sighting(scene.engine, person.obeying, person.acts)

            assert not seen.lacks({Tier.CHALLENGE})

    def test_who_was_asked_for_nothing_met_no_challenge(self, scene: Scene) -> None:
        seen = _sighting(scene.engine, scene.people[0].obeying)

        assert Tier.CHALLENGE not in seen.tiers

    def test_what_was_done_in_another_order_was_not_done(self, scene: Scene) -> None:
        person = scene.people[0]

        seen = scene.engine.watch(person.obeying, person.acts[::-1])

        assert _lacks_challenge(seen)

    def test_who_does_nothing_fails_every_challenge(self, scene: Scene) -> None:
        for act in scene.engine.acts:
            assert _lacks_challenge(scene.engine.watch(scene.people[0].still, [act]))

    def test_it_passes_no_tier_that_it_does_not_judge(self, scene: Scene) -> None:
        for person in scene.people:
            seen = _sighting(scene.engine, person.obeying, person.acts)

            assert seen.tiers <= scene.engine.tiers
            assert set(person.acts) <= scene.engine.acts

    @pytest.mark.parametrize(
        "fault", [FaceFault.UNREADABLE, FaceFault.NO_FACE, FaceFault.SEVERAL], ids=str
    )
    def test_what_nobody_can_be_seen_in_is_told_apart(self, scene: Scene, fault: FaceFault) -> None:
        assert scene.engine.watch(scene.faults[fault]) is fault

    def test_several_threads_see_what_one_sees(self, scene: Scene) -> None:
        photos = [photo for person in scene.people for photo in person.photos[:2]]
        alone = [scene.engine.find(photo) for photo in photos]

        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(scene.engine.find, photos))

        assert together == alone

    @ANYTHING
    @given(clip=st.binary(max_size=200))
    def test_whatever_the_bytes_of_a_clip_are_there_is_an_answer(
        self, scene: Scene, clip: bytes
    ) -> None:
        assert isinstance(scene.engine.watch(clip), FaceFault)

    @ANYTHING
    @given(photo=st.binary(max_size=200))
    def test_whatever_the_bytes_of_a_photo_are_there_is_an_answer(
        self, scene: Scene, photo: bytes
    ) -> None:
        assert isinstance(scene.engine.find(photo), FaceFault)

    def test_templates_are_never_shown(self, scene: Scene) -> None:
        face = _only(scene.engine, scene.people[0].photos[0])

        assert repr(face.template) == f"Template(model='{scene.engine.model}')"
        assert "vector" not in repr(face)
        assert "thumbnail" not in repr(face)


def _only(engine: FaceEngine, photo: bytes) -> FoundFace:
    """Return the one face on a photo."""
    found = engine.find(photo)
    assert not isinstance(found, FaceFault)
    (face,) = found
    return face


def _template(engine: FaceEngine, photo: bytes) -> Template:
    return _only(engine, photo).template


def _sighting(engine: FaceEngine, clip: bytes, acts: Sequence[Act] = ()) -> Sighting:
    seen = engine.watch(clip, acts)
    assert isinstance(seen, Sighting)
    return seen


def _lacks_challenge(seen: Sighting | FaceFault) -> bool:
    return isinstance(seen, FaceFault) or Tier.CHALLENGE not in seen.tiers
