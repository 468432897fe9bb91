"""The local world: what is deployed, who has what, and the configuration that is written for it."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from keeper.assembly.plugins import settings_model
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint
from keeper.config import Mode, load
from keeper.devnet.artifacts import Artifact
from keeper.devnet.cast import Ending, gather
from keeper.devnet.node import NodeRefused
from keeper.devnet.settings import RunFiles, Settings, write_config
from keeper.devnet.workbench import Contract, WorldError
from keeper.devnet.world import AAVE_WETH, BALANCER_WETH, EXECUTOR_WETH, MORPHO_WETH, World, deployed
from keeper.domain.errors import ConfigError
from keeper.domain.plans import FlashKind
from keeper.domain.units import ETHER
from keeper.execution.program import load_artifact
from keeper.venues.flash import FlashLenders

EXECUTOR = Artifact("Executor", load_artifact().abi, "0x", "0x")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with deployed() as world:
        yield world


async def test_the_executor_has_its_owner_its_operators_and_its_capital(world: World) -> None:
    assert await world.weth.view("balanceOf", world.executor) == EXECUTOR_WETH
    executor = Contract(world.bench, EXECUTOR, world.executor)
    assert await executor.view("owner") == world.keys.owner_address
    for operator in world.keys.operator_addresses:
        assert await executor.view("isOperator", operator)
    assert len(set(world.keys.operator_addresses)) == 4
    assert world.keys.owner_address not in world.keys.operator_addresses


async def test_three_lenders_offer_what_they_hold_at_their_own_fees(world: World) -> None:
    lenders = FlashLenders(
        FlashLenders.Config(
            tokens=(world.weth.address,),
            morpho=(world.lenders.morpho.address,),
            balancer_v2=(world.lenders.balancer.address,),
            aave_v3=(world.lenders.aave.address,),
        )
    )
    async with HttpClient(Endpoint(world.anvil.url)) as client:
        reader = Reader(client)
        found = await reader.drive(lenders.read(), (await reader.block("latest")).hash)
    assert {lender.kind: (lender.available, lender.fee_ppm) for lender in found} == {
        FlashKind.MORPHO: (MORPHO_WETH, 0),
        FlashKind.BALANCER_V2: (BALANCER_WETH, 0),
        FlashKind.AAVE_V3: (AAVE_WETH, 500),
    }


async def test_every_loan_of_the_cast_is_there_and_healthy(world: World) -> None:
    cast = await gather(world)
    assert {case.ending for case in cast.cases} == set(Ending)
    assert len({case.refusal for case in cast.cases if case.ending is Ending.REFUSED}) >= 4
    for case in cast.cases:
        name = case.position.rsplit("/", 1)[1]
        if case.position.startswith("paraspace"):
            *_, health, erc721_health = await world.para.pool.view("getUserAccountData", name)
            assert min(health, erc721_health) > ETHER
        else:
            assert (await world.bend.loans.view("getLoan", int(name)))[1] == 2, "the loan is active"
    assert len(cast.orders) == 3


async def test_once_it_is_open_blocks_come_on_demand_alone(world: World) -> None:
    await world.open()
    head = int(await world.bench.node.call("eth_blockNumber"), 16)
    await world.bench.post(world.actors.trader, world.actors.admin, b"", value=1)
    assert int(await world.bench.node.call("eth_blockNumber"), 16) == head
    assert await world.anvil.mine() == head + 1


async def test_a_transaction_that_fails_says_why(world: World) -> None:
    with pytest.raises(WorldError, match="not the owner"):
        await world.collections["faces"].send(world.actors.rival, "mint", world.actors.rival, 1)
    with pytest.raises(WorldError, match="no function"):
        await world.weth.view("nothing")
    with pytest.raises(NodeRefused, match="revert"):
        await world.collections["faces"].view("ownerOf", 1)


async def test_the_configuration_is_one_that_the_daemon_takes(world: World, tmp_path: Path) -> None:
    files = RunFiles(tmp_path)
    directory = write_config(world, files, Settings(["http://127.0.0.1:1"], 4321))
    configuration = load(directory, settings_model, {})
    assert configuration.keeper.mode is Mode.LIVE
    assert configuration.chain.executor == world.executor
    assert {each.adapter for each in configuration.enabled_protocols()} == {"benddao_v1", "paraspace"}
    assert {each.adapter for each in configuration.enabled_venues()} == {"sudoswap_v2", "seaport"}
    keys = list((directory / "keys").iterdir())
    assert len(keys) == 5
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


async def test_its_configuration_is_checked_as_any_other(world: World, tmp_path: Path) -> None:
    directory = write_config(world, RunFiles(tmp_path), Settings(["http://127.0.0.1:1"], 4321, mode="lively"))
    with pytest.raises(ConfigError, match="mode"):
        load(directory, settings_model, {})
