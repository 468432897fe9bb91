"""The desk: what a strategy is shown of one block."""

from collections.abc import Sequence

from keeper.book import Book, Desk, Due
from keeper.domain import strategy
from keeper.domain.auctions import Auction, English
from keeper.domain.calls import Call
from keeper.domain.debt import Sum
from keeper.domain.env import Env
from keeper.domain.facts import Change
from keeper.domain.positions import Position, PositionKey, PositionState
from keeper.domain.steps import Kind, Role, Settlement, Step
from keeper.domain.triggers import TimeAfter, TriggerResult
from keeper.domain.units import Bps
from tests.support.books import address, moment, stall

KEYS = [PositionKey(1, "lending", "bank", str(n)) for n in range(5)]


def position(key: PositionKey, *auctions: Auction) -> Position:
    state = PositionState.IN_AUCTION if auctions else PositionState.OPEN
    return Position(key, state, address(9), (), Sum(()), {"default": TimeAfter(100)}, (1, 0), auctions)


def auction(opened_at: int) -> Auction:
    return Auction(address(1), opened_at, English(100, 50, Bps(100)), opened_at)


def no_steps(_position: Position, _env: Env) -> Sequence[Step]:
    return ()


def test_actionable_is_each_due_unknown_or_auctioned_position_once() -> None:
    book = Book()
    held = [
        position(KEYS[0]),
        position(KEYS[1]),
        position(KEYS[2], auction(200)),
        position(KEYS[3], auction(100)),
        position(KEYS[4]),
    ]
    book.apply_timeless(Change(one.key, one) for one in held)
    desk: strategy.Desk = Desk(book, Due([KEYS[1]], [KEYS[0], KEYS[2]]), no_steps)
    assert [one.key for one in desk.actionable()] == [KEYS[1], KEYS[0], KEYS[2], KEYS[3]]


def test_running_auctions_come_by_when_they_close() -> None:
    book = Book()
    held = [position(KEYS[0], auction(300)), position(KEYS[1], auction(400), auction(200)), position(KEYS[2])]
    book.apply_timeless(Change(one.key, one) for one in held)
    assert [*book.auctions] == [KEYS[1], KEYS[0]]
    book.apply_timeless([Change(KEYS[1], position(KEYS[1]))])
    assert [*book.auctions] == [KEYS[0]]


def test_a_position_forgotten_since_the_scan_is_not_shown() -> None:
    desk = Desk(Book(), Due([KEYS[0]], []), no_steps)
    assert [*desk.actionable()] == []


def test_steps_are_the_protocols_own() -> None:
    book = Book()
    asked = moment(book)
    step = Step(
        kind=Kind.BID,
        position=KEYS[0],
        piece=None,
        role=Role.ANYONE,
        pre=TriggerResult(now=True),
        settlement=Settlement.SYNC,
        call=Call(address(1), b""),
        gas=1,
    )

    def steps(of: Position, env: Env) -> Sequence[Step]:
        return (step,) if (of.key, env) == (KEYS[0], asked) else ()

    assert Desk(book, Due(), steps).steps(position(KEYS[0]), asked) == (step,)


def test_exits_and_listings_are_the_books() -> None:
    book = Book()
    pool, listing = stall("pool", address(1), buys=True), stall("listing", address(1), sells=True)
    book.apply_timeless([Change(pool.key, pool), Change(listing.key, listing)])
    desk = Desk(book, Due(), no_steps)
    assert [*desk.exits(address(1))] == [pool]
    assert [*desk.listings(address(1))] == [listing]


def test_the_places_of_a_deployment_that_is_shut_are_not_shown() -> None:
    book = Book()
    places = [stall("one", address(1), buys=True, sells=True)]
    book.apply_timeless(Change(place.key, place) for place in places)
    open_desk, shut = Desk(book, Due(), no_steps), Desk(book, Due(), no_steps, {"test"})
    assert list(open_desk.exits(address(1))) == list(open_desk.listings(address(1))) == places
    assert list(shut.exits(address(1))) == list(shut.listings(address(1))) == []
