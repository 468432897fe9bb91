"""The token calls that every venue needs: exact approvals, wrapping, balances."""

from keeper.chain.codec import Function

APPROVE = Function.parse("approve(address spender, uint256 amountOrId)")
"""ERC-20's and ERC-721's share this signature: the amount of one, the token of the other."""
ALLOWANCE = Function.parse("allowance(address owner, address spender) returns (uint256)")
BALANCE_OF = Function.parse("balanceOf(address account) returns (uint256)")
DEPOSIT = Function.parse("deposit()")
WITHDRAW = Function.parse("withdraw(uint256 amount)")
