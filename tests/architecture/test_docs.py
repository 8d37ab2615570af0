"""The documentation keeps up with the code: whatever can be called or set has its heading.

The truth is read from the code itself, so a new thing without documentation fails here.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import pytest
from cyclopts import App

from tests.support.checkout import ROOT, kept_files
from watchword.cli.main import app
from watchword.config import Configuration, DialectTable
from watchword.core.errors import AnyCoreError
from watchword.dialects import find_dialects
from watchword.web.site import SERVER_PATHS

DOCS: Final = ROOT / "docs"
HEADING: Final = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
OPERATION: Final = re.compile(r"`[A-Z*]+ /")
FENCED: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def sections(page: str) -> dict[str, str]:
    """Return the text under each heading of a page, without what stands in fences."""
    _, *parts = HEADING.split(FENCED.sub("", (DOCS / page).read_text()))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def settings(struct: type[msgspec.Struct], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted key and the default of every setting in a table and its tables."""
    for field in msgspec.structs.fields(struct):
        key = f"{path}{field.name}"
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from settings(field.type, f"{key}.")
        elif field.name != "dialects":
            made = field.default_factory is not msgspec.NODEFAULT
            yield key, msgspec.to_builtins(field.default_factory() if made else field.default)


def commands(group: App, *words: str) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """Yield every command as typed, with its flags and the variable beside each."""
    for name in group:
        if name.startswith("-"):
            continue
        if group[name].default_command is None:
            yield from commands(group[name], *words, name)
            continue
        flags = {
            (
                argument.names[0]
                if argument.index is None
                else argument.names[0].removeprefix("--").upper(),
                "".join(argument.parameter.env_var or ()),
            )
            for argument in group[name].assemble_argument_collection()
            if argument.names != ("*",)  # what gathers flags is none itself
        }
        yield " ".join((*words, name)), flags


def wrongly_documented(page: str, expected: dict[str, Any]) -> list[str]:
    """Return the settings that a page lacks, invents, or gives another default."""
    documented = {
        heading[1:-1]: match[1]
        for heading, text in sections(page).items()
        if (match := re.match(r"\s*Default: `(.*?)`", text))
    }
    defaults = {key: json.dumps(default) for key, default in expected.items()}
    return sorted(f"{key}: {default}" for key, default in documented.items() ^ defaults.items())


def test_every_setting_is_documented_with_its_default() -> None:
    shared = {f"dialects.NAME.{key}": getattr(DialectTable(), key) for key in ("enabled", "host")}
    expected = {**dict(settings(Configuration)), **shared}

    wrong = wrongly_documented("reference/configuration.md", expected)

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", sorted(find_dialects()))
def test_every_setting_of_a_dialect_is_documented_with_its_default(name: str) -> None:
    own = dict(settings(find_dialects()[name].settings, f"dialects.{name}."))

    wrong = wrongly_documented(f"dialects/{name}.md", own)

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", sorted(find_dialects()))
def test_every_operation_of_a_dialect_is_documented(name: str) -> None:
    dialect = find_dialects()[name]
    operations = {f"`{o.method} {o.path}`" for o in dialect.operations}
    operations |= {f"`WS {feed.path}`" for feed in dialect.feeds}
    documented = {each for each in sections(f"dialects/{name}.md") if OPERATION.match(each)}

    wrong = operations ^ documented

    assert not wrong, "\n".join(sorted(wrong))


def words(docstring: str) -> list[tuple[str, ...]]:
    """Return the rows of the table in a docstring, as they stand in a page."""
    _, head, body, _ = re.split(r"^=+ +=+\n", docstring, flags=re.MULTILINE)
    rows = [re.split(r" {2,}", row, maxsplit=1) for row in (head + body).splitlines()]
    return [tuple(cell.replace("``", "`") for cell in row) for row in rows]


@pytest.mark.parametrize("name", sorted(find_dialects()))
def test_a_dialects_words_are_the_same_for_readers_of_code_and_of_pages(name: str) -> None:
    told = words(import_module(f"watchword.dialects.{name}").__doc__ or "")
    page = sections(f"dialects/{name}.md")["Words"]
    rows = re.findall(r"^\| (.*) \|$", page, re.MULTILINE)

    assert [tuple(row.split(" | ")) for row in rows] == told
    assert len(told) > 5


def test_every_path_of_the_server_itself_is_documented() -> None:
    documented = {each for each in sections("reference/http-endpoints.md") if OPERATION.match(each)}

    assert documented == {f"`GET {path}`" for path in SERVER_PATHS}


def test_every_metric_is_documented() -> None:
    source = (ROOT / "src/watchword/server/metrics.py").read_text()
    made = re.findall(r'(Counter|Histogram|GaugeMetricFamily)\(\s*"(\w+)"', source)
    # The library adds it to the name of a counter.
    names = {f"`{name}{'_total' if kind == 'Counter' else ''}`" for kind, name in made}

    assert {each for each in sections("reference/metrics.md") if each[0] == "`"} == names


def test_what_a_server_is_watched_by_is_there() -> None:
    page = (DOCS / "how-to/watch-a-server.md").read_text()
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    explained = sections("reference/metrics.md")
    metrics = set(re.findall(r"watchword_[a-z_]+", page))
    [events] = re.findall(r"^\| `event` .*?\n\n", page, re.MULTILINE | re.DOTALL)
    first_cells = [row.split("|")[1] for row in events.strip().splitlines()[2:]]
    told = [event for cell in first_cells for event in re.findall(r"`(.*?)`", cell)]

    assert [metric for metric in metrics if f"`{metric}`" not in explained] == []
    assert [event for event in told if f'"{event}"' not in source] == []
    assert len(metrics) > 3
    assert len(told) > 9


def test_the_layers_are_drawn_as_they_are_kept() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [arrows] = [each for each in contracts["contracts"] if each["id"] == "arrows"]
    kept = [re.sub(r"[()]", "", layer).replace("|", "│") for layer in arrows["layers"]]

    [drawn] = re.findall(
        r"## Layers\n\n```\n(.*?)```", (DOCS / "architecture.md").read_text(), re.DOTALL
    )

    assert drawn.splitlines() == kept


def test_every_command_is_documented_with_its_flags() -> None:
    row = re.compile(r"^\| `(-*[\w-]+)[^|]*\| (?:`(\w+)` )?\|", re.MULTILINE)
    documented = {
        heading[1:-1]: set(row.findall(text))
        for heading, text in sections("reference/cli.md").items()
        if heading.startswith("`")
    }

    assert documented == dict(commands(app, "watchword"))


def test_every_refusal_of_the_core_is_documented() -> None:
    refusals = {f"`{error.__name__}`" for error in get_args(AnyCoreError)}
    documented = {heading for heading in sections("reference/errors.md") if "Error`" in heading}

    assert documented == refusals


def test_a_page_outside_the_navigation_fails_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    shutil.copytree(DOCS, docs, ignore=shutil.ignore_patterns("_build"))
    (docs / "planted.md").write_text("# Planted\n")
    options = ["--builder", "dummy", "--fail-on-warning", "--quiet"]

    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, docs, tmp_path / "built"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "planted.md" in done.stderr
    assert "toctree" in done.stderr


def test_no_page_excuses_itself_from_the_navigation() -> None:
    pages = [path for path in kept_files() if DOCS in path.parents and path.suffix == ".md"]

    assert [page for page in pages if re.search(r"^orphan:", page.read_text(), re.MULTILINE)] == []


def test_no_link_of_a_page_outside_sphinx_is_dead() -> None:
    pages = [path for path in kept_files() if path.suffix == ".md" and DOCS not in path.parents]
    links = {
        (page, link.partition("#")[0])
        for page in pages
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text())
        if ":" not in link
    }

    assert [(page, link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_change_log_fragment_is_a_sentence() -> None:
    fragments = [path for path in kept_files() if path.parent.name == "changelog.d"]
    texts = {path: path.read_text().strip() for path in fragments if path.name != "README.md"}

    assert [
        path for path, text in texts.items() if not re.match(r"[A-Z`].*[.]$", text, re.DOTALL)
    ] == []
