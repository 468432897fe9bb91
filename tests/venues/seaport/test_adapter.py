"""Offers and listings filled on the real Seaport, exactly as quoted; and every reason why one cannot be, by name."""

from typing import Any

import pytest

from keeper.domain.denials import DenialCode
from keeper.domain.errors import HaltAdapter, SkipItem
from keeper.domain.markets import Quote, Refusal
from keeper.domain.orders import Listing, Offer
from keeper.domain.units import ETHER, ZERO_ADDRESS, Address, to_address
from keeper.venues.seaport import Seaport
from keeper.venues.seaport.order import parse_order
from tests.execution.contracts.chain import Reverted
from tests.support.seaport import CRITERIA, ERC20, ERC721, MAKERS, Document, SeaportWorld
from tests.support.venue_chain import drive, send_all

MAKER = to_address(MAKERS[0].address)


def offered(world: SeaportWorld, place: Offer | Listing, piece: int, timestamp: int | None = None) -> Quote:
    quote = place.quote_sale([piece], world.follower.env(world.taker, timestamp))
    assert isinstance(quote, Quote), quote
    return quote


def refused(world: SeaportWorld, place: Offer | Listing, piece: int = 1) -> tuple[DenialCode, dict[str, int | str]]:
    env = world.follower.env(world.taker)
    refusal = place.quote_sale([piece], env) if isinstance(place, Offer) else place.quote_purchase([piece], env)
    assert isinstance(refusal, Refusal), refusal
    return refusal.code, dict(refusal.numbers)


def sell(world: SeaportWorld, place: Offer | Listing, piece: int) -> Quote:
    """Fills an offer for real and checks that exactly what was quoted came, and that no allowance is left."""
    quote = offered(world, place, piece)
    before = world.money(world.taker)
    send_all(world.chain, world.taker, world.adapter.sale_calls(quote, world.follower.env(world.taker)))
    after = world.money(world.taker)
    assert (after[0] - before[0], after[1] - before[1]) == (0, quote.net)
    assert world.owner_of(piece) == place.maker
    left = world.chain.view(world.weth, "allowance(address,address)", world.taker, world.seaport)
    assert left == 0
    return quote


def buy(world: SeaportWorld, place: Offer | Listing, piece: int) -> Quote:
    """Fills a listing for real and checks that exactly what was quoted went."""
    env = world.follower.env(world.taker)
    quote = place.quote_purchase([piece], env)
    assert isinstance(quote, Quote), quote
    before = world.money(world.taker)
    send_all(world.chain, world.taker, world.adapter.purchase_calls(quote, env))
    after = world.money(world.taker)
    assert (before[0] - after[0], before[1] - after[1]) == (0, quote.net)
    assert world.owner_of(piece) == world.taker
    return quote


def rejected(world: SeaportWorld, document: Document) -> str:
    with pytest.raises(SkipItem) as error:
        world.adapter.accept(document, world.follower.facts)
    return error.value.code


@pytest.mark.parametrize("fees", [(), (ETHER // 40,), (ETHER // 40, 12345678901234567)])
def test_an_offer_is_filled_for_exactly_what_was_quoted(world: SeaportWorld, fees: tuple[int, ...]) -> None:
    place = world.accept(world.offer(10 * ETHER, fees))
    quote = sell(world, place, 7)
    assert (quote.gross, quote.fees, quote.net) == (10 * ETHER, sum(fees), 10 * ETHER - sum(fees))
    assert world.follower.sync() == [place.status_key]
    assert refused(world, place) == (DenialCode.EXIT_ORDER_DEAD, {"reason": "filled"})


@pytest.mark.parametrize("native", [True, False])
def test_a_listing_is_bought_for_exactly_what_was_quoted(world: SeaportWorld, native: bool) -> None:
    place = world.accept(world.listing(105, [4 * ETHER, ETHER // 10, 77], native=native))
    quote = buy(world, place, 105)
    assert quote.net == 4 * ETHER + ETHER // 10 + 77
    world.follower.sync()
    assert refused(world, place, 105) == (DenialCode.EXIT_ORDER_DEAD, {"reason": "filled"})


def test_amounts_that_move_with_time_are_rounded_as_seaport_does(world: SeaportWorld) -> None:
    opens = world.now() - 1_234
    times: dict[str, Any] = {"startTime": opens, "endTime": opens + 3_600}
    place = world.accept(world.offer((10 * ETHER, 9 * ETHER), [(10**17 + 1, 10**16)], **times))
    ask = world.accept(world.listing(101, [(9 * ETHER, 10 * ETHER + 7)], MAKERS[0], **times))
    for step in (7, 500, 1_001):
        with world.chain.undone():
            at = world.now() + step
            world.chain.rpc("evm_setNextBlockTimestamp", at)
            quote = offered(world, place, 3, at)
            calls = world.adapter.sale_calls(quote, world.follower.env(world.taker, at))
            before = world.money(world.taker)[1]
            world.chain.rpc("evm_setAutomine", False)
            for call in calls:
                world.chain.rpc(
                    "eth_sendTransaction",
                    {"from": world.taker, "to": call.to, "data": "0x" + call.data.hex(), "gas": hex(500_000)},
                )
            world.chain.rpc("evm_mine")
            world.chain.rpc("evm_setAutomine", True)
            assert world.money(world.taker)[1] - before == quote.net
        with world.chain.undone():
            at = world.now() + step
            env = world.follower.env(world.taker, at)
            bought = ask.quote_purchase([101], env)
            assert isinstance(bought, Quote)
            unwrap, fill = world.adapter.purchase_calls(bought, env)
            send_all(world.chain, world.taker, [unwrap])
            before = world.chain.balance(world.taker)
            world.chain.rpc("evm_setNextBlockTimestamp", at)
            send_all(world.chain, world.taker, [fill])
            assert before - world.chain.balance(world.taker) == bought.net


def test_a_makers_conduit_is_looked_up_and_its_approvals_count(world: SeaportWorld) -> None:
    key = "0x" + MAKER[2:] + "00" * 11 + "01"
    chain = world.chain
    chain.invoke(MAKER, world.controller, "createConduit(bytes32,address)", bytes.fromhex(key[2:]), MAKER)
    conduit, _ = chain.view(world.controller, "getConduit(bytes32)", bytes.fromhex(key[2:]), returns="(address,bool)")
    chain.invoke(MAKER, world.controller, "updateChannel(address,address,bool)", conduit, world.seaport, True)
    place = world.accept(world.offer(ETHER, [10**16], conduitKey=key))
    assert refused(world, place)[0] is DenialCode.EXIT_MAKER_UNFUNDED
    chain.invoke(MAKER, world.weth, "approve(address,uint256)", conduit, ETHER)
    world.follower.refresh([place.status_key])
    sell(world, place, 1)


def test_a_conduit_that_does_not_exist_cannot_pay(world: SeaportWorld) -> None:
    place = world.accept(world.offer(ETHER, conduitKey="0x" + "01" * 32))
    assert refused(world, place)[0] is DenialCode.EXIT_MAKER_UNFUNDED


def test_an_expired_order_is_dead_and_one_not_open_yet_too(world: SeaportWorld) -> None:
    now = world.now()
    for opens, closes in ((now - 100, now - 1), (now + 1_000, now + 2_000)):
        place = world.accept(world.offer(ETHER, startTime=opens, endTime=closes))
        code, numbers = refused(world, place)
        assert code is DenialCode.EXIT_ORDER_DEAD
        assert (numbers["reason"], numbers["opens"], numbers["closes"]) == ("not open", opens, closes)


def test_an_order_is_open_from_its_first_second_to_the_one_before_its_last(world: SeaportWorld) -> None:
    now = world.now()
    place = world.accept(world.offer(ETHER, startTime=now + 10, endTime=now + 20))
    open_at = [
        second
        for second in range(now + 8, now + 23)
        if isinstance(place.quote_sale([1], world.follower.env(world.taker, second)), Quote)
    ]
    assert open_at == list(range(now + 10, now + 20))


def test_a_new_counter_kills_every_order_signed_under_the_old_one(world: SeaportWorld) -> None:
    places = [world.accept(world.offer(ETHER, salt=salt)) for salt in (1, 2)]
    world.chain.invoke(MAKER, world.seaport, "incrementCounter()")
    world.follower.sync()
    for place in places:
        code, numbers = refused(world, place)
        assert (code, numbers["reason"], numbers["signed"]) == (DenialCode.EXIT_ORDER_DEAD, "counter", 0)
    fresh = world.accept(world.offer(ETHER))
    sell(world, fresh, 1)


def test_a_cancelled_order_is_dead(world: SeaportWorld) -> None:
    document = world.offer(ETHER)
    place = world.accept(document)
    *components, _ = parse_order(document).parameters()
    world.chain.invoke(
        MAKER,
        world.seaport,
        "cancel((address,address,(uint8,address,uint256,uint256,uint256)[],"
        "(uint8,address,uint256,uint256,uint256,address)[],uint8,uint256,uint256,bytes32,uint256,bytes32,uint256)[])",
        [(*components, 0)],
    )
    assert world.follower.sync() == [place.status_key]
    assert refused(world, place) == (DenialCode.EXIT_ORDER_DEAD, {"reason": "cancelled"})


def test_a_maker_without_balance_or_allowance_is_named_unfunded_with_numbers(world: SeaportWorld) -> None:
    place = world.accept(world.offer(10 * ETHER))
    world.chain.invoke(MAKER, world.weth, "transfer(address,uint256)", world.owner, 95 * ETHER)
    assert world.follower.sync() == []
    assert list(world.adapter.volatile(world.nft, world.follower.facts)) == [place.status_key]
    world.follower.refresh([place.status_key])
    code, numbers = refused(world, place)
    assert (code, numbers["gives"], numbers["balance"]) == (
        DenialCode.EXIT_MAKER_UNFUNDED,
        10 * ETHER,
        5 * ETHER,
    )
    world.chain.invoke(world.owner, world.weth, "transfer(address,uint256)", MAKER, 95 * ETHER)
    world.chain.invoke(MAKER, world.weth, "approve(address,uint256)", world.seaport, 10 * ETHER - 1)
    world.follower.refresh([place.status_key])
    assert refused(world, place)[1]["allowance"] == 10 * ETHER - 1


def test_a_listing_whose_piece_has_left_its_maker_is_unfunded(world: SeaportWorld) -> None:
    place = world.accept(world.listing(101, [ETHER]))
    world.chain.invoke(MAKER, world.nft, "transferFrom(address,address,uint256)", MAKER, world.owner, 101)
    world.follower.refresh([place.status_key])
    assert refused(world, place, 101)[0] is DenialCode.EXIT_MAKER_UNFUNDED


def test_a_listing_may_rest_on_the_approval_of_its_piece_alone(world: SeaportWorld) -> None:
    world.chain.invoke(MAKER, world.nft, "setApprovalForAll(address,bool)", world.seaport, False)
    place = world.accept(world.listing(101, [ETHER]))
    assert refused(world, place, 101)[0] is DenialCode.EXIT_MAKER_UNFUNDED
    world.chain.invoke(MAKER, world.nft, "approve(address,uint256)", world.seaport, 101)
    world.follower.refresh([place.status_key])
    buy(world, place, 101)


def test_restricted_orders_are_known_but_untrusted(world: SeaportWorld) -> None:
    zone = Address("0x" + "2e" * 20)
    place = world.accept(world.offer(ETHER, orderType=2, zone=zone))
    assert refused(world, place) == (DenialCode.EXIT_UNTRUSTED, {"reason": f"zone {zone}"})
    assert list(world.adapter.volatile(world.nft, world.follower.facts)) == []
    open_one = world.accept(world.offer(ETHER, orderType=1, zone=zone))
    sell(world, open_one, 1)


def test_an_altered_order_is_refused_by_name(world: SeaportWorld) -> None:
    document = world.offer(ETHER)
    for change in (
        {"endTime": "99999999999"},
        {"counter": "1"},
        {"offerer": to_address(MAKERS[1].address)},
        {"offer": [document["parameters"]["offer"][0] | {"startAmount": str(2 * ETHER), "endAmount": str(2 * ETHER)}]},
    ):
        altered = document | {"parameters": document["parameters"] | change}
        if "offerer" in change:
            altered["parameters"]["consideration"] = [
                entry | {"recipient": change["offerer"]} for entry in altered["parameters"]["consideration"]
            ]
        assert rejected(world, altered) == "ORDER_SIGNATURE"
    assert rejected(world, document | {"signature": "0x"}) == "ORDER_SIGNATURE"
    assert rejected(world, document | {"signature": "0x" + "11" * 65}) == "ORDER_SIGNATURE"
    signature = bytes.fromhex(document["signature"][2:])
    bare = signature[:64] + bytes([signature[64] - 27])  # a form that Seaport refuses: BadSignatureV
    assert rejected(world, document | {"signature": "0x" + bare.hex()}) == "ORDER_SIGNATURE"


def test_the_short_form_of_a_signature_counts_as_much(world: SeaportWorld) -> None:
    for salt in range(4):
        document = world.offer(ETHER, salt=str(salt))
        signature = bytes.fromhex(document["signature"][2:])
        s = int.from_bytes(signature[32:64]) | (signature[64] - 27) << 255
        short = document | {"signature": "0x" + (signature[:32] + s.to_bytes(32)).hex()}
        sell(world, world.accept(short), salt)


@pytest.mark.parametrize("height", [1, 3])
@pytest.mark.parametrize("short", [False, True])
def test_orders_that_were_signed_in_bulk_are_filled_one_by_one(world: SeaportWorld, height: int, short: bool) -> None:
    documents = [world.offer(ETHER + number, salt=number) for number in range(2**height)]
    signed = world.in_bulk(MAKERS[0], [document["parameters"] for document in documents], height, short=short)
    for number, document in enumerate(signed):
        sell(world, world.accept(document), number)
    swapped = signed[0] | {"signature": signed[1]["signature"]}
    fresh = world.followed()
    assert rejected(fresh, swapped) == "ORDER_SIGNATURE"
    assert rejected(fresh, signed[0] | {"signature": signed[0]["signature"] + "00" * 5}) == "ORDER_SIGNATURE"


def test_an_order_enters_the_book_once(world: SeaportWorld) -> None:
    document = world.offer(ETHER)
    place = world.accept(document)
    assert world.adapter.accept(document, world.follower.facts) == []
    assert isinstance(place.quote_purchase([1], world.follower.env(world.taker)), Refusal)


def test_layouts_that_cannot_be_filled_are_refused_by_name(world: SeaportWorld) -> None:
    weth, nft, pay = world.weth, world.nft, [(ERC20, world.weth, 0, ETHER)]
    layouts: list[tuple[list[Any], list[Any]]] = [
        (pay, [(CRITERIA, nft, 5, 1, MAKER)]),  # a trait offer
        (pay, [(ERC721, nft, 5, 1, MAKER)]),
        (pay, [(CRITERIA, nft, 0, 2, MAKER)]),
        (pay, [(CRITERIA, nft, 0, 1, world.owner)]),
        (pay, [(CRITERIA, nft, 0, 1, MAKER), (CRITERIA, nft, 0, 1, MAKER)]),
        (pay, [(CRITERIA, nft, 0, 1, MAKER), (ERC20, nft, 0, 1, world.owner)]),
        ([*pay, *pay], [(CRITERIA, nft, 0, 1, MAKER)]),
        ([(ERC20, nft, 0, ETHER)], [(CRITERIA, nft, 0, 1, MAKER)]),
        ([(ERC20, weth, 0, 0)], [(CRITERIA, nft, 0, 1, MAKER)]),
        ([(ERC721, nft, 101, 1)], []),
        ([(ERC721, nft, 101, 2)], [(ERC20, weth, 0, 1, MAKER)]),
        ([(ERC721, nft, 101, 1)], [(ERC20, weth, 0, 1, MAKER), (0, ZERO_ADDRESS, 0, 1, MAKER)]),
        ([(3, nft, 101, 1)], [(ERC20, weth, 0, 1, MAKER)]),
    ]
    for offer, consideration in layouts:
        assert rejected(world, world.sign(MAKERS[0], offer, consideration)) == "ORDER_LAYOUT", (offer, consideration)
    foreign = world.sign(MAKERS[0], pay, [(CRITERIA, weth, 0, 1, MAKER)])
    assert rejected(world, foreign) == "ORDER_COLLECTION"
    tipped = world.offer(ETHER, totalOriginalConsiderationItems=0)
    assert rejected(world, tipped) == "ORDER_LAYOUT"


def test_volatile_names_the_twenty_best_offers_that_may_still_be_filled(world: SeaportWorld) -> None:
    places = [world.accept(world.offer(ETHER + number, salt=number)) for number in range(25)]
    world.accept(world.listing(101, [ETHER]))
    sell(world, places[24], 1)
    world.follower.sync()
    named = list(world.adapter.volatile(world.nft, world.follower.facts))
    assert named == [place.status_key for place in reversed(places[4:24])]


def test_volatile_leaves_out_offers_that_had_expired_by_the_last_event(world: SeaportWorld) -> None:
    dear = world.accept(world.offer(50 * ETHER, endTime=world.now() + 100))
    cheap = world.accept(world.offer(ETHER))
    assert list(world.adapter.volatile(world.nft, world.follower.facts)) == [dear.status_key, cheap.status_key]
    world.chain.rpc("evm_increaseTime", 200)
    world.chain.invoke(to_address(MAKERS[2].address), world.seaport, "incrementCounter()")
    world.follower.sync()
    assert list(world.adapter.volatile(world.nft, world.follower.facts)) == [cheap.status_key]


def test_offers_of_one_maker_exclude_each_other_as_far_as_its_money_does_not_reach(world: SeaportWorld) -> None:
    places = [world.accept(world.offer(30 * ETHER + number, salt=number)) for number in range(5)]
    other = world.accept(world.offer(30 * ETHER, maker=MAKERS[1]))
    resources = [offered(world, place, 1).resources for place in (*reversed(places), other)]
    # 100 WETH pay three of about 30: the three best may be chosen together, a fourth shares with the best.
    money = [next(name for name in names if name.startswith("maker:")) for names in resources]
    assert len(set(money[:3])) == 3
    assert money[3:5] == money[:2]
    assert money[5] not in money[:5]
    for index, place in enumerate(reversed(places[2:])):
        sell(world, place, index)
    world.follower.sync()
    assert refused(world, places[0])[0] is DenialCode.EXIT_MAKER_UNFUNDED


def test_listings_of_one_piece_exclude_each_other(world: SeaportWorld) -> None:
    env = world.follower.env(world.taker)
    quotes = [world.accept(world.listing(101, [price])).quote_purchase([101], env) for price in (1, 2)]
    assert isinstance(quotes[0], Quote)
    assert isinstance(quotes[1], Quote)
    assert quotes[0].resources & quotes[1].resources == {f"piece:{world.nft}:101"}


def test_what_seaport_reverts_with_is_told_in_words(world: SeaportWorld) -> None:
    place = world.accept(world.offer(ETHER))
    quote = offered(world, place, 1)
    calls = world.adapter.sale_calls(quote, world.follower.env(world.taker))
    send_all(world.chain, world.taker, calls)
    with pytest.raises(Reverted) as reverted:
        send_all(world.chain, world.taker, calls[-1:])
    (data,) = reverted.value.revert.args
    told = world.adapter.explain_failure(data)
    assert world.adapter.explain_failure(b"") == world.adapter.explain_failure(b"\x01\x02\x03\x04") == ""
    assert told.startswith("OrderAlreadyFilled(orderHash=")


def test_a_seaport_of_another_version_or_none_halts_the_adapter(world: SeaportWorld) -> None:
    for wrong in ({"version": "1.5"}, {"seaport": world.owner}, {"seaport": world.weth}):
        adapter = Seaport("wrong", 31337, world.adapter.config.model_copy(update=wrong))
        with pytest.raises(HaltAdapter, match="VENUE_SEAPORT"):
            drive(world.chain, adapter.bootstrap(world.follower.facts))
