"""Every import contract catches the violation that is planted for it in a copy of the tree."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.support.checkout import ROOT, modules


@dataclass(frozen=True)
class Planted:
    """Modules to add, by path under ``src/watchword``, and the contract that must catch them."""

    what: str
    contract: str
    modules: dict[str, str] = field(repr=False)


PLANTED = [
    Planted("core reaches up", "arrows", {"core/planted.py": "import watchword.web"}),
    Planted("web reaches sideways", "arrows", {"web/planted.py": "import watchword.storage"}),
    Planted("storage reaches up", "arrows", {"storage/planted.py": "import watchword.bootstrap"}),
    Planted("web names a dialect", "arrows", {"web/planted.py": "import watchword.dialects"}),
    Planted("a part has no layer", "arrows", {"planted.py": ""}),
    Planted(
        "one dialect knows another",
        "dialects",
        {
            "dialects/planted_one/__init__.py": "",
            "dialects/planted_two/__init__.py": "import watchword.dialects.planted_one",
        },
    ),
    Planted(
        "bootstrap names a dialect",
        "deletable",
        {
            "dialects/planted/__init__.py": "",
            "bootstrap.py": "import watchword.dialects.planted",
        },
    ),
    Planted("cli names a back-end", "backends", {"cli/planted.py": "import watchword.storage"}),
    Planted("server names a roster", "backends", {"server/planted.py": "import watchword.rosters"}),
    Planted("server names an engine", "backends", {"server/planted.py": "import watchword.faces"}),
    Planted("faces reach sideways", "arrows", {"faces/planted.py": "import watchword.config"}),
    Planted("web looks at faces", "libraries", {"web/planted.py": "import cv2"}),
    Planted("rosters reach sideways", "arrows", {"rosters/planted.py": "import watchword.config"}),
    Planted("rosters speak SQL", "libraries", {"rosters/planted.py": "import sqlalchemy"}),
    Planted("core speaks LDAP", "libraries", {"core/planted.py": "import ldap3"}),
    Planted(
        "two modules need each other",
        "cycles",
        {
            "core/planted_one.py": "import watchword.core.planted_two",
            "core/planted_two.py": "import watchword.core.planted_one",
        },
    ),
    Planted("core knows a codec", "libraries", {"core/planted.py": "import msgspec"}),
    Planted("core knows an unheard-of library", "libraries", {"core/planted.py": "import unheard"}),
    Planted("core speaks SQL", "libraries", {"core/planted.py": "import sqlite3"}),
    Planted("core speaks HTTP", "libraries", {"core/planted.py": "import starlette"}),
    Planted("storage speaks HTTP", "libraries", {"storage/planted.py": "import httptools"}),
    Planted("web speaks SQL", "libraries", {"web/planted.py": "import sqlalchemy"}),
    Planted("cli speaks SQL", "libraries", {"cli/planted.py": "import psycopg"}),
    Planted("a dialect speaks SQL", "libraries", {"dialects/planted.py": "import sqlite3"}),
    Planted("a dialect serves", "libraries", {"dialects/planted.py": "import uvicorn"}),
]


def lint(tree: Path, contract: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a tree, which comes before the installed package."""
    program = str(Path(sys.executable).parent / "lint-imports")
    return subprocess.run(
        [program, "--no-logo", "--no-cache", "--contract", contract],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree / 'src'}:{tree}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of what import-linter looks at."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    contract = "tests/architecture/libraries.py"
    (tmp_path / contract).parent.mkdir(parents=True)
    shutil.copy(ROOT / contract, tmp_path / contract)
    return tmp_path


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.what)
def test_a_planted_violation_is_caught(planted: Planted, tree: Path) -> None:
    for path, text in planted.modules.items():
        module = tree / "src/watchword" / path
        module.parent.mkdir(exist_ok=True)
        module.write_text(text)

    done = lint(tree, planted.contract)

    assert done.returncode == 1
    assert "BROKEN" in done.stdout
    assert "planted" in done.stdout


def settings() -> Mapping[str, Any]:
    """Return what ``pyproject.toml`` says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def libraries() -> Mapping[str, set[str]]:
    """Return what each part imports from outside of itself."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in modules():
        _, _, inside = module.name.partition(".")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                imported = [name.name for name in node.names]
            else:
                imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found[inside.partition(".")[0]] |= {name.partition(".")[0] for name in imported}
    return found


def test_every_contract_has_a_planted_violation() -> None:
    configured = settings()["tool"]["importlinter"]["contracts"]

    assert {contract["id"] for contract in configured} == {planted.contract for planted in PLANTED}


def test_no_part_may_import_what_it_does_not() -> None:
    [contract] = [
        each
        for each in settings()["tool"]["importlinter"]["contracts"]
        if each["id"] == "libraries"
    ]
    imported = libraries()

    assert {part: set(listed) - imported[part] for part, listed in contract["parts"].items()} == {
        part: set() for part in contract["parts"]
    }


def test_whatever_is_imported_is_asked_for_by_name() -> None:
    """What came along with something else may be gone with that one's next release."""
    project = settings()["project"]
    asked = chain(project["dependencies"], *project["optional-dependencies"].values())
    names = {re.split(r"[\[<>=]", each)[0].lower() for each in asked}
    outside = set().union(*libraries().values()) - sys.stdlib_module_names - {"watchword"}
    owners = packages_distributions()

    assert [
        library
        for library in sorted(outside)
        if not names & {owner.lower().replace("_", "-") for owner in owners.get(library, ())}
    ] == []
    assert len(outside) > 15
