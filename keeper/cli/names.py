"""What tokens call themselves, for people. Anybody can write anything into a contract, so it is cleaned before it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from keeper.chain.codec import Function
from keeper.chain.reader import Reader
from keeper.cli.words import short
from keeper.domain.calls import Answer
from keeper.domain.errors import KeeperError
from keeper.domain.units import Address, Hash32, format_units

_NAME = Function.parse("name() returns (string)")
_SYMBOL = Function.parse("symbol() returns (string)")
_DECIMALS = Function.parse("decimals() returns (uint8)")
_LONGEST = 32
_MOST_DECIMALS = 36


@dataclass(frozen=True, slots=True)
class Token:
    """``name`` and ``symbol`` are short addresses where the contract has none. ``decimals`` is ``None`` for an NFT."""

    address: Address
    name: str
    symbol: str
    decimals: int | None

    def amount(self, value: int) -> str:
        """So much of it, with its unit."""
        return f"{format_units(value, self.decimals or 0)} {self.symbol}"


async def read_tokens(reader: Reader, addresses: Iterable[Address], block: Hash32) -> dict[Address, Token]:
    """Each token as it describes itself, in one batch."""
    wanted = sorted(set(addresses))
    views = [view.view(address) for address in wanted for view in (_NAME, _SYMBOL, _DECIMALS)]
    answers = await reader.call_many(views, block) if views else []
    return {address: _token(address, *answers[3 * place : 3 * place + 3]) for place, address in enumerate(wanted)}


def _token(address: Address, name: Answer, symbol: Answer, decimals: Answer) -> Token:
    return Token(
        address, _text(_NAME, name) or short(address), _text(_SYMBOL, symbol) or short(address), _decimals(decimals)
    )


def _text(view: Function, answer: Answer) -> str:
    """What can be printed of it; old tokens answer bytes32 where a string belongs."""
    if not isinstance(answer, bytes):
        return ""
    if len(answer) == 32:
        text = answer.rstrip(b"\0").decode(errors="replace")
    else:
        try:
            text = str(view.decode(answer))
        except (KeeperError, UnicodeDecodeError):
            return ""
    return "".join(each for each in text if each.isprintable()).strip()[:_LONGEST]


def _decimals(answer: Answer) -> int | None:
    number = int.from_bytes(answer) if isinstance(answer, bytes) and len(answer) == 32 else None
    return number if number is not None and number <= _MOST_DECIMALS else None
