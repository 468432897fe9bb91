"""The executor contract's language: calldata, events, errors, and the contract itself, ready to deploy.

Source of every type: ``contracts/Executor.sol`` beside this file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any, Self, cast

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from keeper.domain.blocks import Log
from keeper.domain.calls import Call
from keeper.domain.units import BPS, Address, Bps, Hash32, Wei

_CALLS = "(address,uint256,bytes)[]"
_FLASHES = "(uint8,address,address,uint256)[]"
_GUARD = "(uint64,bytes32,uint16,uint256)"
_PROOFS = "(address,bytes,bytes32)[]"
_EXECUTE = (_FLASHES, _CALLS, _GUARD, "uint256")
_ACQUIRE = (_CALLS, _GUARD, "uint256", _PROOFS)


def _selector(signature: str) -> bytes:
    return keccak(text=signature)[:4]


def _topic(signature: str) -> Hash32:
    return Hash32("0x" + keccak(text=signature).hex())


EXECUTE_SELECTOR = _selector(f"execute({','.join(_EXECUTE)})")
ACQUIRE_SELECTOR = _selector(f"acquire({','.join(_ACQUIRE)})")
EXECUTED_TOPIC = _topic("Executed(uint256,uint256)")
ACQUIRED_TOPIC = _topic("Acquired(uint256,uint256)")


class FlashKind(IntEnum):
    """How a lender is asked and paid back."""

    MORPHO = 0
    AAVE_V3 = 1
    BALANCER_V2 = 2
    UNISWAP_V3 = 3


@dataclass(frozen=True, slots=True)
class Flash:
    """A flash loan around a program. ``lender`` is the pool; ``amount`` counts units of ``token``, without fee."""

    kind: FlashKind
    lender: Address
    token: Address
    amount: Wei


@dataclass(frozen=True, slots=True)
class Guard:
    """When a program may run, and the builder's part.

    ``max_block`` is the last block it may land in; ``parent_hash``, where given, is that of the block before it.
    ``execute`` tips ``tip_bps`` of the gain, rounded down, at most ``max_tip``; ``acquire`` tips ``max_tip``
    flat.
    """

    max_block: int
    parent_hash: Hash32 | None = None
    tip_bps: Bps = Bps(0)
    max_tip: Wei = Wei(0)

    def __post_init__(self) -> None:
        if not 0 <= self.tip_bps <= BPS:
            raise ValueError(f"a tip is 0 to {BPS} bps of the gain, not {self.tip_bps}")


@dataclass(frozen=True, slots=True)
class Proof:
    """What must be true after an acquisition: what ``target`` answers ``data`` with has the keccak ``expected``."""

    target: Address
    data: bytes
    expected: bytes

    @classmethod
    def of_answer(cls, target: Address, data: bytes, answer: bytes) -> Self:
        """A proof that a view answers exactly ``answer``, which may not be empty."""
        if not answer:
            raise ValueError("an empty answer proves nothing: an account without code gives it too")
        return cls(target, data, keccak(answer))

    @classmethod
    def of_owner(cls, collection: Address, token_id: int, owner: Address) -> Self:
        """A proof that an ERC-721 token belongs to ``owner``."""
        question = _selector("ownerOf(uint256)") + encode(["uint256"], [token_id])
        return cls.of_answer(collection, question, encode(["address"], [owner]))


@dataclass(frozen=True, slots=True)
class Executed:
    """A program's books in ETH and WETH together: what it earned before the tip, and the tip."""

    gain: Wei
    tip: Wei

    @property
    def profit(self) -> Wei:
        return Wei(self.gain - self.tip)


@dataclass(frozen=True, slots=True)
class Acquired:
    """An acquisition's books in ETH and WETH together: what left, tip included, and the tip."""

    spent: Wei
    tip: Wei


@dataclass(frozen=True, slots=True)
class Revert:
    """Why a program reverted: the innermost error that can be read, and the way to it.

    ``name`` is that of an error of the executor, ``Error`` or ``Panic`` of Solidity, ``""`` without data, else the
    unknown selector (or the whole data if shorter) as hex; ``args`` then holds the raw data. ``path`` names the
    wrappers from the outside in, such as ``("flash 0", "call 2")``: positions in the program.
    """

    name: str
    args: tuple[Any, ...]
    path: tuple[str, ...] = ()
    data: bytes = field(default=b"", compare=False, repr=False)
    """What the innermost call reverted with, for those who know its contract."""

    @property
    def is_foreign(self) -> bool:
        """Whether the innermost reason is somebody else's: a text, or an error that is none of the executor's."""
        return self.name in {"", "Error"} or self.name.startswith("0x")

    def __str__(self) -> str:
        where = " > ".join((*self.path, ""))
        shown = (f"0x{arg.hex()}" if isinstance(arg, bytes) else str(arg) for arg in self.args)
        return f"{where}{self.name or 'no reason'}({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class ExecutorArtifact:
    """The compiled executor. ``bytecode`` creates it; ``runtime`` has zeros where the immutables go."""

    abi: tuple[Mapping[str, Any], ...]
    bytecode: bytes
    runtime: bytes

    def creation_code(self, owner: Address, weth: Address, operators: Sequence[Address]) -> bytes:
        """The data of the transaction that creates an executor."""
        return self.bytecode + encode(["address", "address", "address[]"], [owner, weth, list(operators)])


def encode_execute(flashes: Sequence[Flash], calls: Sequence[Call], guard: Guard, min_profit: Wei) -> bytes:
    """Calldata of ``execute``: ``calls`` inside ``flashes`` (first: outermost) for ``min_profit`` after the tip."""
    borrowed = [(flash.kind, flash.lender, flash.token, flash.amount) for flash in flashes]
    arguments = (borrowed, _call_values(calls), _guard_values(guard), min_profit)
    return EXECUTE_SELECTOR + encode(_EXECUTE, arguments)


def encode_acquire(calls: Sequence[Call], guard: Guard, max_spend: Wei, proofs: Sequence[Proof]) -> bytes:
    """Calldata of ``acquire``: ETH and WETH fall by ``max_spend`` at most, tip included; every proof holds.

    ``ValueError`` where the contract would refuse anyway: without a proof, or with a tip in bps.
    """
    if not proofs:
        raise ValueError("an acquisition has to prove that it got something")
    if guard.tip_bps:
        raise ValueError("an acquisition has no gain to share: set max_tip alone")
    shown = [(proof.target, proof.data, proof.expected) for proof in proofs]
    return ACQUIRE_SELECTOR + encode(_ACQUIRE, (_call_values(calls), _guard_values(guard), max_spend, shown))


def decode_event(log: Log) -> Executed | Acquired | None:
    """The books of a program, from a log of the executor's address; ``None`` for its other events."""
    if not log.topics or log.topics[0] not in (EXECUTED_TOPIC, ACQUIRED_TOPIC):
        return None
    amount, tip = decode(["uint256", "uint256"], log.data)
    if log.topics[0] == EXECUTED_TOPIC:
        return Executed(Wei(amount), Wei(tip))
    return Acquired(Wei(amount), Wei(tip))


def decode_revert(data: bytes) -> Revert:
    """What a program's revert data says, unwrapped down to the innermost reason."""
    path: list[str] = []
    while True:
        name, args = _decode_error(data)
        if name not in _WRAPPERS:
            return Revert(name, args, tuple(path), data)
        index, data = cast("tuple[int, bytes]", args)
        path.append(f"{_WRAPPERS[name]} {index}")


@cache
def load_artifact() -> ExecutorArtifact:
    """The executor as committed beside this module."""
    path = files("keeper") / "execution" / "artifacts" / "Executor.json"
    document = json.loads(path.read_text("utf-8"))
    return ExecutorArtifact(
        abi=tuple(document["abi"]),
        bytecode=bytes.fromhex(document["bytecode"][2:]),
        runtime=bytes.fromhex(document["deployedBytecode"][2:]),
    )


_UNREADABLE = (DecodingError, OverflowError, UnicodeDecodeError)
"""What the decoder raises at data that somebody hostile wrote: too short, of absurd lengths, no text."""
_WRAPPERS = {"CallFailed": "call", "FlashFailed": "flash"}


def _call_values(calls: Sequence[Call]) -> list[tuple[Address, int, bytes]]:
    return [(call.to, call.value, call.data) for call in calls]


def _guard_values(guard: Guard) -> tuple[int, bytes, int, int]:
    parent = bytes.fromhex(guard.parent_hash[2:]) if guard.parent_hash else bytes(32)
    return guard.max_block, parent, guard.tip_bps, guard.max_tip


def _decode_error(data: bytes) -> tuple[str, tuple[Any, ...]]:
    if not data:
        return "", ()
    known = _errors().get(data[:4])
    if known is not None:
        name, types = known
        try:
            return name, decode(types, data[4:])
        except _UNREADABLE:  # foreign data that begins like an error we know
            pass
    return "0x" + data[:4].hex(), (data,)


@cache
def _errors() -> Mapping[bytes, tuple[str, tuple[str, ...]]]:
    """Name and argument types by selector: Solidity's own two, and the executor's."""
    known: dict[bytes, tuple[str, tuple[str, ...]]] = {
        _selector("Error(string)"): ("Error", ("string",)),
        _selector("Panic(uint256)"): ("Panic", ("uint256",)),
    }
    for entry in load_artifact().abi:
        if entry["type"] == "error":
            types = tuple(part["type"] for part in entry["inputs"])
            known[_selector(f"{entry['name']}({','.join(types)})")] = (entry["name"], types)
    return known
