"""Hashes and moving amounts of random orders against the real Seaport."""

import random
from typing import Any

from coincurve import PrivateKey
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_utils.crypto import keccak

from keeper.chain.codec import Function
from keeper.domain.markets import Quote
from keeper.domain.units import ETHER, MAX_UINT256, to_address
from keeper.venues.seaport import contracts
from keeper.venues.seaport.order import parse_order
from keeper.venues.seaport.signature import domain_separator, order_hash
from tests.support.seaport import MAKERS, NO_CONDUIT, Document, SeaportWorld, item
from tests.support.venue_chain import batch, log_of

CASES = 600
GET_HASH = Function.parse(
    "getOrderHash((address,address,(uint8,address,uint256,uint256,uint256)[],"
    "(uint8,address,uint256,uint256,uint256,address)[],uint8,uint256,uint256,bytes32,uint256,bytes32,uint256))"
    " returns (bytes32)"
)


def word(chance: random.Random) -> str:
    return "0x" + chance.randbytes(32).hex()


def random_item(chance: random.Random, *, asked: bool) -> Document:
    number = chance.getrandbits
    recipient = to_address(chance.randbytes(20)) if asked else None
    return item(
        chance.randint(0, 5),
        to_address(chance.randbytes(20)),
        number(256),
        (number(256), number(chance.randint(1, 256))),
        recipient,
    )


def random_document(chance: random.Random) -> Document:
    opens = chance.getrandbits(64)
    consideration = [random_item(chance, asked=True) for _ in range(chance.randint(0, 4))]
    parameters = {
        "offerer": to_address(chance.randbytes(20)),
        "zone": to_address(chance.randbytes(20)),
        "offer": [random_item(chance, asked=False) for _ in range(chance.randint(0, 3))],
        "consideration": consideration,
        "orderType": chance.randint(0, 3),
        "startTime": opens,
        "endTime": str(opens + 1 + chance.getrandbits(64)),
        "zoneHash": word(chance),
        "salt": str(chance.randint(0, MAX_UINT256)),
        "conduitKey": word(chance),
        "counter": hex(chance.getrandbits(256)),
    }
    return {"parameters": parameters, "signature": "0x" + "00" * 65}


def test_our_hash_is_the_one_that_seaport_and_eip712_give(world: SeaportWorld) -> None:
    chance = random.Random("hashes")
    documents = [random_document(chance) for _ in range(CASES)]
    orders = [parse_order(document) for document in documents]
    requests = []
    for order in orders:
        *components, _ = order.parameters()
        data = GET_HASH.encode((*components, order.counter))
        requests.append(("eth_call", [{"to": world.seaport, "data": "0x" + data.hex()}, "latest"]))
    answers = batch(world.chain, requests)
    assert [answer["result"] for answer in answers] == [order_hash(order) for order in orders]
    domain = domain_separator("1.6", 31337, world.seaport)
    for document, order in list(zip(documents, orders, strict=True))[:25]:
        message = encode_typed_data(full_message=world.typed(document["parameters"]))
        ours = keccak(b"\x19\x01" + domain + bytes.fromhex(order_hash(order)[2:]))
        assert ours == _hash_eip191_message(message)


def signed(world: SeaportWorld, parameters: Document) -> Document:
    """As the first maker would sign it, fast."""
    order = parse_order({"parameters": parameters, "signature": "0x"})
    domain = domain_separator("1.6", 31337, world.seaport)
    digest = keccak(b"\x19\x01" + domain + bytes.fromhex(order_hash(order)[2:]))
    made = PrivateKey(bytes(MAKERS[0].key)).sign_recoverable(digest, hasher=None)
    return {"parameters": parameters, "signature": "0x" + made[:64].hex() + f"{made[64] + 27:02x}"}


def moving(chance: random.Random, most: int) -> Any:
    start = chance.randint(1, most)
    return chance.choice([start, (start, chance.randint(0, most)), (chance.randint(0, most), start)])


def random_order(world: SeaportWorld, chance: random.Random, now: int) -> Document:
    """An offer or a listing of the first maker's, open now and long enough, with up to three payments."""
    maker = to_address(MAKERS[0].address)
    money = 1, world.weth, 0
    payments = [moving(chance, ETHER // 10) for _ in range(chance.randint(0, 3))]
    if chance.random() < 0.5:
        offer = [item(*money, moving(chance, 90 * ETHER))]
        consideration = [item(4, world.nft, 0, 1, maker)]
    else:
        offer = [item(2, world.nft, 100 + chance.randint(0, 19), 1)]
        consideration = [item(*money, moving(chance, 5 * ETHER), maker)]
    consideration += [item(*money, payment, world.owner) for payment in payments]
    return {
        "offerer": maker,
        "zone": world.owner,
        "offer": offer,
        "consideration": consideration,
        "orderType": chance.randint(0, 1),
        "startTime": now - chance.randint(0, 100_000),
        "endTime": now + 10_000 + chance.getrandbits(chance.randint(1, 40)),
        "zoneHash": NO_CONDUIT,
        "salt": chance.getrandbits(64),
        "conduitKey": NO_CONDUIT,
    }


def test_random_orders_move_exactly_the_amounts_that_we_compute(world: SeaportWorld) -> None:
    chance, chain, taker = random.Random("amounts"), world.chain, world.taker
    chain.invoke(taker, world.weth, "approve(address,uint256)", world.seaport, MAX_UINT256)
    chain.invoke(taker, world.nft, "setApprovalForAll(address,bool)", world.seaport, True)
    now = world.now()
    places = [world.accept(signed(world, random_order(world, chance, now))) for _ in range(CASES)]
    quoted = []
    for place in places:
        env = world.follower.env(taker, now + chance.randint(1, 9_999))
        piece = 7 if place.buys else place.token_id  # type: ignore[union-attr]
        quote = place.quote_sale([piece], env) if place.buys else place.quote_purchase([piece], env)
        if isinstance(quote, Quote):
            calls = world.adapter.sale_calls(quote, env) if place.buys else world.adapter.purchase_calls(quote, env)
            quoted.append((quote, env.timestamp, calls[-1]))
    answers = batch(
        chain,
        [
            (
                "eth_simulateV1",
                [
                    {
                        "blockStateCalls": [
                            {
                                "blockOverrides": {"time": hex(timestamp)},
                                "calls": [{"from": taker, "to": call.to, "data": "0x" + call.data.hex()}],
                            }
                        ]
                    },
                    "latest",
                ],
            )
            for _, timestamp, call in quoted
        ],
    )
    for (quote, _, _), answer in zip(quoted, answers, strict=True):
        (block,) = answer["result"]
        (done,) = block["calls"]
        assert done["status"] == "0x1", (quote, done)
        logs = [log_of(entry | {"blockHash": block["hash"]}) for entry in done["logs"]]
        (event,) = [contracts.ORDER_FULFILLED.decode(log) for log in logs if contracts.ORDER_FULFILLED.matches(log)]
        paid = sum(spent.amount for spent in event.offer if spent.itemType == 1)
        asked = sum(received.amount for received in event.consideration if received.itemType == 1)
        if quote.kind == "offer":
            assert (paid, asked) == (quote.gross, quote.fees)
        else:
            assert asked == quote.net
    assert len(quoted) >= 500
