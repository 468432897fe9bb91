"""The book: one writer, blocks that can be taken back, and facts that no rollback takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keeper.book import Book
from keeper.domain.auctions import Auction, English
from keeper.domain.blocks import Header
from keeper.domain.debt import IndexScaled
from keeper.domain.errors import StopProcess
from keeper.domain.facts import Change, IndexKey, Key, ParameterKey, TermsKey
from keeper.domain.markets import PlaceKey
from keeper.domain.positions import Position, PositionKey, PositionState
from keeper.domain.triggers import OracleBelow, TimeAfter
from keeper.domain.units import Bps, Hash32
from tests.support.books import address, header, stall

A, B, C = (ParameterKey("bank", name) for name in "abc")


def block(book: Book, changes: Sequence[Change], *, fork: int = 0) -> Header:
    number = 1 if book.head is None else book.head.number + 1
    opened = header(number, fork=fork, parent=book.head)
    book.begin(opened)
    book.apply(changes)
    book.commit()
    return opened


def test_a_rolled_back_block_leaves_no_trace() -> None:
    book = Book()
    first = block(book, [Change(A, 1), Change(B, 1)])
    before = book.snapshot()
    block(book, [Change(A, 2), Change(B, None), Change(C, 3), Change(A, 4)])
    block(book, [Change(B, 5), Change(C, None)])
    book.rollback_to(first.hash)
    assert book.snapshot() == before
    assert [*book.keys(ParameterKey)] == [A, B]


def test_the_first_block_can_be_rolled_back_too() -> None:
    book = Book()
    block(book, [Change(A, 1)])
    book.rollback(1)
    assert book.snapshot() == Book().snapshot()


def test_an_open_block_is_seen_at_once_and_dropped_by_a_rollback() -> None:
    book = Book()
    head = block(book, [Change(A, 1)])
    book.begin(header(2, parent=head))
    book.apply([Change(A, 2)])
    assert book.get(A) == 2
    assert book.head == head
    book.rollback_to(head.hash)
    assert book.get(A) == 1
    book.begin(header(2, fork=1, parent=head))


def test_a_feeds_fact_survives_the_rollback_of_a_block_that_changed_it() -> None:
    book = Book()
    block(book, [Change(A, "from the block"), Change(B, "from the block")])
    book.apply_timeless([Change(A, "from the feed"), Change(B, None), Change(C, "from the feed")])
    block(book, [Change(A, "filled"), Change(C, None)])
    book.rollback(1)
    assert (book.get(A), book.get(B), book.get(C)) == ("from the feed", None, "from the feed")
    book.rollback(1)
    assert (book.get(A), book.get(B), book.get(C)) == ("from the feed", None, "from the feed")


def test_a_feed_that_repeats_what_a_block_said_makes_it_last() -> None:
    book = Book()
    block(book, [Change(A, "same")])
    book.apply_timeless([Change(A, "same")])
    book.rollback(1)
    assert book.get(A) == "same"


def test_a_block_on_another_parent_is_refused() -> None:
    book = Book()
    block(book, [])
    with pytest.raises(StopProcess, match="BOOK_NOT_A_CHILD"):
        book.begin(header(2, parent=header(1, fork=7)))


def test_changes_outside_a_block_are_refused() -> None:
    book = Book()
    with pytest.raises(StopProcess, match="BOOK_NO_BLOCK"):
        book.apply([Change(A, 1)])
    with pytest.raises(StopProcess, match="BOOK_NO_BLOCK"):
        book.commit()
    book.begin(header(1))
    with pytest.raises(StopProcess, match="BOOK_BLOCK_OPEN"):
        book.begin(header(2))


def test_a_reorg_deeper_than_the_journal_is_refused_and_changes_nothing() -> None:
    book = Book(depth=2)
    first = block(book, [Change(A, 1)])
    for value in (2, 3, 4):
        block(book, [Change(A, value)])
    before = book.snapshot()
    with pytest.raises(StopProcess, match="BOOK_REORG_TOO_DEEP"):
        book.rollback(3)
    with pytest.raises(StopProcess, match="BOOK_REORG_TOO_DEEP"):
        book.rollback_to(first.hash)
    with pytest.raises(StopProcess, match="BOOK_REORG_TOO_DEEP"):
        book.rollback_to(Hash32("0x00"))
    assert book.snapshot() == before
    book.rollback(2)
    assert book.get(A) == 2


POSITION_KEYS = [PositionKey(1, "lending", "bank", str(n)) for n in range(3)]
PLACE_KEYS = [stall(name, address(1)).key for name in "xyz"]
COLLATERAL, DEBT, INDEX = TermsKey("bank", address(1)), TermsKey("bank", address(9)), IndexKey("bank", address(9))


def _position(key: PositionKey, scaled: int, opened_at: int | None, deadline: int | None) -> Position:
    curve = English(100, 50, Bps(100))
    auctions = () if opened_at is None else (Auction(address(1), 7, curve, opened_at),)
    trigger = OracleBelow(COLLATERAL, DEBT) if deadline is None else TimeAfter(deadline)
    state = PositionState.IN_AUCTION if auctions else PositionState.OPEN
    debt = IndexScaled(scaled, INDEX, DEBT)
    return Position(key, state, address(5), (), debt, {"default": trigger}, (1, 1), auctions)


few = st.integers(0, 3)
maybe = st.one_of(st.none(), few)
changes = st.lists(
    st.one_of(
        st.builds(Change, st.sampled_from([A, B, C]), maybe),
        st.builds(
            lambda key, scaled, opened_at, deadline: Change(key, _position(key, scaled, opened_at, deadline)),
            st.sampled_from(POSITION_KEYS),
            few,
            maybe,
            maybe,
        ),
        st.builds(
            lambda name, at, buys, sells: Change(
                PlaceKey("market", "test", name), stall(name, address(at), buys=buys, sells=sells)
            ),
            st.sampled_from("xyz"),
            few,
            st.booleans(),
            st.booleans(),
        ),
        st.builds(Change, st.sampled_from([*POSITION_KEYS, *PLACE_KEYS]), st.none()),
    ),
    max_size=5,
)


@dataclass(frozen=True, slots=True)
class InBlock:
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class FromFeed:
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class NextBlock:
    pass


@dataclass(frozen=True, slots=True)
class Rollback:
    blocks: int


Event = InBlock | FromFeed | NextBlock | Rollback
events = st.lists(
    st.one_of(
        st.builds(InBlock, changes),
        st.builds(FromFeed, changes),
        st.just(NextBlock()),
        st.just(NextBlock()),
        st.builds(Rollback, st.integers(0, 3)),
    ),
    max_size=30,
)


def surviving(path: Sequence[Event]) -> list[Event]:
    """The path without the blocks that it rolls back, and what was done in them; what a feed said is still said."""
    kept: list[Event] = [NextBlock()]
    for event in path:
        if isinstance(event, Rollback):
            undo = 1 + min(event.blocks, sum(isinstance(one, NextBlock) for one in kept) - 1)
            while undo:
                at = max(at for at, one in enumerate(kept) if isinstance(one, NextBlock))
                kept[at:] = [one for one in kept[at:] if isinstance(one, FromFeed)]
                undo -= 1
            kept.append(NextBlock())
        else:
            kept.append(event)
    return kept


def walk(path: Sequence[Event]) -> Book:
    """A book led along a path. ``NextBlock`` commits the open block and opens the next; a rollback drops the open one
    first, and opens another."""
    book = Book()
    number = 0
    for event in path:
        match event:
            case InBlock():
                book.apply(event.changes)
            case FromFeed():
                book.apply_timeless(event.changes)
            case NextBlock():
                if number:
                    book.commit()
                number += 1
                book.begin(header(number, parent=book.head))
            case Rollback():
                blocks = min(event.blocks, number - 1)
                book.rollback(blocks)
                number -= blocks
                book.begin(header(number, parent=book.head))
    return book


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=events)
def test_any_path_of_blocks_and_reorgs_ends_where_the_final_chain_leads_directly(path: list[Event]) -> None:
    wandered, direct = walk([NextBlock(), *path]), walk(surviving(path))
    assert wandered.snapshot() == direct.snapshot()
    fresh = Book()
    fresh.apply_timeless(Change(key, value) for held in direct.snapshot().facts.values() for key, value in held)
    assert wandered.snapshot().derived == fresh.snapshot().derived


def test_keys_are_told_by_kind() -> None:
    book = Book()
    place = stall("x", address(1), buys=True)
    block(book, [Change(A, 1), Change(place.key, place), Change(B, 2)])
    kinds: list[list[Key[object]]] = [[*book.keys(ParameterKey)], [*book.keys(PlaceKey)], [*book.keys(PositionKey)]]
    assert kinds == [[A, B], [place.key], []]
