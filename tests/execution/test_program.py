"""The executor's calldata, events and errors as Python writes and reads them."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from keeper.domain.blocks import Log
from keeper.domain.calls import Call
from keeper.domain.units import MAX_UINT256, Address, Bps, Hash32, Wei
from keeper.execution.program import (
    ACQUIRE_SELECTOR,
    ACQUIRED_TOPIC,
    EXECUTE_SELECTOR,
    EXECUTED_TOPIC,
    Acquired,
    Executed,
    Flash,
    FlashKind,
    Guard,
    Proof,
    Revert,
    decode_event,
    decode_revert,
    encode_acquire,
    encode_execute,
    load_artifact,
)

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: Address("0x" + raw.hex()))
AMOUNTS = st.integers(0, MAX_UINT256).map(Wei)
CALLS = st.lists(st.builds(Call, ADDRESSES, st.binary(max_size=99), AMOUNTS), max_size=4)
FLASHES = st.lists(st.builds(Flash, st.sampled_from(FlashKind), ADDRESSES, ADDRESSES, AMOUNTS), max_size=3)
GUARDS = st.builds(
    Guard,
    st.integers(0, 2**64 - 1),
    st.none() | st.binary(min_size=32, max_size=32).map(lambda raw: Hash32("0x" + raw.hex())),
    st.integers(0, 10_000).map(Bps),
    AMOUNTS,
)
PROOFS = st.lists(
    st.builds(Proof, ADDRESSES, st.binary(max_size=70), st.binary(min_size=32, max_size=32)), min_size=1, max_size=3
)
PARENT = Hash32("0x" + "ab" * 32)
SOMEBODY = Address("0x" + "5b" * 20)


def abi_type(entry: Any) -> str:
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(map(abi_type, entry['components']))}){kind.removeprefix('tuple')}"


def types_of(name: str) -> list[str]:
    """The types of a function's, an event's or an error's parameters in the committed artifact."""
    (entry,) = (entry for entry in load_artifact().abi if entry.get("name") == name)
    return [abi_type(part) for part in entry["inputs"]]


def selector(name: str) -> bytes:
    return keccak(text=f"{name}({','.join(types_of(name))})")


def calls_read(calls: list[Call]) -> tuple[tuple[Any, ...], ...]:
    return tuple((call.to, call.value, call.data) for call in calls)


def guard_read(guard: Guard) -> tuple[Any, ...]:
    parent = bytes.fromhex((guard.parent_hash or "0x" + "00" * 32)[2:])
    return guard.max_block, parent, guard.tip_bps, guard.max_tip


@given(FLASHES, CALLS, GUARDS, AMOUNTS)
def test_a_program_is_encoded_as_the_contract_reads_it(
    flashes: list[Flash], calls: list[Call], guard: Guard, min_profit: Wei
) -> None:
    data = encode_execute(flashes, calls, guard, min_profit)
    borrowed = tuple((flash.kind, flash.lender, flash.token, flash.amount) for flash in flashes)
    assert data[:4] == EXECUTE_SELECTOR == selector("execute")[:4]
    assert decode(types_of("execute"), data[4:]) == (
        borrowed,
        calls_read(calls),
        guard_read(guard),
        min_profit,
    )


@given(CALLS, st.integers(0, 2**64 - 1), AMOUNTS, AMOUNTS, PROOFS)
def test_a_purchase_is_encoded_as_the_contract_reads_it(
    calls: list[Call], max_block: int, tip: Wei, max_spend: Wei, proofs: list[Proof]
) -> None:
    guard = Guard(max_block, max_tip=tip)
    data = encode_acquire(calls, guard, max_spend, proofs)
    shown = tuple((proof.target, proof.data, proof.expected) for proof in proofs)
    assert data[:4] == ACQUIRE_SELECTOR == selector("acquire")[:4]
    assert decode(types_of("acquire"), data[4:]) == (
        calls_read(calls),
        guard_read(guard),
        max_spend,
        shown,
    )


@pytest.mark.parametrize("bps", [-1, 10_001])
def test_a_tip_beyond_the_whole_gain_is_not_written(bps: int) -> None:
    with pytest.raises(ValueError, match="bps of the gain"):
        Guard(1, tip_bps=Bps(bps))


def test_a_purchase_without_proof_or_with_a_share_is_not_written() -> None:
    proof = Proof(SOMEBODY, b"", bytes(32))
    with pytest.raises(ValueError, match="prove"):
        encode_acquire([], Guard(1), Wei(0), [])
    with pytest.raises(ValueError, match="max_tip alone"):
        encode_acquire([], Guard(1, tip_bps=Bps(1)), Wei(0), [proof])


def test_a_proof_of_ownership_asks_for_the_owner() -> None:
    proof = Proof.of_owner(Address("0x" + "aa" * 20), 7, SOMEBODY)
    assert proof.data == keccak(text="ownerOf(uint256)")[:4] + (7).to_bytes(32)
    assert proof.expected == keccak(bytes(12) + b"\x5b" * 20)


def test_an_empty_answer_is_no_proof() -> None:
    with pytest.raises(ValueError, match="proves nothing"):
        Proof.of_answer(SOMEBODY, b"", b"")


def log(topic: str, *words: int) -> Log:
    data = b"".join(word.to_bytes(32) for word in words)
    return Log(SOMEBODY, (Hash32(topic),) if topic else (), data, 1, PARENT, PARENT, 0, 0)


def test_its_events_are_the_books_of_a_program() -> None:
    assert "0x" + selector("Executed").hex() == EXECUTED_TOPIC
    assert "0x" + selector("Acquired").hex() == ACQUIRED_TOPIC
    executed = decode_event(log(EXECUTED_TOPIC, 100, 30))
    assert executed == Executed(gain=Wei(100), tip=Wei(30))
    assert isinstance(executed, Executed)
    assert executed.profit == 70
    assert decode_event(log(ACQUIRED_TOPIC, 100, 30)) == Acquired(spent=Wei(100), tip=Wei(30))
    assert decode_event(log(PARENT, 100, 30)) is None
    assert decode_event(log("", 1)) is None


def error(name: str, *arguments: object) -> bytes:
    return selector(name)[:4] + encode(types_of(name), arguments)


def solidity(signature: str, argument: object) -> bytes:
    return keccak(text=signature)[:4] + encode([signature.split("(")[1][:-1]], [argument])


@pytest.mark.parametrize(
    ("inner", "name", "arguments"),
    [
        (b"", "", ()),
        (solidity("Error(string)", "51"), "Error", ("51",)),
        (solidity("Panic(uint256)", 17), "Panic", (17,)),
        (error("ProfitTooLow", 1, 2, 3, 4), "ProfitTooLow", (1, 2, 3, 4)),
        (error("WrongParent", bytes(32)), "WrongParent", (bytes(32),)),
        (error("Reentered"), "Reentered", ()),
        (bytes.fromhex("deadbeef01"), "0xdeadbeef", (bytes.fromhex("deadbeef01"),)),
        (b"\x01", "0x01", (b"\x01",)),
        (keccak(text="Error(string)")[:4] + b"\x07", "0x08c379a0", (bytes.fromhex("08c379a007"),)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
@pytest.mark.parametrize(
    ("wrap", "path"),
    [
        (lambda inner: inner, ()),
        (lambda inner: error("CallFailed", 2, inner), ("call 2",)),
        (
            lambda inner: error("FlashFailed", 0, error("FlashFailed", 1, error("CallFailed", 2, inner))),
            ("flash 0", "flash 1", "call 2"),
        ),
    ],
    ids=["bare", "from a call", "from a call inside two loans"],
)
def test_a_revert_is_read_down_to_its_reason(
    wrap: Callable[[bytes], bytes],
    path: tuple[str, ...],
    inner: bytes,
    name: str,
    arguments: tuple[object, ...],
) -> None:
    assert decode_revert(wrap(inner)) == Revert(name, arguments, path)


@given(st.binary(max_size=200), st.sampled_from(["CallFailed", "FlashFailed", "ProofFailed", "TooLate"]))
def test_no_revert_data_at_all_is_too_strange_to_read(junk: bytes, name: str) -> None:
    assert decode_revert(junk).path == ()
    assert str(decode_revert(selector(name)[:4] + junk))


@pytest.mark.parametrize("offset", [0, 32, 64, 1_000, 2**63, MAX_UINT256])
@pytest.mark.parametrize("length", [0, 5, 64, 2**63, MAX_UINT256])
def test_a_hostile_reason_is_shown_raw(offset: int, length: int) -> None:
    hostile = keccak(text="Error(string)")[:4] + offset.to_bytes(32) + length.to_bytes(32) + b"\xff" * 64
    read = decode_revert(error("CallFailed", 0, hostile))
    assert read in (
        Revert("0x08c379a0", (hostile,), ("call 0",)),
        Revert("Error", ("",), ("call 0",)),
    )


def test_a_revert_is_shown_with_the_way_to_it() -> None:
    shown = str(decode_revert(error("CallFailed", 3, solidity("Error(string)", "BAL#528"))))
    assert shown == "call 3 > Error(BAL#528)"


def test_every_error_of_the_contract_is_known() -> None:
    errors = [entry for entry in load_artifact().abi if entry["type"] == "error"]
    assert len(errors) >= 20
    for entry in errors:
        if entry["name"] not in {"CallFailed", "FlashFailed"}:
            zeros = {"bytes": b"", "bytes32": bytes(32), "address": SOMEBODY}
            arguments = tuple(zeros.get(part["type"], 0) for part in entry["inputs"])
            assert decode_revert(error(entry["name"], *arguments)) == Revert(entry["name"], arguments)


def test_the_artifact_creates_an_executor_with_its_people() -> None:
    artifact = load_artifact()
    code = artifact.creation_code(SOMEBODY, SOMEBODY, [SOMEBODY])
    assert code.startswith(artifact.bytecode)
    (constructor,) = (entry for entry in artifact.abi if entry["type"] == "constructor")
    types = [part["type"] for part in constructor["inputs"]]
    assert decode(types, code[len(artifact.bytecode) :]) == (SOMEBODY, SOMEBODY, (SOMEBODY,))
    assert len(artifact.runtime) > 1_000
