"""``keeper quote``: what pieces of a collection bring or cost now, place by place."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from keeper.cli import words
from keeper.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    Row,
    configuration_at,
    console,
    show_json,
    show_rows,
    text_of,
)
from keeper.cli.names import read_tokens
from keeper.cli.view import View, view_of
from keeper.config import Configuration
from keeper.domain.markets import Place, PlaceKind, Quote, Refusal
from keeper.domain.units import Address, to_address
from keeper.planning.exits import Sale, sell

_AMOUNTS = ("gross", "fees", "royalty", "net")


def quote(
    collection: Annotated[str, typer.Argument(help="The collection's address.")],
    config: ConfigOption = DEFAULT_CONFIG,
    token: Annotated[int | None, typer.Option(min=0, help="The piece; for a sale any will do.")] = None,
    pieces: Annotated[int, typer.Option(min=1, max=100, help="How many, from that one on.")] = 1,
    buy: Annotated[bool, typer.Option("--buy", help="What they cost, instead of what they bring.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The ladder of a collection: every place with price, fees, royalty and net, or why it does not trade; and for a sale
    the split over all of them that brings most."""
    try:
        address = to_address(collection)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="COLLECTION") from error
    name, rows, sale = asyncio.run(_quotes(configuration_at(config), address, token, pieces, buy=buy))
    if as_json:
        best = None if sale is None else _best_for_programs(sale)
        ladder = [{key: text_of(value) if key in _AMOUNTS else value for key, value in row.items()} for row in rows]
        show_json({"collection": address, "places": ladder, "best": best})
        return
    title = f"{'Buying' if buy else 'Selling'} {pieces} of {name}, all at one place"
    show_rows(title, [_for_people(row) for row in rows], as_json=False, amounts=_AMOUNTS)
    if sale is not None and sale.quotes:
        show_rows("Best split", _split_rows(sale), as_json=False, amounts=("net",), numeric=("pieces",))
        unsold = f", {sale.unsold} not sold" if sale.unsold else ""
        console().print(f"together {words.ether(sale.net)} before gas{unsold}")


async def _quotes(
    configuration: Configuration, collection: Address, token: int | None, pieces: int, *, buy: bool
) -> tuple[str, list[Row], Sale | None]:
    """The collection's name, its places, best first, and the best sale over all of them."""
    async with view_of(configuration) as view:
        await _refresh_volatile(view, collection)
        tokens = await read_tokens(view.reader, [collection], view.head.hash)
        places = list(view.book.places.listings(collection) if buy else view.book.places.exits(collection))
        first = token if token is not None else 0
        wanted = range(first, first + pieces)
        answers = [
            (
                place,
                place.quote_purchase(_held(place, token, pieces), view.env)
                if buy
                else place.quote_sale(wanted, view.env),
            )
            for place in places
        ]
        ordered = sorted(answers, key=lambda answer: _rank(answer[1], buy=buy))
        kinds = frozenset({PlaceKind.POOL, PlaceKind.OFFER})
        sale = None if buy else sell(wanted, places, view.env, configuration.chain.weth, kinds)
        return tokens[collection].name, [_row(place, answer) for place, answer in ordered], sale


async def _refresh_volatile(view: View, collection: Address) -> None:
    """What can change without a log of ours: makers' balances, statuses of orders."""
    for deployment, keys in view.adapters.volatile([collection], view.book).items():
        reading = view.adapters.refreshing(deployment, keys, view.book)
        view.book.apply_timeless(await view.reader.drive(reading, view.head.hash))


def _rank(answer: Quote | Refusal, *, buy: bool) -> tuple[bool, int]:
    """Best first: dearest for a sale, cheapest for a purchase; what does not trade comes last."""
    if isinstance(answer, Refusal):
        return True, 0
    return False, answer.net if buy else -answer.net


def _held(place: Place, token: int | None, pieces: int) -> Sequence[int]:
    """Pieces that the place has: from the one asked for on, or its first ones."""
    if token is not None:
        return range(token, token + pieces)
    inventory = sorted(getattr(place, "inventory", ())) or [getattr(place, "token_id", 0)]
    return inventory[:pieces]


def _row(place: Place, answer: Quote | Refusal) -> Row:
    row: Row = {"place": str(place.key), "kind": place.kind.value}
    if isinstance(answer, Quote):
        return row | {
            "gross": answer.gross,
            "fees": answer.fees,
            "royalty": answer.royalty,
            "net": answer.net,
            "pieces": [str(each) for each in answer.token_ids],
            "code": None,
            "why": None,
        }
    nothing: Row = dict.fromkeys((*_AMOUNTS, "pieces"))
    return row | nothing | {"code": answer.code.name, "why": {"meaning": answer.code.value, **dict(answer.numbers)}}


def _for_people(row: Row) -> Row:
    """The refusal in one column, with its numbers."""
    why = dict(row["why"] or {})
    meaning = why.pop("meaning", None)
    said = f"{row['code']}: {meaning}" + (f" ({words.numbers(why)})" if why else "") if meaning else None
    shown = {"place": words.place(row["place"]), "kind": row["kind"], **{name: row[name] for name in _AMOUNTS}}
    return shown | {"why not": said}


def _split_rows(sale: Sale) -> list[Row]:
    return [
        {"place": words.place(str(quote.place)), "pieces": len(quote.token_ids), "net": quote.net}
        for quote in sorted(sale.quotes, key=lambda quote: -quote.net)
    ]


def _best_for_programs(sale: Sale) -> Row:
    return {
        "net": text_of(sale.net),
        "unsold": sale.unsold,
        "sales": [
            {"place": str(quote.place), "pieces": [str(each) for each in quote.token_ids], "net": text_of(quote.net)}
            for quote in sale.quotes
        ],
    }
