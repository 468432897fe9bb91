"""``keeper run``: the daemon."""

import asyncio
import signal
from contextlib import suppress

import uvloop

from keeper import __version__, observe
from keeper.assembly.keeper import assembled
from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, configuration_at, own_errors
from keeper.config import Configuration
from keeper.domain.errors import KeeperError


def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Watch, decide and, in live mode, send; until it is told to stop (SIGINT, SIGTERM)."""
    configuration = configuration_at(config)
    log = configuration.keeper.log
    metrics = observe.configure(form=log.format.value, level=log.level.value, chain=configuration.keeper.chain)
    with suppress(asyncio.CancelledError), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_daemon(configuration, metrics))


async def _daemon(configuration: Configuration, metrics: observe.Metrics) -> None:
    keeper = configuration.keeper
    health = observe.Health(stale_after=keeper.http.stale_after)
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: task.cancel() if task is not None else None)
    app = observe.application(health, metrics)
    async with (
        observe.serving(app, keeper.http.listen, keeper.http.port),
        assembled(configuration, health) as engine,
    ):
        observe.keeper_started(__version__, keeper.mode.value)
        reason = "an unexpected error"
        try:
            await engine.run()
        except asyncio.CancelledError:
            reason = "asked to"
            raise
        except (KeeperError, ExceptionGroup) as error:
            reason = next((each.code for each in own_errors(error)), reason)
            raise
        finally:
            observe.keeper_stopped(reason)
