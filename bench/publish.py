"""``python -m bench.publish``: write a run's tables and its picture into the documentation."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.capacity import Costs
from bench.figures import Figures, Sample, summarize
from bench.pages import bars_page, capacity_page, figures_page, machine_page
from bench.plot import draw
from bench.report import Row

__all__ = ["PartialRunError", "publish"]

RESULTS: Final = Path(__file__).parent / "results" / "latest.json"
FOLDER: Final = Path(__file__).parents[1] / "docs" / "benchmarks"


class PartialRunError(Exception):
    """A run that left something out, or was a quick one, is nothing to publish."""


def publish(result: Mapping[str, Any], folder: Path) -> None:
    """Write what pages include. Raises `PartialRunError`."""
    if not result["whole"]:
        raise PartialRunError("only a whole run is published: make bench")
    measured = {
        key: summarize([Sample(**sample) for sample in samples])
        for key, samples in result["samples"].items()
    }
    rows = [_row(row) for row in result["rows"]]
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "bars": bars_page(rows, result["missing"]),
        "figures": figures_page(rows),
        "machine": machine_page(result["measured_at"], result["machine"]),
    }
    try:
        pages["capacity"] = capacity_page(Costs.of(measured, result["weighed"]))
    except KeyError as missing:
        raise PartialRunError(f"nothing to reckon with: {missing} was not measured") from missing
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text)
    draw(measured, folder / "plot.png")


def _row(kept: Mapping[str, Any]) -> Row:
    figures = kept["figures"]
    return Row(**{**kept, "figures": None if figures is None else Figures(**figures)})


def main() -> None:
    """Run. The exit code is 1 for a run that is not whole."""
    parser = argparse.ArgumentParser(prog="python -m bench.publish", description=__doc__)
    parser.add_argument("--json", type=Path, default=RESULTS, help="the figures of a run")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where pages look for them")
    options = parser.parse_args()
    try:
        publish(json.loads(options.json.read_text()), options.folder)
    except PartialRunError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
