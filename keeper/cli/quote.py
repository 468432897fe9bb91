"""``keeper quote``: what pieces of a collection bring or cost now, place by place."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from keeper.cli.common import (
    DEFAULT_CONFIG,
    Cell,
    ConfigOption,
    JsonOption,
    View,
    configuration_at,
    ether,
    plain,
    show_rows,
    view_of,
)
from keeper.config import Configuration
from keeper.domain.markets import Place, Quote, Refusal
from keeper.domain.units import Address, to_address


def quote(
    collection: Annotated[str, typer.Argument(help="The collection's address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    token: Annotated[int | None, typer.Option(help="The piece; for a sale any will do.")] = None,
    pieces: Annotated[int, typer.Option(min=1, help="How many, together at one place.")] = 1,
    buy: Annotated[bool, typer.Option("--buy", help="What they cost, instead of what they bring.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The ladder of a collection: every place with price, fees, royalty and net, or why it does not trade."""
    try:
        address = to_address(collection)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="COLLECTION") from error
    rows = asyncio.run(_rows(configuration_at(config), address, token, pieces, buy=buy))
    shown = [{key: plain(value) for key, value in row.items()} if as_json else _for_people(row) for row in rows]
    title = f"{'Buying' if buy else 'Selling'} {pieces} of {collection}"
    show_rows(title, shown, as_json=as_json, numeric=("gross", "fees", "royalty", "net"))


async def _rows(
    configuration: Configuration, collection: Address, token: int | None, pieces: int, *, buy: bool
) -> list[dict[str, Cell]]:
    async with view_of(configuration) as view:
        await _refresh_volatile(view, collection)
        places = view.book.places.listings(collection) if buy else view.book.places.exits(collection)
        answers = [(place, _ask(place, token, pieces, view, buy=buy)) for place in places]
        best_last = sorted(answers, key=lambda answer: answer[1].net if isinstance(answer[1], Quote) else 0)
        ordered = best_last if buy else reversed(best_last)
        return [_row(place, answer) for place, answer in ordered]


async def _refresh_volatile(view: View, collection: Address) -> None:
    """What can change without a log of ours: makers' balances, statuses of orders."""
    for deployment, keys in view.adapters.volatile([collection], view.book).items():
        reading = view.adapters.refreshing(deployment, keys, view.book)
        view.book.apply_timeless(await view.reader.drive(reading, view.head.hash))


def _ask(place: Place, token: int | None, pieces: int, view: View, *, buy: bool) -> Quote | Refusal:
    if not buy:
        first = token if token is not None else 0
        return place.quote_sale(range(first, first + pieces), view.env)
    return place.quote_purchase(_held(place, token, pieces), view.env)


def _held(place: Place, token: int | None, pieces: int) -> Sequence[int]:
    """Pieces that the place has: the one asked for, or its first ones."""
    if token is not None:
        return [token]
    inventory = sorted(getattr(place, "inventory", ())) or [getattr(place, "token_id", 0)]
    return inventory[:pieces]


def _row(place: Place, answer: Quote | Refusal) -> dict[str, Cell]:
    row: dict[str, Cell] = {"place": str(place.key), "kind": place.kind.value}
    if isinstance(answer, Quote):
        return row | {
            "gross": answer.gross,
            "fees": answer.fees,
            "royalty": answer.royalty,
            "net": answer.net,
            "why not": None,
        }
    numbers = ", ".join(f"{name}={value}" for name, value in answer.numbers)
    why = f"{answer.code.name} {numbers}".strip()
    return row | {"gross": None, "fees": None, "royalty": None, "net": None, "why not": why}


def _for_people(row: dict[str, Cell]) -> dict[str, Cell]:
    amounts = ("gross", "fees", "royalty", "net")
    return {key: ether(int(value)) if key in amounts and value is not None else value for key, value in row.items()}
