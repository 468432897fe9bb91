"""What a call reverted with, in words."""

from collections.abc import Iterable

from keeper.chain.codec.function import CustomError
from keeper.domain.errors import SkipItem

_ERROR = CustomError.parse("Error(string reason)")
_PANIC = CustomError.parse("Panic(uint256 code)")
_PANICS = {
    0x01: "assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x21: "value outside its enum",
    0x22: "storage byte array badly encoded",
    0x31: "pop of an empty array",
    0x32: "index out of bounds",
    0x41: "out of memory",
    0x51: "call of an uninitialised function",
}


def revert_reason(data: bytes, errors: Iterable[CustomError] = ()) -> str:
    """The reason in revert data, for people; never raises, and says so where the data tells nothing.

    ``Error(string)`` gives its text, a panic its meaning, one of ``errors`` its name and arguments.
    """
    if not data:
        return "no reason given"
    try:
        if _ERROR.matches(data):
            return str(_ERROR.decode(data).reason)
        if _PANIC.matches(data):
            code = int(_PANIC.decode(data).code)
            return f"panic 0x{code:02x}: {_PANICS.get(code, 'unknown')}"
        for known in errors:
            if known.matches(data):
                return repr(known.decode(data))
    except SkipItem:
        return f"unreadable reason 0x{data[:68].hex()}"
    return f"unknown error 0x{data[:68].hex()}"
