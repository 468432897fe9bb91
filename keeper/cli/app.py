"""The commands, and what an error looks like to the person who typed one."""

import sys

import typer
from rich.console import Console

from keeper import __version__
from keeper.cli import check, explain, halt, ledger, plugins, positions, quote, run
from keeper.domain.errors import KeeperError, StopProcess

app = typer.Typer(
    name="keeper",
    help="Liquidates NFT-backed loans: watches, computes to the wei, funds by flash loan, lands bundles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("run")(run.run)
app.command("check")(check.check)
app.command("positions")(positions.positions)
app.command("quote")(quote.quote)
app.command("ledger")(ledger.ledger)
app.command("explain")(explain.explain)
app.command("halt")(halt.halt)
app.command("protocols")(plugins.protocols)
app.command("venues")(plugins.venues)
app.command("strategies")(plugins.strategies)


@app.command("version")
def version() -> None:
    """The version that this is."""
    typer.echo(__version__)


def main() -> None:
    """Run a command. An error of ours is one message with its code and what to do, and its own exit code."""
    try:
        app()
    except KeeperError as error:
        console = Console(stderr=True, highlight=False)
        console.print(f"[bold red]{error.code}[/] {error.message}")
        if error.remedy:
            console.print(f"  → {error.remedy}")
        sys.exit(error.exit_code if isinstance(error, StopProcess) else 1)
