"""What is seen on photos and in clips, by all models together."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.support.face_clips import (
    Actor,
    Pose,
    encode,
    hold,
    jpeg,
    perform,
    photo,
    record,
    scenery,
)
from watchword.core.faces import Act, FaceFault, FoundFace, Sighting, Tier
from watchword.faces.arrays import Numbers, Pixels
from watchword.faces.detection import Detector
from watchword.faces.embedding import Embedder
from watchword.faces.engine import Engine
from watchword.faces.eyes import Eyes
from watchword.faces.pad import Pad
from watchword.faces.stills import read_still
from watchword.faces.templates import likenesses
from watchword.faces.weights import EMBEDDING_MODEL, find_weights, read_weights

# Faces are the same at every door.
pytestmark = pytest.mark.once

LEFT, RIGHT, BLINK = Act.TURN_LEFT, Act.TURN_RIGHT, Act.BLINK
STRICT = 0.74


def face(engine: Engine, content: bytes) -> FoundFace:
    found = engine.find(content)
    assert not isinstance(found, FaceFault)
    (only,) = found
    return only


def pixels(content: bytes) -> Pixels:
    read = read_still(content)
    assert not isinstance(read, FaceFault)
    return read


def seen(engine: Engine, clip: bytes, *acts: Act) -> Sighting:
    sighting = engine.watch(clip, acts)
    assert isinstance(sighting, Sighting)
    return sighting


def alike(one: FoundFace | Sighting, other: FoundFace | Sighting) -> float:
    return likenesses(EMBEDDING_MODEL, one.template, [other.template])[0]


def cosine(one: FoundFace, other: FoundFace) -> float:
    return (alike(one, other) - 0.48) / 0.52


def frames(actor: Actor, script: Sequence[Pose]) -> list[Pixels]:
    return [actor.frame(pose) for pose in script]


class TestWhoIsWho:
    @pytest.mark.parametrize("name", ["person_a", "person_b"])
    def test_two_photos_of_one_person_are_alike(self, engine: Engine, name: str) -> None:
        one, other = (face(engine, photo(f"{name}_{number}")) for number in (1, 2))

        assert cosine(one, other) > 0.50

    def test_photos_of_two_people_are_not(self, engine: Engine) -> None:
        names = ["person_a_1", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2"]
        faces = [face(engine, photo(name)) for name in names]
        pairs = [
            cosine(one, other)
            for i, one in enumerate(faces)
            for j, other in enumerate(faces[:i])
            if names[i][:-2] != names[j][:-2] or names[i].startswith("impostor")
        ]

        assert len(pairs) == 13
        assert max(pairs) < 0.30

    def test_colours_are_told_to_the_model_in_its_own_order(self, engine: Engine) -> None:
        content = photo("person_b_1")
        blue = jpeg(np.ascontiguousarray(pixels(content)[..., ::-1]))
        other = face(engine, photo("person_b_2"))

        assert alike(face(engine, content), other) > alike(face(engine, blue), other)


class TestPhotos:
    def test_a_face_is_where_it_is(self, engine: Engine, ann: Actor) -> None:
        box = face(engine, jpeg(ann.image)).box

        x, y = ann.face.centre
        assert abs((box.left + box.right) / 2 - x) < 10
        assert abs((box.top + box.bottom) / 2 - y) < 10
        assert 115 < box.width < 145

    def test_of_a_large_photo_the_place_is_told_in_its_own_pixels(
        self, engine: Engine, ann: Actor
    ) -> None:
        large = jpeg(cv2.resize(ann.image, None, fx=4, fy=4).astype(np.uint8))

        assert 460 < face(engine, large).box.width < 580

    def test_a_face_that_is_cut_off_lies_within_the_photo(self, engine: Engine, ann: Actor) -> None:
        left = round(ann.face.centre[0] - 40)
        box = face(engine, jpeg(np.ascontiguousarray(ann.image[:, left:]))).box

        assert box.left == 0

    def test_a_thumbnail_shows_the_face(self, engine: Engine, ann: Actor) -> None:
        found = face(engine, jpeg(ann.image))

        assert max(pixels(found.thumbnail).shape) == 160
        assert alike(face(engine, found.thumbnail), found) > STRICT

    def test_a_sharp_frontal_face_is_good(self, engine: Engine) -> None:
        assert all(
            face(engine, photo(name)).is_good for name in ("person_a_1", "person_b_1", "impostor_2")
        )

    @pytest.mark.parametrize("width", [40, 30])
    def test_a_small_face_is_not(self, engine: Engine, width: int) -> None:
        small = Actor.named("person_b_1", width)

        assert not face(engine, jpeg(small.image)).is_good

    def test_a_blurred_face_is_not(self, engine: Engine, ann: Actor) -> None:
        blurred = cv2.GaussianBlur(ann.image, (0, 0), 5).astype(np.uint8)

        assert not face(engine, jpeg(blurred)).is_good

    def test_a_face_that_is_turned_away_is_not(self, engine: Engine, ann: Actor) -> None:
        assert not face(engine, jpeg(ann.frame(Pose(yaw=0.9)))).is_good

    def test_what_is_no_photo_is_told(self, engine: Engine) -> None:
        assert engine.find(b"no photo") is FaceFault.UNREADABLE
        assert engine.find(jpeg(scenery())) == []


class TestTiers:
    def test_who_turns_as_asked_meets_the_challenge(self, engine: Engine, turning: bytes) -> None:
        sighting = seen(engine, turning, LEFT, RIGHT)

        assert sighting.tiers == {Tier.MOTION, Tier.CHALLENGE}
        assert sighting.liveness["turn"] >= 0.5
        assert {*sighting.liveness} == {"motion", "identity", "turn"}

    @pytest.mark.parametrize("asked", [(RIGHT, LEFT), (LEFT,), (LEFT, RIGHT, LEFT), (LEFT, BLINK)])
    def test_who_turns_otherwise_does_not(
        self, engine: Engine, turning: bytes, asked: tuple[Act, ...]
    ) -> None:
        assert Tier.CHALLENGE not in seen(engine, turning, *asked).tiers

    def test_who_blinks_as_asked_meets_the_challenge(self, engine: Engine, ann: Actor) -> None:
        sighting = seen(engine, record(ann, perform([BLINK, RIGHT])), BLINK, RIGHT)

        assert Tier.CHALLENGE in sighting.tiers
        assert sighting.liveness["blink"] >= 0.5

    def test_nobody_blinks_before_an_engine_that_knows_no_eyes(self, ann: Actor) -> None:
        engine = Engine(replace(find_weights(), eyes=None))

        sighting = seen(engine, record(ann, perform([BLINK])), BLINK)

        assert Tier.CHALLENGE not in sighting.tiers
        assert sighting.liveness["blink"] == 0

    def test_a_print_that_is_turned_meets_no_challenge(self, engine: Engine, ann: Actor) -> None:
        clip = record(ann, perform([LEFT, RIGHT]), flat=True)

        assert not seen(engine, clip, LEFT, RIGHT).tiers

    def test_nobody_passes_for_looking_alive_where_nothing_tells(
        self, engine: Engine, lively: bytes
    ) -> None:
        assert seen(engine, lively).tiers == {Tier.MOTION}
        assert "pad" not in seen(engine, lively).liveness

    def test_a_person_passes_where_something_does(self, wary_engine: Engine, lively: bytes) -> None:
        sighting = seen(wary_engine, lively)

        assert sighting.tiers == {Tier.MOTION, Tier.PAD}
        assert sighting.liveness["pad"] > 0.5

    def test_a_face_on_a_screen_does_not(self, wary_engine: Engine, ann: Actor) -> None:
        clip = encode([_on_a_screen(image) for image in frames(ann, hold(1.5, liveliness=4))])

        assert Tier.PAD not in seen(wary_engine, clip).tiers


def _on_a_screen(image: Pixels) -> Pixels:
    """Show a picture on a phone that is held before the camera: its frame, its grid, its glow."""
    screen = image[45:315, 75:285].astype(np.float32)
    screen[::2] *= 0.82
    screen[:, ::3] *= 0.9
    screen = np.clip(screen * 1.1 + np.array([30, 18, 8]), 0, 255)
    shown = np.full_like(image, 60)
    cv2.rectangle(shown, (64, 22), (296, 338), (12, 12, 12), -1)
    shown[45:315, 75:285] = cv2.GaussianBlur(screen, (0, 0), 1.2)
    return shown


class TestOnePerson:
    def test_a_clip_is_like_the_photos_of_whom_it_shows(
        self, engine: Engine, turning: bytes
    ) -> None:
        sighting = seen(engine, turning)

        assert alike(sighting, face(engine, photo("person_b_2"))) > STRICT
        assert alike(sighting, face(engine, photo("person_a_2"))) < 0.6

    def test_two_who_take_turns_are_told(self, engine: Engine, ann: Actor, bob: Actor) -> None:
        both = frames(ann, hold(0.9, liveliness=4)) + frames(bob, hold(0.9, liveliness=4))

        assert engine.watch(encode(both)) is FaceFault.CHANGED

    def test_one_who_looks_in_for_a_moment_is_told(
        self, engine: Engine, ann: Actor, bob: Actor
    ) -> None:
        own = frames(ann, hold(2, liveliness=4))
        other = [np.roll(image, 127, axis=1) for image in frames(bob, hold(0.4))]

        assert engine.watch(encode([*own[:15], *other, *own[15:]])) is FaceFault.CHANGED

    def test_somebody_else_who_turns_in_their_place_is_told(
        self, engine: Engine, ann: Actor
    ) -> None:
        """Who has a photo of somebody has none of how they look from aside."""
        other = Actor.named("impostor_1")
        script = perform([LEFT, RIGHT])
        own, swapped = (
            encode([(other if abs(pose.yaw) > far else ann).frame(pose) for pose in script])
            for far in (9, 0.62)
        )

        assert Tier.CHALLENGE in seen(engine, own, LEFT, RIGHT).tiers
        assert engine.watch(swapped, [LEFT, RIGHT]) is FaceFault.CHANGED

    def test_so_is_one_who_comes_after_many_blinks(self, engine: Engine, ann: Actor) -> None:
        other = Actor.named("impostor_1")
        blinks, turn = perform([BLINK] * 7, pause=0.3), perform([LEFT], pause=0.1)
        clip = encode([*frames(ann, blinks), *frames(other, turn), *frames(ann, hold(0.7))])

        assert engine.watch(clip, [LEFT, BLINK]) is FaceFault.CHANGED

    def test_two_at_once_are_told(self, engine: Engine, ann: Actor, bob: Actor) -> None:
        side_by_side = [
            np.hstack([one[:, 75:285], other[:, 75:285]])
            for one, other in zip(frames(ann, hold(1)), frames(bob, hold(1)), strict=True)
        ]

        assert engine.watch(encode(side_by_side)) is FaceFault.SEVERAL

    def test_somebody_far_behind_is_nobody(self, engine: Engine, ann: Actor, bob: Actor) -> None:
        far = cv2.resize(bob.image[105:270, 105:255], (60, 66))
        behind = frames(ann, hold(1.5, liveliness=4))
        for image in behind:
            image[:66, :60] = far

        assert Tier.MOTION in seen(engine, encode(behind)).tiers


class TestTooLittle:
    def test_nobody_is_seen_in_an_empty_room(self, engine: Engine) -> None:
        assert engine.watch(encode([scenery()] * 15)) is FaceFault.NO_FACE

    def test_a_glimpse_is_not_enough(self, engine: Engine, ann: Actor) -> None:
        assert engine.watch(record(ann, hold(0.3))) is FaceFault.POOR

    def test_nor_is_a_face_that_is_mostly_away(self, engine: Engine, ann: Actor) -> None:
        clip = encode([*frames(ann, hold(0.8)), *[scenery()] * 12])

        assert engine.watch(clip) is FaceFault.POOR

    def test_nor_one_that_is_small(self, engine: Engine) -> None:
        small = Actor.named("person_b_1", 60)

        assert engine.watch(record(small, hold(1))) is FaceFault.POOR

    def test_a_file_without_frames_is_no_clip(self, engine: Engine) -> None:
        assert engine.watch(b"\x1a\x45\xdf\xa3") is FaceFault.UNREADABLE

    def test_a_clip_that_is_too_long_is_told(self, engine: Engine) -> None:
        small = scenery()[:120, :160]

        assert engine.watch(encode([small] * 32, fps=2)) is FaceFault.TOO_LARGE


class TestParts:
    def test_a_model_without_named_inputs_is_fed_all_the_same(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        weights = read_weights(find_weights().embedder)
        real = cv2.dnn.Net.setInput

        class Unnamed:
            """OpenCV 4, which knows this model's input by no name."""

            def __init__(self, net: cv2.dnn.Net) -> None:
                self.net = net

            def setInput(self, blob: Pixels, name: str) -> None:  # noqa: N802 - as OpenCV has it
                if name:
                    raise cv2.error("no such input")
                real(self.net, blob, "data")

            def forward(self) -> object:
                return self.net.forward()

        own = Embedder(weights)
        read = cv2.dnn.readNetFromONNX
        monkeypatch.setattr(cv2.dnn, "readNetFromONNX", lambda content: Unnamed(read(content)))
        aligned = np.full((112, 112, 3), 99, np.uint8)

        assert np.allclose(Embedder(weights).embed(aligned), own.embed(aligned))

    def test_eyes_are_less_open_when_they_are_closed(self, ann: Actor) -> None:
        weights = find_weights()
        if weights.eyes is None:
            pytest.skip("there is no model of eyes here; run scripts/fetch-models")
        eyes, detector = (
            Eyes(read_weights(weights.eyes)),
            Detector(read_weights(weights.detector)),
        )

        images = [ann.frame(Pose(shut=shut)) for shut in (0.0, 1.0)]
        opened, shut = (eyes.openness(image, detector.find(image, 320)[0]) for image in images)

        assert shut < 0.55 * opened

    @pytest.mark.parametrize(("yaw", "way"), [(0.9, 1), (-0.9, -1)])
    def test_the_persons_left_is_above_nought(self, bob: Actor, yaw: float, way: int) -> None:
        detector = Detector(read_weights(find_weights().detector))
        ahead = detector.find(bob.frame(Pose()), 320)[0].yaw

        turned = detector.find(bob.frame(Pose(yaw=yaw)), 320)[0].yaw

        assert (turned - ahead) * way > 0.28


class TestSurroundings:
    """What the models that know paper and screens are shown; they themselves may not be here."""

    @pytest.fixture
    def shown(self, monkeypatch: pytest.MonkeyPatch) -> list[Pixels]:
        """Return what two models have been shown, which find everything rather alive."""
        blobs: list[Pixels] = []

        class Net:
            def setInput(self, blob: Pixels) -> None:  # noqa: N802 - as OpenCV has it
                blobs.append(blob[0].transpose(1, 2, 0))

            def forward(self) -> Numbers:
                return np.array([[0.0, 2.0, 0.0]], np.float32)

        monkeypatch.setattr(cv2.dnn, "readNetFromONNX", lambda _content: Net())
        return blobs

    def test_it_is_the_mean_of_both(self, shown: list[Pixels], ann: Actor) -> None:
        live = Pad([b"one", b"other"]).live(ann.image, ann.face)

        assert live == pytest.approx(np.exp(2) / (np.exp(2) + 2))
        assert [blob.shape for blob in shown] == [(80, 80, 3)] * 2

    def test_one_looks_at_more_than_the_other(self, shown: list[Pixels], ann: Actor) -> None:
        marked = np.zeros_like(ann.image)
        x, y = (round(value) for value in ann.face.centre)
        half = round(ann.face.width / 2)
        marked[y - half : y + half, x - half : x + half] = 255

        Pad([b"one", b"other"]).live(marked, replace(ann.face, width=60, height=60))

        nearer, further = ((blob > 128).mean() for blob in shown)
        assert nearer > further

    def test_at_an_edge_they_look_within_the_picture(self, shown: list[Pixels], ann: Actor) -> None:
        bright = np.full((200, 200, 3), 255, np.uint8)

        Pad([b"one", b"other"]).live(bright, replace(ann.face, left=-20, top=150, width=90))

        assert all((blob == 255).all() for blob in shown)
