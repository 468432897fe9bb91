"""Reads Solidity signatures, with or without names, into parameter trees."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from eth_utils.crypto import keccak

from keeper.domain.errors import HaltAdapter

_TOKEN = re.compile(r"\s*([A-Za-z_$][\w$]*|[(),]|(?:\[\d*\])+)")
_ELEMENTARY = re.compile(r"(?:address|bool|string|bytes(?P<bytes>\d+)?|u?int(?P<bits>\d+)?)")
_ALIASES = {"uint": "uint256", "int": "int256"}
_LOCATIONS = frozenset({"memory", "calldata", "storage", "payable"})
_MODIFIERS = frozenset({"external", "public", "view", "pure", "payable", "nonpayable"})
_KEYWORDS = frozenset({"event", "function", "error"})


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: ``base`` is an elementary type or, for a tuple, empty; ``dims`` its array suffix."""

    name: str
    base: str
    dims: str = ""
    components: tuple["Param", ...] = ()
    indexed: bool = False

    @property
    def type(self) -> str:
        """The canonical type, as it is hashed."""
        return (self.base or f"({','.join(part.type for part in self.components)})") + self.dims

    @property
    def is_static(self) -> bool:
        """Whether the value stands in the head, in a number of words known beforehand."""
        if "[]" in self.dims or self.base in {"string", "bytes"}:
            return False
        return all(part.is_static for part in self.components)

    def element(self) -> "Param":
        """An element of the outermost array dimension, which is the last one written."""
        return Param("", self.base, self.dims[: self.dims.rindex("[")], self.components)

    def length(self) -> int:
        """The number of elements of the outermost, fixed array dimension."""
        return int(self.dims[self.dims.rindex("[") + 1 : -1])


@dataclass(frozen=True, slots=True)
class Signature:
    """A parsed signature: what goes in, what comes out."""

    name: str
    inputs: tuple[Param, ...]
    outputs: tuple[Param, ...]

    @property
    def canonical(self) -> str:
        """The text that is hashed into a topic or a selector."""
        return f"{self.name}({','.join(param.type for param in self.inputs)})"

    def hash(self) -> bytes:
        """keccak-256 of the canonical text."""
        return bytes(keccak(text=self.canonical))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        self.at = 0

    def _tokens(self) -> Iterator[str]:
        position, text = 0, self.text.strip().rstrip(";")
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                self.refuse(f"cannot read {text[position:]!r}")
            yield match[1]
            position = match.end()

    def refuse(self, why: str) -> NoReturn:
        raise HaltAdapter("ABI_SIGNATURE", f"{why} in {self.text!r}", "correct the signature in the adapter")

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            self.refuse(f"expected {wanted or 'more'}, found {token or 'the end'}")
        self.at += 1
        return token

    def params(self) -> tuple[Param, ...]:
        self.take("(")
        found: list[Param] = []
        while self.peek() != ")":
            if found:
                self.take(",")
            found.append(self.param())
        self.take(")")
        names = [param.name for param in found if param.name]
        if len(names) != len(set(names)):
            self.refuse("two parameters share a name")
        return tuple(found)

    def param(self) -> Param:
        components: tuple[Param, ...] = ()
        base = ""
        if self.peek() == "(":
            components = self.params()
        else:
            base = self.elementary(self.take())
        dims = self.take() if self.peek().startswith("[") else ""
        words: list[str] = []
        while self.peek() not in {",", ")", ""}:
            words.append(self.take())
        indexed = "indexed" in words
        names = [word for word in words if word != "indexed" and word not in _LOCATIONS]
        if len(names) > 1:
            self.refuse(f"too many names: {' '.join(names)}")
        return Param(names[0] if names else "", base, dims, components, indexed)

    def elementary(self, word: str) -> str:
        match = _ELEMENTARY.fullmatch(word)
        if match is None:
            self.refuse(f"unknown type {word}")
        bits, size = match["bits"], match["bytes"]
        if (bits and (int(bits) % 8 or not 8 <= int(bits) <= 256)) or (size and not 1 <= int(size) <= 32):
            self.refuse(f"no such width: {word}")
        return _ALIASES.get(word, word)


def parse_signature(text: str) -> Signature:
    """Parse ``[function|event|error] name(type [indexed] [name], ...) [view ...] [returns (...)]``.

    Raises ``HaltAdapter`` with code ``ABI_SIGNATURE`` where the text is not one.
    """
    reader = _Reader(text)
    if reader.peek() in _KEYWORDS:
        reader.take()
    name = reader.take()
    inputs = reader.params()
    while reader.peek() in _MODIFIERS:
        reader.take()
    outputs: tuple[Param, ...] = ()
    if reader.peek() == "returns":
        reader.take()
        outputs = reader.params()
    if reader.peek():
        reader.refuse(f"trailing {reader.peek()}")
    return Signature(name, inputs, outputs)
