"""The frame of all benchmarks: register, measure, report.

A module ``tests/bench/bench_*.py`` is found by its name; each function in it that is marked with ``@benchmark`` yields
rows. Times are wall-clock, of single executions, after a warm-up and without the garbage collector.
"""

import gc
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from time import perf_counter_ns
from typing import TypeVar

T = TypeVar("T")

NS, US, MS, SECONDS = 1, 10**3, 10**6, 10**9
_UNITS = {NS: "ns", US: "µs", MS: "ms", SECONDS: "s"}


@dataclass(frozen=True, slots=True)
class Timing:
    """Nanoseconds of repeated executions of one thing."""

    samples: tuple[int, ...]

    def percentile(self, share: float) -> int:
        """The sample that ``share`` of all are at or below (nearest rank)."""
        ranked = sorted(self.samples)
        return ranked[max(0, ceil(share * len(ranked)) - 1)]

    @property
    def median(self) -> int:
        return self.percentile(0.5)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. ``ratio`` says how many times as good ``figure`` is as what it is compared with."""

    name: str
    figure: float
    unit: str
    percentiles: dict[str, float] | None = None
    compared_with: str | None = None
    ratio: float | None = None


def measure(work: Callable[[T], object], prepare: Callable[[], T], *, repetitions: int, warm_up: int = 3) -> Timing:
    """Time ``work`` many times, each time on what ``prepare`` has made, which is not timed."""
    for _ in range(warm_up):
        work(prepare())
    samples: list[int] = []
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        for _ in range(repetitions):
            made = prepare()
            started = perf_counter_ns()
            work(made)
            samples.append(perf_counter_ns() - started)
    finally:
        if collecting:
            gc.enable()
    return Timing(tuple(samples))


def time_row(name: str, timing: Timing, *, unit: int = US, against: tuple[str, float] | None = None) -> Row:
    """A row whose figure is the median time. ``against``: what else was timed, and its median in nanoseconds."""
    percentiles = {f"p{share}": timing.percentile(share / 100) / unit for share in (50, 90, 99)}
    if against is None:
        return Row(name, timing.median / unit, _UNITS[unit], percentiles)
    other, nanoseconds = against
    described = f"{other}: {nanoseconds / unit:,.0f} {_UNITS[unit]}"
    return Row(name, timing.median / unit, _UNITS[unit], percentiles, described, nanoseconds / timing.median)


Benchmark = Callable[[], Iterable[Row]]
_registered: list[Benchmark] = []


def benchmark(function: Benchmark) -> Benchmark:
    """Register a function that yields rows."""
    _registered.append(function)
    return function


def discover() -> Sequence[Benchmark]:
    """Every benchmark of every ``bench_*`` module beside this one, in the order of the modules' names."""
    package = __name__.rpartition(".")[0]
    folder = importlib.import_module(package).__path__
    for module in sorted(pkgutil.iter_modules(folder), key=lambda found: found.name):
        if module.name.startswith("bench_"):
            importlib.import_module(f"{package}.{module.name}")
    return tuple(_registered)
