"""The picture of a run: what a check and a login cost, how long checks take, and fuller stores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.figures import Figures

__all__ = ["draw"]

OURS: Final = "#1f6f8b"
THEIRS: Final = "#b0b4b8"
REFERENCE: Final = "#6c757d"
Measured = Mapping[str, Figures]

CHECKS: Final = {
    "nginx": "nginx return 200",
    "gate-oz": "Watchword gate",
    "verify-oz": "Watchword, Oz",
    "verify-idscan": "Watchword, IDscan",
    "verify-findface": "Watchword, FindFace",
    "introspect": "Watchword introspection",
    "oidc-introspect": "node oidc-provider",
    "authtoken-guarded": "DRF authtoken",
    "knox-guarded": "django-rest-knox",
    "fastapi-users-guarded": "fastapi-users",
    "toolkit-introspect": "django-oauth-toolkit",
    "keystone-validate": "Keystone",
}
LOGINS: Final = {
    "machine-oz": "Watchword, remembered machine",
    "argon2": "Argon2id 19 MiB alone",
    "password": "Watchword, 19 MiB",
    "knox-login": "knox, same hash",
    "fastapi-users-login": "fastapi-users, 64 MiB",
    "authtoken-login": "DRF authtoken, PBKDF2",
    "toolkit-login": "oauth-toolkit, PBKDF2",
    "keystone-login": "Keystone, bcrypt",
}
LINES: Final = {"nginx": REFERENCE, "gate": OURS, "route": "#d97a34"}
SIZES: Final = (1, 64, 512)
STORES: Final = {
    "empty": "empty",
    "small": "100,000\nliving",
    "revoked": "100,000\nrevoked",
    "million": "1,000,000\nliving",
}
WAYS: Final = {"gate": OURS, "route": "#d97a34", "cold": REFERENCE}
NAMES: Final = {
    "nginx": "nginx return 200",
    "gate": "gate",
    "route": "Oz route",
    "cold": "Oz route, no memory",
}


def draw(measured: Measured, path: Path) -> None:
    """Write the picture. The same figures make the same bytes."""
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(10, 8.5), layout="constrained")
        checks, logins, latency, stores = figure.subplots(2, 2).flat
        _bars(checks, measured, CHECKS, "A check: CPU µs of the server, log")
        _bars(logins, measured, LOGINS, "A login: CPU µs of the server, log")
        _latency(latency, measured)
        _stores(stores, measured)
        # What is noted in a picture by default would differ from one release to the next.
        figure.savefig(path, dpi=120, metadata={"Software": None})


def _bars(axes: Axes, measured: Measured, titles: Mapping[str, str], title: str) -> None:
    keys = [key for key in titles if key in measured]
    values = [measured[key].cpu_us for key in keys]
    bars = axes.barh([titles[key] for key in keys], values, color=[_colour(key) for key in keys])
    axes.bar_label(bars, labels=[f"{value:,.0f}" for value in values], padding=3)
    axes.set_xscale("log")
    # Room for the longest bar's label.
    axes.set_xlim(right=max(values, default=1) * 6)
    axes.invert_yaxis()
    axes.set_title(title, loc="left")


def _colour(key: str) -> str:
    if key in {"nginx", "argon2"}:
        return REFERENCE
    ours = ("gate", "verify", "machine", "password")
    return OURS if key == "introspect" or key.startswith(ours) else THEIRS


def _latency(axes: Axes, measured: Measured) -> None:
    for name, colour in LINES.items():
        found = [
            measured[key] for key in (f"at-{size}-{name}" for size in SIZES) if key in measured
        ]
        if len(found) == len(SIZES):
            _line(axes, [each.p50_ms for each in found], colour, f"{NAMES[name]}, p50", "-")
            _line(axes, [each.p99_ms for each in found], colour, f"{NAMES[name]}, p99", ":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.minorticks_off()
    axes.set_xlabel("connections")
    axes.set_title("Time to an answer: ms, log", loc="left")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3)


def _line(axes: Axes, values: Sequence[float], colour: str, label: str, style: str) -> None:
    axes.plot(SIZES, values, color=colour, linestyle=style, marker="o", markersize=3, label=label)


def _stores(axes: Axes, measured: Measured) -> None:
    width = 0.8 / len(WAYS)
    for place, (way, colour) in enumerate(WAYS.items()):
        keys = [f"store-{store}-{way}" for store in STORES]
        if all(key in measured for key in keys):
            at = [number + place * width for number in range(len(STORES))]
            heights = [measured[key].cpu_us for key in keys]
            bars = axes.bar(at, heights, width, color=colour, label=NAMES[way])
            axes.bar_label(
                bars, labels=[f"{height:,.0f}" for height in heights], padding=2, fontsize=7
            )
    axes.set_xticks([number + width for number in range(len(STORES))], list(STORES.values()))
    axes.set_title("A check by what the store holds: CPU µs", loc="left")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=len(WAYS))
