"""Functions: calldata out, return data in."""

from collections.abc import Callable
from typing import Any

from keeper.chain.codec.record import Record
from keeper.chain.codec.signature import Signature, parse_signature
from keeper.chain.codec.words import Row, malformed
from keeper.domain.calls import Call, View
from keeper.domain.units import Address, Wei


class Function:
    """A function by its signature, e.g. ``getLoan(uint256) returns ((uint256 loanId, uint8 state))``."""

    def __init__(self, signature: Signature) -> None:
        self.name = signature.name
        self.signature = signature.canonical
        self.selector = signature.hash()[:4]
        self._inputs = Row(signature.name, signature.inputs)
        self._outputs = Row(signature.name, signature.outputs)
        self._single = len(signature.outputs) == 1

    @classmethod
    def parse(cls, text: str) -> "Function":
        """Parse a signature; raises ``HaltAdapter`` (``ABI_SIGNATURE``) if it is none."""
        return cls(parse_signature(text))

    def __repr__(self) -> str:
        return f"Function({self.signature})"

    def encode(self, *args: Any) -> bytes:  # noqa: ANN401 - arguments of any ABI type
        """Calldata. Structs are taken as tuples, records or mappings by name; ``bytes`` only as bytes.

        Raises ``SkipItem`` (``ABI_UNENCODABLE``) where an argument does not fit.
        """
        return self.selector + self._inputs.encode(args)

    def call(self, to: Address, *args: Any, value: int = 0) -> Call:  # noqa: ANN401 - see encode
        """A state-changing call that sends ``value`` wei along."""
        return Call(to, self.encode(*args), Wei(value))

    def view(self, to: Address, *args: Any) -> View:  # noqa: ANN401 - see encode
        """A read-only call."""
        return View(to, self.encode(*args))

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - a value of any ABI type
        """What the function returned: the value itself if there is one, else a record.

        Raises ``SkipItem`` (``ABI_MALFORMED``); no data at all is what an address without code answers.
        """
        if not data and self._outputs.params:
            raise malformed(f"{self.name}: no data, as from an address without code")
        values = self._outputs.values(data)
        return values[0] if self._single else self._outputs.make(values)

    def decode_input(self, calldata: bytes) -> Record:
        """The arguments of a call of this function; ``SkipItem`` (``ABI_MALFORMED``) if it is another's."""
        if calldata[:4] != self.selector:
            raise malformed(f"{self.name}: calldata of another function, {calldata[:4].hex()}")
        return self._inputs.make(self._inputs.values(calldata[4:]))


class CustomError:
    """A Solidity error by its signature, e.g. ``LoanNotFound(uint256 loanId)``."""

    def __init__(self, signature: Signature) -> None:
        self.name = signature.name
        self.selector = signature.hash()[:4]
        self._row = Row(signature.name, signature.inputs)

    @classmethod
    def parse(cls, text: str) -> "CustomError":
        """Parse a signature; raises ``HaltAdapter`` (``ABI_SIGNATURE``) if it is none."""
        return cls(parse_signature(text))

    def matches(self, data: bytes) -> bool:
        """Whether this is the error in the revert data."""
        return data[:4] == self.selector

    def decode(self, data: bytes) -> Record:
        """The error's arguments; ``SkipItem`` (``ABI_MALFORMED``) if the data is another error's or short."""
        if not self.matches(data):
            raise malformed(f"{self.name}: another error's data, {data[:4].hex()}")
        return self._row.make(self._row.values(data[4:]))


error: Callable[[str], CustomError] = CustomError.parse
"""``codec.error("LoanNotFound(uint256 loanId)")``."""
