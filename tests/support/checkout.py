"""The checkout as a thing to be tested: its files and its modules."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

__all__ = ["ROOT", "Module", "all_modules", "kept_files", "modules"]

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """One Python file of ours."""

    path: Path

    @cached_property
    def text(self) -> str:
        """The file as written."""
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        """The file as parsed."""
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """The name under which it is imported."""
        _, _, inside = str(self).removesuffix(".py").removesuffix("/__init__").partition("src/")
        return inside.replace("/", ".")

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


def kept_files() -> list[Path]:
    """Return all files that git keeps or would keep, as they are on disk now."""
    # A checkout may belong to another user than the one who tests it, root in a container say.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(
        [*command, "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def modules() -> Iterator[Module]:
    """Return every module that is shipped, in the order of their paths."""
    return map(Module, sorted((ROOT / "src").rglob("*.py")))


def all_modules() -> Iterator[Module]:
    """Yield every module that git keeps or would keep: tests and tools too."""
    return (Module(path) for path in kept_files() if path.suffix == ".py")
