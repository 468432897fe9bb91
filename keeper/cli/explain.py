"""``keeper explain``: one decision, with all of its numbers."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.tree import Tree

from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configuration_at, plain
from keeper.config import Configuration
from keeper.domain.denials import DenialCode
from keeper.ledger import Explanation, Ledger


def explain(
    subject: Annotated[str, typer.Argument(help="A plan's id or its beginning, or a position's key.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Why something was done or not done: inputs, amounts, answers of relays, outcome, bookings."""
    found = asyncio.run(_explain(configuration_at(config), subject))
    if as_json:
        typer.echo(orjson.dumps(plain(asdict(found)), default=str, option=orjson.OPT_INDENT_2).decode())
    elif not found:
        typer.echo(f"nothing is known of {subject}")
        raise typer.Exit(1)
    else:
        Console(highlight=False).print(_tree(subject, found))


async def _explain(configuration: Configuration, subject: str) -> Explanation:
    async with Ledger.open(configuration.keeper.ledger.reveal(), writer=False) as ledger:
        return await ledger.explain(subject)


def _tree(subject: str, found: Explanation) -> Tree:
    tree = Tree(f"[bold]{subject}")
    for title, rows in asdict(found).items():
        if not rows:
            continue
        branch = tree.add(f"[bold cyan]{title}")
        for row in rows:
            _add(branch.add(_headline(row)), row)
    return tree


def _headline(row: Mapping[str, object]) -> str:
    code = row.get("code")
    if isinstance(code, str):
        return f"{code}: {DenialCode[code]}" if code in DenialCode.__members__ else code
    return " ".join(str(row[name]) for name in ("plan_id", "result", "state", "relay", "kind") if row.get(name))


def _add(branch: Tree, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping):
            _add(branch.add(name), value)
        elif isinstance(value, list):
            inner = branch.add(name)
            for each in value:
                if isinstance(each, Mapping):
                    _add(inner.add("·"), each)
                else:
                    inner.add(str(each))
        elif value not in (None, ""):
            branch.add(f"{name} = {value}")
