"""An import contract that import-linter lacks: which outside libraries each part may know.

It is an allow list. A list of what is forbidden would let in every library that nobody thought of.
"""

import sys
from collections.abc import Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

__all__ = ["LibrariesContract"]


class PartsField(fields.Field[dict[str, frozenset[str]]]):
    """A table whose keys are the parts of the package and whose values are lists of libraries."""

    def parse(self, raw_data: Any) -> dict[str, frozenset[str]]:
        """Return each part with the set of libraries it may import."""
        if not isinstance(raw_data, dict):
            message = "Expected a table from part to libraries."
            raise fields.ValidationError(message)
        return {part: frozenset(libraries) for part, libraries in raw_data.items()}


class LibrariesContract(Contract):
    """Each part of the package imports its own libraries and no others.

    The standard library is open to all, but a module of it that some part lists is reserved to the
    parts that list it. A part that lists nothing may import nothing else.
    """

    type_name = "libraries"

    parts = PartsField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - the base class decides
        """Find every import of a library by a part that does not list it."""
        trespasses = sorted(self._trespasses(graph))
        return ContractCheck(kept=not trespasses, metadata={"trespasses": trespasses})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each import that the contract does not allow."""
        for importer, library in check.metadata["trespasses"]:
            output.print_error(f"{importer} is not allowed to import {library}", bold=False)
        output.new_line()

    def _trespasses(self, graph: ImportGraph) -> Iterator[tuple[str, str]]:
        root = self.session_options["root_packages"][0]
        parts: dict[str, frozenset[str]] = self.parts  # type: ignore[assignment] # a field is replaced by its value
        reserved = frozenset().union(*parts.values())
        open_to_all = sys.stdlib_module_names - reserved
        for module in graph.modules:
            package, _, inside = module.partition(".")
            if package != root:
                continue
            allowed = parts.get(inside.partition(".")[0], frozenset())
            for imported in graph.find_modules_directly_imported_by(module):
                library = imported.partition(".")[0]
                if library != root and library not in allowed | open_to_all:
                    yield module, library
