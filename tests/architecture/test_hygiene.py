"""Nothing in the tree ties it to one machine or to one way of reaching a registry."""

import re
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, kept_files

# Brackets keep these patterns from finding themselves.
REGISTRY_HOSTS = re.compile(
    r"p[y]pi\.org|pyth[o]nhosted\.org|npmj[s]\.(?:org|com)|npmmirr[o]r\.com|d[e]b\.debian\.org"
)


def ties(text: str) -> list[str]:
    """Return what ties a text to a registry's host or to where this checkout happens to be."""
    found = [match[0] for match in REGISTRY_HOSTS.finditer(text)]
    # A checkout at a path as short as /app says nothing: a container's files may well name that.
    if len(ROOT.parts) > 2 and re.search(rf"{re.escape(str(ROOT))}\b", text):
        found.append(str(ROOT))
    return found


def test_no_file_names_a_registry_host_or_this_checkout() -> None:
    found = {}
    for path in kept_files():
        if tied := ties(path.read_text(errors="replace")):
            found[path] = tied

    assert found == {}


@pytest.mark.parametrize(
    "text",
    ["index-url = https://p" + "ypi.org/simple", f"cd {ROOT}/src", "registry.npm" + "js.org"],
)
def test_such_a_tie_would_be_found(text: str) -> None:
    assert ties(text)


def test_constraints_are_exact_pins_and_nothing_else() -> None:
    pins = (ROOT / "constraints.txt").read_text().splitlines()

    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []
    assert pins == sorted(pins, key=str.lower)


def test_nothing_that_git_keeps_is_a_database_or_a_cache() -> None:
    kept = [path.relative_to(ROOT) for path in kept_files()]

    assert [path for path in kept if path.suffix in {".db", ".pyc"}] == []
    assert not any(Path("var") in path.parents for path in kept)


def test_nothing_that_git_keeps_was_built_by_somebody_else() -> None:
    fetched = ROOT / "src/watchword/web/assets"

    assert [path for path in kept_files() if fetched in path.parents or path.suffix == ".js"] == []


def test_the_figures_tell_of_a_kernels_version_and_not_of_who_built_it() -> None:
    told = (ROOT / "docs/benchmarks/machine.md").read_text()

    assert re.search(r"^\| kernel \| Linux [\d.]+ \|$", told, re.MULTILINE)
