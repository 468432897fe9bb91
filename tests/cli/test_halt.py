"""``keeper halt``: one command, at once, from anywhere."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from keeper.devnet.running import Running
from tests.support.command import keeper

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def test_it_leaves_the_switch_with_the_reason_and_takes_it_away_again(
    spoilt: Callable[..., Path], town: Running, tmp_path: Path
) -> None:
    switch = tmp_path / "halt"
    config = spoilt("keeper.toml", str(town.files.kill_switch), "../halt")
    ran = await keeper("halt", "-c", config, "--reason", "odd prices", cwd=tmp_path.parent)
    assert (ran.code, ran.err) == (0, "")
    assert str(switch) in ran.out
    assert switch.read_text().endswith(" odd prices\n")
    ran = await keeper("halt", "-c", config, "--resume")
    assert ran.code == 0
    assert not switch.exists()
    assert (await keeper("halt", "-c", config, "--resume")).code == 0


async def test_it_does_not_wait_for_what_only_trading_needs(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("keeper.toml", str(town.files.kill_switch), "../halt")
    took = []
    for _ in range(3):
        started = time.perf_counter()
        assert (await keeper("halt", "-c", config)).code == 0
        took.append(time.perf_counter() - started)
    whole = time.perf_counter()
    assert (await keeper("positions", "-c", config, "--json")).code == 0
    assert min(took) < (time.perf_counter() - whole) / 2


async def test_a_switch_that_cannot_be_written_is_an_error(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("keeper.toml", str(town.files.kill_switch), "/proc/halt")
    ran = await keeper("halt", "-c", config)
    assert ran.code == 10
    assert ran.err.startswith("KILL_SWITCH_")
    assert "Traceback" not in ran.err
