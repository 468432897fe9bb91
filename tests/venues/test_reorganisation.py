"""The venues on the real book: blocks that are undone take everything with them, blocks that come instead bring theirs."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from keeper.book import Book
from keeper.domain.adapters import Adapter
from keeper.domain.blocks import Header, Log
from keeper.domain.facts import Key
from keeper.domain.markets import Quote
from keeper.domain.orders import Offer
from keeper.domain.units import ETHER, Wei, to_address, to_hash
from tests.execution.contracts.chain import LocalChain, local_chain
from tests.support.seaport import MAKERS, SeaportWorld, deploy_seaport
from tests.support.sudoswap import Sudoswap, deploy_sudoswap
from tests.support.venue_chain import drive, log_of, send_all


@pytest.fixture(name="sudoswap")
def _sudoswap() -> Iterator[Sudoswap]:
    with local_chain() as chain:
        yield deploy_sudoswap(chain)


@pytest.fixture(name="seaport")
def _seaport() -> Iterator[SeaportWorld]:
    with local_chain() as chain:
        yield deploy_seaport(chain)


def header_of(block: dict[str, Any]) -> Header:
    numbers = {name: int(block[name], 16) for name in ("number", "timestamp", "gasUsed", "gasLimit", "baseFeePerGas")}
    return Header(
        numbers["number"],
        to_hash(block["hash"]),
        to_hash(block["parentHash"]),
        numbers["timestamp"],
        Wei(numbers["baseFeePerGas"]),
        numbers["gasUsed"],
        numbers["gasLimit"],
        to_address(block["miner"]),
    )


def follow(chain: LocalChain, adapter: Adapter, book: Book) -> None:
    """Every block after the book's head, as the engine takes it in; facts are read at the chain's head."""
    first = 0 if book.head is None else book.head.number + 1
    for number in range(first, chain.head() + 1):
        header = header_of(chain.rpc("eth_getBlockByNumber", hex(number), False))
        book.begin(header)
        stale: dict[Key[object], None] = {}
        for entry in chain.rpc("eth_getLogs", {"blockHash": header.hash}):
            log: Log = log_of(entry)
            if any(interest.wants(log) for interest in adapter.interests(book)):
                applied = adapter.apply(log, header.timestamp, book)
                book.apply(applied.changes)
                stale.update(dict.fromkeys(applied.stale))
        if stale:
            book.apply(drive(chain, adapter.refresh(list(stale), book)))
        book.commit()


def test_pools_are_taken_back_with_their_blocks(sudoswap: Sudoswap) -> None:
    chain, adapter, book = sudoswap.chain, sudoswap.adapter, Book()
    pair = sudoswap.create("trade", balance=5 * ETHER)
    follow(chain, adapter, book)
    before, depth = book.snapshot(), chain.head()
    fork = chain.rpc("evm_snapshot")
    other = sudoswap.create(spot=7 * ETHER)
    env = sudoswap.follower.env(sudoswap.seller)
    place = next(iter(book.places.exits(sudoswap.nft)))
    quote = place.quote_sale([1, 2], env)
    assert isinstance(quote, Quote)
    book_env = replace(env, facts=book)
    send_all(chain, sudoswap.seller, adapter.sale_calls(quote, book_env))
    follow(chain, adapter, book)
    assert {exit_.key.id for exit_ in book.places.exits(sudoswap.nft)} == {pair, other}
    assert book.snapshot() != before
    book.rollback(chain.head() - depth)
    assert book.snapshot() == before
    chain.rpc("evm_revert", fork)
    chain.invoke(sudoswap.owner, pair, "changeSpotPrice(uint128)", 3 * ETHER)
    follow(chain, adapter, book)
    (place,) = book.places.exits(sudoswap.nft)
    assert place == book.get(sudoswap.key(pair))
    quote = place.quote_sale([1], book_env)
    assert isinstance(quote, Quote)
    assert quote.gross == 3 * ETHER


def test_a_filled_offer_lives_again_when_its_block_is_undone(seaport: SeaportWorld) -> None:
    chain, adapter, book = seaport.chain, seaport.adapter, Book()
    book.apply_timeless(drive(chain, adapter.bootstrap(book)))
    follow(chain, adapter, book)
    book.apply_timeless(adapter.accept(seaport.offer(ETHER), book))
    (place,) = book.places.exits(seaport.nft)
    assert isinstance(place, Offer)
    book.apply_timeless(drive(chain, adapter.refresh([place.status_key], book)))
    before, depth = book.snapshot(), chain.head()
    env = replace(seaport.follower.env(seaport.taker), facts=book)
    quote = place.quote_sale([1], env)
    assert isinstance(quote, Quote)
    send_all(chain, seaport.taker, adapter.sale_calls(quote, env))
    chain.invoke(to_address(MAKERS[0].address), seaport.seaport, "incrementCounter()")
    follow(chain, adapter, book)
    assert not isinstance(place.quote_sale([2], env), Quote)
    book.rollback(chain.head() - depth)
    assert book.snapshot() == before
    assert isinstance(place.quote_sale([2], env), Quote)
