"""The venues' calls in one transaction of the executor: pieces sold to a pool and to an offer, under a profit check."""

from collections.abc import Iterator

import pytest

from keeper.domain.calls import Call
from keeper.domain.markets import Quote
from keeper.domain.units import ETHER, Address, Wei
from keeper.execution.program import Guard, encode_execute, load_artifact
from tests.execution.contracts.chain import LocalChain, local_chain
from tests.support.seaport import SeaportWorld, deploy_seaport
from tests.support.sudoswap import Sudoswap, deploy_sudoswap


@pytest.fixture(name="chain")
def _chain() -> Iterator[LocalChain]:
    with local_chain() as chain:
        yield chain


def executor_with(chain: LocalChain, weth: Address, nft: Address, holder: Address, pieces: list[int]) -> Address:
    """An executor that owns some pieces and no money; everybody's operator is the second account."""
    executor = chain.send(
        chain.accounts[0], None, load_artifact().creation_code(chain.accounts[0], weth, [chain.accounts[1]])
    ).contract
    assert executor is not None
    for piece in pieces:
        chain.invoke(holder, nft, "transferFrom(address,address,uint256)", holder, executor, piece)
    return executor


def profit_of(chain: LocalChain, executor: Address, calls: list[Call], expected: int) -> None:
    """Runs the calls with exactly the expected profit as the least that is accepted."""
    data = encode_execute([], calls, Guard(2**63), Wei(expected))
    chain.send(chain.accounts[1], executor, data)


@pytest.mark.parametrize("in_weth", [False, True])
def test_pools_trade_with_the_executor_to_the_wei(chain: LocalChain, in_weth: bool) -> None:
    world: Sudoswap = deploy_sudoswap(chain)
    executor = executor_with(chain, world.weth, world.nft, world.seller, [1, 2])
    pools = [
        world.create("trade", fee=10**16, spot=spot, balance=9 * ETHER, token=world.weth if in_weth else None)
        for spot in (ETHER, 2 * ETHER)
    ]
    world.follower.sync()
    env = world.follower.env(executor)
    quotes = [world.pool(pool).quote_sale([piece], env) for pool, piece in zip(pools, (1, 2), strict=True)]
    sold = [quote for quote in quotes if isinstance(quote, Quote)]
    calls = [call for quote in sold for call in world.adapter.sale_calls(quote, env)]
    profit_of(chain, executor, calls, sum(quote.net for quote in sold))
    assert world.money(executor) == (0, sum(quote.net for quote in sold))
    world.follower.sync()
    env = world.follower.env(executor)
    back = world.pool(pools[0]).quote_purchase([1], env)
    again = world.pool(pools[1]).quote_sale([1], env)
    assert isinstance(back, Quote)
    assert isinstance(again, Quote)
    calls = [*world.adapter.purchase_calls(back, env), *world.adapter.sale_calls(again, env)]
    profit_of(chain, executor, calls, again.net - back.net)


def test_offers_and_listings_trade_with_the_executor_to_the_wei(chain: LocalChain) -> None:
    world: SeaportWorld = deploy_seaport(chain).followed()
    executor = executor_with(chain, world.weth, world.nft, world.taker, [5])
    offers = [world.accept(world.offer(pays, [10**16], salt=pays)) for pays in (3 * ETHER, 4 * ETHER)]
    listing = world.accept(world.listing(105, [ETHER, 10**17]))
    env = world.follower.env(executor)
    first, second = offers[0].quote_sale([5], env), offers[1].quote_sale([105], env)
    bought = listing.quote_purchase([105], env)
    assert isinstance(first, Quote)
    assert isinstance(second, Quote)
    assert isinstance(bought, Quote)
    calls = [
        *world.adapter.sale_calls(first, env),
        *world.adapter.purchase_calls(bought, env),
        *world.adapter.sale_calls(second, env),
    ]
    profit_of(chain, executor, calls, first.net + second.net - bought.net)
    assert world.money(executor) == (0, first.net + second.net - bought.net)
