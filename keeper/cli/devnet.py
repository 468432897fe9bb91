"""``keeper devnet``: the local world alone, for a keeper that you start yourself."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from keeper.devnet.running import running

ROOT = Path("build/devnet/local")

IntervalOption = Annotated[float, typer.Option("--interval", min=0.1, help="Seconds between blocks.")]
RootOption = Annotated[Path, typer.Option("--directory", help="Where its configuration and files go.")]


def devnet(interval: IntervalOption = 2.0, directory: RootOption = ROOT) -> None:
    """Start a local chain with protocols, markets, loans and a relay, and leave it running until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        asyncio.run(_stay(interval, directory.absolute()))


async def _stay(interval: float, directory: Path) -> None:
    console = Console(highlight=False)
    async with running(directory, interval_seconds=interval) as run:
        for name, address in run.addresses().items():
            console.print(f"  {name:20} {address}")
        console.print(f"\nStart a keeper: [bold]keeper run --config {run.files.config}[/]; Ctrl-C ends the chain.")
        await asyncio.Event().wait()
