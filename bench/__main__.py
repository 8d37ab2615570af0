"""``python -m bench``: measure, print a table, write a JSON file. The exit code is no verdict."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NoReturn

from bench.arena import Arena
from bench.contest import GROUPS, Entry, Operation, chosen
from bench.figures import Sample, summarize
from bench.machine import facts
from bench.once import ONCE, Found
from bench.pages import machine_page
from bench.processes import CLIENT_CORE, SERVER_CORE, StartError, on_core
from bench.report import table, timed_rows
from bench.servers import MissingError
from bench.wire import AnswerError

RESULTS: Final = Path(__file__).parent / "results" / "latest.json"
WARM_UP_SECONDS: Final = 0.3
FAILURES: Final = (MissingError, StartError, AnswerError, OSError)
"""What keeps one row from being measured: not here, not started, refused, late or gone."""

Samples = dict[str, list[Sample]]


def main() -> None:
    """Run."""
    options = _options()
    signal.signal(signal.SIGTERM, _told_to_stop)
    found = facts()
    if CLIENT_CORE == SERVER_CORE:
        _say("only one core here: client and servers share it, so trust no rate and no latency")
    with on_core(CLIENT_CORE):
        # First, since it is where most can go wrong: better early than after twenty minutes.
        once = _measure_once(options.only, quick=options.quick)
        entries = chosen(group for group in options.only if group in GROUPS)
        with (
            TemporaryDirectory(prefix="watchword-bench-") as folder,
            ExitStack() as stack,
        ):
            samples, missing = _compete(Arena(stack, Path(folder)), entries, quick=options.quick)
        rows = timed_rows(entries, {key: summarize(taken) for key, taken in samples.items()})
    rows += once.rows
    measured_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(f"{machine_page(measured_at, found)}\n{table(rows)}")
    whole = not options.quick and set(options.only) == {*GROUPS, *ONCE}
    result = {
        "measured_at": measured_at,
        "whole": whole,
        "machine": found,
        "rows": [asdict(row) for row in rows],
        "weighed": once.weighed,
        "missing": [*missing, *once.missing],
        "samples": {key: [asdict(each) for each in taken] for key, taken in samples.items()},
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    _say(f"written to {options.json}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five minutes instead of twenty")
    parser.add_argument(
        "--only",
        action="append",
        choices=[*GROUPS, *ONCE],
        help="measure this group of rows and what it is held against; may be given again",
    )
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go")
    options = parser.parse_args()
    options.only = options.only or [*GROUPS, *ONCE]
    return options


def _compete(
    arena: Arena, entries: Sequence[Entry], *, quick: bool
) -> tuple[Samples, Sequence[str]]:
    """Measure all entries in rounds, so that a noisy minute is bad for all of them alike.

    Returns the samples, and what could not be measured and why.
    """
    ready, missing = _prepare(arena, entries)
    rounds, seconds = (3, 0.4) if quick else (5, 1.5)
    samples: Samples = {key: [] for key in ready}
    for number in range(rounds if ready else 0):
        _say(f"round {number + 1} of {rounds}")
        for entry in [each for each in entries if each.key in samples]:
            try:
                samples[entry.key].append(ready[entry.key](seconds))
            except FAILURES as error:
                del samples[entry.key]
                missing.append(_not_measured(entry.title, error))
    return samples, missing


def _prepare(arena: Arena, entries: Sequence[Entry]) -> tuple[Mapping[str, Operation], list[str]]:
    """Start what the entries need, and warm it up; say what cannot be had here."""
    ready: dict[str, Operation] = {}
    lacking: list[str] = []
    for number, entry in enumerate(entries, 1):
        _say(f"preparing {number} of {len(entries)}: {entry.title}")
        try:
            ready[entry.key] = entry.prepare(arena)
            ready[entry.key](WARM_UP_SECONDS)
        except FAILURES as error:
            ready.pop(entry.key, None)
            lacking.append(_not_measured(entry.title, error))
    return ready, lacking


def _not_measured(title: str, error: Exception) -> str:
    """Say what has no figures and why: one row must not cost all the others."""
    said = str(error).strip().splitlines() or [type(error).__name__]
    reason = f"{title} ({said[0]})"
    _say(f"not measured: {reason}")
    return reason


def _measure_once(groups: Sequence[str], *, quick: bool) -> Found:
    """Measure what is not done in rounds; say what cannot be had here."""
    found = Found([])
    for group in groups:
        if group in ONCE:
            _say(group)
            try:
                each = ONCE[group](quick=quick)
            except FAILURES as error:
                each = Found([], missing=[_not_measured(group, error)])
            found = found.beside(each)
    return found


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _told_to_stop(*_: object) -> NoReturn:
    """End through every ``finally``, as Ctrl-C does."""
    sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
