"""Books of many made-up loans and accounts, as large as benchmarks need them."""

import random
from collections.abc import Iterator

from keeper.book import Book
from keeper.domain.debt import IndexScaled, Sum
from keeper.domain.facts import AssetTerms, Change, Compounding, Index, IndexKey, Price, PriceKey, TermsKey
from keeper.domain.health import AccountHealth
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionKey, PositionState
from keeper.domain.triggers import OracleBelow
from keeper.domain.units import ETHER, RAY, WAD, Bps, Ray, Wei
from tests.support.books import address

COLLECTIONS = [TermsKey("bank", address(n)) for n in range(1, 51)]
TOKENS = [TermsKey("bank", address(n)) for n in range(101, 105)]
DEBT_INDEXES = [IndexKey("bank", terms.asset) for terms in TOKENS]
FLOOR = 50 * ETHER
THRESHOLD = 8_000


def price_key(terms: TermsKey) -> PriceKey:
    return PriceKey("oracle", terms.asset)


def market() -> Iterator[Change]:
    """Collections at one floor price, tokens at one ETH, reserves whose debts grow by a tenth a year."""
    for terms in COLLECTIONS:
        yield Change(terms, AssetTerms(price_key(terms), 1, Bps(THRESHOLD), is_nft=True))
        yield Change(price_key(terms), Price(Wei(FLOOR), 0, 0))
    for terms in TOKENS:
        yield Change(terms, AssetTerms(price_key(terms), ETHER, Bps(THRESHOLD), Bps(10_500)))
        yield Change(price_key(terms), Price(Wei(ETHER), 0, 0))
        for side in ("debt", "supply"):
            growing = Index(Ray(RAY * 11 // 10), Ray(RAY // 10), 0, Compounding.AAVE_V2)
            yield Change(IndexKey("bank", terms.asset, side), growing)


def loan(number: int, collection: int, token: int, scaled: int) -> Position:
    """A loan on one piece."""
    return Position(
        key=PositionKey(1, "lending", "bank", str(number)),
        state=PositionState.OPEN,
        debtor=address(9_999),
        collateral=_PIECES[collection],
        debt=IndexScaled(scaled, DEBT_INDEXES[token], TOKENS[token]),
        triggers=_TRIGGERS[collection, token],
        version=(1, number),
    )


_PIECES = [(CollateralItem(ItemKind.ERC721, terms.asset, terms),) for terms in COLLECTIONS]
_TRIGGERS = {
    (collection, token): {"default": OracleBelow(COLLECTIONS[collection], TOKENS[token])}
    for collection in range(len(COLLECTIONS))
    for token in range(len(TOKENS))
}


def loans(count: int) -> Iterator[Position]:
    """Loans spread evenly over every bucket, each owing between a twentieth and nine tenths of its limit."""
    chance = random.Random(1)
    limit = FLOOR * THRESHOLD // 10_000
    for number in range(count):
        collection, token = number % len(COLLECTIONS), number // len(COLLECTIONS) % len(TOKENS)
        yield loan(number, collection, token, int(limit * chance.uniform(0.05, 0.9) / 1.1))


def accounts(count: int) -> Iterator[Position]:
    """Healthy accounts with three pieces of two collections, two tokens and two debts."""
    chance = random.Random(2)
    trigger = {"default": AccountHealth(WAD)}
    for number in range(count):
        first, second = chance.sample(COLLECTIONS, 2)
        saved, other = chance.sample(range(len(TOKENS)), 2)
        pieces = [CollateralItem(ItemKind.ERC721, terms.asset, terms, number) for terms in (first, first, second)]
        tokens = [
            CollateralItem(ItemKind.ERC20, TOKENS[at].asset, TOKENS[at], quantity=chance.randrange(10 * ETHER))
            for at in (saved, other)
        ]
        debts = [IndexScaled(chance.randrange(50 * ETHER), DEBT_INDEXES[at], TOKENS[at]) for at in (saved, other)]
        yield Position(
            key=PositionKey(1, "lending", "bank", f"account {number}"),
            state=PositionState.OPEN,
            debtor=address(9_999),
            collateral=(*pieces, *tokens),
            debt=Sum(tuple(debts)),
            triggers=trigger,
            version=(1, number),
        )


def book_of(positions: Iterator[Position]) -> Book:
    """A book of the market and these positions, before its first block."""
    book = Book()
    book.apply_timeless(market())
    book.apply_timeless(Change(one.key, one) for one in positions)
    return book
