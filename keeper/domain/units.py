"""Units: money and addresses as named types, so that a wei is never taken for a ray.

Every amount is an ``int``. ``Wei`` counts the smallest unit of whatever token the context names (18 decimals for ETH
and WETH, 6 for USDC). ``Ray`` is a fraction scaled by 1e27, ``Wad`` by 1e18, ``Bps`` by 1e4.
"""

from typing import NewType

Wei = NewType("Wei", int)
Ray = NewType("Ray", int)
Wad = NewType("Wad", int)
Bps = NewType("Bps", int)

Address = NewType("Address", str)
"""A 20-byte address as 0x and 40 lower-case hex digits: comparable, hashable, never checksummed inside."""
Hash32 = NewType("Hash32", str)
"""A 32-byte hash as 0x and 64 lower-case hex digits."""

RAY = 10**27
HALF_RAY = RAY // 2
WAD = 10**18
HALF_WAD = WAD // 2
BPS = 10_000
ETHER = 10**18
GWEI = 10**9
MAX_UINT256 = 2**256 - 1

ZERO_ADDRESS = Address("0x" + "00" * 20)


def to_address(value: str | bytes) -> Address:
    """The address written as hex (any case, with 0x) or as 20 bytes; ``ValueError`` if it is neither."""
    text = "0x" + value.hex() if isinstance(value, bytes) else value.lower()
    if len(text) != 42 or not text.startswith("0x"):
        raise ValueError(f"not an address: {value!r}")
    int(text, 16)
    return Address(text)


def to_hash(value: str | bytes) -> Hash32:
    """The hash written as hex (any case, with 0x) or as 32 bytes; ``ValueError`` if it is neither."""
    text = "0x" + value.hex() if isinstance(value, bytes) else value.lower()
    if len(text) != 66 or not text.startswith("0x"):
        raise ValueError(f"not a 32-byte hash: {value!r}")
    int(text, 16)
    return Hash32(text)


def format_units(amount: int, decimals: int = 18, places: int = 6) -> str:
    """An amount for people: exact digits cut (not rounded) after ``places``."""
    sign, magnitude = ("-", -amount) if amount < 0 else ("", amount)
    whole, part = divmod(magnitude, 10**decimals)
    digits = str(part).rjust(decimals, "0")[:places]
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
