"""``keeper halt``: the kill switch, by command."""

from typing import Annotated

import typer

from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, configuration_at
from keeper.risk import KillSwitch


def halt(
    config: ConfigOption = DEFAULT_CONFIG,
    reason: Annotated[str, typer.Option(help="Kept with the switch, and shown with every denial.")] = "by command",
    resume: Annotated[bool, typer.Option("--resume", help="Switch off again.")] = False,
) -> None:
    """Have every keeper of this configuration send nothing from now on; bundles already with relays may still land."""
    switch = KillSwitch(configuration_at(config).keeper.kill_switch)
    if resume:
        switch.resume()
        typer.echo(f"{switch.path} is gone: the keeper may send again")
    else:
        switch.halt(reason)
        typer.echo(f"halted: {switch.path} is there; `keeper halt --resume` removes it")
