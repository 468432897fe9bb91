"""``keeper demo``: the whole job on a local chain, told as it happens, checked at its end."""

import asyncio
import io
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table

from keeper.devnet.cast import Ending
from keeper.devnet.chronicle import Chronicle, ether, exits, meaning, numbers
from keeper.devnet.relay import BuiltBlock
from keeper.devnet.results import Result, Review, review
from keeper.devnet.running import Running, running
from keeper.devnet.stage import Stage, Updates
from keeper.domain.errors import StopProcess
from keeper.domain.units import format_units
from keeper.ledger import Ledger, LineKind

ROOT = Path("build/devnet/demo")
_PLAIN_WIDTH = 150
_PACE_SECONDS = 0.25
_KEPT_BLOCK_SECONDS = 2.0
_WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""A picture asks nobody for fonts."""

KeepOption = Annotated[bool, typer.Option("--keep", help="Stay up afterwards, to be looked at; Ctrl-C ends it.")]
PictureOption = Annotated[Path | None, typer.Option("--picture", help="Write the end's tables as an SVG.")]


def demo(keep: KeepOption = False, picture: PictureOption = None) -> None:
    """Start a local chain with protocols, markets and a relay, run the keeper against it, and show what it does."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH)
    with suppress(KeyboardInterrupt):
        outcome = asyncio.run(_perform(console, ROOT.absolute(), picture, keep=keep))
        if outcome.faults:
            raise StopProcess("DEMO_FAILED", "; ".join(outcome.faults), f"read {ROOT}/keeper.log")


async def _perform(console: Console, root: Path, picture: Path | None, *, keep: bool) -> Review:
    started = perf_counter()
    console.print("[bold]Setting up[/] a chain, two lending protocols, two markets, three flash lenders and a relay …")
    async with running(root) as run:
        console.print(f"  up in {perf_counter() - started:.1f} s; the keeper starts, as it would on mainnet\n")
        async with run.daemon:
            await run.daemon.evaluated((await run.relay.build_block()).header.number)
            async with Ledger.open(run.files.ledger_url, writer=False) as ledger:
                stage = _stage(console, run, ledger)
                updates = await stage.play()
                outcome = await review(ledger, run.cast, updates)
                for part in summary(outcome, updates):
                    console.print(part)
                if picture is not None:
                    _draw(outcome, updates, picture)
                console.print(f"{perf_counter() - started:.0f} s. Ledger, log and configuration: {run.files.root}")
                if keep:
                    await _stay(console, run, stage)
    return outcome


def _stage(console: Console, run: Running, ledger: Ledger) -> Stage:
    chronicle = Chronicle(ledger, run.cast.cases)
    pace = _PACE_SECONDS if console.is_terminal else 0.0

    async def tell(title: str, sentence: str) -> None:
        console.print(f"\n[bold cyan]{title}[/]\n  [dim]{sentence}[/]")

    async def watch(block: BuiltBlock, what: str) -> None:
        lines = await chronicle.news()
        bundles = f"{len(block.bundles)} of the keeper's bundles" if block.bundles else ""
        facts = ", ".join(part for part in (what, bundles) if part)
        if facts or lines:
            console.print(f"  [dim]block {block.header.number}[/] {facts}")
        for line in lines:
            colour = "yellow" if line.startswith("refused") else "green"
            console.print(f"    [{colour}]{line}[/]")
        await asyncio.sleep(pace)

    return Stage(run.world, run.relay, run.daemon, run.cast, tell, watch)


def summary(outcome: Review, updates: Updates) -> Iterable[RenderableType]:
    """The end of the demo."""
    yield ""
    yield _liquidations([result for result in outcome.results if result.case.ending is not Ending.REFUSED])
    yield _refusals([result for result in outcome.results if result.case.ending is Ending.REFUSED])
    yield _totals(outcome, updates)


def _liquidations(results: Iterable[Result]) -> Table:
    table = Table(title="Liquidated, in ETH; gains are before tip and gas", title_justify="left", title_style="bold")
    for column in ("Loan", "How", "Sold to", "Funded by"):
        table.add_column(column)
    for column in ("Expected", "Realised", "Off by", "Tip", "Gas"):
        table.add_column(column, justify="right", no_wrap=True)
    for result in results:
        earning, landings = result.earning, result.landings
        fine = sum(landing.fine for landing in landings)
        table.add_row(
            result.case.name,
            result.case.ending.value,
            exits(earning.sales) if earning else "its borrower",
            _funding(result),
            format_units(earning.predicted) if earning else f"fine from {format_units(fine)}",
            format_units(earning.gain if earning else result.fine),
            f"{sum(abs(landing.gain - landing.predicted) for landing in landings)} wei",
            format_units(sum(landing.tip for landing in landings)),
            format_units(sum(landing.gas_cost for landing in landings)),
        )
    return table


def _funding(result: Result) -> str:
    lenders = [flash["kind"] for landing in result.landings for flash in landing.flashes]
    if lenders:
        return " + ".join(lenders)
    return f"own {format_units(result.exposure[1])}" if result.exposure else ""


def _refusals(results: Iterable[Result]) -> Table:
    table = Table(title="Refused", title_justify="left", title_style="bold", expand=False)
    for column in ("Loan", "Code", "Meaning", "Numbers"):
        table.add_column(column)
    for result in results:
        if result.refusal is not None:
            code = result.refusal.code
            table.add_row(result.case.name, code, meaning(code), numbers(result.refusal.numbers))
    return table


def _totals(outcome: Review, updates: Updates) -> Panel:
    profit = outcome.profit
    gains = profit.total(LineKind.GAIN) + profit.total(LineKind.SALE) - profit.cost_of_sales
    lines = [
        f"gains {ether(gains)}, fine {ether(profit.total(LineKind.FINE))}",
        f"tips {ether(profit.total(LineKind.TIP))}, gas {ether(profit.total(LineKind.GAS))}",
        f"[bold]net profit {ether(profit.net)}[/], still bound {ether(profit.bound)}",
        f"oracle updates in blocks {updates.bend} and {updates.para}; every loan was decided about for the block after",
    ]
    lines += [f"[bold red]not as expected: {fault}[/]" for fault in outcome.faults]
    return Panel("\n".join(lines), title="Booked", title_align="left", expand=False)


def _draw(outcome: Review, updates: Updates, path: Path) -> None:
    canvas = Console(record=True, width=_PLAIN_WIDTH, file=io.StringIO(), highlight=False, force_terminal=True)
    for part in summary(outcome, updates):
        canvas.print(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_WEB_FONT.sub("", canvas.export_svg(title="keeper demo")), encoding="utf-8")


async def _stay(console: Console, run: Running, stage: Stage) -> None:
    """Blocks go on, slowly, until somebody ends it."""
    console.print()
    for name, address in run.addresses().items():
        console.print(f"  {name:20} {address}")
    config = run.files.config
    console.print(f"\nTry [bold]keeper positions --config {config}[/], keeper ledger, keeper explain; Ctrl-C ends it.")
    while True:
        await stage.block()
        await asyncio.sleep(_KEPT_BLOCK_SECONDS)
