"""Small worlds for tests of the book: headers, a twin of the trigger index that asks every position, made-up places."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from keeper.book import Book, Due
from keeper.domain.blocks import Header
from keeper.domain.denials import DenialCode
from keeper.domain.env import Env
from keeper.domain.markets import PlaceKey, PlaceKind, Quote, Refusal
from keeper.domain.positions import PositionKey
from keeper.domain.units import ZERO_ADDRESS, Address, Hash32, Wei


@cache
def address(number: int) -> Address:
    return Address(f"0x{number:040x}")


def header(number: int, *, fork: int = 0, parent: Header | None = None, timestamp: int | None = None) -> Header:
    """A header of its own for every number and fork, the first on top of nothing we know."""
    return Header(
        number=number,
        hash=Hash32(f"0x{number:032x}{fork:032x}"),
        parent_hash=Hash32("0x" + "f" * 64) if parent is None else parent.hash,
        timestamp=number * 12 if timestamp is None else timestamp,
        base_fee=Wei(10**9),
        gas_used=15_000_000,
        gas_limit=30_000_000,
        coinbase=ZERO_ADDRESS,
    )


def moment(book: Book, *, block: int = 1, timestamp: int = 0) -> Env:
    return Env(block, timestamp, Wei(10**9), book, ZERO_ADDRESS)


def due_by_asking_all(book: Book, env: Env) -> Due:
    """The twin of ``TriggerIndex.due``: evaluates the default trigger of every position."""
    due = Due()
    for key in sorted(key for key in book.keys(PositionKey) if isinstance(key, PositionKey)):
        position = book.get(key)
        trigger = None if position is None else position.triggers.get("default")
        if position is None or trigger is None:
            continue
        verdict = trigger.eval(position, env).now
        if verdict is None:
            due.unknown.append(key)
        elif verdict:
            due.now.append(key)
    return due


@dataclass(frozen=True, slots=True)
class Stall:
    """A place that exists but trades nothing."""

    key: PlaceKey
    collection: Address
    buys: bool = False
    sells: bool = False
    kind: PlaceKind = PlaceKind.OFFER

    def quote_sale(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:
        return Refusal(self.key, DenialCode.EXIT_NONE, (("pieces", len(token_ids)), ("block", env.block)))

    def quote_purchase(self, token_ids: Sequence[int], env: Env) -> Quote | Refusal:
        return self.quote_sale(token_ids, env)


def stall(name: str, collection: Address, *, buys: bool = False, sells: bool = False) -> Stall:
    return Stall(PlaceKey("market", "test", name), collection, buys=buys, sells=sells)
