"""The package beside its peers: CPU time, medians of interleaved repetitions, the same bytes for everybody.

Run it with ``cargo xtask bench python``. It prints a table with the bars of the issue the package was built for, and
writes ``target/bench/python.json``.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import decoding
import encoding
import fan_out
import importing
import loopback
from cases import Case

REPORT = Path(__file__).parents[3] / "target" / "bench" / "python.json"
LEAST_SECONDS = 0.05
"""How much CPU time a repetition takes at least."""


def measure(case: Case, repetitions: int, least_seconds: float) -> None:
    """Lets the contenders take turns."""
    for _ in range(repetitions):
        for contender in case.contenders:
            seconds, times = 0.0, 0
            while seconds < least_seconds or not times:
                start = time.process_time()
                elsewhere = contender.run()
                seconds += time.process_time() - start if elsewhere is None else elsewhere
                times += 1
            contender.nanoseconds.append(seconds / times / case.events * 1e9)


def show(case: Case) -> None:
    print(f"\n{case.name}")
    for contender in sorted(case.contenders, key=lambda contender: contender.median):
        low, high = min(contender.nanoseconds), max(contender.nanoseconds)
        print(f"  {contender.name:<34}{contender.median:>12,.0f} ns an event   {low:,.0f} to {high:,.0f}")
    for (ours, peer), bar in case.bars.items():
        ratio = case.ratio(ours, peer)
        print(f"  {ours} against {peer}: {ratio:.1f} times as fast, bar {bar}{'' if ratio >= bar else '  LOW'}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the package beside its peers.")
    parser.add_argument("--quick", action="store_true", help="only check that everything runs")
    parser.add_argument("--repetitions", type=int, default=9, help="how often everybody has a turn")
    parser.add_argument("filter", nargs="*", help="only cases whose name contains one of these")
    options = parser.parse_args()
    repetitions, least_seconds = (1, 0.0) if options.quick else (options.repetitions, LEAST_SECONDS)
    scale = 0.01 if options.quick else 1.0

    def wanted(name: str) -> bool:
        return not options.filter or any(part in name for part in options.filter)

    print(f"Python {platform.python_version()}, {platform.machine()}, {repetitions} repetitions")
    report: list[dict[str, Any]] = []
    for make in (*decoding.CASES, *encoding.CASES, *loopback.CASES, *fan_out.CASES):
        case = make(scale)
        if wanted(case.name):
            measure(case, repetitions, least_seconds)
            show(case)
            report.append(
                {
                    "case": case.name,
                    "events": case.events,
                    "nanoseconds": {contender.name: contender.nanoseconds for contender in case.contenders},
                    "ratios": {f"{ours} : {peer}": case.ratio(ours, peer) for ours, peer in case.bars},
                }
            )
    for figure in (*decoding.figures(repetitions, scale), *importing.figures(repetitions)):
        if wanted(figure.name):
            low = "" if figure.value <= figure.bar else "  LOW"
            print(f"\n{figure.name}\n  {figure.value:.3g} {figure.unit}, bar {figure.bar} {figure.unit}{low}")
            report.append(asdict(figure))
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\n{REPORT.relative_to(Path.cwd()) if REPORT.is_relative_to(Path.cwd()) else REPORT.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
