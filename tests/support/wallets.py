"""Real keys: the well-known accounts of the local chain, which sign real transactions and relay headers."""

from dataclasses import dataclass, field
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from keeper.domain.units import GWEI, Address, Hash32, to_address, to_hash

_DEV_KEYS = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction."""

    raw: bytes
    hash: Hash32

    @property
    def hex(self) -> str:
        return "0x" + self.raw.hex()


@dataclass(slots=True)
class Wallet:
    """A key that counts its own nonces."""

    key: str
    chain_id: int = 31337
    nonce: int = 0
    account: Any = field(init=False)

    def __post_init__(self) -> None:
        self.account = Account.from_key(self.key)

    @property
    def address(self) -> Address:
        return to_address(self.account.address)

    def sign(
        self,
        to: Address | None,
        *,
        value: int = 0,
        data: bytes = b"",
        gas: int = 100_000,
        tip: int = GWEI,
        max_fee: int = 100 * GWEI,
        nonce: int | None = None,
        **more: Any,
    ) -> Signed:
        """An EIP-1559 transaction with the next nonce, unless given one."""
        if nonce is None:
            nonce, self.nonce = self.nonce, self.nonce + 1
        fields: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "value": value,
            "data": data,
            "gas": gas,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": tip,
            **({} if to is None else {"to": to_checksum_address(to)}),
            **more,
        }
        signed = self.account.sign_transaction(fields)
        return Signed(bytes(signed.rawTransaction), to_hash(bytes(signed.hash)))

    def relay_header(self, body: bytes) -> str:
        """The value of ``X-Flashbots-Signature`` over a body."""
        signed = self.account.sign_message(encode_defunct(text="0x" + keccak(body).hex()))
        return f"{self.account.address}:0x{signed.signature.hex().removeprefix('0x')}"


def wallet(index: int, *, chain_id: int = 31337) -> Wallet:
    """One of the funded accounts of a fresh local chain."""
    return Wallet(_DEV_KEYS[index], chain_id)
