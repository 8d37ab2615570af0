"""Any one dialect can be deleted, and the suite of everything else stays green."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, kept_files
from tests.support.programs import unmeasured

DIALECTS = sorted(path.parent.name for path in ROOT.glob("src/watchword/dialects/*/__init__.py"))
OWN_FOLDERS = ("src/watchword/dialects", "tests/wire", "tests/unit/dialects")
# What tells users about all dialects has to change with them: the examples, the README that e2e
# follows, the documentation that architecture reads.
OTHERS = ("tests/unit", "tests/conformance", "tests/wire", "--ignore=tests/unit/test_examples.py")
# Databases, and calling every operation of a dialect some dozens of times: a file so marked is
# imported here, and so has to do without the dialect, but not run again.
NOT_ONCE = ("-m", "not once")
# Git ignores it, and there is no dialect in it.
FETCHED_AT_SETUP = ("src/watchword/web/assets", "src/watchword/faces/models", "tests/data/faces")
# On all cores: these come last in a whole run, when the other cores have nothing left to do.
ON_ALL_CORES = ("--numprocesses=auto", "--dist=loadscope")
PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-x", "-q", *ON_ALL_CORES)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the checkout as it is on disk, and what set-up fetched into it."""
    for path in kept_files():
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    for folder in FETCHED_AT_SETUP:
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, tmp_path / folder, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.reruns
@pytest.mark.timeout(900)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_others_do_without(dialect: str, copy: Path) -> None:
    for folder in OWN_FOLDERS:
        shutil.rmtree(copy / folder / dialect, ignore_errors=True)
    # The copy's coverage is nobody's business: its files are gone when the report is written.
    done = subprocess.run(
        [*PYTEST, *OTHERS, *NOT_ONCE],
        cwd=copy,
        env={**unmeasured(), "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
