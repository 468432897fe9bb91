"""``keeper halt``: the kill switch, by command."""

from typing import Annotated

import typer

from keeper.cli.common import DEFAULT_CONFIG, ConfigOption
from keeper.config import kill_switch_of
from keeper.domain.errors import StopProcess
from keeper.risk import KillSwitch


def halt(
    config: ConfigOption = DEFAULT_CONFIG,
    reason: Annotated[str, typer.Option(help="Kept with the switch, and shown with every denial.")] = "by command",
    resume: Annotated[bool, typer.Option("--resume", help="Switch off again.")] = False,
) -> None:
    """Have every keeper of this configuration send nothing from now on; bundles already with relays may still land."""
    switch = KillSwitch(kill_switch_of(config))
    try:
        if resume:
            switch.resume()
        else:
            switch.halt(reason)
    except OSError as error:
        said = f"{switch.path} cannot be {'removed' if resume else 'written'}: {error.strerror}"
        raise StopProcess("KILL_SWITCH_FAILED", said, "send SIGUSR1 to the keeper, or stop it") from error
    if resume:
        typer.echo(f"{switch.path} is gone: the keeper may send again")
    else:
        typer.echo(f"halted: {switch.path} is there; `keeper halt --resume` removes it")
