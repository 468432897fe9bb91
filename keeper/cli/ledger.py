"""``keeper ledger``: what was meant, sent, got and earned."""

import asyncio
from typing import Annotated

import typer

from keeper.cli.common import DEFAULT_CONFIG, Cell, ConfigOption, JsonOption, configuration_at, ether, plain, show_rows
from keeper.config import Configuration
from keeper.ledger import Ledger, LineKind, Listing

_AMOUNTS = ("gain", "tip", "gas_cost", "amount_wei", "capital", "predicted_gain", "predicted_tip", "predicted_gas_cost")


def ledger(
    what: Annotated[Listing | None, typer.Argument(help="What to list; without it, the profit by strategy.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(help="How many rows, newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """The ledger: profit by strategy, or the newest rows of one kind."""
    configuration = configuration_at(config)
    if what is None:
        rows = asyncio.run(_profit(configuration))
        title = "Profit"
    else:
        rows = asyncio.run(_listing(configuration, what, limit))
        title = what.value.capitalize()
    shown = [plain(row) for row in rows] if as_json else [_for_people(row) for row in rows]
    show_rows(title, shown, as_json=as_json, numeric=_AMOUNTS if what else [kind.value for kind in LineKind])


async def _profit(configuration: Configuration) -> list[dict[str, Cell]]:
    async with Ledger.open(configuration.keeper.ledger.reveal(), writer=False) as book:
        profit = await book.profit()
    rows: list[dict[str, Cell]] = [
        {"strategy": strategy, **{kind.value: kinds.get(kind, 0) for kind in LineKind}}
        for strategy, kinds in profit.by_strategy.items()
    ]
    total: dict[str, Cell] = {"strategy": "all", **{kind.value: profit.total(kind) for kind in LineKind}}
    return [
        *({**row, "cost of sales": None, "bound": None, "net": None} for row in rows),
        {**total, "cost of sales": profit.cost_of_sales, "bound": profit.bound, "net": profit.net},
    ]


async def _listing(configuration: Configuration, what: Listing, limit: int) -> list[dict[str, Cell]]:
    async with Ledger.open(configuration.keeper.ledger.reveal(), writer=False) as book:
        return [{key: _cell(value) for key, value in row.items()} for row in await book.listing(what, limit)]


def _cell(value: object) -> Cell:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _for_people(row: dict[str, Cell]) -> dict[str, Cell]:
    """Amounts with their unit; the long record of a decision is for ``keeper explain``."""
    money = {*_AMOUNTS, "cost of sales", "bound", "net", *(kind.value for kind in LineKind)}
    return {
        key: ether(value) if key in money and isinstance(value, int) else value
        for key, value in row.items()
        if key not in {"decision", "numbers"}
    }
