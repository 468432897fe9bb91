"""The few token calls that plans need, as calldata: approvals, and ETH to WETH and back."""

from keeper.domain.calls import Call, View
from keeper.domain.units import Address, Wei

_APPROVE = bytes.fromhex("095ea7b3")
_DEPOSIT = bytes.fromhex("d0e30db0")
_WITHDRAW = bytes.fromhex("2e1a7d4d")
_BALANCE_OF = bytes.fromhex("70a08231")


def word(value: int | Address) -> bytes:
    """One ABI word: an unsigned integer, or an address, left-padded."""
    return (int(value, 16) if isinstance(value, str) else value).to_bytes(32, "big")


def approve(token: Address, spender: Address, amount_or_id: int) -> Call:
    """Approves ``spender`` for an amount of an ERC-20, or for one token id of an ERC-721."""
    return Call(token, _APPROVE + word(spender) + word(amount_or_id))


def wrap(weth: Address, amount: Wei) -> Call:
    """ETH of the executor into WETH."""
    return Call(weth, _DEPOSIT, amount)


def unwrap(weth: Address, amount: Wei) -> Call:
    """WETH of the executor into ETH."""
    return Call(weth, _WITHDRAW + word(amount))


def balance_of(token: Address, account: Address) -> View:
    """Asks how much of an ERC-20, or how many tokens of an ERC-721, an account has."""
    return View(token, _BALANCE_OF + word(account))
