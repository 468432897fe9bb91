"""The commands, and what an error looks like to the person who typed one."""

import signal
import sys
from importlib import import_module

import typer
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from keeper.cli.common import console, own_errors
from keeper.domain.errors import KeeperError, StopProcess

COMMANDS = {
    "run": "run",
    "check": "check",
    "positions": "positions",
    "quote": "quote",
    "ledger": "ledger",
    "explain": "explain",
    "halt": "halt",
    "protocols": "plugins",
    "venues": "plugins",
    "strategies": "plugins",
    "devnet": "devnet",
    "demo": "demo",
    "version": "version",
}
"""A command is the function of its name in a module of this room."""


class _Commands(TyperGroup):
    """Imports what a command needs when it is called: halting must not wait for what only watching needs."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - the names are typer's
        return list(COMMANDS)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(cmd_name)(getattr(import_module(f"keeper.cli.{COMMANDS[cmd_name]}"), cmd_name))
        command = typer.main.get_command(single)
        return command if isinstance(command, TyperCommand) else None


app = typer.Typer(
    name="keeper",
    cls=_Commands,
    help="Liquidates NFT-backed loans: watches, computes to the wei, funds by flash loan, lands bundles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _keeper() -> None:
    pass


def main() -> None:
    """Run a command. An error of ours is one message with its code and what to do, and its own exit code; any other keeps
    its traceback."""
    # A shell that starts us in the background has SIGINT ignored; whoever sends it all the same means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app(prog_name="keeper")
    except KeeperError as error:
        sys.exit(_tell(error))
    except BaseExceptionGroup as group:
        if group.split(KeeperError)[1] is not None:
            raise
        # One failure ends the others of its task group: the first is the cause.
        sys.exit(_tell(next(own_errors(group))))


def _tell(error: KeeperError) -> int:
    """Say on standard error what is wrong and what to do; returns the exit code."""
    err = console(stderr=True)
    err.print(Text.assemble((error.code, "bold red"), f" {error.message}"))
    if error.remedy:
        err.print(Text(f"  → {error.remedy}"))
    return error.exit_code if isinstance(error, StopProcess) else 1
