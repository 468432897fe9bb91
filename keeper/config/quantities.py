"""How amounts, durations and rates are written in a file: always as text with the unit, exact to the last digit.

``"0.05 ETH"``, ``"30 gwei"``, ``"7 wei"``; ``"12 s"``, ``"500 ms"``, ``"24 h"``; ``"1800 / 60 s"``. Counts and shares carry
their unit in the key's name (``tip_bps``, ``reorg_depth_blocks``) and are plain integers.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from keeper.domain.units import ETHER, GWEI, MAX_UINT256, Address, Wei, to_address

_AMOUNT = re.compile(r"(\d[\d_]*(?:\.\d+)?) *(ETH|gwei|wei)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) *(ms|s|min|h|d)")
_RATE = re.compile(r"(\d+) */ *(\S.*)")
_WEI_IN = {"ETH": ETHER, "gwei": GWEI, "wei": 1}
_SECONDS_IN = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "min": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
_SIZES = ((ETHER, "ETH", 18), (GWEI, "gwei", 9))


def parse_amount(value: object) -> Wei:
    """Wei, exactly; ``ValueError`` for a plain number, a float, or more digits than a wei has."""
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('an amount with its unit is expected, like "0.05 ETH", "30 gwei" or "7 wei"')
    # Written out as digits: Decimal would round to its context's precision.
    whole, _, part = match[1].replace("_", "").partition(".")
    unit = _WEI_IN[match[2]]
    decimals = len(str(unit)) - 1
    if len(part.rstrip("0")) > decimals:
        raise ValueError(f"{value} is not a whole number of wei")
    amount = int(whole) * unit + int(part[:decimals].ljust(decimals, "0") or "0")
    if amount > MAX_UINT256:
        raise ValueError(f"{value} does not fit into 256 bits")
    return Wei(amount)


def format_amount(amount: int) -> str:
    """The amount as it would be written in a file, in the largest unit in which it is short; exact."""
    for unit, name, decimals in _SIZES:
        if amount and amount % (unit // 10**6) == 0:
            whole, part = divmod(amount, unit)
            digits = str(part).rjust(decimals, "0").rstrip("0")
            return f"{whole}.{digits} {name}" if digits else f"{whole} {name}"
    return f"{amount} wei"


def parse_duration(value: object) -> float:
    """Seconds; ``ValueError`` for a plain number. Durations are how long to wait, never a part of a sum of money."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a duration with its unit is expected, like "12 s", "500 ms", "5 min" or "24 h"')
    return float(Decimal(match[1]) * _SECONDS_IN[match[2]])


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in any window of so many seconds."""

    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    def __str__(self) -> str:
        return f"{self.count} / {self.seconds:g} s"


def parse_rate(value: object) -> Rate:
    """``ValueError`` unless it is a positive count, a slash and a duration."""
    match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError('a rate is expected, like "1800 / 60 s"')
    return Rate(int(match[1]), parse_duration(match[2]))


def parse_address(value: object) -> Address:
    """Lower-case; ``ValueError`` unless it is 0x and 40 hex digits."""
    if not isinstance(value, str):
        raise ValueError("an address is expected: 0x and 40 hex digits")  # noqa: TRY004 - pydantic collects ValueErrors
    try:
        return to_address(value)
    except ValueError as error:
        raise ValueError("an address is expected: 0x and 40 hex digits") from error


Amount = Annotated[Wei, BeforeValidator(parse_amount), PlainSerializer(format_amount)]
Duration = Annotated[float, BeforeValidator(parse_duration), PlainSerializer(lambda seconds: f"{seconds:g} s")]
RateLimit = Annotated[Rate, BeforeValidator(parse_rate), PlainSerializer(str)]
AddressField = Annotated[Address, BeforeValidator(parse_address)]
