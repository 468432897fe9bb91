"""BendDAO's figures to the last wei: interest, time-weighted prices, valuations, in both kinds of reserve.

All of it holds on the original's bytecode as well.
"""

import random

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.domain.fixed_point import ray_div, ray_mul, wad_div
from keeper.domain.units import ETHER, RAY
from tests.devnet.contracts.bend import HOUR, TWAP_WINDOW, Bend
from tests.devnet.contracts.clock import at, jump, now
from tests.devnet.contracts.contract import Contract


def poke(bend: Bend, index: int, rate: int, time: int) -> None:
    """Sets the borrow index and rate of the WETH reserve as of ``time``, in LendPool's own storage."""
    base = int.from_bytes(keccak(encode(["address", "uint256"], [bend.weth.address, 1])))
    reserve = bend.pool.view("getReserveData", bend.weth.address)
    words = {1: reserve[1] | index << 128, 2: reserve[3] | rate << 128, 3: time | int(reserve[6], 16) << 40}
    for offset, word in words.items():
        bend.chain.rpc("anvil_setStorageAt", bend.pool.address, hex(base + offset), "0x" + word.to_bytes(32).hex())
    assert bend.pool.view("getReserveData", bend.weth.address)[2:6] == (index, reserve[3], rate, time)


@pytest.mark.parametrize(
    ("index", "rate", "elapsed", "later"),
    [
        (105 * RAY // 100, RAY // 5, 2_592_000, 1067402916293793018703411200),
        (1234567890123456789012345678, RAY, 86_400, 1237954905476534606728484314),
        (1089155710661941255265101813, 105768883926509761075108855, 1_284, 1089160401033479259295493309),
    ],
)
def test_the_borrow_index_compounds_as_in_the_vectors(
    bend: Bend, index: int, rate: int, elapsed: int, later: int
) -> None:
    poke(bend, index, rate, now(bend.chain))
    assert bend.pool.view("getReserveNormalizedVariableDebt", bend.weth.address) == index
    jump(bend.chain, elapsed)
    assert bend.pool.view("getReserveNormalizedVariableDebt", bend.weth.address) == later


@pytest.mark.parametrize(
    ("index", "amount", "scaled", "elapsed", "rate", "debt"),
    [
        (105 * RAY // 100, 10 * ETHER, 9523809523809523810, 2_592_000, RAY // 5, 10165742059940885893),
        (1234567890123456789012345678, 7 * ETHER, 5670000051030000464, 86_400, RAY, 7019204377224790621),
    ],
)
def test_a_loan_is_scaled_and_grows_as_in_the_vectors(
    bend: Bend, index: int, amount: int, scaled: int, elapsed: int, rate: int, debt: int
) -> None:
    bend.rate.send(bend.admin, "setInterestRateParams", 65 * RAY // 100, rate, 0, 0)
    bend.price(100 * ETHER)
    time = now(bend.chain) + 1
    poke(bend, index, rate, time)
    at(bend.chain, time)
    loan_id = bend.borrow(amount)
    assert bend.loan(loan_id)["scaledAmount"] == scaled
    jump(bend.chain, elapsed)
    assert bend.debt(loan_id) == debt


def test_random_indexes_compound_like_their_twin(bend: Bend) -> None:
    draw = random.Random(1)
    for _ in range(40):
        index, rate = draw.randrange(RAY, 5 * RAY), draw.randrange(3 * RAY)
        elapsed = draw.choice((0, 1, 2, 3, draw.randrange(10**4), draw.randrange(10**8)))
        with bend.chain.undone():
            poke(bend, index, rate, now(bend.chain))
            if elapsed:
                jump(bend.chain, elapsed)
            expected = ray_mul(_compounded(rate, elapsed), index)
            assert bend.pool.view("getReserveNormalizedVariableDebt", bend.weth.address) == expected


def _compounded(rate: int, elapsed: int) -> int:
    per_second = rate // 31_536_000
    squared = ray_mul(per_second, per_second)
    cubed = ray_mul(squared, per_second)
    pairs = elapsed * (elapsed - 1)
    triples = pairs * max(elapsed - 2, 0)
    return RAY + per_second * elapsed + pairs * squared // 2 + triples * cubed // 6 if elapsed else RAY


def test_reserve_data_updated_tells_the_state_that_views_show(bend: Bend) -> None:
    jump(bend.chain, HOUR)
    bend.borrow(ETHER)
    jump(bend.chain, HOUR)
    receipt = bend.pool.send(bend.lender, "deposit", bend.weth.address, ETHER, bend.lender, 0)
    told = bend.pool.event(receipt, "ReserveDataUpdated")
    reserve = bend.pool.view("getReserveData", bend.weth.address)
    assert (told["liquidityIndex"], told["variableBorrowIndex"]) == reserve[1:3]
    assert (told["liquidityRate"], told["variableBorrowRate"]) == reserve[3:5]
    assert reserve[5] == now(bend.chain)
    assert told["variableBorrowIndex"] > RAY


def feed(bend: Bend, rounds: list[tuple[int, int]]) -> int:
    """Pushes prices at times after now, in seconds; the average that is stored in the end."""
    start = now(bend.chain) + 1
    collection = Contract(
        bend.chain, bend.artifacts["TestNft"], bend.chain.deploy(bend.artifacts["TestNft"], "Punks", "P")
    )
    bend.oracle.send(bend.admin, "addAsset", collection.address)
    for after, price in rounds:
        at(bend.chain, start + 10 + after)
        bend.oracle.send(bend.admin, "setAssetData", collection.address, price)
    return int(bend.oracle.view("getAssetPrice", collection.address))


@pytest.mark.parametrize(
    ("rounds", "average"),
    [
        ([(0, 100 * ETHER), (19_200, 90 * ETHER), (30_000, 70 * ETHER)], 95 * ETHER),
        ([(0, 100 * ETHER), (19_200, 90 * ETHER), (30_000, 70 * ETHER), (33_600, 70 * ETHER)], 90 * ETHER),
        ([(0, 100), (90_000, 50)], 100),
        ([(0, 100), (90_000, 50), (90_600, 50)], 98),
    ],
)
def test_the_average_is_that_of_the_vectors(bend: Bend, rounds: list[tuple[int, int]], average: int) -> None:
    assert feed(bend, rounds) == average


def test_random_feeds_average_like_their_twin(bend: Bend) -> None:
    draw = random.Random(2)
    for _ in range(12):
        times = sorted(draw.sample(range(1, draw.choice((5_000, 40_000, 200_000))), draw.randrange(1, 9)))
        rounds = [(time, draw.randrange(1, 10**21)) for time in times]
        with bend.chain.undone():
            assert feed(bend, rounds) == _average(rounds)


def _average(rounds: list[tuple[int, int]]) -> int:
    end = rounds[-1][0]
    start = end - TWAP_WINDOW
    if len(rounds) == 1:
        return rounds[0][1]
    spans = [
        (price, max(min(until, end) - max(since, start), 0))
        for (since, price), (until, _) in zip(rounds, [*rounds[1:], (end, 0)], strict=True)
    ]
    covered = min(TWAP_WINDOW, end - rounds[0][0])
    return sum(price * seconds for price, seconds in spans) // covered


def test_a_push_must_keep_to_the_limits_of_validity(bend: Bend) -> None:
    collection = bend.nft.address
    jump(bend.chain, HOUR)
    bend.oracle.send(bend.admin, "setDataValidityParameters", 2 * 10**17, 10**17, 1800, 600)
    bend.oracle.send(bend.admin, "setAssetData", collection, 10 * ETHER)
    invalid = "NFTOracle: invalid price data"
    jump(bend.chain, 599)
    assert bend.oracle.refuses(bend.admin, "setAssetData", collection, 10 * ETHER + 1) == invalid
    bend.oracle.send(bend.admin, "setAssetData", collection, 10 * ETHER)
    jump(bend.chain, 601)
    assert bend.oracle.refuses(bend.admin, "setAssetData", collection, 9 * ETHER - 10) == invalid
    jump(bend.chain, 1_200)
    assert bend.oracle.refuses(bend.admin, "setAssetData", collection, 8 * ETHER - 10) == invalid
    bend.oracle.send(bend.admin, "setAssetData", collection, 8 * ETHER)
    assert bend.oracle.refuses(bend.borrower, "setAssetData", collection, ETHER) == "NFTOracle: !admin"


def test_one_invalid_price_reverts_a_batch_and_a_paused_asset_is_passed_over(bend: Bend) -> None:
    collection = bend.nft.address
    rounds = bend.oracle.view("getPriceFeedLength", collection)
    assert (
        bend.oracle.refuses(bend.admin, "setMultipleAssetsData", [collection, collection], [ETHER, 0])
        == "NFTOracle: incorrect timestamp"
    )
    bend.oracle.send(bend.admin, "setPause", collection, True)
    bend.oracle.send(bend.admin, "setMultipleAssetsData", [collection], [ETHER])
    assert bend.oracle.view("getPriceFeedLength", collection) == rounds


def test_health_is_rounded_half_up_as_in_the_vector(bend: Bend) -> None:
    loan_id = bend.borrow(6 * ETHER)
    bend.price(12000345678901234567)
    _, asset, collateral, debt, available, health = bend.pool.view("getNftDebtData", bend.nft.address, 0)
    assert (asset, collateral, debt) == (bend.weth.address, 12000345678901234567, bend.debt(loan_id))
    threshold = 9600276543120987654
    assert health == wad_div(threshold, debt)
    assert available == 7200207407340740740 - debt
    assert wad_div(threshold, 9876543210123456789) == 972027999966699300


def test_a_six_decimal_reserve_is_valued_through_its_feed(bend: Bend) -> None:
    bend.price(12000345678901234567)
    in_usdc = 12000345678901234567 * 10**6 // (5 * 10**14)
    data = bend.pool.view("getNftCollateralData", bend.nft.address, bend.usdc.address)
    assert data == (
        12000345678901234567,
        in_usdc,
        7200207407340740740,
        (in_usdc * 6000 + 5000) // 10_000,
        6000,
        8000,
        10_000,
    )
    loan_id = bend.borrow(10_000 * 10**6, 0, bend.usdc)
    index = bend.pool.view("getReserveNormalizedVariableDebt", bend.usdc.address)
    assert bend.loan(loan_id)["scaledAmount"] == ray_div(10_000 * 10**6, index)


def test_configuration_words_hold_every_field_at_its_bits(bend: Bend) -> None:
    (word,) = bend.pool.view("getNftConfiguration", bend.nft.address)
    fields = ((0, 16), (16, 16), (32, 16), (56, 1), (57, 1), (64, 8), (72, 8), (80, 16), (96, 16), (112, 16))
    read = [word >> start & ((1 << width) - 1) for start, width in fields]
    assert read == [6000, 8000, 10_000, 1, 0, 24, 24, 500, 5000, 2000]
    (reserve,) = bend.pool.view("getReserveConfiguration", bend.usdc.address)
    assert [reserve >> 48 & 255, reserve >> 56 & 7, reserve >> 64 & 65535] == [6, 5, 3000]
    assert bend.loans.view("getCurrentLoanId") == 1
