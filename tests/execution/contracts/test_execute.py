"""A program happens with its promised profit, or not at all."""

import pytest

from keeper.domain.units import ETHER, Bps, Hash32, Wei
from keeper.execution.program import Executed, Guard
from tests.execution.contracts.world import ANY_BLOCK, BUILDER, CAPITAL, Reverted, World, call


def test_profit_in_ether_and_in_weth_counts_together(world: World) -> None:
    receipt = world.execute(
        [
            call(world.counterparty, "giveEther(uint256)", 3 * ETHER),
            call(world.counterparty, "giveWeth(uint256)", 2 * ETHER),
            call(world.counterparty, "takeEther()", value=4 * ETHER),
        ],
        min_profit=ETHER,
    )
    assert world.money() == CAPITAL + ETHER
    assert world.books(receipt) == Executed(gain=Wei(ETHER), tip=Wei(0))
