"""The code keeps the shape we chose for it.

Each rule is a function from one module to its complaints, so that it can be shown to complain.
What ruff and interrogate check already (sorted ``__all__``, public docstrings, complexity) is
theirs.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, Module, all_modules, modules

FILE_LINES = 400
FUNCTION_LINES = 40
SUPPRESSIONS = {"type: ignore": 5, "pyright: ignore": 5, "noqa": 10}

# A suppression, its codes, and the rest of the comment, which has to be a reason.
SUPPRESSION = re.compile(
    r"#\s*(?P<what>type: ignore|pyright: ignore|noqa|pragma: no cover)"
    r"(?P<codes>\[[\w, -]+\]|: *[A-Z]+\d+(, *[A-Z]+\d+)*)?"
    r"(?P<reason>.*)"
)


def overlong_file(module: Module) -> Iterator[str]:
    """Complain of a file that a reader would split."""
    lines = len(module.text.splitlines())
    if lines > FILE_LINES:
        yield f"{module}: {lines} lines, more than {FILE_LINES}"


def overlong_functions(module: Module) -> Iterator[str]:
    """Complain of functions that do not fit on a screen; a migration is a list, however long."""
    if "migrations/versions" in str(module):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{module}:{node.lineno}: {node.name} has {lines} lines"


def undocumented(module: Module) -> Iterator[str]:
    """Complain of a module, private ones included, that does not say what it is."""
    if not ast.get_docstring(module.tree):
        yield f"{module}: no docstring"


def not_exported(module: Module) -> Iterator[str]:
    """Complain of imports of what the ``__all__`` of the imported module leaves out."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module in EXPORTS:
            for name in node.names:
                submodule = f"{node.module}.{name.name}"
                if name.name not in EXPORTS[node.module] and submodule not in EXPORTS:
                    yield f"{module}:{node.lineno}: {submodule} is not in __all__"


def bare_suppressions(module: Module) -> Iterator[str]:
    """Complain of a suppression without codes, or without a reason behind them."""
    for line, match in _suppressions(module):
        coded = match["codes"] or match["what"] == "pragma: no cover"
        if not coded or not re.search(r"\w", match["reason"]):
            yield f"{module}:{line}: {match[0]}"


def _exported(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def _suppressions(module: Module) -> Iterator[tuple[int, re.Match[str]]]:
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT and (match := SUPPRESSION.search(token.string)):
            yield token.start[0], match


EXPORTS = {module.name: _exported(module.tree) for module in modules()}

Rule = Callable[[Module], Iterator[str]]

VIOLATIONS: dict[Rule, str] = {
    overlong_file: "\n" * (FILE_LINES + 1),
    overlong_functions: "def long():\n" + "    pass\n" * FUNCTION_LINES,
    undocumented: "x = 1\n",
    not_exported: "from watchword.core.errors import planted\n",
    bare_suppressions: "x = 1  # noqa: E501\n",
}


@pytest.mark.parametrize("rule", VIOLATIONS, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    complaints = [complaint for module in modules() for complaint in rule(module)]

    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("rule", VIOLATIONS, ids=lambda rule: rule.__name__)
def test_the_rule_catches_a_planted_violation(
    rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.checkout.ROOT", tmp_path)
    planted = tmp_path / "planted.py"
    planted.write_text(VIOLATIONS[rule])

    assert len(list(rule(Module(planted)))) == 1


def test_tests_and_tools_give_their_reasons_too() -> None:
    complaints = [complaint for module in all_modules() for complaint in bare_suppressions(module)]

    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("what", "most"), SUPPRESSIONS.items())
def test_suppressions_stay_few(what: str, most: int) -> None:
    found = [
        f"{module}:{line}"
        for module in modules()
        for line, match in _suppressions(module)
        if match["what"] == what
    ]

    assert len(found) <= most, "\n".join(found)


def test_every_folder_of_modules_is_a_package() -> None:
    package = ROOT / "src/watchword"
    folders = {path.parent for path in package.rglob("*.py")}

    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
