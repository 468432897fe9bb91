"""Places by collection and side, as their facts come and go."""

import pytest

from keeper.book import Book
from keeper.domain.facts import Change
from keeper.domain.markets import PlaceKey
from keeper.domain.units import Address
from tests.support.books import Stall, address, header, stall

APES, PUNKS = address(1), address(2)


def names(book: Book, collection: Address) -> tuple[list[str], list[str]]:
    places = book.places
    return [p.key.id for p in places.exits(collection)], [p.key.id for p in places.listings(collection)]


def put(book: Book, *stalls: Stall) -> None:
    book.apply_timeless(Change(one.key, one) for one in stalls)


@pytest.fixture
def book() -> Book:
    book = Book()
    put(book, stall("b", APES, buys=True), stall("a", APES, buys=True, sells=True), stall("c", PUNKS, sells=True))
    return book


def test_places_are_found_by_collection_and_side_in_the_order_of_their_keys(book: Book) -> None:
    assert names(book, APES) == (["a", "b"], ["a"])
    assert names(book, PUNKS) == ([], ["c"])
    assert names(book, address(3)) == ([], [])


def test_a_place_that_stops_buying_or_is_gone_is_no_exit(book: Book) -> None:
    put(book, stall("a", APES, sells=True))
    book.apply_timeless([Change(stall("b", APES).key, None)])
    assert names(book, APES) == ([], ["a"])


def test_a_place_is_quoted_as_it_is_now(book: Book) -> None:
    changed = stall("b", PUNKS, buys=True)
    put(book, changed)
    assert names(book, APES) == (["a"], ["a"])
    assert [*book.places.exits(PUNKS)] == [changed]


def test_a_rolled_back_block_gives_the_places_back(book: Book) -> None:
    book.begin(header(1))
    book.apply([Change(PlaceKey("market", "test", name), None) for name in "abc"])
    book.commit()
    assert names(book, APES) == ([], [])
    book.rollback(1)
    assert names(book, APES) == (["a", "b"], ["a"])
