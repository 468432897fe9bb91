"""Raw transactions read back, and what makes them impossible."""

from contextlib import suppress
from typing import Any

import pytest

from keeper.devnet.anvil import Anvil
from keeper.devnet.node import NodeRefused
from keeper.devnet.relay.transactions import (
    UndecodableTransaction,
    admit,
    bundle_hash,
    decode_transaction,
    intrinsic_gas,
)
from keeper.domain.units import GWEI, Address, Wei, to_address
from tests.support.wallets import Signed, wallet

SOMEBODY = Address("0x" + "ab" * 20)
KEYS = ["0x" + "00" * 31 + "01", "0x" + "ff" * 32]
LEGACY: dict[str, Any] = {"nonce": 3, "to": None, "value": 5, "data": b"\x00\x01", "gas": 60_000, "gasPrice": GWEI}


def legacy(**fields: Any) -> Signed:
    signed = wallet(0).account.sign_transaction({k: v for k, v in (LEGACY | fields).items() if v is not None})
    return Signed(bytes(signed.rawTransaction), signed.hash.hex())


@pytest.mark.parametrize("chain_id", [1, 31337])
def test_legacy_transactions_are_read_with_their_chain(chain_id: int) -> None:
    signed = legacy(chainId=chain_id)
    tx = decode_transaction(signed.raw)
    assert (tx.hash, tx.sender, tx.chain_id) == (signed.hash, wallet(0).address, chain_id)
    assert (tx.nonce, tx.to, tx.value, tx.data, tx.gas) == (3, None, 5, b"\x00\x01", 60_000)
    assert tx.max_fee == tx.max_priority_fee == GWEI


def test_legacy_transactions_without_a_chain_are_read() -> None:
    tx = decode_transaction(legacy().raw)
    assert (tx.sender, tx.chain_id) == (wallet(0).address, None)


def test_access_list_transactions_are_read() -> None:
    accesses = [{"address": SOMEBODY, "storageKeys": KEYS}]
    signed = legacy(chainId=1, type=1, accessList=accesses, to="0x" + "11" * 20)
    tx = decode_transaction(signed.raw)
    assert (tx.hash, tx.sender, tx.chain_id) == (signed.hash, wallet(0).address, 1)
    assert tx.access_list == ((SOMEBODY, tuple(KEYS)),)
    assert tx.to == to_address("0x" + "11" * 20)


def test_dynamic_fee_transactions_are_read() -> None:
    accesses = [{"address": SOMEBODY, "storageKeys": KEYS}]
    signed = wallet(1).sign(SOMEBODY, value=7, tip=3, max_fee=2 * GWEI, nonce=9, accessList=accesses)
    tx = decode_transaction(signed.raw)
    assert (tx.hash, tx.sender, tx.nonce) == (signed.hash, wallet(1).address, 9)
    assert (tx.max_priority_fee, tx.max_fee, tx.value) == (3, 2 * GWEI, 7)
    assert tx.access_list == ((SOMEBODY, tuple(KEYS)),)
    assert tx.effective_tip(Wei(GWEI)) == 3
    assert tx.effective_tip(Wei(3 * GWEI)) == -GWEI


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x02", b"\x03\xc0", b"\x04\xc0", b"\x7f", b"\xc0", b"\x02\xc0", b"\xc9" + b"\x80" * 9, b"Hello"],
)
def test_anything_else_cannot_be_decoded(raw: bytes) -> None:
    with pytest.raises(UndecodableTransaction):
        decode_transaction(raw)


def test_a_changed_byte_cannot_keep_the_sender() -> None:
    raw = bytearray(wallet(0).sign(SOMEBODY, value=7).raw)
    raw[-1] ^= 1
    with suppress(UndecodableTransaction):
        assert decode_transaction(bytes(raw)).sender != wallet(0).address


async def test_intrinsic_gas_is_the_least_the_node_accepts(anvil: Anvil) -> None:
    accesses = [{"address": SOMEBODY, "storageKeys": KEYS}]
    cases: list[dict[str, Any]] = [
        {},
        {"data": b"\x00\x01" * 40},
        {"data": b"\xff" * 200},
        {"to": None, "data": b"\x00" * 100},
        {"accessList": accesses, "data": b"\x01"},
    ]
    for case in cases:
        fields = {"to": SOMEBODY, "nonce": 0, **case}
        needed = intrinsic_gas(decode_transaction(wallet(0).sign(**fields).raw))
        await anvil.rpc("eth_call", _call(wallet(0).sign(**fields, gas=needed)), "latest")
        with pytest.raises(NodeRefused, match=r"intrinsic gas|floor"):
            await anvil.rpc("eth_call", _call(wallet(0).sign(**fields, gas=needed - 1)), "latest")


def _call(signed: Signed) -> dict[str, Any]:
    tx = decode_transaction(signed.raw)
    accesses = [{"address": account, "storageKeys": keys} for account, keys in tx.access_list]
    call = {"from": tx.sender, "gas": hex(tx.gas), "input": "0x" + tx.data.hex(), "accessList": accesses}
    return call if tx.to is None else {**call, "to": tx.to}


def test_what_cannot_run_is_told_in_the_words_of_geth() -> None:
    alice = wallet(0)
    who = alice.account.address
    nonces = {alice.address: 5}
    cases = {
        f"nonce too high: address {who}, tx: 6 state: 5": alice.sign(SOMEBODY, nonce=6),
        f"nonce too low: address {who}, tx: 4 state: 5": alice.sign(SOMEBODY, nonce=4),
        f"max fee per gas less than block base fee: address {who}, maxFeePerGas: 8, baseFee: 9": alice.sign(
            SOMEBODY, nonce=5, max_fee=8, tip=1
        ),
        f"max priority fee per gas higher than max fee per gas: address {who}, "
        "maxPriorityFeePerGas: 99, maxFeePerGas: 98": alice.sign(SOMEBODY, nonce=5, max_fee=98, tip=99),
        "intrinsic gas too low: have 20999, want 21000": alice.sign(SOMEBODY, nonce=5, gas=20_999),
        "invalid chain id for signer: have 1 want 31337": wallet(0, chain_id=1).sign(SOMEBODY, nonce=5),
    }
    for text, signed in cases.items():
        tx = decode_transaction(signed.raw)
        admitted, invalid = admit([tx], nonces, Wei(9), 31337)
        assert admitted == []
        assert invalid is not None
        assert invalid.reason == text
        assert admit([tx], nonces, Wei(9), 31337, frozenset({tx.hash})) == ([], None)


def test_nonces_run_on_within_a_bundle() -> None:
    alice = wallet(0)
    txs = [decode_transaction(alice.sign(SOMEBODY).raw) for _ in range(3)]
    assert admit(txs, {alice.address: 0}, Wei(0), 31337) == (txs, None)
    admitted, invalid = admit([txs[0], txs[2]], {alice.address: 0}, Wei(0), 31337)
    assert admitted == txs[:1]
    assert invalid is not None
    assert invalid.waits_for_nonce


def test_a_bundle_is_named_by_its_transactions() -> None:
    one, two = (decode_transaction(wallet(0).sign(SOMEBODY, nonce=nonce).raw) for nonce in (0, 1))
    assert bundle_hash([one, two]) != bundle_hash([two, one])
