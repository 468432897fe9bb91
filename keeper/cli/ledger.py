"""``keeper ledger``: what was meant, sent, got and earned."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, Row, configuration_at, show_rows
from keeper.config import Configuration
from keeper.ledger import Ledger, LineKind, Listing

_AMOUNTS = frozenset(
    {
        "gain",
        "tip",
        "gas_cost",
        "amount_wei",
        "capital",
        "predicted_gain",
        "predicted_tip",
        "predicted_gas_cost",
        "own_capital",
        "binds",
    }
)
_TIMES = frozenset(
    {
        "started_at",
        "ended_at",
        "created_at",
        "decided_at",
        "written_at",
        "answered_at",
        "opened_at",
        "timestamp",
    }
)
_LONG = frozenset({"decision", "numbers", "block_hash", "bundle_uuid"})
"""For programs, and for ``keeper explain``."""
_SUMS = (*(kind.value for kind in LineKind), "cost_of_sales", "bound", "net")


def ledger(
    what: Annotated[Listing | None, typer.Argument(help="What to list; without it, the profit by strategy.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(min=1, help="How many rows, newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """The ledger: profit by strategy, or the newest rows of one kind."""
    configuration = configuration_at(config)
    if what is None:
        show_rows("Profit", asyncio.run(_profit(configuration)), as_json=as_json, amounts=_SUMS)
        return
    rows = asyncio.run(_listing(configuration, what, limit))
    shown = rows if as_json else [{key: _timed(key, value) for key, value in row.items()} for row in rows]
    show_rows(what.value.capitalize(), shown, as_json=as_json, amounts=_AMOUNTS, hidden=_LONG)


async def _profit(configuration: Configuration) -> list[Row]:
    async with Ledger.open(configuration.keeper.ledger.reveal(), writer=False) as book:
        profit = await book.profit()
    nothing: Row = dict.fromkeys(("cost_of_sales", "bound", "net"))
    rows: list[Row] = [
        {"strategy": strategy, **{kind.value: kinds.get(kind, 0) for kind in LineKind}, **nothing}
        for strategy, kinds in profit.by_strategy.items()
    ]
    total: Row = {
        "strategy": "all",
        **{kind.value: profit.total(kind) for kind in LineKind},
        "cost_of_sales": profit.cost_of_sales,
        "bound": profit.bound,
        "net": profit.net,
    }
    return [*rows, total]


async def _listing(configuration: Configuration, what: Listing, limit: int) -> list[Row]:
    async with Ledger.open(configuration.keeper.ledger.reveal(), writer=False) as book:
        return [dict(row) for row in await book.listing(what, limit)]


def _timed(key: str, value: object) -> object:
    """Seconds as a moment, for people."""
    return (
        f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S}"
        if key in _TIMES and isinstance(value, int | float)
        else value
    )
