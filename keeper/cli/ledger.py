"""``keeper ledger``: what was meant, sent, got and earned."""

import asyncio
from typing import Annotated, Any

import typer

from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, Row, configuration_at, show_rows
from keeper.cli.words import moment, numbers, short
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
_TIMES = frozenset({"started_at", "ended_at", "decided_at", "written_at", "opened_at", "timestamp"})
_HASHES = frozenset({"tx_hash", "collection", "account"})
_SHOWN = {
    Listing.RUNS: ("id", "mode", "chain_id", "version", "started_at", "ended_at"),
    Listing.INTENTS: ("plan_id", "position", "shape", "decided_block", "decided_at", "predicted_gain", "binds"),
    Listing.SUBMISSIONS: ("plan_id", "target_block", "relay", "state", "written_at", "response"),
    Listing.OUTCOMES: (
        "plan_id",
        "result",
        "block_number",
        "timestamp",
        "gain",
        "tip",
        "gas_cost",
        "tx_hash",
        "detail",
    ),
    Listing.EXPOSURES: ("id", "plan_id", "position", "collection", "token_id", "capital", "state", "opened_at"),
    Listing.ENTRIES: ("id", "kind", "amount_wei", "account", "plan_id", "block_number", "timestamp", "reverted"),
    Listing.DENIALS: ("subject", "code", "first_block", "block", "times", "numbers"),
}
"""What people want to see of a row; programs get all of it."""
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
    shown = rows if as_json else [{key: _said(key, row[key]) for key in _SHOWN[what]} for row in rows]
    show_rows(what.value.capitalize(), shown, as_json=as_json, amounts=_AMOUNTS)


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


def _said(key: str, value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """A value as people read it."""
    if key in _TIMES and isinstance(value, int | float):
        return moment(value)
    if key in _HASHES or key == "response":
        return short(str(value or ""))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return numbers(value) if isinstance(value, dict) else value
