"""What commands share: the options that all of them take, tables and JSON. Light: `keeper halt` must not wait for it."""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from keeper.assembly.plugins import settings_model
from keeper.cli.words import ether
from keeper.config import Configuration, load
from keeper.domain.errors import KeeperError

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The directory of the configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON, for programs: amounts are text, in wei.")]
DEFAULT_CONFIG = Path("config")

Row = dict[str, Any]

_LARGEST_SAFE = 2**53
_WIDE = 1_000


def configuration_at(directory: Path) -> Configuration:
    """The configuration, with the installed plug-ins' own settings checked. ``ConfigError`` as ``load`` says."""
    return load(directory, settings_model)


def console(*, stderr: bool = False) -> Console:
    """Where people read. What goes into a pipe or a file is never wrapped, so that one row stays one line."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDE)


def show_rows(
    title: str,
    rows: Sequence[Row],
    *,
    as_json: bool,
    amounts: Collection[str] = (),
    numeric: Collection[str] = (),
) -> None:
    """Rows as an aligned table, or as a JSON list. ``amounts`` are the columns that hold wei of ETH or WETH."""
    if as_json:
        show_json([{key: text_of(value) if key in amounts else value for key, value in row.items()} for row in rows])
        return
    out = console()
    if not rows:
        out.print(f"{title}: none")
        return
    right = {*amounts, *numeric}
    out.print(title, style="bold")
    table = Table()
    for column in rows[0]:
        table.add_column(column.replace("_", " "), justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column], amount=column in amounts) for column in rows[0]))
    out.print(table)


def show_json(value: Any) -> None:  # noqa: ANN401 - JSON
    """As JSON on standard output."""
    typer.echo(orjson.dumps(plain(value), default=str, option=orjson.OPT_INDENT_2).decode())


def text_of(amount: int | None) -> str | None:
    """An amount as JSON has it, always text: a reader must not have to expect both."""
    return None if amount is None else str(amount)


def warn(error: KeeperError) -> None:
    """Something was left out: what, and why, beside the result."""
    text = Text.assemble((error.code, "bold yellow"), f" {error.message}")
    console(stderr=True).print(text)


def own_errors(error: BaseException) -> Iterator[KeeperError]:
    """The errors of ours in it, first come, first told: one failure ends the others of its task group."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from own_errors(inner)
    elif isinstance(error, KeeperError):
        yield error


def _cell(value: Any, *, amount: bool) -> Text:  # noqa: ANN401 - whatever a row holds
    """As text, never as markup: what contracts and relays say may look like it."""
    if isinstance(value, Text):
        return value
    if value is None:
        return Text()
    return Text(ether(value) if amount and isinstance(value, int) else str(value))


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """With integers over 2**53 as text, so that no reader of JSON rounds them."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, frozenset | set):
        return sorted(plain(each) for each in value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST_SAFE:
        return str(value)
    return value
