"""What ``doctor`` says of the API pages: which there are, and whether their viewer is."""

import textwrap
from pathlib import Path

import pytest

from watchword.cli import doctor
from watchword.cli.doctor import Finding, Level, examine
from watchword.cli.overrides import Overrides, load
from watchword.dialects import find_dialects
from watchword.web.page import offered_pages


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Return what is found of pages; ``viewer`` says whether it is there."""

    def look(*, viewer: bool, table: str = "") -> list[Finding]:
        place = tmp_path / "viewer.js"
        if viewer:
            place.touch()
        monkeypatch.setattr(doctor, "VIEWER", place)
        file = tmp_path / "watchword.toml"
        file.write_text(textwrap.dedent(table))
        configuration = load(file, Overrides(f"sqlite:///{tmp_path}/none.db"))
        return [each for each in examine(configuration) if each.subject == "API pages"]

    return look


def pages() -> list[str]:
    """Return the pages that are served as everything comes."""
    dialects = [each for each in find_dialects().values() if not each.opt_in]
    return [page for each in dialects for page in offered_pages(each.operations, each.settings())]


def test_the_pages_that_are_served_are_named(found):
    assert pages() != []
    assert found(viewer=True) == [Finding(Level.OK, "API pages", ", ".join(pages()))]


def test_without_the_viewer_it_says_what_to_run(found):
    (finding,) = found(viewer=False)

    assert finding.level is Level.WEAK
    assert "make setup" in finding.remark


def test_where_no_page_is_served_nobody_misses_the_viewer(found):
    off = "".join(f"[dialects.{name}]\napi_page = false\n" for name in find_dialects())

    assert found(viewer=False, table=off) == []


def test_settings_that_cannot_be_read_are_told_once(found, tmp_path: Path):
    (name, *_) = find_dialects()
    wrong = f"[dialects.{name}]\napi_page = 1\n"

    assert found(viewer=True, table=wrong) == []
    configuration = load(tmp_path / "watchword.toml", Overrides(f"sqlite:///{tmp_path}/none.db"))
    broken = [each for each in examine(configuration) if each.level is Level.BROKEN]
    assert [each.subject for each in broken][:1] == ["configuration"]
