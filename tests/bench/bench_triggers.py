"""Finding due positions: the trigger index against loops and a numpy scan over every loan; accounts with baskets."""

import gc
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from time import perf_counter_ns
from typing import Any

import numpy as np

from keeper.book import Book
from keeper.domain.env import Env
from keeper.domain.facts import Change, Price
from keeper.domain.fixed_point import ray_mul
from keeper.domain.positions import Position, PositionKey
from keeper.domain.triggers import liquidation_limit
from keeper.domain.units import ETHER, HALF_RAY, RAY, Wei
from tests.bench.frame import MS, SECONDS, Row, Timing, benchmark, measure, time_row
from tests.bench.loans import COLLECTIONS, FLOOR, accounts, book_of, loan, loans, price_key
from tests.support.books import header, moment

LOANS = 1_000_000
ACCOUNTS = 50_000
HITS = 10
SAMPLE = 20_000

Scan = Callable[[Env], list[PositionKey]]


class LoopScan:
    """Every loan in a plain loop, with what loans of one bucket share computed once."""

    def __init__(self, positions: list[Position]) -> None:
        buckets: defaultdict[tuple[Any, Any], list[tuple[int, PositionKey]]] = defaultdict(list)
        for one in positions:
            (debt,) = one.debt.parts()
            buckets[one.triggers["default"], debt.index].append((debt.scaled, one.key))
        self.buckets = dict(buckets)

    def __call__(self, env: Env) -> list[PositionKey]:
        due: list[PositionKey] = []
        for (trigger, index_key), held in self.buckets.items():
            limit, index = liquidation_limit(trigger.collateral, trigger.debt, env), env.index(index_key)
            if limit is not None and index is not None:
                due += [key for scaled, key in held if (scaled * index + HALF_RAY) // RAY > limit]
        return due


class NumpyScan:
    """Every loan as a float64 in one array, those near their limit decided exactly."""

    def __init__(self, loop: LoopScan) -> None:
        self.buckets = list(loop.buckets)
        self.loans = [one for held in loop.buckets.values() for one in held]
        self.scaled = np.array([scaled for scaled, _ in self.loans], dtype=np.float64)
        self.bucket = np.repeat(np.arange(len(self.buckets)), [len(held) for held in loop.buckets.values()])

    def __call__(self, env: Env) -> list[PositionKey]:
        shared = [
            (liquidation_limit(trigger.collateral, trigger.debt, env), env.index(index))
            for trigger, index in self.buckets
        ]
        # What scaled debt the limit comes to, so that each loan costs one gather and one comparison.
        least = np.array([(limit or 0) / ((index or 0) / RAY) * (1 - 1e-9) for limit, index in shared])
        due: list[PositionKey] = []
        for at in np.flatnonzero(self.scaled >= least[self.bucket]):
            limit, index = shared[self.bucket[at]]
            scaled, key = self.loans[at]
            if limit is not None and index is not None and ray_mul(scaled, index) > limit:
                due.append(key)
        return due


@benchmark
def trigger_index() -> Iterator[Row]:
    gc.disable()
    started = perf_counter_ns()
    book = book_of(loans(LOANS))
    yield Row(f"a book of {LOANS:,} loans, made and filled", (perf_counter_ns() - started) / SECONDS, "s")
    gc.enable()
    gc.freeze()
    held = _positions(book)
    loop = LoopScan(held)
    numpy_scan = NumpyScan(loop)
    asked = random.Random(3).sample(held, SAMPLE)
    yield from _quiet_block(book, loop, numpy_scan, asked)
    yield from _oracle_update(book, loop, numpy_scan, asked)
    yield from _single_loans(book)
    gc.unfreeze()


def _quiet_block(book: Book, loop: Scan, numpy_scan: Scan, asked: list[Position]) -> Iterator[Row]:
    seconds = count(12, 12)

    def next_moment() -> Env:
        second = next(seconds)
        return moment(book, block=second // 12, timestamp=second)

    def index_scan(env: Env) -> list[PositionKey]:
        return book.triggers.due(env).now

    timing = measure(index_scan, next_moment, repetitions=2_000)
    name = f"scan of {LOANS:,} loans in 200 buckets, nothing due"
    yield from _against(name, timing, _others(loop, numpy_scan, asked, next_moment))


def _oracle_update(book: Book, loop: Scan, numpy_scan: Scan, asked: list[Position]) -> Iterator[Row]:
    env = moment(book, block=1, timestamp=12)
    key = price_key(COLLECTIONS[7])
    crashed = Change(key, Price(_price_with_hits(book, env), 12, 1))
    blocks = count(1)

    def block_before() -> None:
        number = next(blocks)
        if book.head is not None:
            book.rollback(1)
        book.begin(header(number))

    def update(_: None) -> list[PositionKey]:
        book.apply([crashed])
        book.commit()
        return book.triggers.due(env).now

    timing = measure(update, block_before, repetitions=2_000)
    found = book.triggers.due(env).now
    if len(found) != HITS or sorted(loop(env)) != found or sorted(numpy_scan(env)) != found:
        raise AssertionError("the three scans do not agree")
    name = f"oracle update applied and scanned, {HITS} of {LOANS:,} loans due"
    yield from _against(name, timing, _others(loop, numpy_scan, asked, lambda: env))
    book.rollback(1)


def _price_with_hits(book: Book, env: Env) -> Wei:
    """The highest floor price at which ten loans of the collection are due."""
    low, high = 0, FLOOR
    while high - low > 1:
        middle = (low + high) // 2
        supposed = env.assuming({price_key(COLLECTIONS[7]): Price(Wei(middle), 12, 1)})
        low, high = (middle, high) if len(book.triggers.due(supposed).now) >= HITS else (low, middle)
    return Wei(low)


def _single_loans(book: Book) -> Iterator[Row]:
    numbers = count(LOANS)
    amounts = count(10 * ETHER, ETHER // 1_000)

    def new_loan() -> Position:
        return loan(next(numbers), 3, 2, next(amounts))

    def held_loan() -> PositionKey:
        made = new_loan()
        book.apply_timeless([Change(made.key, made)])
        return made.key

    def insert(made: Position) -> None:
        book.apply_timeless([Change(made.key, made)])

    def remove(key: PositionKey) -> None:
        book.apply_timeless([Change(key, None)])

    yield time_row(f"one loan more among {LOANS:,}", measure(insert, new_loan, repetitions=5_000))
    yield time_row(f"one loan less among {LOANS:,}", measure(remove, held_loan, repetitions=5_000))


def _positions(book: Book) -> list[Position]:
    return [one for one in map(book.get, book.keys(PositionKey)) if isinstance(one, Position)]


def _others(
    loop: Scan, numpy_scan: Scan, asked: list[Position], next_moment: Callable[[], Env]
) -> list[tuple[str, float]]:
    def ask(env: Env) -> None:
        for one in asked:
            one.triggers["default"].eval(one, env)

    return [
        ("plain loop over all, limits once a bucket", measure(loop, next_moment, repetitions=5, warm_up=1).median),
        ("numpy float64 over all, exact near the limit", measure(numpy_scan, next_moment, repetitions=50).median),
        (
            f"every position's own eval ({SAMPLE:,} timed, scaled up)",
            measure(ask, next_moment, repetitions=5, warm_up=1).median * LOANS / SAMPLE,
        ),
    ]


def _against(name: str, timing: Timing, others: list[tuple[str, float]]) -> Iterator[Row]:
    return (time_row(name, timing, against=other) for other in others)


@benchmark
def account_matrix() -> Iterator[Row]:
    book = book_of(accounts(ACCOUNTS))
    seconds = count(12, 12)
    asked = random.Random(3).sample(_positions(book), SAMPLE)

    def next_moment() -> Env:
        second = next(seconds)
        return moment(book, block=second // 12, timestamp=second)

    def ask(env: Env) -> None:
        for one in asked:
            one.triggers["default"].eval(one, env)

    timing = measure(book.triggers.due, next_moment, repetitions=300)
    asking = measure(ask, next_moment, repetitions=5, warm_up=1).median * ACCOUNTS / SAMPLE
    yield time_row(
        f"scan of {ACCOUNTS:,} accounts with baskets of seven",
        timing,
        unit=MS,
        against=(f"every account's exact health ({SAMPLE:,} timed, scaled up)", asking),
    )
