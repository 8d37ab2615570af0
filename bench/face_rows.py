"""The table's lines about faces. Pure."""

from typing import Final

from bench.faces import FaceFigures, rates
from bench.report import Row

__all__ = ["face_rows"]

DEFAULT: Final = 0.74
STILL_FAST: Final = 20.0
"""Milliseconds at the gate's 99th percentile, whatever else goes on."""
MEGA: Final = 1e6


def face_rows(figures: FaceFigures) -> list[Row]:
    """Return what is measured of faces."""
    costs, scores, meanwhile = figures.costs, figures.scores, figures.meanwhile
    wrong = rates(scores, DEFAULT)
    return [
        Row("face: a photo of 900 pixels", figure=f"{costs.photo_ms:.0f} ms CPU"),
        Row("face: a clip of 1.5 s", figure=f"{costs.clip_ms:.0f} ms CPU"),
        Row("face: a clip of two acts", figure=f"{costs.acts_ms:.0f} ms CPU"),
        Row("face: logins by 1.5 s, of one core", figure=f"{1e3 / costs.clip_ms:.1f}/s"),
        Row("face: logins by two acts, of one core", figure=f"{1e3 / costs.acts_ms:.1f}/s"),
        Row("face: a login by 1.5 s, on the clock", figure=f"{meanwhile.login_ms:.0f} ms"),
        Row("face: the process that looks", figure=f"{meanwhile.looker / MEGA:.0f} MB"),
        Row("face: the worker beside it", figure=f"{meanwhile.worker / MEGA:.0f} MB"),
        Row(
            f"face: {len(scores.genuine)} pairs of one person, the least alike",
            figure=f"{min(scores.genuine):.3f}",
        ),
        Row(
            f"face: {len(scores.impostor)} pairs of two, the most alike",
            figure=f"{max(scores.impostor):.3f}",
        ),
        Row(
            f"face: at {DEFAULT} wrongly refused, wrongly let in",
            figure=f"{wrong['refused']:.1%}, {wrong['let in']:.1%}",
        ),
        Row("gate, p99 at 64 connections", figure=f"{meanwhile.alone_ms:.1f} ms"),
        Row(
            "gate, p99 while 20 people log in by face",
            figure=f"{meanwhile.beside_ms:.1f} ms",
            ratio=f"in {meanwhile.seconds:.1f} s",
            bar=f"≤ {STILL_FAST:g} ms",
            passed=meanwhile.beside_ms <= STILL_FAST,
        ),
    ]
