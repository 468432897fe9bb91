"""``python -m tests.bench``: every benchmark, a table, ``build/bench.json``. With words: only the benchmarks whose names
hold one of them, and no file."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import orjson
from rich.console import Console
from rich.table import Table

from tests.bench.frame import Row, discover

REPORT = Path(__file__).parents[2] / "build" / "bench.json"


def main(words: Sequence[str]) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = 150
    started = perf_counter()
    rows: list[Row] = []
    for run in discover():
        if not words or any(word in run.__name__ for word in words):
            with console.status(run.__name__.replace("_", " ")):
                rows.extend(run())
    console.print(_table(rows))
    console.print(f"{len(rows)} rows in {perf_counter() - started:,.0f} s")
    if not words:
        REPORT.parent.mkdir(exist_ok=True)
        report = {"machine": _machine(), "rows": [asdict(row) for row in rows]}
        REPORT.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
        console.print(f"written to {REPORT.relative_to(REPORT.parents[1])}")


def _table(rows: Sequence[Row]) -> Table:
    table = Table(title="Benchmarks")
    table.add_column("what", overflow="fold")
    for heading in ("p50", "p90", "p99"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("compared with", overflow="fold")
    table.add_column("ratio", justify="right", no_wrap=True)
    for row in rows:
        shown = [_figure(value) for value in (row.percentiles or {"p50": row.figure}).values()]
        ratio = "" if row.ratio is None else f"{_figure(row.ratio)} ×"
        table.add_row(row.name, *shown, *[""] * (3 - len(shown)), row.unit, row.compared_with or "", ratio)
    return table


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _machine() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
