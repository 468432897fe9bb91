"""The kill switch works by every way there is, and in doubt."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
import uvloop

from keeper.config import Mode
from keeper.domain.errors import ConfigError
from keeper.domain.units import Wei
from keeper.risk import HALT_SIGNAL, Exposed, KillSwitch, Limits, RiskGate, TradingState
from tests.support.plans import make_plan


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "halt"


def test_it_is_off_until_the_file_is_there(path: Path) -> None:
    switch = KillSwitch(path)
    assert str(switch.state) == TradingState.ACTIVE
    path.touch()
    assert str(switch.state) == TradingState.HALTED
    path.unlink()
    assert str(switch.state) == TradingState.ACTIVE


def test_a_command_halts_every_process_and_every_later_one(path: Path) -> None:
    running, command = KillSwitch(path), KillSwitch(path)
    command.halt("looks wrong")
    assert running.halted
    assert running.reason().endswith(" looks wrong")
    assert KillSwitch(path).halted
    running.resume()
    assert not command.halted


def test_halting_twice_keeps_both_reasons(path: Path) -> None:
    switch = KillSwitch(path)
    switch.halt("first")
    switch.halt("second")
    assert [line.split(" ", 1)[1] for line in path.read_text().splitlines()] == ["first", "second"]
    assert switch.reason().endswith("second")


def test_a_file_in_its_place_that_is_a_folder_or_a_dangling_link_counts_as_on(path: Path) -> None:
    switch = KillSwitch(path)
    path.mkdir()
    assert switch.halted
    assert switch.reason() == "the file cannot be read"
    path.rmdir()
    path.symlink_to("nowhere")
    assert switch.halted


def test_without_its_folder_it_is_on(path: Path) -> None:
    switch = KillSwitch(path)
    path.parent.rmdir()
    assert switch.halted
    path.parent.write_text("a file where the folder was")
    assert switch.halted


def test_a_halt_that_cannot_be_written_down_holds_for_the_process(path: Path) -> None:
    switch = KillSwitch(path)
    path.parent.rmdir()
    with pytest.raises(OSError, match="No such file"):
        switch.halt("drill")
    path.parent.mkdir()
    assert switch.halted


def test_a_place_that_cannot_be_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="KILL_SWITCH_PATH"):
        KillSwitch(tmp_path / "file" / "halt")


def test_asking_is_cheap(path: Path) -> None:
    switch = KillSwitch(path)
    before = os.times().user + os.times().system
    for _ in range(10_000):
        assert not switch.halted
    assert os.times().user + os.times().system - before < 1.0


def test_a_signal_halts_between_two_sends(path: Path) -> None:
    switch = KillSwitch(path)
    told: list[bool] = []
    limits = Limits(Wei(10**20), Wei(10**20), Wei(10**20), Wei(10**20), Wei(10**20), None)
    gate = RiskGate(limits, Mode.LIVE, switch)
    plan = make_plan()
    gate.admit([plan], Exposed(Wei(0)))
    before = switch.on_signal(lambda: told.append(switch.halted))
    try:
        assert gate.permit(plan) is None
        signal.raise_signal(HALT_SIGNAL)
        denial = gate.permit(plan)
    finally:
        signal.signal(HALT_SIGNAL, before)
    assert denial is not None
    assert denial.code.name == "RISK_HALTED"
    assert told == [True]
    assert path.exists()


async def test_under_a_loop_the_switch_is_on_at_once_and_the_telling_is_the_loops(path: Path) -> None:
    switch = KillSwitch(path)
    told: list[bool] = []
    before = switch.on_signal(lambda: told.append(switch.halted))
    try:
        signal.raise_signal(HALT_SIGNAL)
        assert switch.halted
        assert told == []
        await asyncio.sleep(0.01)
        assert told == [True]
    finally:
        signal.signal(HALT_SIGNAL, before)


SLEEPER = """
import asyncio, sys, uvloop
from pathlib import Path
from keeper.risk import KillSwitch

async def main():
    switch = KillSwitch(Path(sys.argv[1]))
    switch.on_signal()
    print("ready", flush=True)
    while not switch.halted:
        await asyncio.sleep(0.01)
    print("halted", flush=True)

(uvloop.run if sys.argv[2] == "uvloop" else asyncio.run)(main())
"""


@pytest.mark.parametrize("loop", ["asyncio", uvloop.__name__])
async def test_a_process_is_halted_by_signal_on_either_loop(path: Path, loop: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SLEEPER, str(path), loop, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"ready\n"
        process.send_signal(HALT_SIGNAL)
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"halted\n"
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert KillSwitch(path).reason().endswith(" signal")
