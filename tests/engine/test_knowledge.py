"""Keeping the book true: history, blocks, what they make stale, a node that goes away, a chain that changes its mind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from keeper.book import Book
from keeper.chain.http_client import HttpClient
from keeper.chain.interests import LogFilter
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint
from keeper.devnet.world import World, deployed
from keeper.domain.adapters import Event
from keeper.domain.blocks import Block, Header
from keeper.domain.debt import IndexScaled
from keeper.domain.env import Env
from keeper.domain.errors import SkipItem
from keeper.domain.facts import ParameterKey
from keeper.domain.positions import PositionKey
from keeper.domain.units import ETHER, ZERO_ADDRESS, Address, Wei
from keeper.engine import Adapters
from keeper.engine.knowledge import Knowledge
from keeper.ledger import Ledger
from keeper.protocols.benddao_v1 import BendDaoV1
from keeper.protocols.benddao_v1.records import NftRules
from keeper.protocols.paraspace import ParaSpace
from tests.support.bad_nodes import Proxy
from tests.support.engines import Gifts, make_parts, running, until
from tests.support.go_betweens import Json, go_between
from tests.support.ground import Ground

pytestmark = pytest.mark.timeout(60)

NOBODY = ZERO_ADDRESS
DEBT = Wei(5 * ETHER)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Mines every transaction at once; two loans."""
    async with deployed() as made:
        borrower = made.actors.borrowers[0]
        for token_id in (1, 2):
            await made.mint("apes", borrower, token_id)
            await made.bend.borrow(borrower, made.collections["apes"], token_id, made.weth, DEBT)
        yield made


@asynccontextmanager
async def reader_at(url: str) -> AsyncIterator[Reader]:
    async with HttpClient(Endpoint(url, timeout_seconds=0.3)) as client:
        yield Reader(client)


def bend_of(world: World, name: str = "bend") -> BendDaoV1:
    return BendDaoV1(name, 31337, BendDaoV1.Config(addresses_provider=world.bend.provider.address, start_block=0))


async def learned(reader: Reader, *adapters: BendDaoV1 | ParaSpace) -> Knowledge:
    knowledge = Knowledge(Book(), Adapters(adapters, []), reader)
    await knowledge.learn_history(await reader.block("latest"), NOBODY)
    return knowledge


async def the_head(knowledge: Knowledge, reader: Reader) -> Block:
    head = await reader.block("latest")
    logs = await reader.logs_of(LogFilter(knowledge.adapters.interests(knowledge.book)), head.hash)
    return Block(head, logs, 0.0)


async def nothing_more() -> None:
    return None


def debts(book: Book, head: Header) -> dict[str, int]:
    """What every loan owes in the head's second."""
    env = Env(head.number, head.timestamp, Wei(0), book, NOBODY)
    positions = {key: book.get(key) for key in book.keys(PositionKey) if isinstance(key, PositionKey)}
    return {
        key.native_id: position.debt.owed(env) or 0
        for key, position in positions.items()
        if position is not None and isinstance(position.debt, IndexScaled)
    }


async def told_debts(world: World, *loans: int) -> dict[str, int]:
    views = [await world.bend.loans.view("getLoanReserveBorrowAmount", loan) for loan in loans]
    return {str(loan): answer[1] for loan, answer in zip(loans, views, strict=True)}


def rules(knowledge: Knowledge, collection: Address) -> NftRules:
    found = knowledge.book.get(ParameterKey("bend", "nft", collection))
    assert isinstance(found, NftRules)
    return found


async def test_history_gives_every_loan_its_debt_to_the_wei(world: World) -> None:
    async with reader_at(world.anvil.url) as reader:
        knowledge = await learned(reader, bend_of(world))
        assert debts(knowledge.book, await reader.block("latest")) == await told_debts(world, 1, 2)
        assert knowledge.adapters.halted == {}


async def test_history_tells_what_happened_to_us_and_to_nobody_else(world: World) -> None:
    borrower = world.actors.borrowers[0]
    async with reader_at(world.anvil.url) as reader:
        await world.weth.send(borrower, "deposit", value=20 * ETHER)
        await world.weth.send(borrower, "approve", world.bend.pool.address, 2**256 - 1)
        apes = world.collections["apes"].address
        await world.bend.pool.send(borrower, "repay", apes, 1, 20 * ETHER)
        head = await reader.block("latest")
        for who, expected in ((borrower, [Event.CLOSED]), (NOBODY, [])):
            knowledge = Knowledge(Book(), Adapters([bend_of(world)], []), reader)
            happened = await knowledge.learn_history(head, who)
            assert [each.event for each in happened] == expected


async def test_a_block_reads_again_what_its_logs_made_stale(world: World) -> None:
    async with reader_at(world.anvil.url) as reader:
        knowledge = await learned(reader, bend_of(world))
        apes = world.collections["apes"].address
        assert rules(knowledge, apes).auction_seconds == 24 * 3600
        admin = world.actors.admin
        await world.bend.configurator.send(admin, "configureNftAsAuction", [apes], 24, 48, 500)
        await knowledge.commit(await the_head(knowledge, reader), nothing_more)
    after = rules(knowledge, apes)
    assert (after.redeem_seconds, after.auction_seconds) == (24 * 3600, 48 * 3600)


async def test_a_reorganised_block_leaves_no_trace(world: World) -> None:
    async with reader_at(world.anvil.url) as reader:
        knowledge = await learned(reader, bend_of(world))
        before = knowledge.book.snapshot()
        borrower = world.actors.borrowers[1]
        await world.mint("apes", borrower, 3)
        await world.bend.borrow(borrower, world.collections["apes"], 3, world.weth, DEBT)
        await knowledge.commit(await the_head(knowledge, reader), nothing_more)
        assert knowledge.book.snapshot() != before
        assert len(debts(knowledge.book, await reader.block("latest"))) == 3
        knowledge.book.rollback(1)
        assert knowledge.book.snapshot() == before


async def test_a_node_that_goes_away_in_the_middle_of_a_block_is_waited_for(world: World) -> None:
    async with Proxy(int(world.anvil.url.rpartition(":")[2])) as proxy, reader_at(proxy.url) as reader:
        knowledge = await learned(reader, bend_of(world))
        apes = world.collections["apes"].address
        await world.bend.configurator.send(world.actors.admin, "configureNftAsAuction", [apes], 24, 48, 500)
        block = await the_head(knowledge, reader)
        proxy.refusing = True
        proxy.cut()
        async with asyncio.TaskGroup() as group:
            commit = group.create_task(knowledge.commit(block, nothing_more))
            await asyncio.sleep(0.5)
            assert not commit.done()
            proxy.refusing = False
    assert knowledge.book.head == block.header
    assert rules(knowledge, apes).auction_seconds == 48 * 3600


async def test_an_adapter_that_halts_while_it_reads_leaves_the_others_at_work(world: World) -> None:
    """ParaSpace is told another contract's address as its provider's."""
    async with reader_at(world.anvil.url) as reader:
        wrong = ParaSpace("wrong", 31337, ParaSpace.Config(addresses_provider=world.weth.address, start_block=0))
        knowledge = await learned(reader, wrong, bend_of(world))
        assert set(knowledge.adapters.halted) == {"wrong"}
        assert len(debts(knowledge.book, await reader.block("latest"))) == 2


async def test_news_that_are_no_good_are_left_out(world: World) -> None:
    async with reader_at(world.anvil.url) as reader:
        knowledge = await learned(reader, bend_of(world))
    before = knowledge.book.snapshot()

    def bad(_: object) -> list[object]:
        raise SkipItem("ORDER_MALFORMED", "no order")

    knowledge.learn(bad)  # type: ignore[arg-type]  # it never returns
    assert knowledge.book.snapshot() == before


async def test_a_block_that_leaves_the_chain_while_it_is_read_does_not_hold_up_the_next(
    place: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    """The node says at first that it does not know the block's state yet, and then that there is no such block."""
    silent = False

    def alter(asked: Json, answer: Json) -> Json:
        if silent and asked["method"] == "eth_call":
            return {"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32000, "message": "header not found"}}
        return answer

    world, gifts = place.world, Gifts(place, {})
    async with go_between(world.anvil.url, alter) as url, reader_at(url) as reader:
        adapters = Adapters([bend_of(world)], [])
        parts = make_parts(place, ledger, tmp_path, [gifts], adapters=adapters, reader=reader)
        async with running(parts, place) as engine:
            await engine.next_block()
            silent = True
            apes = world.collections["apes"].address
            arguments = ([apes], 24, 48, 500)
            await world.bend.configurator.post(world.actors.admin, "configureNftAsAuction", *arguments)
            built = await place.relay.build_block()
            await asyncio.sleep(0.3)
            await world.anvil.rpc("anvil_setCoinbase", "0x" + "99" * 20)
            await world.anvil.rpc("anvil_reorg", 1, [])
            silent = False
            head = await place.head()
            assert head.number == built.header.number
            assert head.hash != built.header.hash
            await until(lambda: parts.knowledge.book.head == head)
            await engine.next_block()
            assert parts.knowledge.left == set()
    assert gifts.asked[-1] == head.number + 2
