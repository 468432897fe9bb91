"""``keeper positions``: every loan and account, nearest to liquidation first."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Annotated

import typer

from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, Row, configuration_at, show_rows, text_of
from keeper.cli.names import Token, read_tokens
from keeper.cli.view import view_of
from keeper.cli.words import short
from keeper.config import Configuration
from keeper.domain.env import Env
from keeper.domain.health import account_health, debt_value, token_balance
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionKey
from keeper.domain.triggers import OracleBelow, liquidation_limit
from keeper.domain.units import MAX_UINT256, WAD, Address

Tokens = Mapping[Address, Token]
_MOST_PIECES = 4
_HEALTHY = 1_000 * WAD


def positions(
    config: ConfigOption = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Every loan and account of the enabled protocols as of the head, nearest to liquidation first: under a health of 1 it
    can be liquidated."""
    count, rows = asyncio.run(_rows(configuration_at(config), limit, as_json=as_json))
    shown = f"the nearest {len(rows)} of {count}" if len(rows) < count else str(count)
    show_rows(f"Positions: {shown}", rows, as_json=as_json, amounts=("value",), numeric=("health", "debt"))


async def _rows(configuration: Configuration, limit: int, *, as_json: bool) -> tuple[int, list[Row]]:
    async with view_of(configuration) as view:
        known = (view.book.get(key) for key in view.book.keys(PositionKey))
        held = [position for position in known if position is not None]
        ranked = sorted(((health_of(position, view.env), position) for position in held), key=_rank)[:limit]
        addresses = {address for _, position in ranked for address in _tokens_of(position)}
        tokens = await read_tokens(view.reader, addresses, view.head.hash)
        row = _for_programs if as_json else _for_people
        return len(held), [row(health, position, view.env, tokens) for health, position in ranked]


def health_of(position: Position, env: Env) -> int | None:
    """Its health factor at 1e18: under one it can be liquidated. ``None``: something it hangs on is not known."""
    trigger = position.triggers.get("default")
    if isinstance(trigger, OracleBelow):
        limit = liquidation_limit(trigger.collateral, trigger.debt, env)
        owed = position.debt.owed(env)
        if limit is None or owed is None:
            return None
        return limit * WAD // owed if owed else MAX_UINT256
    health = account_health(position, env)
    return None if health is None else health.nft_factor


def _rank(entry: tuple[int | None, Position]) -> tuple[bool, int, PositionKey]:
    health, position = entry
    return health is None, health or 0, position.key


def _tokens_of(position: Position) -> list[Address]:
    return [*(item.token for item in position.collateral), *(debt.asset for debt in position.debt.parts())]


def _for_people(health: int | None, position: Position, env: Env, tokens: Tokens) -> Row:
    owed = [(debt.asset, debt.owed(env)) for debt in position.debt.parts()]
    return {
        "position": str(position.key),
        "health": "unknown" if health is None else "∞" if health > _HEALTHY else _decimal(health),
        "state": position.state.value.replace("_", " "),
        "debt": " + ".join("unknown" if amount is None else tokens[asset].amount(amount) for asset, amount in owed),
        "value": debt_value(position, env),
        "collateral": _collateral(position.collateral, env, tokens),
        "debtor": short(position.debtor),
    }


def _decimal(health: int) -> str:
    """Cut, not rounded: what shows 1.0000 is not under one."""
    return f"{health // WAD}.{health % WAD // 10**14:04}"


def _collateral(items: Sequence[CollateralItem], env: Env, tokens: Tokens) -> str:
    texts = []
    for token, held in groupby(sorted(items, key=lambda item: item.token), key=lambda item: item.token):
        group = list(held)
        if group[0].kind is ItemKind.ERC20:
            texts += [_supplied(item, env, tokens[token]) for item in group]
            continue
        ids = ", ".join(f"#{item.token_id}" for item in group[:_MOST_PIECES])
        more = f" and {len(group) - _MOST_PIECES} more" if len(group) > _MOST_PIECES else ""
        texts.append(f"{tokens[token].name} {ids}{more}")
    return "; ".join(texts)


def _supplied(item: CollateralItem, env: Env, token: Token) -> str:
    balance = token_balance(item, env)
    return token.symbol if balance is None else token.amount(balance)


def _for_programs(health: int | None, position: Position, env: Env, tokens: Tokens) -> Row:
    return {
        "position": str(position.key),
        "health": text_of(health),
        "state": position.state.value,
        "debts": [
            {
                "asset": debt.asset,
                "symbol": tokens[debt.asset].symbol,
                "decimals": tokens[debt.asset].decimals,
                "amount": text_of(debt.owed(env)),
            }
            for debt in position.debt.parts()
        ],
        "value": debt_value(position, env),
        "collateral": [
            {
                "kind": item.kind.value,
                "token": item.token,
                "name": tokens[item.token].name,
                "token_id": str(item.token_id) if item.kind is ItemKind.ERC721 else None,
                "quantity": text_of(token_balance(item, env)) if item.kind is ItemKind.ERC20 else "1",
            }
            for item in position.collateral
        ],
        "debtor": position.debtor,
    }
