"""A keeper's book as full as on a busy market, on the local world: what the node is asked about is really there.

Pools, offers and the loans that an oracle update makes liquidatable are contracts, signatures and loans on the chain;
the other loans are logs, put through the protocol's adapter, and stay far from their limits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coincurve import PrivateKey
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.book import Book
from keeper.chain.interests import LogFilter
from keeper.chain.reader import Reader
from keeper.chain.signer import LocalSigner
from keeper.devnet.bend import TWAP_SECONDS
from keeper.devnet.world import World
from keeper.domain.blocks import Block, Log
from keeper.domain.units import ETHER, RAY, ZERO_ADDRESS, Address, Hash32, Wei
from keeper.engine import Adapters
from keeper.engine.knowledge import Knowledge
from keeper.execution.program import load_artifact as load_executor
from keeper.protocols.benddao_v1 import BendDaoV1
from keeper.protocols.benddao_v1.abi import LOAN_CREATED
from keeper.venues.seaport import Seaport
from keeper.venues.seaport.order import parse_order
from keeper.venues.seaport.signature import domain_separator, order_hash
from keeper.venues.sudoswap_v2 import SudoswapV2

POSITIONS, POOLS, ORDERS, HITS = 10_000, 500, 5_000, 10
COLLECTIONS = ("apes", "crowns", "dust", "faces", "birds", "cats", "robots", "ghosts", "mirages", "frogs")
BEND_COLLECTIONS = ("apes", "crowns", "dust")
MAKERS = 20
DEBT = Wei(69 * ETHER // 10)
FALLEN_PERCENT = 82
CAPITAL = Wei(300 * ETHER)
_FAR_FUTURE = 2**40


@dataclass(frozen=True, slots=True)
class Market:
    """``block`` is the one with the oracle update; the book stands before it."""

    world: World
    executor: Address
    operators: tuple[LocalSigner, ...]
    adapters: Adapters
    book: Book
    block: Block


async def furnish(world: World) -> tuple[Address, tuple[LocalSigner, ...]]:
    """Put everything on the chain that has to be there; returns the executor and its operators, one for each hit."""
    operators = tuple(LocalSigner(keccak(text=f"bench operator {number}")) for number in range(HITS))
    addresses = [signer.address for signer in operators]
    code = load_executor().creation_code(world.keys.owner_address, world.weth.address, addresses)
    executor = await world.bench.deploy_code(code)
    await world.weth.send(world.actors.admin, "transfer", executor, CAPITAL)
    for address in addresses:
        await world.bench.node.call("anvil_setBalance", address, hex(10 * ETHER))
    borrower = world.actors.borrowers[0]
    await world.mint("apes", borrower, 1, HITS)
    for token_id in range(1, HITS + 1):
        await world.bend.borrow(borrower, world.collections["apes"], token_id, world.weth, DEBT)
    await _open_pools(world)
    for number in range(MAKERS):
        await _fund_maker(world, _maker_address(number))
    await world.open()
    await _push(world)
    await world.anvil.mine(at=await world.bench.time() + TWAP_SECONDS + 1)
    await world.bench.post(
        world.actors.admin,
        world.collections["apes"].address,
        world.collections["apes"].data("mintMany", borrower, 1_000, 100),
    )
    await _push(world)
    return executor, operators


async def _push(world: World) -> None:
    """An oracle update, mined together with whatever is waiting."""
    prices = {
        world.collections[name].address: Wei(price * FALLEN_PERCENT // 100)
        for name, price in (("apes", 10 * ETHER), ("crowns", 40 * ETHER), ("dust", 10 * ETHER))
    }
    update = await world.bend.push_prices(prices)
    await world.anvil.mine()
    await world.bench.receipt(update)


async def _open_pools(world: World) -> None:
    """Fifty pools a collection, on both curves, all with money."""
    sudoswap, trader = world.sudoswap, world.actors.trader
    sent = []
    for number in range(POOLS):
        collection = world.collections[COLLECTIONS[number % len(COLLECTIONS)]]
        exponential = number % 2 == 1
        curve = sudoswap.exponential if exponential else sudoswap.linear
        spot = 9 * ETHER + number * ETHER // 1_000
        delta = 102 * ETHER // 100 if exponential else ETHER // 10
        where = (collection.address, curve, ZERO_ADDRESS)
        shape: tuple[Any, ...] = (0, delta, 0, spot, ZERO_ADDRESS, [])
        sent.append(
            await sudoswap.factory.post(trader, "createPairERC721ETH", *where, *shape, value=20 * ETHER, gas=2_000_000)
        )
    for transaction in sent:
        await world.bench.receipt(transaction)


def _maker(number: int) -> PrivateKey:
    return PrivateKey(keccak(text=f"bench maker {number}"))


def _maker_address(number: int) -> Address:
    return LocalSigner(keccak(text=f"bench maker {number}")).address


async def _fund_maker(world: World, maker: Address) -> None:
    rpc = world.bench.node.call
    await world.weth.send(world.actors.trader, "transfer", maker, 100 * ETHER)
    await rpc("anvil_setBalance", maker, hex(100 * ETHER))
    await rpc("anvil_impersonateAccount", maker)
    await world.weth.send(maker, "approve", world.seaport.seaport.address, 2**256 - 1)


async def gather_market(world: World, reader: Reader) -> Market:
    """The world with the book full, one block before the update."""
    executor, operators = await furnish(world)
    head = await reader.block("latest")
    before = await reader.block(head.number - 1)
    bend = BendDaoV1("bend", 31337, BendDaoV1.Config(addresses_provider=world.bend.provider.address, start_block=0))
    collections = tuple(world.collections[name].address for name in COLLECTIONS)
    curves: Any = {"linear": world.sudoswap.linear, "exponential": world.sudoswap.exponential}
    sudoswap = SudoswapV2(
        "sudoswap",
        31337,
        SudoswapV2.Config(
            factory=world.sudoswap.factory.address,
            curves=curves,
            collections=collections,
            weth=world.weth.address,
            start_block=0,
        ),
    )
    address = world.seaport.seaport.address
    seaport = Seaport(
        "seaport", 31337, Seaport.Config(seaport=address, weth=world.weth.address, collections=collections)
    )
    adapters = Adapters([bend], [sudoswap, seaport])
    book = Book()
    await Knowledge(book, adapters, reader).learn_history(before, executor)
    for log in loan_logs(world, POSITIONS - HITS):
        book.apply_timeless(bend.apply(log, before.timestamp, book).changes)
    for document in orders(world):
        book.apply_timeless(seaport.accept(document, book))
    logs = await reader.logs_of(LogFilter(adapters.interests(book)), head.hash)
    return Market(world, executor, operators, adapters, book, Block(head, logs, 0.0))


def loan_logs(world: World, count: int) -> Iterator[Log]:
    """Loans of a few ether on pieces worth ten, as their contract tells of them."""
    borrower = "0x" + world.actors.borrowers[1][2:].rjust(64, "0")
    types = ["address", "uint256", "address", "uint256", "uint256"]
    for number in range(count):
        collection = world.collections[BEND_COLLECTIONS[number % len(BEND_COLLECTIONS)]].address
        amount = ETHER + number * ETHER // 3_000
        data = encode(types, [collection, 2_000 + number, world.weth.address, amount, RAY])
        loan_id = Hash32(f"0x{1_000 + number:064x}")
        yield Log(
            address=world.bend.loans.address,
            topics=(LOAN_CREATED.topic, Hash32(borrower), Hash32(borrower), loan_id),
            data=data,
            block_number=1,
            block_hash=Hash32("0x" + "00" * 32),
            tx_hash=Hash32(f"0x{number:064x}"),
            tx_index=0,
            log_index=number,
        )


def orders(world: World) -> Iterator[dict[str, Any]]:
    """Collection offers by makers who have the money."""
    seaport = world.seaport.seaport.address
    domain = domain_separator("1.6", 31337, seaport)
    for number in range(ORDERS):
        collection = world.collections[COLLECTIONS[number % len(COLLECTIONS)]].address
        maker = number % MAKERS
        yield _signed(_offer(world.weth.address, collection, maker, number), maker, domain)


def _offer(weth: Address, collection: Address, maker: int, number: int) -> dict[str, Any]:
    pays = str(8 * ETHER + number * ETHER // 5_000)
    owner = _ADDRESSES[maker]
    money = {"itemType": 1, "token": weth, "identifierOrCriteria": "0", "startAmount": pays, "endAmount": pays}
    piece = {
        "itemType": 4,
        "token": collection,
        "identifierOrCriteria": "0",
        "startAmount": "1",
        "endAmount": "1",
        "recipient": owner,
    }
    return {
        "offerer": owner,
        "zone": ZERO_ADDRESS,
        "offer": [money],
        "consideration": [piece],
        "orderType": 0,
        "startTime": "0",
        "endTime": str(_FAR_FUTURE),
        "zoneHash": "0x" + "00" * 32,
        "salt": str(number),
        "conduitKey": "0x" + "00" * 32,
        "counter": "0",
        "totalOriginalConsiderationItems": 1,
    }


def _signed(parameters: dict[str, Any], maker: int, domain: bytes) -> dict[str, Any]:
    order = parse_order({"parameters": parameters, "signature": "0x" + "00" * 65})
    digest = keccak(b"\x19\x01" + domain + bytes.fromhex(order_hash(order)[2:]))
    raw = _KEYS[maker].sign_recoverable(digest, hasher=None)
    return {"parameters": parameters, "signature": "0x" + (raw[:64] + bytes([raw[64] + 27])).hex()}


_KEYS = [_maker(number) for number in range(MAKERS)]
_ADDRESSES = [_maker_address(number) for number in range(MAKERS)]
