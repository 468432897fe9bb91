"""What commands share: the options that all of them take, tables and JSON, and a look at the chain without an engine."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from keeper.assembly import make_adapters, reading, settings_model
from keeper.book import Book
from keeper.chain.reader import Reader
from keeper.config import Configuration, load
from keeper.domain.blocks import Header
from keeper.domain.env import Env
from keeper.domain.units import ZERO_ADDRESS, format_units
from keeper.engine import Adapters
from keeper.engine.knowledge import Knowledge

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The directory of the configuration.")]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
DEFAULT_CONFIG = Path("config")

Cell = str | int | float | bool | None
Rows = Sequence[Mapping[str, Cell]]


def configuration_at(directory: Path) -> Configuration:
    """The configuration, with the installed adapters' own settings checked. ``ConfigError`` as ``load`` says."""
    return load(directory, settings_model)


def show_rows(title: str, rows: Rows, *, as_json: bool, numeric: Iterable[str] = ()) -> None:
    """Rows as an aligned table, or as a JSON list."""
    if as_json:
        typer.echo(orjson.dumps(list(rows), default=str, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console()
    if not rows:
        console.print(f"{title}: none")
        return
    right = frozenset(numeric)
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)


def ether(wei: int | None) -> str:
    """An amount of ETH or WETH for people."""
    return "" if wei is None else f"{format_units(wei)} ETH"


class View:
    """The book as it is at one block, built from nothing, and the moment after it."""

    def __init__(self, book: Book, adapters: Adapters, reader: Reader, env: Env, head: Header) -> None:
        self.book = book
        self.adapters = adapters
        self.reader = reader
        self.env = env
        self.head = head


@asynccontextmanager
async def view_of(configuration: Configuration) -> AsyncIterator[View]:
    """Build the book at the head, orders included, with the quotes' volatile facts read."""
    chain = configuration.chain
    adapters = make_adapters(configuration)
    async with reading(configuration) as reader:
        head = await reader.block("latest")
        knowledge = Knowledge(Book(chain.reorg_depth_blocks), adapters, reader)
        who = chain.executor if chain.executor is not None else ZERO_ADDRESS
        await knowledge.learn_history(head, who)
        env = Env.after(head, knowledge.book, who, chain.block_seconds)
        yield View(knowledge.book, adapters, reader, env, head)


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Amounts over 2**53 as text, so that no reader of JSON rounds them."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | frozenset | set):
        return [plain(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    return value
