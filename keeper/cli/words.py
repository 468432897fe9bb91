"""Numbers as people read them: amounts with their unit, moments in UTC, long identifiers cut in the middle."""

from collections.abc import Mapping
from datetime import UTC, datetime

from keeper.domain.units import GWEI, MAX_UINT256, format_units

_AMOUNT_FROM = 10**12
"""A denial's numbers carry no unit. From here on they are wei of ETH or WETH: no block, share, count or second is as
large."""
_MOMENTS = frozenset({"earliest", "timestamp", "expires", "expires_at", "closes_at"})
_LONG = 20


def ether(wei: int) -> str:
    return f"{format_units(wei)} ETH"


def gwei(wei: int) -> str:
    return f"{format_units(wei, 9, 3)} gwei" if wei >= GWEI // 1_000 else f"{wei} wei"


def moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def short(identifier: str) -> str:
    """An address or a hash, cut in the middle; anything else as it is."""
    is_long = identifier.startswith("0x") and len(identifier) > _LONG
    return f"{identifier[:6]}…{identifier[-4:]}" if is_long else identifier


def place(key: str) -> str:
    """A place by its deployment and its short id."""
    _, _, rest = key.partition("/")
    deployment, _, native = rest.partition("/")
    return f"{deployment} {short(native)}"


def number(name: str, value: object) -> str:
    """One number of a denial or a refusal, by what its name and size say of its unit."""
    if isinstance(value, bool) or not isinstance(value, int):
        text = str(value)
        return place(text) if name == "place" else short(text)
    if value == MAX_UINT256:
        return "unlimited"
    if name in _MOMENTS and value:
        return f"{moment(value)} UTC"
    return ether(value) if abs(value) >= _AMOUNT_FROM else str(value)


def numbers(values: Mapping[str, object]) -> str:
    """All of them, in the order in which they were given."""
    return ", ".join(f"{name.replace('_', ' ')} {number(name, value)}" for name, value in values.items())
