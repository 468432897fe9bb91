"""What is wrong is said in one message with its code and what to do, and by the exit code; never by a traceback."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from keeper import __version__
from keeper.devnet.running import Running
from keeper.devnet.settings import free_port
from tests.support.command import Ran, keeper

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


def told(ran: Ran, code: int, error: str) -> str:
    """The message, on standard error alone, under this code, with a remedy."""
    assert ran.code == code, ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert ran.err.startswith(f"{error} ")
    assert re.search(r"^  → \S", ran.err, re.MULTILINE)
    return ran.err


async def test_the_version_is_the_packages() -> None:
    ran = await keeper("version")
    assert (ran.code, ran.out) == (0, f"{__version__}\n")


async def test_help_names_every_command() -> None:
    ran = await keeper("--help")
    assert ran.code == 0
    for command in ("run", "check", "positions", "quote", "ledger", "explain", "halt", "demo", "devnet", "version"):
        assert re.search(rf"\b{command}\b", ran.out)


async def test_an_unknown_command_is_a_wrong_use() -> None:
    ran = await keeper("positons")
    assert (ran.code, ran.out) == (2, "")
    assert "No such command" in ran.err


@pytest.mark.parametrize("command", ["run", "positions", "halt"])
async def test_a_wrong_key_is_named_with_the_nearest_one(spoilt: Callable[..., Path], command: str) -> None:
    ran = await keeper(command, "-c", spoilt("keeper.toml", "day_loss", "day_lose"))
    assert "keeper.toml: limits.day_lose: no such key; did you mean day_loss?" in told(ran, 12, "CONFIG_UNKNOWN_KEY")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("strategies/liquidation.toml", '"amm"', '"aam"', "settings.protocols.paraspace.ways[2]: input should be"),
        ("strategies/liquidation.toml", '"liquidation"', '"liquidatoin"', "did you mean liquidation?"),
        (
            "venues/seaport.toml",
            '"seaport"',
            '"seeport"',
            "adapter: there is no adapter seeport; did you mean seaport?",
        ),
        ("keeper.toml", '"devnet"', '"mainnet"', "chain: there is no chains/mainnet.toml"),
        ("keeper.toml", '"20 ETH"', "20", "limits.transaction: an amount with its unit is expected"),
    ],
)
async def test_a_wrong_value_is_named_with_what_is_expected(
    spoilt: Callable[..., Path], file: str, old: str, new: str, said: str
) -> None:
    ran = await keeper("run", "-c", spoilt(file, old, new))
    assert f"{file}: " in told(ran, 12, "CONFIG_INVALID")
    assert said in ran.err


async def test_a_directory_without_configuration_is_named(tmp_path: Path) -> None:
    assert str(tmp_path) in told(await keeper("check", "-c", tmp_path), 12, "CONFIG_MISSING")


@pytest.mark.parametrize("command", ["run", "positions"])
async def test_a_dead_node_is_named(spoilt: Callable[..., Path], town: Running, command: str) -> None:
    port = free_port()
    config = spoilt("chains/devnet.toml", town.world.anvil.url, f"http://127.0.0.1:{port}")
    assert f"127.0.0.1:{port}" in told(await keeper(command, "-c", config), 1, "RPC_CONNECTION")


@pytest.mark.parametrize("command", ["run", "positions"])
async def test_a_wrong_chain_is_refused(spoilt: Callable[..., Path], command: str) -> None:
    ran = await keeper(command, "-c", spoilt("chains/devnet.toml", "31337", "1"))
    assert "is on chain 31337, not 1" in told(ran, 12, "RPC_WRONG_CHAIN")


async def test_a_missing_key_file_is_named(spoilt: Callable[..., Path], town: Running) -> None:
    key = str(town.files.config / "keys/operator-3")
    ran = await keeper("run", "-c", spoilt("keeper.toml", key, "/nowhere/operator-3"))
    assert ran.code == 12
    assert "/nowhere/operator-3" in ran.err
    assert "Traceback" not in ran.err


async def test_a_key_that_others_can_read_is_refused_and_not_shown(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("keeper.toml", "live", "live")
    key = config / "keys/operator-1"
    spoilt("keeper.toml", str(town.files.config / "keys/operator-1"), str(key))
    key.chmod(0o640)
    ran = await keeper("run", "-c", config)
    assert ran.code == 12
    assert f"chmod 600 {key}" in ran.err
    assert key.read_text().strip() not in ran.err


async def test_a_ledger_that_is_not_there_yet_is_named(spoilt: Callable[..., Path], town: Running) -> None:
    config = spoilt("keeper.toml", str(town.files.ledger), "/nowhere/keeper.db")
    assert "/nowhere/keeper.db" in told(await keeper("ledger", "-c", config), 12, "LEDGER_MISSING")


async def test_a_port_that_is_taken_is_named(spoilt: Callable[..., Path], town: Running) -> None:
    taken = town.relay.url.rpartition(":")[2].strip("/")
    config = spoilt("keeper.toml", f"port = {town.daemon.http_port}", f"port = {taken}")
    ran = await keeper("run", "-c", config)
    assert ran.code == 10
    assert "HTTP_PORT_TAKEN" in ran.err
