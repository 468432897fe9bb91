"""Raw transactions read back: what was signed, by whom, and what a block would ask of it before running it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import rlp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from rlp.exceptions import RLPException

from keeper.devnet.relay.signature import recover_sender
from keeper.domain.units import Address, Hash32, Wei, to_address, to_hash

_SECP256K1_N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class UndecodableTransaction(ValueError):
    """The bytes are no signed transaction of a type that is supported here (0, 1 and 2)."""


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A signed transaction. A legacy one has its gas price as both fees."""

    raw: bytes
    hash: Hash32
    sender: Address
    chain_id: int | None
    """``None``: signed without replay protection."""
    nonce: int
    to: Address | None
    value: Wei
    data: bytes
    gas: int
    max_fee: Wei
    max_priority_fee: Wei
    access_list: tuple[tuple[Address, tuple[Hash32, ...]], ...]

    def effective_tip(self, base_fee: Wei) -> Wei:
        """What the coinbase gets per gas; negative where the transaction cannot pay the base fee."""
        return Wei(min(self.max_priority_fee, self.max_fee - base_fee))


@dataclass(frozen=True, slots=True)
class InvalidTransaction:
    """A transaction that no block could hold at its place, with geth's text (core/error.go) for why."""

    tx: SignedTransaction
    reason: str

    @property
    def waits_for_nonce(self) -> bool:
        """Whether other transactions of the sender could still make it valid."""
        return self.reason.startswith("nonce too high")


def decode_transaction(raw: bytes) -> SignedTransaction:
    """Reads types 0, 1 and 2 and recovers the sender. Raises ``UndecodableTransaction``."""
    try:
        if raw[:1] in {b"\x01", b"\x02"}:
            return _decode_typed(raw)
        if raw[:1] >= b"\xc0":
            return _decode_legacy(raw)
    except (RLPException, ValueError, TypeError, IndexError) as error:
        raise UndecodableTransaction(str(error) or "malformed") from error
    raise UndecodableTransaction("transaction type not supported")


def intrinsic_gas(tx: SignedTransaction) -> int:
    """What a transaction costs before its first instruction, or by its data's floor price if that is more.

    Source: EIP-2028, EIP-2930, EIP-3860 and EIP-7623.
    """
    zeros = tx.data.count(0)
    tokens = zeros + 4 * (len(tx.data) - zeros)
    slots = sum(len(keys) for _, keys in tx.access_list)
    creation = 32_000 + 2 * ((len(tx.data) + 31) // 32) if tx.to is None else 0
    return max(21_000 + 4 * tokens + creation + 2_400 * len(tx.access_list) + 1_900 * slots, 21_000 + 10 * tokens)


def admit(
    txs: Iterable[SignedTransaction],
    nonces: Mapping[Address, int],
    base_fee: Wei,
    chain_id: int,
    skippable: frozenset[Hash32] = frozenset(),
) -> tuple[list[SignedTransaction], InvalidTransaction | None]:
    """The transactions that could run one after the other, up to the first invalid one, and that one.

    ``nonces`` are the senders' before the first. An invalid one that is skippable is left out instead.
    """
    expected = dict(nonces)
    admitted: list[SignedTransaction] = []
    for tx in txs:
        reason = _why_invalid(tx, expected[tx.sender], base_fee, chain_id)
        if reason is None:
            expected[tx.sender] = tx.nonce + 1
            admitted.append(tx)
        elif tx.hash not in skippable:
            return admitted, InvalidTransaction(tx, reason)
    return admitted, None


def bundle_hash(txs: Iterable[SignedTransaction]) -> Hash32:
    """keccak over the concatenated transaction hashes, as relay and clients compute it."""
    return to_hash(keccak(b"".join(bytes.fromhex(tx.hash[2:]) for tx in txs)))


def insufficient_funds(tx: SignedTransaction, balance: Wei) -> str:
    """geth's text for a sender that cannot buy its gas."""
    want = tx.gas * tx.max_fee + tx.value
    sender = to_checksum_address(tx.sender)
    return f"insufficient funds for gas * price + value: address {sender} have {balance} want {want}"


def _why_invalid(tx: SignedTransaction, nonce: int, base_fee: Wei, chain_id: int) -> str | None:
    who = f"address {to_checksum_address(tx.sender)}"
    needed = intrinsic_gas(tx)
    order = "high" if tx.nonce > nonce else "low"
    tip, cap = tx.max_priority_fee, tx.max_fee
    fees = f"{who}, maxPriorityFeePerGas: {tip}, maxFeePerGas: {cap}"
    base = f"{who}, maxFeePerGas: {cap}, baseFee: {base_fee}"
    known = tx.chain_id in {None, chain_id}
    checks = (
        (not known, f"invalid chain id for signer: have {tx.chain_id} want {chain_id}"),
        (tx.nonce != nonce, f"nonce too {order}: {who}, tx: {tx.nonce} state: {nonce}"),
        (tip > cap, f"max priority fee per gas higher than max fee per gas: {fees}"),
        (cap < base_fee, f"max fee per gas less than block base fee: {base}"),
        (tx.gas < needed, f"intrinsic gas too low: have {tx.gas}, want {needed}"),
    )
    return next((text for fails, text in checks if fails), None)


def _decode_typed(raw: bytes) -> SignedTransaction:
    fields: list[Any] = rlp.decode(raw[1:])
    is_dynamic = raw[0] == 2
    if len(fields) != (12 if is_dynamic else 11):
        raise ValueError(f"{len(fields)} fields")
    if not is_dynamic:
        fields.insert(2, fields[2])
    chain_id, nonce, tip, cap, gas, to, value, data, accesses, parity, r, s = fields
    signed = raw[:1] + rlp.encode(fields[:9] if is_dynamic else [chain_id, nonce, *fields[3:9]])
    return SignedTransaction(
        raw=raw,
        hash=to_hash(keccak(raw)),
        sender=_sender(signed, _integer(r), _integer(s), _integer(parity)),
        chain_id=_integer(chain_id),
        nonce=_integer(nonce),
        to=to_address(to) if to else None,
        value=Wei(_integer(value)),
        data=data,
        gas=_integer(gas),
        max_fee=Wei(_integer(cap)),
        max_priority_fee=Wei(_integer(tip)),
        access_list=tuple((to_address(account), tuple(to_hash(key) for key in keys)) for account, keys in accesses),
    )


def _decode_legacy(raw: bytes) -> SignedTransaction:
    fields: list[Any] = rlp.decode(raw)
    nonce, price, gas, to, value, data, v_bytes, r, s = fields
    v = _integer(v_bytes)
    chain_id = (v - 35) // 2 if v >= 35 else None
    signed = fields[:6] if chain_id is None else [*fields[:6], chain_id, b"", b""]
    return SignedTransaction(
        raw=raw,
        hash=to_hash(keccak(raw)),
        sender=_sender(rlp.encode(signed), _integer(r), _integer(s), (v - 27 if chain_id is None else v - 35) % 2),
        chain_id=chain_id,
        nonce=_integer(nonce),
        to=to_address(to) if to else None,
        value=Wei(_integer(value)),
        data=data,
        gas=_integer(gas),
        max_fee=Wei(_integer(price)),
        max_priority_fee=Wei(_integer(price)),
        access_list=(),
    )


def _sender(signed: bytes, r: int, s: int, parity: int) -> Address:
    if s > _SECP256K1_N // 2 or parity > 1:
        raise ValueError("invalid transaction v, r, s values")
    return recover_sender(keccak(signed), r.to_bytes(32, "big") + s.to_bytes(32, "big"), parity)


def _integer(field: bytes) -> int:
    if field[:1] == b"\x00":
        raise ValueError("an integer with leading zeros")
    return int.from_bytes(field, "big")
