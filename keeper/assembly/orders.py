"""Signed orders: the files that venues take them from, followed as they grow, or read once."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

from keeper import observe
from keeper.book import Book
from keeper.domain.adapters import TakesOrders
from keeper.domain.errors import SkipItem
from keeper.engine import Adapters
from keeper.engine.engine import Feed, Learning
from keeper.venues.feed import follow, read


def feeds(adapters: Adapters) -> list[Feed]:
    """A feed for each venue that takes orders from a file."""
    return [partial(_orders, venue, path) for _, venue, path in _takers(adapters)]


def learn_orders(adapters: Adapters, book: Book) -> list[SkipItem]:
    """Put into the book what the files hold by now; returns what is no good in them."""
    refused: list[SkipItem] = []
    for _, venue, path in _takers(adapters):
        for order in read(path, refused.append):
            try:
                book.apply_timeless(venue.accept(order.document, book))
            except SkipItem as error:
                refused.append(SkipItem(error.code, f"{order.where}: {error.message}", error.remedy))
    return refused


def count_orders(adapters: Adapters) -> Iterator[tuple[str, Path, int, list[SkipItem]]]:
    """For each venue that takes orders: its deployment, its file, the documents in it, and the lines that are none."""
    for deployment, _, path in _takers(adapters):
        broken: list[SkipItem] = []
        yield deployment, path, sum(1 for _ in read(path, broken.append)), broken


def _takers(adapters: Adapters) -> Iterator[tuple[str, TakesOrders, Path]]:
    for deployment, venue in adapters.venues.items():
        if isinstance(venue, TakesOrders) and deployment not in adapters.halted and venue.orders_file is not None:
            yield deployment, venue, venue.orders_file


async def _orders(venue: TakesOrders, path: Path) -> AsyncIterator[Learning]:
    async for order in follow(path, _broken):
        yield partial(venue.accept, order.document)


def _broken(error: SkipItem) -> None:
    observe.endpoint_failed("feed", error)
