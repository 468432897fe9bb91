"""Real blocks of mainnet, served by the recorded node and followed through the block stream."""

import asyncio
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from keeper.chain.backfill import backfill, recent_history
from keeper.chain.codec import Event
from keeper.chain.http_client import HttpClient
from keeper.chain.interests import LogFilter
from keeper.chain.reader import Reader, UnknownBlock
from keeper.chain.rpc import Endpoint, RpcClient, RpcRefused
from keeper.chain.stream import BlockStream, StreamOptions
from keeper.chain.ws_client import WsClient
from keeper.domain.blocks import Block, Committed, LogInterest, next_base_fee
from keeper.domain.errors import ConfigError
from keeper.domain.units import Hash32
from keeper.replay.node import RecordedNode
from keeper.replay.recording import RecordedBlock, load_recording

DATA = Path(os.environ.get("KEEPER_REALDATA", Path(__file__).parents[2] / ".." / "shared" / "data")).resolve()
FOLDER = DATA / "real_blocks_once_upon"
NUMBERS = range(14_000_000, 14_000_013)
TRANSFER = Event.parse("Transfer(address indexed from, address indexed to, uint256 value)")
TRANSFER_721 = Event.parse("Transfer(address indexed from, address indexed to, uint256 indexed tokenId)")
TRANSFER_BARE = Event.parse("Transfer(address from, address to, uint256 tokenId)")
TRANSFERS = [LogInterest(None, frozenset({TRANSFER.topic}))]
FAST = StreamOptions(poll_seconds=0.01, tick_seconds=0.01)

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real blocks in {FOLDER}; set KEEPER_REALDATA"),
]


@pytest.fixture(scope="module")
def recording() -> list[RecordedBlock]:
    return load_recording(FOLDER, NUMBERS)


def client_of(node: RecordedNode, kind: str) -> RpcClient:
    if kind == "ws":
        return WsClient(Endpoint(node.ws_url, chain_id=1))
    return HttpClient(Endpoint(node.url, chain_id=1))


@pytest.mark.parametrize("pause", [0.0, 0.02])
@pytest.mark.parametrize("kind", ["ws", "http"])
async def test_mainnet_blocks_come_without_a_gap_and_each_base_fee_was_predicted(
    recording: list[RecordedBlock], kind: str, pause: float
) -> None:
    async with RecordedNode(recording) as node, client_of(node, kind) as client:
        reader = Reader(client)
        history = await recent_history(reader, NUMBERS[0], depth=0)
        subscribers = [client] if isinstance(client, WsClient) else []
        blocks: list[Block] = []
        async with BlockStream(reader, TRANSFERS, history, subscribers=subscribers, options=FAST) as stream:
            await asyncio.sleep(0.05)
            for _ in NUMBERS[1:]:
                assert await node.advance()
                await asyncio.sleep(pause)
            async with asyncio.timeout(20):
                async for event in stream.events():
                    assert isinstance(event, Committed)
                    blocks.append(event.block)
                    if event.block.header.number == NUMBERS[-1]:
                        break
    headers = [*history, *(block.header for block in blocks)]
    assert [header.number for header in headers] == list(NUMBERS)
    for parent, child in pairwise(headers):
        assert child.parent_hash == parent.hash
        assert next_base_fee(parent) == child.base_fee
    recorded = {
        block.number: [log for log in block.logs if log["topics"] and log["topics"][0] == TRANSFER.topic]
        for block in recording
    }
    for block in blocks:
        assert [log.log_index for log in block.logs] == [
            int(log["logIndex"], 16) for log in recorded[block.header.number]
        ]


async def test_every_transfer_of_the_real_blocks_decodes_as_one_of_its_kinds(
    recording: list[RecordedBlock],
) -> None:
    async with RecordedNode(recording) as node, HttpClient(Endpoint(node.url)) as client:
        await node.play()
        reader = Reader(client)
        blocks = [block async for block in backfill(reader, LogFilter(TRANSFERS), NUMBERS[0], NUMBERS[-1])]
    kinds: Counter[str] = Counter()
    for log in (log for block in blocks for log in block.logs):
        if TRANSFER.matches(log):
            assert TRANSFER.decode(log).value == int.from_bytes(log.data)
            kinds["erc20"] += 1
        elif TRANSFER_721.matches(log):
            assert TRANSFER_721.decode(log).tokenId == int(log.topics[3], 16)
            kinds["erc721"] += 1
        else:  # CryptoKitties, older than the standard
            assert TRANSFER_BARE.decode(log).tokenId == int.from_bytes(log.data[64:])
            kinds["bare"] += 1
    total = sum(log["topics"][:1] == [TRANSFER.topic] for block in recording for log in block.logs)
    assert kinds.total() == total
    assert kinds["erc20"] > 1000
    assert kinds["erc721"] > 100


@pytest.mark.parametrize("kind", ["ws", "http"])
async def test_a_recorded_node_answers_as_a_node_does(recording: list[RecordedBlock], kind: str) -> None:
    async with RecordedNode(recording) as node, client_of(node, kind) as client:
        reader = Reader(client)
        assert await reader.block_number() == NUMBERS[0]
        with pytest.raises(UnknownBlock):
            await reader.block(NUMBERS[1])
        with pytest.raises(UnknownBlock):
            await reader.receipts(Hash32(recording[1].hash))
        with pytest.raises(UnknownBlock):
            await reader.logs_of(LogFilter(TRANSFERS), Hash32(recording[1].hash))
        assert await node.advance()
        head = await reader.block("latest")
        assert head == await reader.block(head.hash) == await reader.block(NUMBERS[1])
        receipts = await reader.receipts(head.hash)
        assert sum(receipt.gas_used for receipt in receipts) == head.gas_used
        assert await reader.receipt(receipts[3].tx_hash) == receipts[3]
        assert await reader.receipt(Hash32("0x" + "00" * 32)) is None
        with pytest.raises(RpcRefused):
            await client.call("eth_sendRawTransaction", "0x00")
        with pytest.raises(RpcRefused):
            await client.call("eth_getBlockByNumber")


def test_all_recorded_blocks_load() -> None:
    blocks = load_recording(FOLDER)
    assert len(blocks) == 20
    for block in blocks:
        used = sum(int(receipt["gasUsed"], 16) for receipt in block.receipts)
        assert used == int(block.header["gasUsed"], 16)


def test_what_is_not_recorded_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_recording(FOLDER, [1])
    assert caught.value.code == "REPLAY_MISSING"
    with pytest.raises(ConfigError) as caught:
        load_recording(tmp_path)
    assert caught.value.code == "REPLAY_MISSING"
    (tmp_path / "7.json.gz").write_bytes(b"not gzip")
    with pytest.raises(ConfigError) as caught:
        load_recording(tmp_path)
    assert caught.value.code == "REPLAY_MALFORMED"
