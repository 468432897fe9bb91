"""The adapter on a chain: pools come, change and trade as it says, and those not to be trusted are refused by name."""

import pytest
from eth_abi.abi import encode
from pydantic import ValidationError

from keeper.domain.calls import Answer, Read, View
from keeper.domain.denials import DenialCode
from keeper.domain.errors import HaltAdapter
from keeper.domain.markets import Quote, Refusal
from keeper.domain.units import ETHER, ZERO_ADDRESS, Address
from keeper.venues.sudoswap_v2 import SudoswapV2
from keeper.venues.sudoswap_v2.contracts import NEW_PAIR, ROYALTIES
from tests.execution.contracts.chain import Reverted
from tests.support.sudoswap import Sudoswap
from tests.support.venue_chain import drive, log_of, send_all

ROYALTIES_OF_ONE = encode(["address[]", "uint256[]", "uint256"], [["0x" + "11" * 20], [ETHER // 20], ETHER // 20])


def sold(sudoswap: Sudoswap, pair: Address, pieces: list[int]) -> Quote:
    """Sells for real and checks that exactly what was quoted came."""
    env = sudoswap.follower.env(sudoswap.seller)
    quote = sudoswap.pool(pair).quote_sale(pieces, env)
    assert isinstance(quote, Quote), quote
    before = sudoswap.money(sudoswap.seller)
    send_all(sudoswap.chain, sudoswap.seller, sudoswap.adapter.sale_calls(quote, env))
    after = sudoswap.money(sudoswap.seller)
    assert (after[0] - before[0], after[1] - before[1]) == (0, quote.net)
    return quote


def bought(sudoswap: Sudoswap, pair: Address, pieces: list[int]) -> Quote:
    """Buys for real and checks that exactly what was quoted went."""
    env = sudoswap.follower.env(sudoswap.seller)
    quote = sudoswap.pool(pair).quote_purchase(pieces, env)
    assert isinstance(quote, Quote), quote
    before = sudoswap.money(sudoswap.seller)
    send_all(sudoswap.chain, sudoswap.seller, sudoswap.adapter.purchase_calls(quote, env))
    after = sudoswap.money(sudoswap.seller)
    assert (before[0] - after[0], before[1] - after[1]) == (0, quote.net)
    for piece in pieces:
        owner = sudoswap.chain.view(sudoswap.nft, "ownerOf(uint256)", piece, returns="(address)")
        assert owner == sudoswap.seller
    return quote


def refused(sudoswap: Sudoswap, pair: Address, pieces: list[int]) -> Refusal:
    refusal = sudoswap.pool(pair).quote_sale(pieces, sudoswap.follower.env(sudoswap.seller))
    assert isinstance(refusal, Refusal), refusal
    return refusal


@pytest.mark.parametrize("curve", ["linear", "exponential"])
@pytest.mark.parametrize("in_weth", [False, True])
def test_pieces_are_sold_to_a_pool_for_exactly_what_was_quoted(sudoswap: Sudoswap, curve: str, in_weth: bool) -> None:
    sudoswap.chain.invoke(sudoswap.owner, sudoswap.nft, "setRoyalty(address,uint96)", sudoswap.owner, 333)
    delta = 1_050_000_000_000_000_001 if curve == "exponential" else 12_345_678_901_234_567
    pair = sudoswap.create(
        "trade", curve, delta=delta, fee=7 * 10**15, balance=20 * ETHER, token=sudoswap.weth if in_weth else None
    )
    sudoswap.follower.sync()
    first = sold(sudoswap, pair, [3])
    sudoswap.follower.sync()
    rest = sold(sudoswap, pair, [5, 4, 17])
    assert first.royalty > 0
    assert rest.net < 3 * first.net
    assert sudoswap.follower.sync() == [sudoswap.key(pair)]
    assert sudoswap.pool(pair).inventory == {3, 4, 5, 17}
    back = bought(sudoswap, pair, [17, 3])
    assert back.net > back.gross > 0
    sudoswap.follower.sync()
    assert sudoswap.pool(pair).inventory == {4, 5}


def test_a_pool_that_sells_pieces_starts_with_those_that_the_factory_announced(sudoswap: Sudoswap) -> None:
    pieces = sudoswap.mint(sudoswap.owner, 100, 3)
    pair = sudoswap.create("nft", pieces=pieces)
    sudoswap.follower.sync()
    assert sudoswap.pool(pair).inventory == {100, 101, 102}
    assert refused(sudoswap, pair, [1]) == Refusal(sudoswap.key(pair), DenialCode.EXIT_NONE, (("side", "nft"),))
    bought(sudoswap, pair, [101])
    absent = sudoswap.pool(pair).quote_purchase([7], sudoswap.follower.env(sudoswap.seller))
    assert isinstance(absent, Refusal)
    assert dict(absent.numbers) == {"reason": "not in the pool", "token_id": 7}


def test_pieces_that_move_in_the_block_of_the_pools_birth_are_not_lost(sudoswap: Sudoswap) -> None:
    (piece,) = sudoswap.mint(sudoswap.owner, 100, 1)
    pair = sudoswap.create("trade", pieces=[piece])
    sudoswap.chain.invoke(
        sudoswap.seller, sudoswap.nft, "transferFrom(address,address,uint256)", sudoswap.seller, pair, 9
    )
    follower = sudoswap.follower
    entries = sudoswap.chain.rpc("eth_getLogs", {"fromBlock": "0x0"})
    logs = [log_of(entry) for entry in entries]
    start = next(index for index, log in enumerate(logs) if NEW_PAIR.matches(log))
    for log in logs[start:]:
        follower.facts.apply(sudoswap.adapter.apply(log, 0, follower.facts).changes)
    follower.refresh([sudoswap.key(pair)])
    assert sudoswap.pool(pair).inventory == {piece, 9}


def test_a_pool_with_a_lying_spot_price_is_refused_with_what_it_holds(sudoswap: Sudoswap) -> None:
    pair = sudoswap.create(spot=1_000 * ETHER, delta=0, balance=3 * ETHER)
    sudoswap.follower.sync()
    refusal = refused(sudoswap, pair, [1])
    assert refusal.code is DenialCode.EXIT_POOL_SHORT
    assert dict(refusal.numbers)["balance"] == 3 * ETHER
    assert dict(refusal.numbers)["needs"] == 1_000 * ETHER


def test_a_pool_is_sold_as_many_pieces_as_it_can_pay(sudoswap: Sudoswap) -> None:
    pair = sudoswap.create(spot=ETHER, delta=0, balance=3 * ETHER)
    sudoswap.follower.sync()
    assert refused(sudoswap, pair, [1, 2, 3, 4]).code is DenialCode.EXIT_POOL_SHORT
    sold(sudoswap, pair, [1, 2, 3])


def test_a_pool_pays_to_its_last_wei_and_not_one_more(sudoswap: Sudoswap) -> None:
    sudoswap.chain.invoke(sudoswap.owner, sudoswap.nft, "setRoyalty(address,uint96)", sudoswap.owner, 777)
    pair = sudoswap.create("trade", spot=1234567890123456789, fee=12345678901234567)
    sudoswap.follower.sync()
    needs = int(dict(refused(sudoswap, pair, [1]).numbers)["needs"])
    for balance in (needs - 1, needs):
        sudoswap.chain.rpc("anvil_setBalance", pair, hex(balance))
        sudoswap.follower.refresh([sudoswap.key(pair)])
        if balance < needs:
            assert refused(sudoswap, pair, [1]).code is DenialCode.EXIT_POOL_SHORT
        else:
            sold(sudoswap, pair, [1])
    assert sudoswap.chain.balance(pair) == 0


@pytest.mark.parametrize("in_weth", [False, True])
def test_money_that_came_without_an_event_is_seen_once_the_pool_is_read_again(
    sudoswap: Sudoswap, in_weth: bool
) -> None:
    pair = sudoswap.create(balance=ETHER // 2, token=sudoswap.weth if in_weth else None)
    sudoswap.follower.sync()
    assert refused(sudoswap, pair, [1]).code is DenialCode.EXIT_POOL_SHORT
    if in_weth:
        sudoswap.chain.invoke(sudoswap.owner, sudoswap.weth, "transfer(address,uint256)", pair, 5 * ETHER)
    else:
        sudoswap.chain.rpc("anvil_setBalance", pair, hex(5 * ETHER))
    assert sudoswap.follower.sync() == []
    volatile = list(sudoswap.adapter.volatile(sudoswap.nft, sudoswap.follower.facts))
    assert volatile == [sudoswap.key(pair)]
    sudoswap.follower.refresh(volatile)
    sold(sudoswap, pair, [1])


def test_settings_and_withdrawals_of_the_owner_reach_the_book_in_their_block(sudoswap: Sudoswap) -> None:
    pair = sudoswap.create("trade", balance=5 * ETHER)
    sudoswap.follower.sync()
    for signature, value in (
        ("changeSpotPrice(uint128)", 2 * ETHER),
        ("changeDelta(uint128)", 7),
        ("changeFee(uint96)", 10**16),
        ("withdrawETH(uint256)", ETHER),
    ):
        sudoswap.chain.invoke(sudoswap.owner, pair, signature, value)
        assert sudoswap.follower.sync() == [sudoswap.key(pair)]
    pool = sudoswap.pool(pair)
    assert (pool.terms.spot, pool.terms.delta, pool.terms.trade_fee) == (2 * ETHER, 7, 10**16)
    assert pool.balance == 4 * ETHER
    sudoswap.chain.invoke(sudoswap.owner, sudoswap.factory, "changeProtocolFeeMultiplier(uint256)", 10**16)
    sudoswap.follower.sync()
    assert sudoswap.pool(pair).terms.protocol_fee == 10**16
    sold(sudoswap, pair, [1])


def test_a_curve_that_is_not_in_the_configuration_makes_a_pool_untrusted(sudoswap: Sudoswap) -> None:
    pair = sudoswap.create(curve="foreign", balance=5 * ETHER)
    sudoswap.follower.sync()
    refusal = refused(sudoswap, pair, [1])
    assert refusal.code is DenialCode.EXIT_UNTRUSTED
    assert dict(refusal.numbers) == {"reason": f"curve {sudoswap.curves['foreign']}"}
    assert list(sudoswap.adapter.volatile(sudoswap.nft, sudoswap.follower.facts)) == []


def test_a_property_checker_makes_a_pool_untrusted(sudoswap: Sudoswap) -> None:
    checker = sudoswap.chain.deploy(sudoswap.contracts["RangePropertyChecker"], 0, 10)
    pair = sudoswap.create(checker=checker, balance=5 * ETHER)
    sudoswap.follower.sync()
    assert dict(refused(sudoswap, pair, [1]).numbers) == {"reason": f"property checker {checker}"}


def test_a_pool_that_pays_in_another_token_is_untrusted(sudoswap: Sudoswap) -> None:
    token = sudoswap.chain.deploy(sudoswap.contracts["TestToken"], "Money", "MON", 6)
    pair = sudoswap.create(token=token)
    sudoswap.follower.sync()
    assert dict(refused(sudoswap, pair, [1]).numbers) == {"reason": f"paid in {token}"}


def test_a_royalty_over_a_quarter_makes_a_pool_untrusted_until_it_is_lowered(sudoswap: Sudoswap) -> None:
    sudoswap.chain.invoke(sudoswap.owner, sudoswap.nft, "setRoyalty(address,uint96)", sudoswap.owner, 2_501)
    pair = sudoswap.create(balance=5 * ETHER)
    sudoswap.follower.sync()
    assert refused(sudoswap, pair, [1]).code is DenialCode.EXIT_UNTRUSTED
    sudoswap.chain.invoke(sudoswap.owner, sudoswap.nft, "setRoyalty(address,uint96)", sudoswap.owner, 2_500)
    sudoswap.follower.refresh([sudoswap.key(pair)])
    sold(sudoswap, pair, [1])


def test_a_royalty_that_is_no_share_of_the_price_makes_a_pool_untrusted(sudoswap: Sudoswap) -> None:
    sudoswap.chain.invoke(sudoswap.owner, sudoswap.nft, "setRoyalty(address,uint96)", sudoswap.owner, 500)
    pair, facts = sudoswap.create(balance=5 * ETHER), sudoswap.follower.facts
    sudoswap.follower.sync()

    def flat(read: Read, answer: Answer) -> Answer:
        """The same amount whatever the price: what was said of one ether."""
        asks_royalty = isinstance(read, View) and read.data[:4] == ROYALTIES.selector
        return ROYALTIES_OF_ONE if asks_royalty else answer

    facts.apply(drive(sudoswap.chain, sudoswap.adapter.refresh([sudoswap.key(pair)], facts), flat))
    assert "royalty" in str(dict(refused(sudoswap, pair, [1]).numbers)["reason"])
    sudoswap.follower.refresh([sudoswap.key(pair)])
    sold(sudoswap, pair, [1])


def test_the_pairs_own_royalty_settings_count(sudoswap: Sudoswap) -> None:
    chain, owner = sudoswap.chain, sudoswap.owner
    chain.invoke(owner, sudoswap.nft, "setRoyalty(address,uint96)", owner, 1_000)
    pair = sudoswap.create(balance=5 * ETHER)
    settings = chain.deploy(sudoswap.contracts["RoyaltySettings"], 123)
    chain.invoke(
        owner,
        sudoswap.factory,
        "toggleSettingsForCollection(address,address,bool)",
        settings,
        sudoswap.nft,
        True,
    )
    chain.invoke(owner, sudoswap.factory, "enableSettingsForPair(address,address)", settings, pair)
    sudoswap.follower.sync()
    assert sudoswap.pool(pair).royalty.parts == (123,)
    sold(sudoswap, pair, [1, 2])


def test_a_look_alike_that_the_factory_did_not_make_never_enters_the_book(sudoswap: Sudoswap) -> None:
    fake = sudoswap.chain.deploy(
        sudoswap.contracts["LyingPool"],
        *(sudoswap.factory, sudoswap.curves["linear"], sudoswap.nft, 9 * ETHER, 0),
    )
    assert sudoswap.follower.sync() == []
    assert sudoswap.follower.facts.get(sudoswap.key(fake)) is None


def test_a_pair_that_the_factory_disowns_is_untrusted(sudoswap: Sudoswap) -> None:
    """Were the announcement of a look-alike ever to reach the adapter, the factory is asked about it."""
    fake = sudoswap.chain.deploy(
        sudoswap.contracts["LyingPool"],
        *(sudoswap.factory, sudoswap.curves["linear"], sudoswap.nft, 9 * ETHER, 0),
    )
    true = sudoswap.create()
    sudoswap.follower.sync()
    entries = sudoswap.chain.rpc("eth_getLogs", {"fromBlock": "0x0", "address": sudoswap.factory})
    (announced,) = [entry for entry in entries if entry["topics"][0] == NEW_PAIR.topic]
    for account in (fake, sudoswap.seller, sudoswap.weth):
        forged = log_of(announced | {"topics": [announced["topics"][0], "0x" + "00" * 12 + account[2:]]})
        applied = sudoswap.adapter.apply(forged, 0, sudoswap.follower.facts)
        sudoswap.follower.facts.apply(applied.changes)
        sudoswap.follower.refresh(applied.stale)
        assert (sudoswap.follower.facts.get(sudoswap.key(account)) is None) == (account != fake)
    assert dict(refused(sudoswap, fake, [1]).numbers) == {"reason": "no pair of the factory"}
    assert not sudoswap.pool(true).distrust


def test_pools_of_other_collections_are_forgotten_after_one_look(sudoswap: Sudoswap) -> None:
    other = sudoswap.chain.deploy(sudoswap.contracts["TestNft"], "Others", "OTH")
    pair = sudoswap.create(nft=other)
    sudoswap.follower.sync()
    assert sudoswap.follower.facts.get(sudoswap.key(pair)) is None
    sudoswap.chain.invoke(sudoswap.owner, pair, "changeSpotPrice(uint128)", 5)
    assert sudoswap.follower.sync() == []


def test_a_price_that_fell_before_the_sale_makes_it_revert_with_a_reason(sudoswap: Sudoswap) -> None:
    pair = sudoswap.create(balance=5 * ETHER)
    sudoswap.follower.sync()
    env = sudoswap.follower.env(sudoswap.seller)
    quote = sudoswap.pool(pair).quote_sale([1], env)
    assert isinstance(quote, Quote)
    sudoswap.chain.invoke(sudoswap.owner, pair, "changeSpotPrice(uint128)", ETHER - 1)
    approval, swap, _wrap = sudoswap.adapter.sale_calls(quote, env)
    send_all(sudoswap.chain, sudoswap.seller, [approval])
    with pytest.raises(Reverted) as reverted:
        send_all(sudoswap.chain, sudoswap.seller, [swap])
    (data,) = reverted.value.revert.args
    assert sudoswap.adapter.explain_failure(data) == "LSSVMPair__OutputTooSmall()"


def test_a_factory_that_is_none_halts_the_adapter(sudoswap: Sudoswap) -> None:
    config = sudoswap.adapter.config.model_copy(update={"factory": sudoswap.seller})
    adapter = SudoswapV2("wrong", 31337, config)
    with pytest.raises(HaltAdapter, match="VENUE_FACTORY"):
        drive(sudoswap.chain, adapter.bootstrap(sudoswap.follower.facts))
    assert drive(sudoswap.chain, sudoswap.adapter.bootstrap(sudoswap.follower.facts)) == []


def test_settings_refuse_unknown_keys_and_curves_without_arithmetic() -> None:
    good = {"factory": ZERO_ADDRESS, "curves": {}, "collections": (), "weth": ZERO_ADDRESS.upper().replace("X", "x")}
    assert SudoswapV2.Config(**good, start_block=0).weth == ZERO_ADDRESS
    for wrong in ({"start_blok": 1}, {"curves": {"gda": ZERO_ADDRESS}}, {"factory": "0x12"}):
        with pytest.raises(ValidationError):
            SudoswapV2.Config(**{**good, "start_block": 0, **wrong})
