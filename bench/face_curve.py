"""The picture of the threshold: how alike photos of one person are, and photos of two."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.faces import Scores, rates

__all__ = ["draw_curve"]

GENUINE: Final = "#1f6f8b"
IMPOSTOR: Final = "#d97a34"
GREY: Final = "#6c757d"
THRESHOLDS: Final = {0.714: "0.714 lax", 0.74: "0.74 default", 0.766: "0.766 among many"}
FINE: Final = 400


def draw_curve(scores: Scores, path: Path) -> None:
    """Write the picture. The same scores make the same bytes."""
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        pairs, curve = figure.subplots(2, 1, sharex=True, height_ratios=[2, 3])
        _pairs(pairs, scores)
        _curve(curve, scores)
        for threshold, name in THRESHOLDS.items():
            for axes in (pairs, curve):
                axes.axvline(threshold, color=GREY, linewidth=0.8, linestyle=":")
            curve.text(threshold, 95, name, rotation=90, ha="right", va="top", color=GREY)
        # What is noted in a picture by default would differ from one release to the next.
        figure.savefig(path, dpi=120, metadata={"Software": None})


def _pairs(axes: Axes, scores: Scores) -> None:
    _dots(axes, scores.genuine, 1, GENUINE)
    _dots(axes, scores.impostor, 0, IMPOSTOR)
    axes.set_yticks(
        [0, 1], [f"two people\n{len(scores.impostor)} pairs", f"one\n{len(scores.genuine)} pairs"]
    )
    axes.set_ylim(-0.6, 1.6)
    axes.set_title(f"How alike photos of {scores.people} people are", loc="left")


def _dots(axes: Axes, values: Sequence[float], row: int, colour: str) -> None:
    # Beside each other, as far as they would hide each other.
    heights = [row + (number % 5 - 2) * 0.12 for number in range(len(values))]
    axes.scatter(values, heights, s=12, color=colour, alpha=0.7, linewidths=0)


def _curve(axes: Axes, scores: Scores) -> None:
    places = [number / FINE for number in range(FINE + 1)]
    for name, colour in (("refused", GENUINE), ("let in", IMPOSTOR)):
        shares = [rates(scores, at)[name] * 100 for at in places]
        axes.plot(places, shares, color=colour, label=f"wrongly {name}")
    axes.set_xlim(0.35, 1.0)
    axes.set_ylabel("per cent of pairs")
    axes.set_xlabel("threshold of likeness")
    axes.legend(frameon=False, loc="center left")
