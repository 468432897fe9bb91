"""The trigger index against its twin, which asks every position, through random events, rollbacks and moments."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keeper.book import Book
from keeper.book.buckets import least_scaled
from keeper.domain.debt import DebtModel, IndexScaled, Sum
from keeper.domain.env import Env
from keeper.domain.facts import AssetTerms, Change, Compounding, Index, IndexKey, Price, PriceKey, TermsKey
from keeper.domain.fixed_point import ray_mul
from keeper.domain.health import AccountHealth, account_health
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionKey, PositionState
from keeper.domain.triggers import AllOf, OracleBelow, TimeAfter, Trigger
from keeper.domain.units import RAY, WAD, Bps, Ray, Wei
from tests.support.books import address, due_by_asking_all, header, moment

PIECES = [TermsKey("bank", address(n)) for n in (1, 2, 3)]
TOKENS = [TermsKey("bank", address(n)) for n in (11, 12)]
ASSETS = PIECES + TOKENS
DEBT_INDEXES = [IndexKey("bank", terms.asset) for terms in TOKENS]
SUPPLY_INDEXES = [IndexKey("bank", terms.asset, "supply") for terms in TOKENS]
POSITIONS = [PositionKey(1, "lending", "bank", str(n)) for n in range(8)]


def price_key(terms: TermsKey) -> PriceKey:
    return PriceKey("oracle", terms.asset)


# Small numbers make every rounding matter; large ones are where floats cannot tell neighbours apart.
amounts = st.one_of(
    st.integers(0, 40), st.integers(10**18 - 3, 10**18 + 3), st.integers(0, 10**24), st.integers(0, 2**112)
)
rays = st.one_of(st.integers(RAY - 2, RAY + 2), st.integers(0, 3 * RAY), st.sampled_from([0, RAY // 2, 2 * RAY]))
rates = st.one_of(st.just(0), st.integers(0, 10 * RAY))
weights = st.one_of(st.just(WAD), st.integers(0, 5 * WAD))
times = st.integers(0, 400)

one_debt = st.builds(
    lambda at, scaled: IndexScaled(scaled, DEBT_INDEXES[at], TOKENS[at]), st.integers(0, len(TOKENS) - 1), amounts
)
piece_items = st.builds(
    lambda at, token_id, weight: CollateralItem(ItemKind.ERC721, PIECES[at].asset, PIECES[at], token_id, weight=weight),
    st.integers(0, len(PIECES) - 1),
    st.integers(0, 9),
    weights,
)
token_items = st.builds(
    lambda at, quantity: CollateralItem(ItemKind.ERC20, TOKENS[at].asset, TOKENS[at], quantity=quantity),
    st.integers(0, len(TOKENS) - 1),
    amounts,
)
means = st.lists(st.tuples(st.sampled_from([terms.asset for terms in PIECES]), weights), max_size=2).map(tuple)
clocks = st.builds(TimeAfter, times, st.booleans())
loans = st.builds(OracleBelow, st.sampled_from(PIECES), st.sampled_from(TOKENS), st.booleans())
healths = st.builds(AccountHealth, st.sampled_from([WAD, WAD - 1, WAD // 2, 3 * WAD, 0]))
both: st.SearchStrategy[Trigger] = st.lists(st.one_of(clocks, loans, healths), max_size=3).map(AllOf)


def position(
    key: PositionKey,
    trigger: Trigger | None,
    debt: DebtModel,
    items: list[CollateralItem] | None = None,
    mean_weights: tuple[tuple[Any, int], ...] = (),
) -> Position:
    return Position(
        key=key,
        state=PositionState.OPEN,
        debtor=address(99),
        collateral=tuple(items or ()),
        debt=debt,
        triggers={} if trigger is None else {"default": trigger},
        version=(1, 0),
        mean_weights=mean_weights,
    )


sums = st.lists(one_debt, max_size=3).map(lambda debts: Sum(tuple(debts)))
baskets = st.lists(st.one_of(piece_items, token_items), max_size=6)
positions = st.one_of(
    st.builds(position, st.sampled_from(POSITIONS), loans, one_debt),
    st.builds(position, st.sampled_from(POSITIONS), healths, sums, baskets, means),
    st.builds(position, st.sampled_from(POSITIONS), st.one_of(clocks, st.none()), one_debt),
    st.builds(position, st.sampled_from(POSITIONS), both, one_debt, baskets, means),
)

prices = st.builds(
    lambda value, expires: Price(Wei(value), 0, 0, expires), amounts, st.one_of(st.none(), st.integers(0, 20))
)
terms_of_tokens = st.builds(
    lambda at, unit, threshold, bonus, priced: Change(
        TOKENS[at],
        AssetTerms(price_key(TOKENS[at]) if priced else None, unit, Bps(threshold), Bps(bonus)),
    ),
    st.integers(0, len(TOKENS) - 1),
    st.sampled_from([1, 10**6, 10**18]),
    st.one_of(st.just(0), st.integers(0, 10_000)),
    st.integers(1, 12_000),
    st.booleans(),
)
terms_of_pieces = st.builds(
    lambda terms, threshold: Change(terms, AssetTerms(price_key(terms), 1, Bps(threshold), is_nft=True)),
    st.sampled_from(PIECES),
    st.sampled_from([0, 1, 2, 5_000, 9_000, 10_000]),
)
indexes = st.builds(
    lambda key, value, rate, at, how: Change(key, Index(Ray(value), Ray(rate), at, how)),
    st.sampled_from(DEBT_INDEXES + SUPPLY_INDEXES),
    rays,
    rates,
    times,
    st.sampled_from(list(Compounding)),
)
forgotten = st.sampled_from(
    [*POSITIONS, *ASSETS, *DEBT_INDEXES, *SUPPLY_INDEXES, *(price_key(terms) for terms in ASSETS)]
).map(lambda key: Change(key, None))
repricings = st.builds(lambda terms, price: Change(price_key(terms), price), st.sampled_from(ASSETS), prices)
moves = st.one_of(
    positions.map(lambda made: Change(made.key, made)),
    positions.map(lambda made: Change(made.key, made)),
    repricings,
    terms_of_tokens,
    terms_of_pieces,
    indexes,
    forgotten,
)


@dataclass(frozen=True, slots=True)
class Rollback:
    blocks: int


@dataclass(frozen=True, slots=True)
class NextBlock:
    changes: list[Change]


steps = st.lists(
    st.one_of(
        st.lists(moves, min_size=1, max_size=6).map(NextBlock),
        st.lists(moves, min_size=1, max_size=6).map(NextBlock),
        st.builds(Rollback, st.integers(1, 3)),
    ),
    min_size=1,
    max_size=12,
)
grounds = st.tuples(
    st.lists(terms_of_pieces, min_size=3, max_size=3),
    st.lists(terms_of_tokens, min_size=2, max_size=2),
    st.lists(indexes, min_size=2, max_size=4),
    st.lists(repricings, min_size=3, max_size=5),
    st.lists(positions.map(lambda made: Change(made.key, made)), min_size=2, max_size=8),
).map(lambda parts: [change for part in parts for change in part])


def follow(book: Book, path: list[NextBlock | Rollback], look: Callable[[], None]) -> None:
    """Walk a book along a path of blocks and reorgs, looking after every step."""
    number = fork = 0
    for step in path:
        if isinstance(step, Rollback):
            number -= min(step.blocks, number)
            book.rollback(min(step.blocks, 0 if book.head is None else book.head.number))
        else:
            number, fork = number + 1, fork + 1
            book.begin(header(number, fork=fork, parent=book.head))
            book.apply(step.changes)
            book.commit()
        look()


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ground=grounds, path=steps, ages=st.lists(times, min_size=1, max_size=3), assumed=st.lists(moves, max_size=3))
def test_due_is_what_asking_every_position_says(
    ground: list[Change], path: list[NextBlock | Rollback], ages: list[int], assumed: list[Change]
) -> None:
    book = Book()
    instead = {change.key: change.value for change in assumed if not isinstance(change.key, PositionKey)}

    def look() -> None:
        for age in ages:
            block = 1 + age // 12
            env = moment(book, block=block, timestamp=age)
            assert book.triggers.due(env) == due_by_asking_all(book, env)
            supposed = env.assuming(instead)
            assert book.triggers.due(supposed) == due_by_asking_all(book, supposed)

    follow(book, [NextBlock(ground), *path], look)


@settings(max_examples=500, deadline=None)
@given(limit=amounts, index=rays, strict=st.booleans())
def test_least_scaled_is_the_first_debt_over_the_limit(limit: int, index: int, *, strict: bool) -> None:
    def over(scaled: int) -> bool:
        owed = ray_mul(scaled, index)
        return owed > limit if strict else owed >= limit

    least = least_scaled(Wei(limit), Ray(index), strict=strict)
    if least is None:
        assert not over(2**256)
    else:
        assert over(max(least, 0))
        assert least <= 0 or not over(least - 1)


ACCOUNT = POSITIONS[0]


@settings(max_examples=500, deadline=None)
@given(
    items=st.lists(st.one_of(piece_items, token_items), min_size=1, max_size=6),
    mean_weights=means,
    below=st.sampled_from([WAD, 3 * WAD // 2, WAD // 3]),
    floor=st.integers(1, 10**21),
    thresholds=st.lists(st.integers(1, 10_000), min_size=3, max_size=3),
    bonus=st.integers(10_000, 11_000),
    unit_and_index=st.tuples(st.sampled_from([10**6, 10**18]), st.one_of(st.just(RAY), st.integers(RAY // 2, 3 * RAY))),
    off=st.integers(-3, 3),
)
def test_accounts_at_the_line_are_told_apart(
    items: list[CollateralItem],
    mean_weights: tuple[tuple[Any, int], ...],
    below: int,
    floor: int,
    thresholds: list[int],
    bonus: int,
    unit_and_index: tuple[int, int],
    off: int,
) -> None:
    book, env = _bank(floor, thresholds, bonus, *unit_and_index)

    def owing(scaled: int) -> Position:
        debts = (IndexScaled(scaled, DEBT_INDEXES[0], TOKENS[0]),)
        return position(ACCOUNT, AccountHealth(below), Sum(debts), items, mean_weights)

    safe, short = 0, 2**200
    while short - safe > 1:
        middle = (safe + short) // 2
        health = account_health(owing(middle), env)
        assert health is not None
        safe, short = (safe, middle) if health.nft_factor < below else (middle, short)
    book.apply_timeless([Change(ACCOUNT, owing(max(short + off, 0)))])
    due = book.triggers.due(env)
    assert due == due_by_asking_all(book, env)
    assert due.now == ([ACCOUNT] if off >= 0 else [])


@pytest.mark.parametrize("seed", range(10))
def test_no_account_that_is_just_short_is_missed(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        floor = chance.choice([chance.randrange(1, 10**6), chance.randrange(10**20, 10**21)])
        thresholds = [chance.randint(1, 10_000) for _ in PIECES]
        unit, index = chance.choice([10**6, 10**18]), chance.randint(RAY // 2, 3 * RAY)
        book, env = _bank(floor, thresholds, chance.randint(10_000, 11_000), unit, index)
        items = [CollateralItem(ItemKind.ERC721, terms.asset, terms) for terms in PIECES[: chance.randint(1, 3)]]
        items += [
            CollateralItem(ItemKind.ERC20, terms.asset, terms, quantity=chance.randrange(10**6)) for terms in TOKENS
        ]
        book.apply_timeless([Change(ACCOUNT, _first_short(items, env))])
        assert book.triggers.due(env).now == [ACCOUNT]


def _first_short(items: list[CollateralItem], env: Env) -> Position:
    """The account with the least debt whose exact health is under one."""

    def owing(scaled: int) -> Position:
        debts = (IndexScaled(scaled, DEBT_INDEXES[0], TOKENS[0]),)
        return position(ACCOUNT, AccountHealth(WAD), Sum(debts), items)

    safe, short = 0, 2**200
    while short - safe > 1:
        middle = (safe + short) // 2
        health = account_health(owing(middle), env)
        assert health is not None
        safe, short = (safe, middle) if health.nft_factor < WAD else (middle, short)
    return owing(short)


def _bank(floor: int, thresholds: list[int], bonus: int, unit: int = 10**18, index: int = RAY) -> tuple[Book, Env]:
    """A bank of three collections and two tokens of one ETH each; every index stands still."""
    book = Book()
    book.apply_timeless(
        [
            *(
                Change(terms, AssetTerms(price_key(terms), 1, Bps(threshold), is_nft=True))
                for terms, threshold in zip(PIECES, thresholds, strict=True)
            ),
            *(Change(terms, AssetTerms(price_key(terms), unit, Bps(7_000), Bps(bonus))) for terms in TOKENS),
            *(Change(price_key(terms), Price(Wei(floor + at), 0, 0)) for at, terms in enumerate(PIECES)),
            *(Change(price_key(terms), Price(Wei(10**18), 0, 0)) for terms in TOKENS),
            *(
                Change(key, Index(Ray(index), Ray(0), 0, Compounding.LINEAR))
                for key in (*DEBT_INDEXES, *SUPPLY_INDEXES)
            ),
        ]
    )
    return book, moment(book)


@pytest.fixture
def bank() -> tuple[Book, Env]:
    return _bank(floor=10**18, thresholds=[9_000, 8_000, 7_000], bonus=10_500)


def loan(at: int, scaled: int, trigger: Trigger | None = None) -> Position:
    return position(
        POSITIONS[at], trigger or OracleBelow(PIECES[0], TOKENS[0]), IndexScaled(scaled, DEBT_INDEXES[0], TOKENS[0])
    )


def put(book: Book, *held: Position) -> None:
    book.apply_timeless(Change(one.key, one) for one in held)


def test_a_loan_at_its_limit_is_due_only_where_the_boundary_counts(bank: tuple[Book, Env]) -> None:
    book, env = bank
    limit = 9 * 10**17
    put(book, loan(0, limit), loan(1, limit, OracleBelow(PIECES[0], TOKENS[0], strict=False)), loan(2, limit + 1))
    assert book.triggers.due(env).now == [POSITIONS[1], POSITIONS[2]]


def test_an_expired_price_makes_loans_unknown_and_not_safe(bank: tuple[Book, Env]) -> None:
    book, env = bank
    put(book, loan(0, 1))
    book.apply_timeless([Change(price_key(PIECES[0]), Price(Wei(10**18), 0, 0, expires_after_block=5))])
    assert not book.triggers.due(replace(env, block=5)).unknown
    assert book.triggers.due(replace(env, block=6)).unknown == [POSITIONS[0]]


def test_a_debt_in_an_asset_without_value_is_unknown_and_not_safe(bank: tuple[Book, Env]) -> None:
    book, env = bank
    put(book, loan(0, 1))
    book.apply_timeless([Change(price_key(TOKENS[0]), Price(Wei(0), 0, 0))])
    assert book.triggers.due(env).unknown == [POSITIONS[0]]


def test_a_loan_of_several_debts_is_asked_itself(bank: tuple[Book, Env]) -> None:
    book, env = bank
    half = IndexScaled(45 * 10**16, DEBT_INDEXES[0], TOKENS[0])
    more = replace(half, scaled=half.scaled + 1)
    for at, debts in enumerate([(half, half), (half, more), ()]):
        put(book, position(POSITIONS[at], OracleBelow(PIECES[0], TOKENS[0]), Sum(debts)))
    assert book.triggers.due(env).now == [POSITIONS[1]]


def test_a_price_that_is_only_assumed_makes_loans_due_only_in_the_assumption(bank: tuple[Book, Env]) -> None:
    book, env = bank
    put(book, loan(0, 8 * 10**17))
    crash = env.assuming({price_key(PIECES[0]): Price(Wei(10**17), 0, 0)})
    assert book.triggers.due(crash).now == [POSITIONS[0]]
    assert not book.triggers.due(env).now


def test_a_clock_makes_a_loan_due_at_its_second(bank: tuple[Book, Env]) -> None:
    book, env = bank
    put(book, loan(0, 0, TimeAfter(100)), loan(1, 0, TimeAfter(100, strict=True)))
    assert book.triggers.due(replace(env, timestamp=99)).now == []
    assert book.triggers.due(replace(env, timestamp=100)).now == [POSITIONS[0]]
    assert book.triggers.due(replace(env, timestamp=101)).now == [POSITIONS[0], POSITIONS[1]]


def test_a_position_that_is_gone_or_has_no_trigger_is_never_due(bank: tuple[Book, Env]) -> None:
    book, env = bank
    put(book, loan(0, 10**30), replace(loan(1, 10**30), triggers={}))
    book.apply_timeless([Change(POSITIONS[0], None)])
    assert book.triggers.due(env).now == []
