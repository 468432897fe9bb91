"""Real blocks of mainnet through block stream, adapters and book, as the engine does it.

A recorded node has blocks and logs and no state. What adapters ask of contracts is answered here from a table: addresses
and figures from the recorded transactions themselves, the published auction curve with the minimum that the liquidation
of BAYC #341 shows. What was before the recorded block is an invented parent at the second in which that auction started,
with the logs by which an account comes to a piece, a debt and an auction.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode

from keeper.book import Book
from keeper.chain.backfill import recent_history
from keeper.chain.codec import Event as AbiEvent
from keeper.chain.codec import Function
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint
from keeper.chain.stream import BlockStream, StreamOptions
from keeper.chain.ws_client import WsClient
from keeper.domain.adapters import Event, Happening
from keeper.domain.auctions import DutchExpThenLinear
from keeper.domain.blocks import Block, Committed, Header, next_base_fee
from keeper.domain.env import Env
from keeper.domain.facts import ParameterKey
from keeper.domain.positions import PositionState
from keeper.domain.steps import Kind
from keeper.domain.units import RAY, WAD, ZERO_ADDRESS, Address, Wad
from keeper.engine import Adapters
from keeper.engine.knowledge import Knowledge
from keeper.protocols.benddao_v1 import BendDaoV1
from keeper.protocols.paraspace import ParaSpace
from keeper.protocols.paraspace import abi as para
from keeper.replay.node import RecordedNode
from keeper.replay.recording import RecordedBlock, load_recording
from keeper.venues.seaport import Seaport
from keeper.venues.seaport.contracts import INFORMATION
from keeper.venues.seaport.signature import domain_separator
from keeper.venues.sudoswap_v2 import SudoswapV2
from keeper.venues.sudoswap_v2.contracts import PROTOCOL_FEE, TRANSFER
from tests.support.go_betweens import Json, go_between

DATA = Path(os.environ.get("KEEPER_REALDATA", Path(__file__).parents[2] / ".." / "shared" / "data")).resolve()
FOLDER = DATA / "real_blocks_once_upon"
FAST = StreamOptions(poll_seconds=0.01, tick_seconds=0.01)

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.timeout(60),
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real blocks in {FOLDER}; set KEEPER_REALDATA"),
]

LIQUIDATION = 19_575_404
AUCTION_SECONDS = 57_168
PAID = 10_683_270_000_000_000_000
ORACLE_PRICE = 0xA4BBC6F55D51C000
POOL = Address("0x6d596fdfd3381ebb5ecd526ebcaec8cc2ba019ff")
BAYC = Address("0xbc4ca0eda7647a8ab7c2061c2e118a18a936f13d")
WETH = Address("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2")
N_BAYC = Address("0x7285e8f0186a0a41e73cef7603ad7b80a2d5a793")
P_WETH = Address("0x00287ab9aca50040cd09bb86c0a0c7a593328309")
BORROWER = Address("0x1d96bba027b4f224d3bd6fd28537ac64b1ad7fd2")
LIQUIDATOR = Address("0xd0000d82238adc78c8ce213a30f3ae32de7b000d")
USDC = Address("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48")
V_WETH, PROVIDER, CONFIGURATOR, ORACLE, STRATEGY = (Address(f"0x{number:040x}") for number in range(0xE1, 0xE6))
WHO = Address("0x" + "0e" * 20)
CURVE = DutchExpThenLinear(
    Wad(25 * 10**17), Wad(12 * 10**17), Wad(9 * 10**17), Wad(11022766650000000), Wad(20225927360000000), 900
)
DEBT = 12 * WAD
SEAPORT = Address("0x0000000000000068f116a894984e2db1123eb395")
FACTORY = Address("0xa020d57ab0448ef74115c112d18a9c231cc86000")
LINEAR = Address("0xe5d78fec1a7f42d2f3620238c498f088a866fdc5")

Answer = Callable[[bytes], bytes]
Table = Mapping[tuple[Address, bytes], Answer]
"""By contract and selector: from the arguments to what the view returns."""


def view(function: Function, to: Address, types: Sequence[str], *values: Any) -> tuple[tuple[Address, bytes], Answer]:
    answer = encode(types, values)
    return (to, function.selector), lambda _: answer


def by_address(
    function: Function, to: Address, types: Sequence[str], rows: Mapping[Address, Sequence[Any]]
) -> tuple[tuple[Address, bytes], Answer]:
    return (to, function.selector), lambda data: encode(types, rows[Address("0x" + data[12:32].hex())])


def stateful(table: Table) -> Callable[[Json, Json], Json]:
    """A node with a little state; what is not in it reverts."""

    def alter(asked: Json, answer: Json) -> Json:
        if asked["method"] != "eth_call":
            return answer
        call = asked["params"][0]
        data = bytes.fromhex(call["data"][2:])
        found = table.get((Address(call["to"].lower()), data[:4]))
        if found is None:
            error = {"code": 3, "message": "execution reverted", "data": "0x"}
            return {"jsonrpc": "2.0", "id": asked["id"], "error": error}
        return {"jsonrpc": "2.0", "id": asked["id"], "result": "0x" + found(data[4:]).hex()}

    return alter


@dataclass(frozen=True, slots=True)
class Watched:
    headers: Sequence[Header]
    blocks: Sequence[Block]
    happenings: Sequence[Happening]
    book: Book
    adapters: Adapters


@asynccontextmanager
async def watching(
    blocks: Sequence[RecordedBlock], adapters: Adapters, table: Table
) -> AsyncIterator[tuple[Knowledge, list[Header], BlockStream, RecordedNode]]:
    """The book learned up to the first block, and the stream of the others."""
    async with (
        RecordedNode(blocks) as node,
        go_between(node.url, stateful(table)) as url,
        HttpClient(Endpoint(url, chain_id=1)) as client,
        WsClient(Endpoint(node.ws_url, chain_id=1)) as subscriber,
    ):
        reader = Reader(client)
        history = await recent_history(reader, blocks[0].number, depth=0)
        knowledge = Knowledge(Book(), adapters, reader)
        await knowledge.learn_history(history[-1], WHO)
        interests = adapters.interests(knowledge.book)
        async with BlockStream(reader, interests, history, subscribers=[subscriber], options=FAST) as stream:
            yield knowledge, history, stream, node


async def follow(knowledge: Knowledge, stream: BlockStream, node: RecordedNode, last: int) -> Watched:
    """Every block up to the last into the book."""

    async def nothing_more() -> None:
        return None

    blocks: list[Block] = []
    happenings: list[Happening] = []
    await node.play()
    async for event in stream.events():
        assert isinstance(event, Committed)
        happenings += await knowledge.commit(event.block, nothing_more)
        blocks.append(event.block)
        if event.block.header.number == last:
            break
    return Watched([block.header for block in blocks], blocks, happenings, knowledge.book, knowledge.adapters)


def _word(value: int | str) -> str:
    return f"0x{int(value, 16) if isinstance(value, str) else value:064x}"


def _invented_parent(block: RecordedBlock) -> RecordedBlock:
    """The block before the liquidation's, at the second in which its auction started, with what led to it."""
    number, digest = block.number - 1, block.header["parentHash"]
    events: list[tuple[Address, AbiEvent, list[int | str], bytes]] = [
        (V_WETH, para.MINT, [BORROWER, BORROWER], encode(["uint256"] * 3, [DEBT, 0, RAY])),
        (N_BAYC, para.NFT_TRANSFER, [ZERO_ADDRESS, BORROWER, 341], b""),
        (POOL, para.COLLATERAL_ENABLED, [BAYC, BORROWER], b""),
        (POOL, para.AUCTION_STARTED, [BORROWER, BAYC, 341], b""),
    ]
    logs = tuple(
        {
            "address": contract,
            "topics": [event.topic, *map(_word, topics)],
            "data": "0x" + data.hex(),
            "blockNumber": hex(number),
            "blockHash": digest,
            "transactionHash": _word(index),
            "transactionIndex": hex(index),
            "logIndex": hex(index),
            "removed": False,
        }
        for index, (contract, event, topics, data) in enumerate(events)
    )
    header = block.header | {
        "number": hex(number),
        "hash": digest,
        "parentHash": _word(number),
        "timestamp": hex(_started(block)),
    }
    return RecordedBlock(number, digest, header, (), logs)


def _started(block: RecordedBlock) -> int:
    return int(block.header["timestamp"], 16) - AUCTION_SECONDS


def _paraspace_state(started: int) -> Table:
    row = [
        *("uint256", "uint128", "uint128", "uint128", "uint128", "uint40", "uint16"),
        *("address", "address", "address", "address"),
    ]
    nft = 8_000 << 16 | 10_500 << 32 | 1 << 56 | 1 << 168
    token = 8_600 << 16 | 10_450 << 32 | 18 << 48 | 1 << 56
    reserves = {
        BAYC: (nft, RAY, 0, RAY, 0, started, 0, N_BAYC, ZERO_ADDRESS, ZERO_ADDRESS, STRATEGY),
        WETH: (token, RAY, 0, RAY, 0, started, 1, P_WETH, V_WETH, ZERO_ADDRESS, ZERO_ADDRESS),
    }
    curve = (
        CURVE.highest,
        CURVE.exponential_until,
        CURVE.lowest,
        CURVE.step_linear,
        CURVE.step_exponential,
        CURVE.tick_seconds,
    )

    def multiplier(data: bytes) -> bytes:
        start, now = (int.from_bytes(data[at : at + 32]) for at in (0, 32))
        return encode(["uint256"], [CURVE.multiplier(now - start)])

    return dict(
        [
            view(para.GET_POOL, PROVIDER, ["address"], POOL),
            view(para.GET_CONFIGURATOR, PROVIDER, ["address"], CONFIGURATOR),
            view(para.GET_PRICE_ORACLE, PROVIDER, ["address"], ORACLE),
            view(para.GET_SENTINEL, PROVIDER, ["address"], ZERO_ADDRESS),
            view(para.GET_WETH, PROVIDER, ["address"], WETH),
            view(para.RECOVERY, POOL, ["uint64"], 15 * 10**17),
            view(para.GET_RESERVES_LIST, POOL, ["address[]"], [BAYC, WETH]),
            by_address(para.GET_RESERVE_DATA, POOL, row, reserves),
            view(
                para.GET_AUCTION_DATA,
                POOL,
                ["address", *["uint256"] * 9],
                *(BAYC, 341, started, curve[0], *curve),
            ),
            *(
                view(getter, STRATEGY, ["uint256"], value)
                for getter, value in zip(para.CURVE_GETTERS, curve, strict=True)
            ),
            ((STRATEGY, para.MULTIPLIER_AT.selector), multiplier),
            view(para.BASE_CURRENCY, ORACLE, ["address"], WETH),
            view(para.GET_ASSET_PRICE, ORACLE, ["uint256"], ORACLE_PRICE),
            view(para.GET_XTOKEN_TYPE, N_BAYC, ["uint8"], 1),
            view(para.GET_XTOKEN_TYPE, P_WETH, ["uint8"], 6),
            view(para.IS_USED_AS_COLLATERAL, N_BAYC, ["bool"], True),
            view(para.GET_TRAIT_MULTIPLIER, N_BAYC, ["uint256"], WAD),
            view(para.IS_AUCTIONED, N_BAYC, ["bool"], True),
            view(para.AVG_MULTIPLIER_OF, N_BAYC, ["uint256"], WAD),
        ]
    )


async def test_the_liquidation_of_bayc_341_is_seen_in_its_block_at_the_price_that_we_would_have_paid() -> None:
    (recorded,) = load_recording(FOLDER, [LIQUIDATION])
    config = ParaSpace.Config(addresses_provider=PROVIDER, start_block=LIQUIDATION - 1)
    adapter = ParaSpace("parax", 1, config)
    adapters = Adapters([adapter], [])
    blocks = [_invented_parent(recorded), recorded]
    async with watching(blocks, adapters, _paraspace_state(_started(recorded))) as (knowledge, history, stream, node):
        book = knowledge.book
        position = book.get(adapter.keys.position(BORROWER))
        assert position is not None
        assert position.state is PositionState.IN_AUCTION
        env = Env.after(history[-1], book, WHO, block_seconds=AUCTION_SECONDS)
        (buy,) = [step for step in adapters.steps(position, env) if step.kind is Kind.BUY]
        assert buy.pre.now
        assert buy.pays is not None
        assert buy.pays.amount == PAID == 11_870_300_000_000_000_000 * 9 // 10
        watched = await follow(knowledge, stream, node, LIQUIDATION)
    assert adapters.halted == {}
    piece, tokens = [each for each in watched.happenings if each.event is Event.LIQUIDATED]
    assert (piece.token, piece.token_id, piece.amount, piece.asset) == (BAYC, 341, PAID, WETH)
    assert (piece.account, piece.position) == (LIQUIDATOR, adapter.keys.position(BORROWER))
    assert (tokens.amount, tokens.asset, tokens.position) == (33_744_900_923, USDC, piece.position)
    after = book.get(adapter.keys.account(BORROWER))
    assert after is not None
    assert after.nfts == ()
    sold = book.get(adapter.keys.position(BORROWER))
    assert sold is not None
    assert sold.auctions == ()
    assert all(item.token != BAYC for item in sold.collateral)


async def test_mainnet_blocks_go_through_all_adapters_without_a_gap() -> None:
    """Months before any of the protocols: BendDAO and ParaSpace find no contracts and stand still; the venues go on."""
    numbers = range(14_000_000, 14_000_013)
    recording = load_recording(FOLDER, numbers)
    collections = (Address("0x0233ca02f66edec895ee1cfb02effe49a96a14a4"), BAYC)
    seaport = Seaport("seaport", 1, Seaport.Config(seaport=SEAPORT, weth=WETH, collections=collections))
    sudoswap = SudoswapV2(
        "sudoswap",
        1,
        SudoswapV2.Config(
            factory=FACTORY,
            curves={"linear": LINEAR},
            collections=collections,
            weth=WETH,
            start_block=numbers[0],
        ),
    )
    bend = BendDaoV1("bend", 1, BendDaoV1.Config(addresses_provider=PROVIDER, start_block=numbers[0]))
    parax = ParaSpace("parax", 1, ParaSpace.Config(addresses_provider=PROVIDER, start_block=numbers[0]))
    adapters = Adapters([bend, parax], [sudoswap, seaport])
    domain = domain_separator("1.6", 1, SEAPORT)
    table = dict(
        [
            view(PROTOCOL_FEE, FACTORY, ["uint256"], 5 * 10**15),
            view(INFORMATION, SEAPORT, ["string", "bytes32", "address"], "1.6", domain, ZERO_ADDRESS),
        ]
    )
    async with watching(recording, adapters, table) as (knowledge, history, stream, node):
        watched = await follow(knowledge, stream, node, numbers[-1])
    assert set(adapters.halted) == {"bend", "parax"}
    assert [adapter.deployment for adapter in adapters.live] == ["sudoswap", "seaport"]
    headers = [*history, *watched.headers]
    assert [header.number for header in headers] == list(numbers)
    for parent, child in pairwise(headers):
        assert child.parent_hash == parent.hash
        assert next_base_fee(parent) == child.base_fee
        env = Env.after(parent, watched.book, WHO, 12)
        assert (env.block, env.base_fee) == (child.number, child.base_fee)
    assert watched.book.head == headers[-1]
    moved = [
        log
        for block in recording[1:]
        for log in block.logs
        if log["address"] in collections and log["topics"][:1] == [TRANSFER.topic]
    ]
    seen = [log for block in watched.blocks for log in block.logs if log.address in collections]
    assert [(log.tx_hash, log.log_index) for log in seen] == [
        (log["transactionHash"], int(log["logIndex"], 16)) for log in moved
    ]
    assert len(moved) > 30
    first = next(log for block in recording for log in block.logs if log["address"] == collections[0])
    assert watched.book.get(ParameterKey("sudoswap", "piece", collections[0])) == int(first["topics"][3], 16)
