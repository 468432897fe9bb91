"""Static ABI values straight from and to 32-byte words; what has no fixed size goes through eth_abi.

Strict, as Solidity's own decoder is: an address, bool, small integer or ``bytesN`` with dirty padding is malformed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError

from keeper.chain.codec.record import record_type
from keeper.chain.codec.signature import Param
from keeper.domain.errors import SkipItem

Decoder = Callable[[bytes, int], Any]
"""Takes data and an offset in bytes that the caller has checked to be inside; returns the value."""

_NO_PREFIX = bytes(12)
_from_bytes = int.from_bytes


def malformed(what: str) -> SkipItem:
    """The error for data that is not what its signature says."""
    return SkipItem("ABI_MALFORMED", what, "the contract is not the one this adapter was written for")


def unencodable(what: str) -> SkipItem:
    """The error for an argument that does not fit its type."""
    return SkipItem("ABI_UNENCODABLE", what)


def words_of(param: Param) -> int:
    """How many words a static value takes."""
    if param.dims:
        return param.length() * words_of(param.element())
    if param.components:
        return sum(words_of(part) for part in param.components)
    return 1


def word_decoder(base: str) -> Decoder:
    """The decoder of one elementary static type."""
    if base == "uint256":
        return lambda data, at: _from_bytes(data[at : at + 32])
    if base == "address":
        return _address
    if base == "bool":
        return _bool
    if base.startswith("uint"):
        return _unsigned(int(base[4:]))
    if base.startswith("int"):
        return _signed(int(base[3:]))
    return _fixed_bytes(int(base[5:]))


def _address(data: bytes, at: int) -> str:
    if data[at : at + 12] != _NO_PREFIX:
        raise malformed("an address word has dirty upper bytes")
    return "0x" + data[at + 12 : at + 32].hex()


def _bool(data: bytes, at: int) -> bool:
    value = _from_bytes(data[at : at + 32])
    if value > 1:
        raise malformed(f"a bool word holds {value}")
    return value == 1


def _unsigned(bits: int) -> Decoder:
    limit = 1 << bits

    def decode(data: bytes, at: int) -> int:
        value = _from_bytes(data[at : at + 32])
        if value >= limit:
            raise malformed(f"a uint{bits} word holds {value}")
        return value

    return decode


def _signed(bits: int) -> Decoder:
    limit = 1 << (bits - 1)

    def decode(data: bytes, at: int) -> int:
        value = _from_bytes(data[at : at + 32], signed=True)
        if not -limit <= value < limit:
            raise malformed(f"an int{bits} word holds {value}")
        return value

    return decode


def _fixed_bytes(size: int) -> Decoder:
    padding = bytes(32 - size)

    def decode(data: bytes, at: int) -> bytes:
        if data[at + size : at + 32] != padding:
            raise malformed(f"a bytes{size} word has dirty lower bytes")
        return data[at : at + size]

    return decode


def static_decoder(param: Param) -> Decoder:
    """The decoder of a static value of any shape: elementary, fixed array (a tuple) or struct (a record)."""
    if param.dims:
        element, step, count = static_decoder(param.element()), 32 * words_of(param.element()), param.length()
        return lambda data, at: tuple(element(data, at + step * i) for i in range(count))
    if not param.components:
        return word_decoder(param.base)
    parts, offset = [], 0
    for part in param.components:
        parts.append((static_decoder(part), offset))
        offset += 32 * words_of(part)
    make = record_type(param.name, tuple(part.name for part in param.components))
    return lambda data, at: make([decode(data, at + shift) for decode, shift in parts])


class Row:
    """Decodes and encodes a parameter list, as it stands in calldata, return data or a log's data."""

    def __init__(self, title: str, params: Sequence[Param]) -> None:
        self.params = tuple(params)
        self.types = [param.type for param in params]
        self.is_static = all(param.is_static for param in params)
        self.make = record_type(title, tuple(param.name for param in params))
        self.title = title
        self._parts: list[tuple[Decoder, int]] = []
        self.size = 0
        """Bytes of the head where all is static."""
        if self.is_static:
            for param in params:
                self._parts.append((static_decoder(param), self.size))
                self.size += 32 * words_of(param)

    def values(self, data: bytes) -> list[Any]:
        """The values in order. Data beyond what the types need is ignored, as Solidity does.

        Raises ``SkipItem`` (``ABI_MALFORMED``) where the data is short or dirty.
        """
        if self.is_static:
            if len(data) < self.size:
                self._short(len(data))
            return [decode(data, at) for decode, at in self._parts]
        try:
            found = abi_decode(self.types, data)
        except (DecodingError, OverflowError, UnicodeDecodeError, ValueError) as error:
            raise malformed(f"{self.title}: {error}") from error
        return [shaped(param, value) for param, value in zip(self.params, found, strict=True)]

    def encode(self, args: Sequence[Any]) -> bytes:
        """ABI encoding of the arguments; ``SkipItem`` (``ABI_UNENCODABLE``) where one does not fit."""
        if len(args) != len(self.params):
            raise unencodable(f"{self.title} takes {len(self.params)} arguments, not {len(args)}")
        plain = [flattened(param, value) for param, value in zip(self.params, args, strict=True)]
        try:
            return abi_encode(self.types, plain)
        except (EncodingError, OverflowError, TypeError, ValueError) as error:
            raise unencodable(f"{self.title}: {error}") from error

    def _short(self, size: int) -> NoReturn:
        raise malformed(f"{self.title}: {size} bytes where {self.size} are needed")


def shaped(param: Param, value: Any) -> Any:  # noqa: ANN401 - a value of any ABI type
    """eth_abi's plain value with structs made records."""
    if param.dims:
        element = param.element()
        return tuple(shaped(element, item) for item in value) if param.components else value
    if param.components:
        make = record_type(param.name, tuple(part.name for part in param.components))
        return make([shaped(part, item) for part, item in zip(param.components, value, strict=True)])
    return value


def flattened(param: Param, value: Any) -> Any:  # noqa: ANN401 - a value of any ABI type
    """An argument with mappings turned to tuples in the struct's order."""
    if param.dims and param.components:
        if not isinstance(value, Sequence):
            raise unencodable(f"{param.name or 'array'}: {param.type} takes a sequence")
        return [flattened(param.element(), item) for item in value]
    if not param.components:
        return value
    if isinstance(value, Mapping):
        missing = [part.name for part in param.components if part.name not in value]
        if missing or len(value) != len(param.components):
            raise unencodable(f"{param.name or 'struct'}: fields {sorted(value)} do not fit {param.type}")
        value = [value[part.name] for part in param.components]
    elif not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) != len(param.components):
        raise unencodable(f"{param.name or 'struct'}: {param.type} takes {len(param.components)} fields")
    return tuple(flattened(part, item) for part, item in zip(param.components, value, strict=True))
