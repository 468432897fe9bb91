"""``keeper positions``: every loan and account, nearest to liquidation first."""

import asyncio
from typing import Annotated

import typer

from keeper.cli.common import (
    DEFAULT_CONFIG,
    Cell,
    ConfigOption,
    JsonOption,
    configuration_at,
    ether,
    plain,
    show_rows,
    view_of,
)
from keeper.config import Configuration
from keeper.domain.env import Env
from keeper.domain.health import account_health
from keeper.domain.positions import ItemKind, Position, PositionKey
from keeper.domain.triggers import OracleBelow, liquidation_limit
from keeper.domain.units import WAD


def positions(
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(help="How many to show.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Every loan and account of the enabled protocols as of the head, nearest to liquidation first."""
    rows = asyncio.run(_rows(configuration_at(config)))
    shown = [{key: plain(value) if as_json else value for key, value in row.items()} for row in rows[:limit]]
    show_rows(f"Positions ({len(rows)})", shown, as_json=as_json, numeric=("health", "debt"))


async def _rows(configuration: Configuration) -> list[dict[str, Cell]]:
    async with view_of(configuration) as view:
        known = (view.book.get(key) for key in view.book.keys(PositionKey))
        held = [position for position in known if position is not None]
        ranked = sorted(((health_of(position, view.env), position) for position in held), key=_rank)
        return [_row(health, position, view.env) for health, position in ranked]


def health_of(position: Position, env: Env) -> int | None:
    """Its health factor at 1e18: under one it can be liquidated. ``None``: something it hangs on is not known."""
    trigger = position.triggers.get("default")
    if isinstance(trigger, OracleBelow):
        limit = liquidation_limit(trigger.collateral, trigger.debt, env)
        owed = position.debt.owed(env)
        return None if limit is None or not owed else limit * WAD // owed
    health = account_health(position, env)
    return None if health is None else health.nft_factor


def _rank(entry: tuple[int | None, Position]) -> tuple[bool, int, PositionKey]:
    health, position = entry
    return health is None, health or 0, position.key


def _row(health: int | None, position: Position, env: Env) -> dict[str, Cell]:
    pieces = [item for item in position.collateral if item.kind is ItemKind.ERC721]
    owed = position.debt.owed(env) if len(position.debt.parts()) == 1 else None
    return {
        "position": str(position.key),
        "health": "unknown" if health is None else "∞" if health >= 10**6 * WAD else f"{health / WAD:.4f}",
        "state": position.state.value,
        "debt": ether(owed) if owed is not None else f"{len(position.debt.parts())} debts",
        "collateral": ", ".join(f"{item.token[:10]}…#{item.token_id}" for item in pieces[:4])
        + (f" and {len(pieces) - 4} more" if len(pieces) > 4 else ""),
        "debtor": position.debtor,
    }
