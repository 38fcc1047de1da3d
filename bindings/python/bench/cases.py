"""What is measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Contender:
    """Somebody in a case."""

    name: str
    run: Callable[[], float | None]
    """Does the work once. Returns how much CPU time it took if that is not this process's."""
    nanoseconds: list[float] = field(default_factory=list)
    """For each event, in each repetition."""

    @property
    def median(self) -> float:
        return statistics.median(self.nanoseconds)


@dataclass
class Case:
    """What all contenders do, and how much faster ours have to be."""

    name: str
    events: int
    contenders: list[Contender]
    bars: dict[tuple[str, str], float]
    """Who has to be how many times as fast as whom. The peer "best" is the fastest one that is not ours."""

    def ratio(self, ours: str, peer: str) -> float:
        medians = {contender.name: contender.median for contender in self.contenders}
        others = [median for name, median in medians.items() if not name.startswith("tidings")]
        return (min(others) if peer == "best" else medians[peer]) / medians[ours]


@dataclass
class Figure:
    """A figure of ours that has no peer."""

    name: str
    value: float
    unit: str
    bar: float
    """What it must not exceed."""
