"""``keeper quote``: a collection's places, best first, and the split over all of them that brings most."""

from collections.abc import Callable
from pathlib import Path

import pytest

from keeper.chain.codec import Function
from keeper.devnet.running import Running
from tests.support.command import keeper

SELL_QUOTE = Function.parse(
    "getSellNFTQuote(uint256 assetId, uint256 numNFTs) returns (uint8 error, uint256 newSpotPrice, uint256 newDelta,"
    " uint256 outputAmount, uint256 protocolFee, uint256 royaltyAmount)"
)
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def sale_at(town: Running, pool: str) -> int:
    """What the pool itself says that one piece brings."""
    data = SELL_QUOTE.encode(0, 1)
    answer = await town.world.bench.node.call("eth_call", {"to": pool, "data": "0x" + data.hex()}, "latest")
    return int(SELL_QUOTE.decode(bytes.fromhex(answer[2:])).outputAmount)


async def test_pools_are_quoted_as_their_contracts_quote_them(town: Running) -> None:
    collection = town.world.collections["apes"].address
    ran = await keeper("quote", collection, "-c", town.files.config, "--json")
    assert (ran.code, ran.err) == (0, "")
    (place,) = ran.json["places"]
    assert place["kind"] == "pool"
    assert int(place["net"]) == int(place["gross"]) - int(place["fees"]) - int(place["royalty"])
    pool = place["place"].rpartition("/")[2]
    assert int(place["net"]) == await sale_at(town, pool)


async def test_a_pool_that_cannot_pay_says_so_with_the_numbers(town: Running) -> None:
    ran = await keeper("quote", town.world.collections["mirages"].address, "-c", town.files.config)
    assert ran.code == 0
    assert "EXIT_POOL_SHORT: the pool has not the balance to pay what it quotes" in ran.out
    assert "needs 12.000000 ETH, balance 0.500000 ETH" in ran.out


async def test_signed_offers_of_the_orders_file_are_asked_too(town: Running) -> None:
    ran = await keeper("quote", town.world.collections["ghosts"].address, "-c", town.files.config, "--json")
    (offer,) = ran.json["places"]
    assert (offer["kind"], offer["code"], offer["net"]) == ("offer", "EXIT_MAKER_UNFUNDED", None)
    assert offer["why"]["gives"] == str(95 * 10**17)
    assert ran.json["best"] == {"net": "0", "unsold": 1, "sales": []}


async def test_the_best_split_brings_more_than_any_one_place(town: Running) -> None:
    collection = town.world.collections["robots"].address
    ran = await keeper("quote", collection, "--pieces", 2, "-c", town.files.config, "--json")
    best = ran.json["best"]
    assert best["unsold"] == 0
    assert sum(len(sale["pieces"]) for sale in best["sales"]) == 2
    assert int(best["net"]) == sum(int(sale["net"]) for sale in best["sales"])
    alone = [int(place["net"]) for place in ran.json["places"] if place["net"] is not None]
    assert alone == sorted(alone, reverse=True)
    assert int(best["net"]) >= max(alone)


async def test_a_broken_line_of_the_orders_file_is_told_beside_the_result(
    town: Running, spoilt: Callable[..., Path], tmp_path: Path
) -> None:
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(b"{no json\n" + town.files.orders.read_bytes() + b'{"parameters": {}}\n')
    config = spoilt("venues/seaport.toml", str(town.files.orders), str(orders))
    ran = await keeper("quote", town.world.collections["ghosts"].address, "-c", config, "--json")
    assert ran.code == 0
    assert [place["kind"] for place in ran.json["places"]] == ["offer"]
    first, second = ran.err.splitlines()
    assert first.startswith(f"ORDER_LINE {orders}:1: ")
    assert second.startswith(f"ORDER_MALFORMED {orders}:5: ")


async def test_what_nobody_sells_costs_nothing(town: Running) -> None:
    ran = await keeper("quote", town.world.collections["crowns"].address, "--buy", "-c", town.files.config, "--json")
    assert ran.code == 0
    assert ran.json["places"] == []
    assert ran.json["best"] is None


async def test_something_that_is_no_address_is_refused(town: Running) -> None:
    ran = await keeper("quote", "0x12", "-c", town.files.config)
    assert (ran.code, ran.out) == (2, "")
    assert "not an address" in ran.err
